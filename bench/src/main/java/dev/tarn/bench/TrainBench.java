package dev.tarn.bench;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.model.tracking.Metric;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Models;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// From a file of payments to a registered model: the project `bench/projects/handbook`, run from nothing.
public final class TrainBench implements Bench {
    private static final String FILE = "handbook-transactions.parquet";
    private static final double WHOLE_MS_MAX = 60_000;
    /// The best of the public baselines: boosting's AUC and the forest's average precision.
    private static final double AUC_MIN = 0.876;

    private static final double AVERAGE_PRECISION_MIN = 0.658;

    @Override
    public String name() {
        return "train";
    }

    @Override
    public String title() {
        return "Training on 1.75 million payments, features included";
    }

    @Override
    public String method() {
        return "The simulated payments of the Fraud Detection Handbook (1,754,155 rows, Parquet), through the project "
                + "bench/projects/handbook in a new folder each time: the file becomes a bronze table, 12 windowed "
                + "features are joined point in time to the 202,000 payments of three weeks, and boosted trees, a random "
                + "forest and logistic regression learn from 25 to 31 July 2018 and are judged on 8 to 14 August "
                + "(seven days' delay for labels, customers known as compromised left out). Everything a run keeps is "
                + "within the time: plots, model cards, pins, the registry. No warm-up: the first sample starts cold. "
                + "Public baselines by the same split: boosting AUC 0.876 and average precision 0.588, random forest "
                + "0.867 and 0.658, logistic regression 0.871 and 0.606. Needs the file, looked for in TARN_TEST_DATA.";
    }

    @Override
    public void measure(Run run) throws Exception {
        Path payments = payments()
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "no " + FILE + ": name its folder by TARN_TEST_DATA"));
        List<Double> whole = new ArrayList<>();
        List<Double> training = new ArrayList<>();
        Map<String, Map<String, Double>> metrics = Map.of();
        for (int i = 0; i < run.samples(); i++) {
            Trained trained = train(run.folder().resolve("sample-" + i), payments);
            whole.add(trained.wholeMs());
            training.add(trained.trainingMs());
            metrics = trained.metrics();
        }
        run.note("load average of the machine over the last minute: "
                + Stats.show(ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage())
                + ", of which this is about 2");
        Figure all = run.add(Figure.median("from the file to the registered model", "ms", whole));
        run.add(Figure.median("of that: joining features, three models, and what their runs keep", "ms", training));
        metrics.forEach((candidate, of) -> {
            run.add(Figure.computed(candidate + ", AUC", "", of.getOrDefault("auc", 0.0)));
            run.add(Figure.computed(candidate + ", average precision", "", of.getOrDefault("average_precision", 0.0)));
        });
        Map<String, Double> best = metrics.getOrDefault("boosted", Map.of());
        run.add(Bar.atMost("training on 1.75 million payments", WHOLE_MS_MAX, all));
        run.add(Bar.atLeast(
                "its AUC, beside the best baseline",
                AUC_MIN,
                Figure.computed("AUC", "", best.getOrDefault("auc", 0.0))));
        run.add(Bar.atLeast(
                "its average precision, beside the best baseline",
                AVERAGE_PRECISION_MIN,
                Figure.computed("average precision", "", best.getOrDefault("average_precision", 0.0))));
    }

    /// What one run of the project gave.
    ///
    /// @param metrics by candidate
    public record Trained(double wholeMs, double trainingMs, Map<String, Map<String, Double>> metrics) {}

    /// The payments, where they are at hand.
    public static Optional<Path> payments() {
        String named = System.getenv("TARN_TEST_DATA");
        Path folder = named == null ? Checkout.root().resolve("../shared/data") : Path.of(named);
        Path file = folder.resolve(FILE).toAbsolutePath().normalize();
        return Files.exists(file) ? Optional.of(file) : Optional.empty();
    }

    /// Copies the project and runs it from nothing.
    public static Trained train(Path folder, Path payments) throws IOException {
        Folders.copy(Checkout.root().resolve("bench/projects/handbook"), folder);
        long start = System.nanoTime();
        Project project = Project.load(folder.toAbsolutePath(), Map.of("payments", payments.toString()));
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
            RunReport report = pipeline.run(
                    pipeline.plan(List.of()), Identity.local("bench"), RunOptions.defaults(), RunListener.silent());
            double wholeMs = (System.nanoTime() - start) / 1e6;
            if (!report.succeeded()) {
                throw new IllegalStateException(report.toString());
            }
            double trainingMs = report.steps().stream()
                    .filter(step -> step.step().equals("train.fraud"))
                    .mapToDouble(step -> step.took().toNanos() / 1e6)
                    .sum();
            return new Trained(wholeMs, trainingMs, metrics(Models.open(lakehouse)));
        }
    }

    private static Map<String, Map<String, Double>> metrics(Models models) {
        long experiment = models.experiments().byName("fraud").orElseThrow().id();
        Map<String, Map<String, Double>> byCandidate = new LinkedHashMap<>();
        for (dev.tarn.model.tracking.Run run : models.runs()
                .search(List.of(experiment), "ACTIVE_ONLY", "", List.of(), 10, null)
                .items()) {
            byCandidate.put(
                    run.info().name(), run.metrics().stream().collect(Collectors.toMap(Metric::key, Metric::value)));
        }
        return byCandidate;
    }
}
