package dev.tarn.serve.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.serve.predict.Prediction;
import dev.tarn.serve.receipt.Receipts;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Predictions and labels of several days, judged.
class QualityTest {
    private static final Instant MONDAY = Instant.parse("2026-03-02T10:00:00Z");
    private static final Instant TUESDAY = MONDAY.plus(Duration.ofDays(1));
    /// A hundred amounts, fifty of them up to 10; and as many Visa as Amex.
    private static final String PROFILE = """
            {"rows": 100, "inputs": {
              "amount": {"missing": 0, "edges": [10.0], "counts": [50, 50]},
              "brand": {"missing": 0, "words": {"Visa": 50, "Amex": 50}}}}
            """;

    @TempDir
    Path folder;

    private final AtomicLong number = new AtomicLong();

    private static final class OneProfile implements ServedModels {
        @Override
        public List<String> names() {
            return List.of("card_fraud");
        }

        @Override
        public Optional<String> profile(String model, long version) {
            return Optional.of(PROFILE);
        }

        @Override
        public long version(String model, String alias) {
            throw new TarnException(ErrorCode.NOT_FOUND, "no alias");
        }

        @Override
        public ServedModel load(String model, long version) {
            throw new TarnException(ErrorCode.NOT_FOUND, "no version");
        }
    }

    private Prediction prediction(Instant at, double probability, double amount, @Nullable String brand) {
        return new Prediction(
                String.format("%012x%016x", at.toEpochMilli(), number.incrementAndGet()),
                at,
                "fraud",
                "card_fraud",
                3,
                "champion",
                "run",
                "code",
                Map.of("amount", amount),
                List.of(
                        new Prediction.Value("amount", amount, null, null, 0),
                        new Prediction.Value("brand", brand, null, null, 0)),
                probability,
                0.5,
                probability >= 0.5,
                List.of(),
                List.of(),
                "somebody");
    }

    @Test
    void daysAreJudgedAndJudgedAgainWhenLabelsCome() {
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder));
                DuckDb duckDb = DuckDb.open(new DuckDbConfig(
                        512L << 20,
                        2,
                        folder.resolve("spill"),
                        List.of(Path.of(URI.create(lake.warehouse())), folder.resolve("receipts")),
                        List.of()));
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults())) {
            Quality quality =
                    new Quality(lake, () -> duckDb, () -> engine, new OneProfile(), service -> List.of("amount"));
            try (Receipts receipts = new Receipts(
                    lake, () -> duckDb, () -> engine, folder.resolve("receipts"), Duration.ofDays(1), quality::judge)) {
                List<Prediction> monday = new ArrayList<>();
                List<Prediction> tuesday = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    monday.add(prediction(MONDAY, i / 10.0, i % 2 == 0 ? 5 : 50, i % 2 == 0 ? "Visa" : "Amex"));
                    tuesday.add(prediction(TUESDAY, 0.9, 50, i == 0 ? null : "Amex"));
                }
                receipts.keep(monday);
                receipts.keep(tuesday);
                receipts.judge();

                String quality1 = "SELECT CAST(day AS varchar), predictions, said_positive, labels, auc FROM"
                        + " monitoring.quality WHERE slice = '' ORDER BY day";
                assertThat(rows(engine, quality1))
                        .containsExactly(row("2026-03-02", 10L, 5L, 0L, null), row("2026-03-03", 10L, 10L, 0L, null));
                String drift = "SELECT variable, reference, stability_index, jensen_shannon FROM monitoring.drift"
                        + " WHERE slice = '' AND day = DATE '%s' ORDER BY variable";
                // As in training; nothing is known yet of how probabilities were.
                assertThat(rows(engine, drift.formatted("2026-03-02")))
                        .hasSize(2)
                        .allSatisfy(row -> {
                            assertThat(row.get(1)).isEqualTo("training");
                            assertThat((Double) row.get(2)).isCloseTo(0, within(1e-3));
                        });
                List<List<@Nullable Object>> moved = rows(engine, drift.formatted("2026-03-03"));
                assertThat(moved).extracting(row -> row.get(0)).containsExactly("(probability)", "amount", "brand");
                assertThat(moved).extracting(row -> row.get(1)).containsExactly("first day", "training", "training");
                assertThat(moved)
                        .allSatisfy(row -> assertThat((Double) row.get(2)).isGreaterThan(0.25));
                assertThat((Double) moved.get(1).get(3)).isCloseTo(0.311278, within(1e-6));
                assertThat(rows(
                                engine,
                                "SELECT slice_value, predictions FROM monitoring.quality WHERE slice = 'amount' AND"
                                        + " day = DATE '2026-03-02' ORDER BY 1"))
                        .containsExactly(row("5.0", 5L), row("50.0", 5L));
                assertThat(rows(
                                engine,
                                "SELECT bin, rows FROM monitoring.distributions WHERE variable = 'brand' AND slice = ''"
                                        + " AND day = DATE '2026-03-03' ORDER BY bin"))
                        .containsExactly(row("(missing)", 1L), row("(other)", 0L), row("Amex", 9L), row("Visa", 0L));

                for (int i = 0; i < 10; i++) {
                    receipts.label(monday.get(i).id(), i == 7 || i == 9, "bank");
                }
                // Somebody was wrong at first: the last word counts.
                receipts.label(monday.get(7).id(), false, "bank");
                receipts.label(monday.get(8).id(), true, "bank");
                receipts.judge();
                List<List<@Nullable Object>> judged = rows(
                        engine,
                        "SELECT labels, positives, auc, average_precision,"
                                + " precision, recall FROM monitoring.quality WHERE slice = '' AND day = DATE '2026-03-02'");
                assertThat(judged).containsExactly(row(10L, 2L, 1.0, 1.0, 0.4, 1.0));
                assertThat(rows(engine, "SELECT count(*) FROM monitoring.quality WHERE slice = ''"))
                        .containsExactly(row(2L));
                assertThat(quality.latest())
                        .filteredOn(measure -> measure.name().equals("tarn.model.auc")
                                && "".equals(measure.tags().get("slice")))
                        .singleElement()
                        .satisfies(measure -> assertThat(measure.value()).isEqualTo(1));
            }
        }
    }

    private static List<@Nullable Object> row(@Nullable Object... values) {
        return new ArrayList<>(java.util.Arrays.asList(values));
    }

    private static List<List<@Nullable Object>> rows(QueryEngine engine, String sql) {
        try (QueryResult result =
                engine.execute(QuerySession.of(Identity.local("test")).withZone(ZoneOffset.UTC), sql)) {
            return result.all();
        }
    }
}
