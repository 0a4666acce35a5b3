package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.model.ServedModels;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Often read columns are answered from memory, with the same answers, and never with those of another snapshot.
class HotColumnsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void theSameAnswersFromMemory() throws Exception {
        try (TestEngine tests = new TestEngine(folder);
                QueryEngine engine = hot(tests, 64 << 20)) {
            tests.run("CREATE SCHEMA s");
            tests.run("USE s");
            tests.run("CREATE TABLE t AS SELECT x AS id, CAST(x AS decimal(12, 2)) AS price, 'n' || CAST(x AS varchar)"
                    + " AS name, IF(x % 3 = 0, NULL, TIMESTAMP '2024-01-01 00:00:00.123456') AS at,"
                    + " ARRAY[x] AS list FROM UNNEST(sequence(1, 5000)) AS u (x)");
            String sql = "SELECT id, price, name, at FROM t WHERE id IN (7, 9) ORDER BY id";
            List<?> expected = tests.run(sql);
            untilCopied(tests, engine, sql, 1);
            assertThat(rows(engine, tests, sql)).isEqualTo(expected);
            // What somebody keeps as text must not depend on copies.
            assertThat(engine.compile(tests.session, sql).duckSql()).contains("read_parquet(");

            // A column more, and one that has become wider.
            tests.run("ALTER TABLE t ADD COLUMN more bigint");
            tests.run("INSERT INTO t VALUES (7, 1, 'again', NULL, NULL, 5)");
            String wider = "SELECT id, name, more FROM t WHERE id = 7 ORDER BY name";
            for (int i = 0; i < 5; i++) {
                assertThat(rows(engine, tests, wider))
                        .isEqualTo(tests.run(wider))
                        .hasSize(2);
            }
            tests.run("UPDATE t SET name = 'changed' WHERE id = 7");
            assertThat(rows(engine, tests, wider)).isEqualTo(tests.run(wider)).hasSize(2);
            tests.run("DELETE FROM t WHERE id = 7");
            assertThat(rows(engine, tests, wider)).isEmpty();
            assertThat(rows(engine, tests, "SELECT list, count(*) FROM t WHERE id = 9 GROUP BY list"))
                    .isEqualTo(List.of(List.of(List.of(9L), 1L)));
        }
    }

    @Test
    void joinsThatDifferOnlyInTheirColumnsStayApart() throws Exception {
        try (TestEngine tests = new TestEngine(folder);
                QueryEngine engine = hot(tests, 64 << 20)) {
            tests.run("CREATE SCHEMA s");
            tests.run("USE s");
            tests.run(
                    "CREATE TABLE t AS SELECT x AS id, x * 7 % 20 AS n, x * 10 AS i FROM UNNEST(sequence(1, 10)) u (x)");
            untilCopied(tests, engine, "SELECT sum(id), sum(n), sum(i) FROM t", 1);
            String sql = "SELECT b.i, 'b' FROM t a LEFT JOIN t b ON a.id = b.n "
                    + "UNION SELECT a.i, 'a' FROM t a LEFT JOIN t b ON a.id = b.n ORDER BY 2, 1";
            assertThat(rows(engine, tests, sql)).isEqualTo(tests.run(sql)).hasSize(18);
        }
    }

    @Test
    void noCopyIsLargerThanAllowedAndASwitchTurnsThemOff() throws Exception {
        try (TestEngine tests = new TestEngine(folder);
                QueryEngine small = hot(tests, 100_000);
                QueryEngine off = hot(tests, 0)) {
            tests.run("CREATE SCHEMA s");
            tests.run("USE s");
            tests.run("CREATE TABLE large AS SELECT x AS id FROM UNNEST(sequence(1, 9000)) AS u (x)");
            tests.run("CREATE TABLE little AS SELECT x AS id FROM UNNEST(sequence(1, 1000)) AS u (x)");
            for (int i = 0; i < 5; i++) {
                rows(small, tests, "SELECT sum(id) FROM large");
                rows(off, tests, "SELECT sum(id) FROM little");
            }
            untilCopied(tests, small, "SELECT sum(id) FROM little", 1);
            assertThat(copies(tests)).isEqualTo(1);
        }
    }

    private static void untilCopied(TestEngine tests, QueryEngine engine, String sql, int count) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (copies(tests) < count) {
            assertThat(System.nanoTime()).as("time to copy").isLessThan(end);
            rows(engine, tests, sql);
        }
    }

    private static QueryEngine hot(TestEngine tests, long bytes) {
        QueryConfig defaults = QueryConfig.defaults();
        return QueryEngine.start(
                tests.lake,
                tests.duckDb,
                new QueryConfig(
                        defaults.catalog(),
                        defaults.queryTimeMax(),
                        defaults.resultRowsMax(),
                        defaults.pageRows(),
                        defaults.planCacheEntries(),
                        defaults.statementCharsMax(),
                        bytes),
                ServedModels.none());
    }

    private static List<?> rows(QueryEngine engine, TestEngine tests, String sql) {
        try (QueryResult result = engine.execute(tests.session, sql)) {
            return result.all();
        }
    }

    private static int copies(TestEngine tests) throws SQLException {
        try (DuckDBConnection connection = tests.duckDb.connect();
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'hot %'")) {
            row.next();
            return row.getInt(1);
        }
    }
}
