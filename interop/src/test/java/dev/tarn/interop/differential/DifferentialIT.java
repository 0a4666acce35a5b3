package dev.tarn.interop.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.interop.differential.Differential.Difference;
import dev.tarn.interop.differential.Differential.Report;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.interop.peer.Trino;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real Trino against Tarn over the same tables, which Trino wrote through Tarn's REST catalog.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DifferentialIT {
    private static final int THREADS = 3;

    @TempDir
    static Path project;

    private Tarn tarn;
    private Trino trino;

    @BeforeAll
    void start() throws Exception {
        tarn = Tarn.start(project, "-Xmx2g");
        trino = Trino.start(tarn.restCatalog(), "main");
        makeTables(trino);
    }

    /// The fixture and TPC-H's tables, written by Trino through Tarn's catalog.
    static void makeTables(Trino trino) throws IOException, InterruptedException {
        Engine writer = new Engine("Trino", trino.address(), "diff");
        for (String schema : List.of("diff", "tpch", "by_trino", "by_tarn")) {
            made(writer.run("CREATE SCHEMA tarn." + schema));
        }
        for (String statement : Cases.fixture()) {
            made(writer.run(statement));
        }
        for (String table :
                List.of("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")) {
            made(writer.run("CREATE TABLE tarn.tpch." + table + " AS SELECT * FROM tpch.tiny." + table));
        }
    }

    @AfterAll
    void stop() {
        if (trino != null) {
            trino.close();
        }
        if (tarn != null) {
            tarn.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"arithmetic", "strings", "dates", "nested", "relations"})
    void queries(String file) throws Exception {
        List<String> statements = Cases.read(getClass(), "/differential/queries/" + file + ".sql");
        judge(file, both("diff").run(statements));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22})
    void tpch(int query) throws Exception {
        Report report = both("tpch").run(Cases.read(io.trino.tpch.TpchTable.class, "queries/q" + query + ".sql"));
        System.out.println("TPC-H " + query + ": " + report);
        assertThat(report.differences()).isEmpty();
        assertThat(report.refusals()).isZero();
    }

    /// Statements that change tables: each engine changes its own, and both read what the other wrote.
    @ParameterizedTest
    @ValueSource(strings = {"tables", "rows", "metadata", "maintenance", "defaults"})
    void changes(String file) throws Exception {
        Differential each = new Differential(
                new Engine("Trino", trino.address(), "by_trino"), new Engine("Tarn", tarn.address(), "by_tarn"));
        judge(file, each.runUntilRefusedChange(Cases.read(getClass(), "/differential/changes/" + file + ".sql")));
    }

    @Test
    void eachReadsWhatTheOtherWrote() throws Exception {
        String types = "b boolean, i integer, l bigint, r real, d double, c decimal(20, 5), s varchar, x varbinary, "
                + "u uuid, dt date, tm time(6), ts timestamp(6), tz timestamp(6) with time zone, "
                + "a array(row(p integer, q varchar)), m map(integer, array(double)), "
                + "w row(z row(k date), n array(bigint))";
        String values = "(true, 1, 2, REAL '1.5', 2.5, 3.14159, 'é', X'00ff', "
                + "UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59', DATE '2020-02-29', TIME '12:34:56.123456', "
                + "TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP '2020-01-01 00:00:00 UTC', "
                + "ARRAY[CAST(ROW(1, 'a') AS row(p integer, q varchar)), NULL], MAP(ARRAY[1], ARRAY[ARRAY[1e0, nan()]]), "
                + "ROW(ROW(DATE '2021-01-01'), ARRAY[1, NULL]))";
        for (String writer : List.of("by_trino", "by_tarn")) {
            Engine engine = new Engine(writer, writer.equals("by_tarn") ? tarn.address() : trino.address(), writer);
            made(engine.run("CREATE TABLE every_type (" + types + ") WITH (partitioning = ARRAY['day(ts)', 'i'])"));
            made(engine.run("INSERT INTO every_type VALUES " + values));
            made(engine.run("INSERT INTO every_type (i) VALUES NULL"));
        }
        Report report = both("diff")
                .run(
                        List.of(
                                "SELECT * FROM by_tarn.every_type",
                                "SELECT * FROM by_trino.every_type",
                                "SELECT count(*) FROM by_tarn.every_type WHERE i = 1 AND ts < TIMESTAMP '1970-01-01 00:00:00'",
                                "SELECT count(*) FROM by_trino.every_type WHERE i = 1 AND ts < TIMESTAMP '1970-01-01 00:00:00'"));
        assertThat(report.refusals()).isZero();
        judge("read by the other", report);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void eachReadsAndChangesRowsThatTheOtherChanged(int version) throws Exception {
        Engine byTrino = new Engine("Trino", trino.address(), "by_trino");
        Engine byTarn = new Engine("Tarn", tarn.address(), "by_tarn");
        String table = "shared_rows_" + version;
        String changed = "SELECT count(*), count(DISTINCT id), sum(id), sum(few), max(who), count(who) FROM ";
        List<String> statements = List.of(
                "CREATE TABLE %s." + table + " WITH (format_version = " + version
                        + ", partitioning = ARRAY['few']) AS SELECT k AS id, k % 3 AS few, CAST(k AS varchar) AS who"
                        + " FROM UNNEST(sequence(BIGINT '1', BIGINT '3000')) AS u (k)",
                "DELETE FROM %s." + table + " WHERE id % 100 = 7",
                "UPDATE %s." + table + " SET who = NULL, few = few + 1 WHERE id % 100 = 8",
                "DELETE FROM %s." + table + " WHERE id BETWEEN 500 AND 600",
                "UPDATE %s." + table + " SET few = 9 WHERE id < 1000",
                "DELETE FROM %s." + table + " WHERE few = 9 AND id % 2 = 0");
        boolean first = true;
        for (String statement : statements) {
            // Each table is changed by both engines in turn, beginning with the other one.
            made((first ? byTrino : byTarn).run(statement.replace("%s", "by_trino")));
            made((first ? byTarn : byTrino).run(statement.replace("%s", "by_tarn")));
            first = statement.startsWith("DELETE");
            Report report = both("diff").run(List.of(changed + "by_tarn." + table, changed + "by_trino." + table));
            assertThat(report.refusals()).isZero();
            judge("changed by both " + version, report);
        }
        assertThat(byTrino.run(changed + "by_tarn." + table).toString())
                .isEqualTo(byTrino.run(changed + "by_trino." + table).toString());
    }

    /// Trino adds its INSERT's values to the sketches that Tarn stored: were a value's hash another one there, the
    /// values that both have seen would count twice.
    @Test
    void eachReadsTheCountsThatTheOtherStoredAndGoesOnWithThem() throws Exception {
        Engine byTrino = new Engine("Trino", trino.address(), "by_trino");
        Engine byTarn = new Engine("Tarn", tarn.address(), "by_tarn");
        String values = " SELECT k AS id, CAST(mod(k, 50) AS integer) AS few, 'é' || CAST(k AS varchar) AS who,"
                + " DATE '2020-01-01' + mod(k, 70) * INTERVAL '1' DAY AS d, CAST(k AS double) / 7 AS f,"
                + " CAST(k AS decimal(20, 3)) / 8 AS c, CAST(k AS decimal(5, 0)) AS narrow, mod(k, 3) = 0 AS b,"
                + " CAST(from_unixtime_nanos(k * 1000000) AS timestamp(6) with time zone) AS tz,"
                + " from_base64(to_base64(to_utf8(CAST(k AS varchar)))) AS x,"
                + " CAST('12151fd2-7586-11e9-8f9e-' || lpad(CAST(k AS varchar), 12, '0') AS uuid) AS u"
                + " FROM UNNEST(sequence(BIGINT '%d', BIGINT '%d')) AS t (k)";
        for (Engine writer : List.of(byTrino, byTarn)) {
            Engine other = writer.equals(byTrino) ? byTarn : byTrino;
            String table = writer.schema() + ".counted";
            made(writer.run("CREATE TABLE tarn." + table + " AS" + values.formatted(1, 1000)));
            made(writer.run("ANALYZE tarn." + table));
            assertThat(counts(table))
                    .containsEntry("id", 1000.0)
                    .containsEntry("few", 50.0)
                    .containsEntry("b", 2.0);

            made(byTrino.run("INSERT INTO tarn." + table + values.formatted(501, 1500)));
            assertThat(counts(table))
                    .containsEntry("id", 1500.0)
                    .containsEntry("few", 50.0)
                    .containsEntry("who", 1500.0)
                    .containsEntry("d", 70.0)
                    .containsEntry("f", 1500.0)
                    .containsEntry("c", 1500.0)
                    .containsEntry("narrow", 1500.0)
                    .containsEntry("b", 2.0)
                    .containsEntry("tz", 1500.0)
                    .containsEntry("x", 1500.0)
                    .containsEntry("u", 1500.0);

            made(byTarn.run("INSERT INTO tarn." + table + values.formatted(1501, 10_500)));
            made(other.run("ANALYZE tarn." + table + " WITH (columns = ARRAY['id', 'who'])"));
            assertThat(counts(table)).containsEntry("f", 1500.0);
            made(other.run("ANALYZE tarn." + table));
            Map<String, Double> others = counts(table);
            made(writer.run("ANALYZE tarn." + table));
            counts(table)
                    .forEach((column, count) ->
                            assertThat(count).as(column).isCloseTo(others.get(column), Percentage.withPercentage(5)));
        }
    }

    /// The different values of a table's columns, as both engines say.
    private Map<String, Double> counts(String table) throws Exception {
        String statement = "SHOW STATS FOR tarn." + table;
        Report report = both("diff").run(List.of(statement));
        assertThat(report.refusals()).isZero();
        judge("counts of " + table, report);
        Map<String, Double> counts = new HashMap<>();
        Answer.Rows rows = (Answer.Rows) new Engine("Tarn", tarn.address(), "diff").run(statement);
        rows.rows().stream()
                .filter(row -> !row.getFirst().isNull())
                .forEach(row -> counts.put(
                        row.getFirst().asText(),
                        row.get(2).isNull() ? null : row.get(2).asDouble()));
        return counts;
    }

    @Test
    void eachWritesTheDefaultsThatTheOtherDeclared() throws Exception {
        Engine byTrino = new Engine("Trino", trino.address(), "by_trino");
        Engine byTarn = new Engine("Tarn", tarn.address(), "by_tarn");
        List<String> columns = List.of(
                "b boolean DEFAULT true",
                "i integer DEFAULT -3",
                "l bigint DEFAULT 9223372036854775807",
                "r real DEFAULT REAL '1.5'",
                "d double DEFAULT 2.5e-7",
                "c decimal(20, 5) DEFAULT 3.14159",
                "s varchar DEFAULT 'it''s é'",
                "x varbinary DEFAULT X'00ff'",
                "u uuid DEFAULT UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'",
                "dt date DEFAULT DATE '1969-12-31'",
                "tm time(6) DEFAULT TIME '12:34:56.123456'",
                "ts timestamp(6) DEFAULT TIMESTAMP '1999-12-31 23:59:59.999999'",
                "tz timestamp(6) with time zone DEFAULT TIMESTAMP '2020-01-01 00:00:00.5 UTC'");
        for (Engine writer : List.of(byTrino, byTarn)) {
            Engine other = writer.equals(byTrino) ? byTarn : byTrino;
            String table = "tarn." + writer.schema() + ".defaulted";
            made(writer.run("CREATE TABLE " + table + " (id integer, " + String.join(", ", columns)
                    + ") WITH (format_version = 3)"));
            made(other.run("INSERT INTO " + table + " (id) VALUES 1"));
            made(writer.run("INSERT INTO " + table + " (id) VALUES 2"));
            for (String column : columns) {
                made(other.run("ALTER TABLE " + table + " ADD COLUMN later_" + column));
            }
            made(other.run("ALTER TABLE " + table + " ALTER COLUMN later_s SET DEFAULT 'other'"));
            made(other.run("ALTER TABLE " + table + " ALTER COLUMN later_i DROP DEFAULT"));
            made(writer.run("INSERT INTO " + table + " (id) VALUES 3"));
            made(writer.run("MERGE INTO " + table + " t USING (VALUES 4) AS n (id) ON t.id = n.id"
                    + " WHEN NOT MATCHED THEN INSERT (id) VALUES (n.id)"));
            Report report = both("diff").run(List.of("SELECT * FROM " + table + " ORDER BY id", "DESCRIBE " + table));
            assertThat(report.refusals()).isZero();
            judge("defaults of " + writer.name(), report);
            assertThat(shownColumns(byTarn, table)).isEqualTo(shownColumns(byTrino, table));
        }
    }

    /// The part of SHOW CREATE TABLE that is about columns.
    private static String shownColumns(Engine engine, String table) throws Exception {
        Answer answer = engine.run("SHOW CREATE TABLE " + table);
        String shown = ((Answer.Rows) answer).rows().getFirst().getFirst().asText();
        return shown.substring(shown.indexOf('('), shown.indexOf("\n)"));
    }

    /// The ids of format version 3 are the same in both, and stay, whoever changes the rows or moves them.
    @Test
    void aRowKeepsItsIdInBoth() throws Exception {
        Engine byTrino = new Engine("Trino", trino.address(), "by_trino");
        Engine byTarn = new Engine("Tarn", tarn.address(), "by_tarn");
        for (Engine writer : List.of(byTrino, byTarn)) {
            Engine other = writer.equals(byTrino) ? byTarn : byTrino;
            String table = "tarn." + writer.schema() + ".lineage";
            made(writer.run("CREATE TABLE " + table + " WITH (format_version = 3) AS SELECT k AS id, 0 AS changes"
                    + " FROM UNNEST(sequence(1, 100)) AS t (k)"));
            made(other.run("INSERT INTO " + table + " VALUES (101, 0), (102, 0)"));
            String ids = "SELECT id, \"$row_id\" FROM " + table + " WHERE id < 103 AND id <> 7 ORDER BY id";
            var first = ((Answer.Rows) byTrino.run(ids)).rows();
            List<String> changes = List.of(
                    "UPDATE " + table + " SET changes = changes + 1 WHERE id % 10 = 1",
                    "DELETE FROM " + table + " WHERE id = 7",
                    "MERGE INTO " + table + " t USING (VALUES 2, 103) AS n (id) ON t.id = n.id WHEN MATCHED THEN UPDATE"
                            + " SET changes = 9 WHEN NOT MATCHED THEN INSERT VALUES (n.id, 0)",
                    "ALTER TABLE " + table + " EXECUTE optimize",
                    "UPDATE " + table + " SET changes = changes + 1 WHERE id % 10 = 2");
            for (String change : changes) {
                for (Engine engine : List.of(other, writer)) {
                    made(engine.run(change));
                    Report report = both("diff")
                            .run(List.of("SELECT id, changes, \"$row_id\", \"$last_updated_sequence_number\" FROM "
                                    + table + " ORDER BY id"));
                    assertThat(report.refusals()).isZero();
                    judge("lineage of " + writer.name(), report);
                    assertThat(((Answer.Rows) byTrino.run(ids)).rows())
                            .as(engine.name() + ": " + change)
                            .isEqualTo(first);
                }
            }
        }
    }

    /// `-Ddifferential.statements=1000000 -Ddifferential.minutes=1440 -Ddifferential.seed=7` for more, or others.
    @Test
    void generated() throws Exception {
        long statements = Long.getLong("differential.statements", 1000);
        long seed = Long.getLong("differential.seed", 1);
        Duration atMost = Duration.ofMinutes(Long.getLong("differential.minutes", 7));
        Differential both = generating(trino.address(), tarn.address());
        Report report = both.generated(seed * 1_000_000_000, statements, THREADS, atMost);
        assertThat(unknown("generated", report)).isEmpty();
        // Were most statements refused, or none compared, nothing would be proved.
        assertThat(report.same()).isGreaterThan(10 * report.refusals());
    }

    /// Trino reads the fixture from memory here, which takes half of its time away: that both read the same files is
    /// shown by the other tests.
    static Differential generating(String trino, String tarn) throws IOException, InterruptedException {
        Engine reference = new Engine("Trino", trino, "memory", "diff");
        made(reference.run("CREATE SCHEMA IF NOT EXISTS diff"));
        for (String table : List.of("things", "small", "nothing")) {
            made(reference.run("CREATE TABLE IF NOT EXISTS " + table + " AS SELECT * FROM tarn.diff." + table));
        }
        return new Differential(reference, new Engine("Tarn", tarn, "diff"));
    }

    private Differential both(String schema) {
        return new Differential(
                new Engine("Trino", trino.address(), schema), new Engine("Tarn", tarn.address(), schema));
    }

    /// No difference but those that `open.txt` (to be mended) and `trino.txt` (Trino's own defects) name: each of
    /// their lines is a regular expression that a statement contains.
    private static void judge(String what, Report report) throws IOException {
        assertThat(unknown(what, report)).as(what).isEmpty();
    }

    private static List<Difference> unknown(String what, Report report) throws IOException {
        List<Pattern> open = new ArrayList<>();
        for (String file : List.of("open", "trino")) {
            Cases.lines(DifferentialIT.class, "/differential/" + file + ".txt")
                    .forEach(line -> open.add(Pattern.compile(line)));
        }
        List<Difference> unknown = report.differences().stream()
                .filter(difference -> open.stream()
                        .noneMatch(
                                known -> known.matcher(difference.statement()).find()))
                .toList();
        System.out.println("Trino against Tarn, " + what + ": "
                + report.toString().lines().findFirst().orElse("") + ", " + unknown.size() + " of them not known");
        Path reports = Files.createDirectories(Checkout.root().resolve("interop/target/differential"));
        Files.writeString(reports.resolve(what.replace(' ', '-') + ".txt"), report.toString());
        return unknown;
    }

    private static void made(Answer answer) {
        if (answer instanceof Answer.Failure failure) {
            throw new IllegalStateException(failure.toString());
        }
    }
}
