package dev.tarn.bench;

import dev.tarn.lake.state.Database;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.Metric;
import dev.tarn.model.tracking.RunStore;
import dev.tarn.model.tracking.TrackingTables;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Metrics of runs in batches of 1,000, as MLflow's clients send them, each batch on the disk when it is answered.
final class MetricsBench implements Bench {
    private static final int BATCH = 1000;
    private static final int BATCHES = 100;
    private static final double LEAST = 50_000;

    @Override
    public String name() {
        return "mlflow-metrics";
    }

    @Override
    public String title() {
        return "Metrics of runs in batches, durable";
    }

    @Override
    public String method() {
        return "One writer, batches of 1,000 metrics (10 keys, 100 steps), 100 batches a sample, through the store "
                + "behind MLflow's API, without HTTP and JSON. SQLite with synchronous=FULL: each batch is one "
                + "transaction that is on the disk before the next begins.";
    }

    @Override
    public void measure(Run run) {
        try (Database database =
                Database.open(new DatabaseConfig.Sqlite(run.folder().resolve("tarn.db")))) {
            TrackingTables.migrate(database);
            ExperimentStore experiments = new ExperimentStore(database);
            RunStore runs = new RunStore(database);
            List<Double> samples = new ArrayList<>();
            for (int sample = -1; sample < run.samples(); sample++) {
                String runId = runs.create(
                                new RunStore.NewRun(experiments.getOrCreate("bench"), "bench", null, sample, Map.of()))
                        .info()
                        .runId();
                long start = System.nanoTime();
                for (int batch = 0; batch < BATCHES; batch++) {
                    runs.log(runId, metrics(batch), Map.of(), Map.of());
                }
                if (sample >= 0) {
                    samples.add((double) BATCH * BATCHES / ((System.nanoTime() - start) / 1e9));
                }
            }
            Figure rate = run.add(Figure.median("Tarn", "metrics/s", samples));
            run.add(Bar.atLeast("metrics in batches", LEAST, rate));
        }
    }

    private static List<Metric> metrics(int batch) {
        List<Metric> metrics = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            metrics.add(new Metric("metric_" + i % 10, i * 0.5, 1_700_000_000_000L + batch, batch * 100L + i / 10));
        }
        return metrics;
    }
}
