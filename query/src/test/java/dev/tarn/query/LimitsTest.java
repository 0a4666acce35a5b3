package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.tarn.core.error.TarnException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Statements that ask too much end with Trino's own code, and the engine goes on.
class LimitsTest {
    @TempDir
    static Path folder;

    static TestEngine engine;
    static QuerySession before;

    @BeforeAll
    static void start() {
        engine = new TestEngine(folder);
        engine.run("CREATE SCHEMA s");
        engine.run("USE s");
        engine.run("CREATE TABLE one AS SELECT 1 AS x");
        before = engine.session;
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    /// The code that a statement fails with; the next one is answered.
    private static String failure(String sql) {
        QuerySession session = engine.session;
        Throwable failure = catchThrowable(() -> engine.run(sql));
        engine.session = before;
        assertThat(failure).isInstanceOf(TarnException.class);
        assertThat(engine.value("SELECT 1")).isEqualTo(1);
        engine.session = session;
        return SqlError.of(failure).code().getName();
    }

    @Test
    void aStatementOfAMegabyte() {
        String text = "x".repeat(900_000);
        assertThat(engine.value("SELECT length('" + text + "')")).isEqualTo(900_000L);
        assertThat(engine.value("SELECT count(*) FROM one WHERE x IN ("
                        + IntStream.range(0, 20_000).mapToObj(String::valueOf).collect(Collectors.joining(",")) + ")"))
                .isEqualTo(1L);
        assertThat(failure("SELECT '" + text + text + "'")).isEqualTo("QUERY_TEXT_TOO_LARGE");
    }

    @Test
    void aThousandTables() {
        assertThat(engine.value("SELECT count(*) FROM " + many(80, "one t%d", ", ")))
                .isEqualTo(1L);
        // More would use up the stack inside DuckDB, which nobody survives.
        for (int tables : List.of(400, 1_000)) {
            assertThat(failure("SELECT count(*) FROM " + many(tables, "one t%d", ", ")))
                    .isIn("QUERY_HAS_TOO_MANY_STAGES", "STACK_OVERFLOW", "SYNTAX_ERROR");
        }
        assertThat(engine.value("SELECT sum(x) FROM (" + many(100, "SELECT x FROM one", " UNION ALL ") + ")"))
                .isEqualTo(100L);
        // Trino's parser calls its own full stack a syntax error.
        assertThat(failure("SELECT sum(x) FROM (" + many(1_000, "SELECT x FROM one", " UNION ALL ") + ")"))
                .isIn("QUERY_HAS_TOO_MANY_STAGES", "STACK_OVERFLOW", "SYNTAX_ERROR");
        String nested =
                "SELECT x + 1 AS x FROM (SELECT DISTINCT x FROM (".repeat(300) + "SELECT x FROM one" + "))".repeat(300);
        assertThat(failure(nested)).isIn("QUERY_HAS_TOO_MANY_STAGES", "STACK_OVERFLOW", "SYNTAX_ERROR");
    }

    private static String many(int count, String item, String between) {
        return IntStream.range(0, count).mapToObj(i -> String.format(item, i)).collect(Collectors.joining(between));
    }

    @Test
    void nestingWithoutEnd() {
        for (String deep : List.of(
                "SELECT " + "1 + ".repeat(100_000) + "1",
                "SELECT " + "NOT ".repeat(100_000) + "true",
                "SELECT " + "(SELECT ".repeat(3_000) + "1" + ")".repeat(3_000),
                "SELECT " + "ARRAY[".repeat(5_000) + "1" + "]".repeat(5_000),
                "SELECT * FROM " + "(SELECT * FROM ".repeat(3_000) + "one" + ")".repeat(3_000))) {
            assertThat(failure(deep)).as(deep.substring(0, 30)).isIn("STACK_OVERFLOW", "SYNTAX_ERROR");
        }
    }

    @Test
    void recursionAsTrinoHasIt() {
        String numbers = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < %d) "
                + "SELECT sum(n) FROM t";
        assertThat(engine.value(String.format(numbers, 5))).isEqualTo(15L);
        assertThat(failure(String.format(numbers, 1_000))).isEqualTo("NOT_SUPPORTED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "count(*)|a.n * b.n % 7 = c.n % 11",
                "max(a.n + b.n + c.n)|a.n + b.n <> c.n",
                "count(DISTINCT a.n * b.n + c.n)|true"
            })
    void aCrossJoinThatExplodesStopsInTime(String what, String condition) {
        engine.run("SET SESSION query_max_run_time = '1s'");
        String numbers = "UNNEST(sequence(1, 10000))";
        String sql = "SELECT " + what + " FROM " + numbers + " a(n), " + numbers + " b(n), " + numbers + " c(n) WHERE "
                + condition;
        assertThat(failure(sql)).isIn("EXCEEDED_TIME_LIMIT", "EXCEEDED_LOCAL_MEMORY_LIMIT", "CLUSTER_OUT_OF_MEMORY");
        engine.session = before;
    }

    /// A view that has come to read itself, as only an outside writer can make one.
    @Test
    void aViewThatReadsItself() {
        engine.run("CREATE VIEW first AS SELECT x FROM one");
        engine.run("CREATE VIEW second AS SELECT x FROM first");
        assertThat(failure("CREATE OR REPLACE VIEW first AS SELECT x FROM second"))
                .isEqualTo("INVALID_VIEW");
        assertThat(engine.lake.main().viewExists(TableIdentifier.of("s", "first")))
                .isTrue();
        assertThat(engine.run("SELECT x FROM second")).isEqualTo(List.of(Arrays.asList(1)));
    }
}
