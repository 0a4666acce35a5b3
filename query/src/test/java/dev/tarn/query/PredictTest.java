package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModels;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A prediction as a function in a statement.
class PredictTest {
    private static final FakeRegistry REGISTRY = new FakeRegistry();

    @TempDir
    static Path folder;

    private static @Nullable TestEngine engine;

    /// Versions of one model, which give `amount / 1000 + version / 100`, and 0.2 more for a Visa or a chip.
    private static final class FakeRegistry implements ServedModels {
        final Map<String, Long> aliases = new ConcurrentHashMap<>();

        @Override
        public List<String> names() {
            return List.of("Card_Fraud");
        }

        @Override
        public long version(String model, String alias) {
            Long version = aliases.get(alias);
            if (version == null) {
                throw new TarnException(ErrorCode.NOT_FOUND, "model '" + model + "' has no alias '" + alias + "'");
            }
            return version;
        }

        @Override
        public ServedModel load(String model, long version) {
            return new Fake(model, version);
        }
    }

    private record Fake(String name, long version) implements ServedModel {
        @Override
        public String runId() {
            return "run";
        }

        @Override
        public String code() {
            return "code";
        }

        @Override
        public List<Input> inputs() {
            return List.of(
                    new Input("amount", Kind.NUMBER, List.of()),
                    new Input("brand", Kind.CATEGORY, List.of("Visa")),
                    new Input("chip", Kind.BOOLEAN, List.of()));
        }

        @Override
        public OptionalDouble threshold() {
            return OptionalDouble.empty();
        }

        @Override
        public double predict(@Nullable Object[] values) {
            double amount = values[0] == null ? 0 : (Double) values[0];
            return amount / 1000
                    + version / 100.0
                    + ("Visa".equals(values[1]) ? 0.2 : 0)
                    + (Boolean.TRUE.equals(values[2]) ? 0.2 : 0);
        }

        @Override
        public double[] contributions(@Nullable Object[] values) {
            return new double[] {0, 0, 0, 0};
        }
    }

    @BeforeAll
    static void start() {
        engine = new TestEngine(folder, 1L << 30, 2, REGISTRY);
        engine().run("CREATE SCHEMA s");
        engine().run(
                        "CREATE TABLE s.t AS SELECT CAST(n AS decimal(12, 2)) AS amount,"
                                + " CASE WHEN n % 2 = 0 THEN 'Visa' END AS brand, n % 3 = 0 AS chip, n FROM UNNEST(sequence(1, 5000)) AS u(n)");
    }

    @AfterAll
    static void stop() {
        if (engine != null) {
            engine.close();
        }
    }

    @BeforeEach
    void aliases() {
        REGISTRY.aliases.clear();
        REGISTRY.aliases.putAll(Map.of("champion", 1L, "next", 2L));
    }

    private static TestEngine engine() {
        return java.util.Objects.requireNonNull(engine);
    }

    @Test
    void everyRowIsWhatTheModelSays() {
        List<List<@Nullable Object>> rows = engine().run(
                        "SELECT n, amount, brand, chip, predict.card_fraud(amount, brand, chip) FROM s.t ORDER BY n");
        assertThat(rows).hasSize(5000);
        ServedModel model = REGISTRY.load("Card_Fraud", 1);
        for (List<@Nullable Object> row : rows) {
            double amount = Double.parseDouble(String.valueOf(row.get(1)));
            assertThat((Double) row.get(4))
                    .isEqualTo(model.predict(new @Nullable Object[] {amount, row.get(2), row.get(3)}));
        }
    }

    @Test
    void aMissingArgumentIsMissingAndNotTheAnswer() {
        assertThat(engine().value("SELECT predict.card_fraud(NULL, NULL, NULL)"))
                .isEqualTo(0.01);
        assertThat(engine().value("SELECT predict.card_fraud(amount, nullif('a', 'a'), NULL) FROM s.t WHERE n = 10"))
                .isEqualTo(0.02);
    }

