package dev.tarn.feature.offline;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.DuckRelations;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.definition.FeatureFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Times the join by hand: `java … PointInTimeSpeed EVENTS LABELS KEYS`.
public final class PointInTimeSpeed {
    private PointInTimeSpeed() {}

    public static void main(String[] args) throws Exception {
        long events = Long.parseLong(args[0]);
        long labels = Long.parseLong(args[1]);
        long keys = Long.parseLong(args[2]);
        Path folder = Files.createTempDirectory("pit");
        Files.writeString(folder.resolve("f.yml"), """
                entities:
                  client:
                    keys: {client: bigint}
                views:
                  activity:
                    entity: client
                    from: events
                    event-time: happened
                    features:
                      rows: {count: "*", windows: [1h, 1d, 7d, 14d, 30d]}
                      total: {sum: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      mean: {mean: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      spread: {stddev: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                """);
        try (DuckRelations relations = new DuckRelations()) {
            relations.run("SET threads=2");
            relations.run("CREATE TABLE events AS SELECT 1 AS snap, CAST(hash(i) % " + keys
                    + " AS BIGINT) AS client, make_timestamp(1500000000000000 + CAST(hash(i + 1) % 7776000 AS BIGINT)"
                    + " * 1000000) AS happened, (hash(i+2) % 100000) / 100.0 AS amount FROM range(" + events
                    + ") r(i)");
            relations.run("CREATE TABLE marks AS SELECT CAST(hash(i+9) % " + keys
                    + " AS BIGINT) AS client, make_timestamp(1500000000000000 + CAST(hash(i + 11) % 7776000 AS BIGINT)"
                    + " * 1000000) AS moment FROM range(" + labels + ") r(i)");
            PointInTimeJoin join = new PointInTimeJoin(
                    new FeatureCatalog(FeatureFiles.read(folder, new Interpolation(Map.of(), Map.of())), relations),
                    relations,
                    1L << 30,
                    2);
            for (int i = 0; i < 3; i++) {
                long start = System.nanoTime();
                try (TrainingFrame frame = join.join(new OfflineFeatures.Request(
                        "SELECT client, moment FROM marks",
                        "moment",
                        new FeatureSelection.Names(List.of("activity")),
                        Map.of()))) {
                    System.out.println(frame.rows() + " rows in " + (System.nanoTime() - start) / 1_000_000 + " ms");
                }
            }
        }
    }
}
