package dev.tarn.bench;

import java.util.List;
import java.util.Optional;

/// All comparisons, in the order of the results page.
final class Benches {
    static final List<Bench> ALL = List.of(
            new StartBench(),
            new IngestBench(),
            new FraudBench(),
            new AppendBench(),
            new PlanBench(),
            new MetadataBench(),
            new PointBench(),
            new WireBench(),
            new MergeBench(),
            new TpchBench(),
            new TpcdsBench(),
            new ParseBench(),
            new StepsBench(),
            new ContractsBench(),
            new PredictBench(),
            new ScoreBench(),
            new PredictServeBench(),
            new MetricsBench(),
            new PointInTimeBench(),
            new TrainBench(),
            new FeatureServeBench());

    private Benches() {}

    static Optional<Bench> named(String name) {
        return ALL.stream().filter(bench -> bench.name().equals(name)).findFirst();
    }
}