    @Test
    void anAliasOrAVersionCanBeAskedFor() {
        assertThat(engine().run(
                                "SELECT predict.card_fraud(amount, '', false), tarn.predict.\"card_fraud@next\"(amount, '', false),"
                                        + " predict.\"card_fraud@7\"(amount, '', false) FROM s.t WHERE n = 10"))
                .containsExactly(List.of(0.02, 0.03, 0.08));
    }

    @Test
    void theVersionIsThatOfTheMomentAndNeverOfACachedPlan() {
        for (String from : List.of(
                "SELECT predict.card_fraud(amount, '', false) FROM s.t WHERE n = 10",
                "SELECT predict.card_fraud(10, '', false), n FROM s.t WHERE n = 10")) {
            REGISTRY.aliases.put("champion", 1L);
            assertThat(engine().run(from).getFirst().getFirst()).isEqualTo(0.02);
            assertThat(engine().run(from).getFirst().getFirst()).isEqualTo(0.02);
            REGISTRY.aliases.put("champion", 7L);
            assertThat(engine().run(from).getFirst().getFirst()).isEqualTo(0.08);
        }
    }

    @Test
    void aViewPredictsWithTheVersionOfTheMoment() {
        engine().run("CREATE VIEW s.scored AS SELECT n, predict.card_fraud(amount, '', false) AS p FROM s.t");
        assertThat(engine().value("SELECT p FROM s.scored WHERE n = 10")).isEqualTo(0.02);
        REGISTRY.aliases.put("champion", 7L);
        assertThat(engine().value("SELECT p FROM s.scored WHERE n = 10")).isEqualTo(0.08);
    }

    @Test
    void predictionsFilterGroupAndFillTables() {
        engine().run("CREATE TABLE s.predicted AS SELECT n, predict.card_fraud(amount, brand, chip) AS p FROM s.t");
        assertThat(engine().run("SELECT count(*), count_if(p > 4), max(p) FROM s.predicted"))
                .isEqualTo(engine().run("SELECT count(*), count_if(predict.card_fraud(amount, brand, chip) > 4),"
                        + " max(predict.card_fraud(amount, brand, chip)) FROM s.t"));
        assertThat(engine().value("SELECT count(*) FROM s.t WHERE predict.card_fraud(amount, '', false) > 4.51"))
                .isEqualTo(500L);
    }

    @Test
    void explainSaysTheVersion() {
        assertThat(engine().engine.explain(engine().session, "SELECT predict.card_fraud(amount, brand, chip) FROM s.t"))
                .contains("Predicts with Card_Fraud version 1");
        assertThat(engine().engine.predictions("CREATE TABLE x AS SELECT predict.card_fraud(a, b, c) FROM nowhere"))
                .containsExactly("Card_Fraud version 1");
        assertThat(engine().engine.predictions("SELECT predict FROM nowhere")).isEmpty();
        assertThat(engine().engine.predictions("no statement")).isEmpty();
    }

    @Test
    void functionsAreListedWithTheirInputs() {
        assertThat(engine().run("SHOW FUNCTIONS FROM tarn.predict"))
                .hasSize(1)
                .first()
                .satisfies(row -> assertThat(row)
                        .containsSubsequence("card_fraud", "double")
                        .anySatisfy(cell -> assertThat(String.valueOf(cell)).contains("from amount, brand, chip")));
    }

    @Test
    void whatIsWrongIsNamed() {
        assertThatThrownBy(() -> engine().run("SELECT predict.card_fruad(1, '', true)"))
                .hasMessageContaining("did you mean 'Card_Fraud'?");
        assertThatThrownBy(() -> engine().run("SELECT predict.\"card_fraud@nobody\"(1, '', true)"))
                .hasMessageContaining("has no alias 'nobody'");
        assertThatThrownBy(() -> engine().run("SELECT predict.card_fraud(1, '')"))
                .hasMessageContaining("card_fraud");
        assertThatThrownBy(() -> engine().run("SELECT predict.card_fraud('x', '', true)"))
                .hasMessageContaining("card_fraud");
    }
}
