package dev.tarn.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.interop.differential.Answer;
import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Spark;
import dev.tarn.interop.peer.Tarn;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Spark with Iceberg's runtime on Tarn's REST catalog: each reads what the other wrote, deletes included.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SparkIT {
    @TempDir
    static Path project;

    private Tarn tarn;
    private Spark spark;
    private Engine engine;

    @BeforeAll
    void start() throws Exception {
        tarn = Tarn.start(project, "-Xmx1g");
        spark = Spark.start(tarn.restCatalog(), "main");
        engine = new Engine("Tarn", tarn.address(), "shared");
        spark.sql("CREATE NAMESPACE shared");
    }

    @AfterAll
    void stop() {
        if (spark != null) {
            spark.close();
        }
        if (tarn != null) {
            tarn.close();
        }
    }

    @Test
    void tarnReadsWhatSparkWroteAndChanged() throws Exception {
        spark.sql("CREATE TABLE shared.by_spark (id bigint, who string, amount decimal(10,2), day date) "
                + "USING iceberg PARTITIONED BY (months(day)) "
                + "TBLPROPERTIES ('format-version'='2', 'write.delete.mode'='merge-on-read', "
                + "'write.update.mode'='merge-on-read', 'write.merge.mode'='merge-on-read')");
        spark.sql("INSERT INTO shared.by_spark VALUES (1, 'ada', 10.50, DATE'2020-01-01'), "
                + "(2, 'bob', 20.00, DATE'2020-02-01'), (3, NULL, NULL, NULL), (4, 'dee', 4.00, DATE'2020-02-29')");
        assertTarn("SELECT count(*), sum(amount) FROM by_spark", "[4, \"34.50\"]");

        spark.sql("DELETE FROM shared.by_spark WHERE id = 2");
        assertTarn("SELECT id FROM by_spark ORDER BY id", "[1]", "[3]", "[4]");
        assertThat(spark.sql("SELECT count(*) FROM shared.by_spark.delete_files")
                        .getFirst()
                        .getFirst())
                .as("Spark wrote a delete file")
                .isNotEqualTo("0");

        spark.sql("MERGE INTO shared.by_spark t USING (SELECT 3 AS id, 'cy' AS who UNION ALL SELECT 9, 'new') s "
                + "ON t.id = s.id WHEN MATCHED THEN UPDATE SET who = s.who "
                + "WHEN NOT MATCHED THEN INSERT (id, who) VALUES (s.id, s.who)");
        spark.sql("UPDATE shared.by_spark SET amount = amount + 1 WHERE who = 'dee'");
        assertTarn(
                "SELECT id, who, amount, day FROM by_spark ORDER BY id",
                "[1, \"ada\", \"10.50\", \"2020-01-01\"]",
                "[3, \"cy\", null, null]",
                "[4, \"dee\", \"5.00\", \"2020-02-29\"]",
                "[9, \"new\", null, null]");

        spark.sql("ALTER TABLE shared.by_spark ADD COLUMN note string");
        spark.sql("ALTER TABLE shared.by_spark RENAME COLUMN who TO person");
        spark.sql("ALTER TABLE shared.by_spark ALTER COLUMN id COMMENT 'the key'");
        assertThat(spark.sql("SELECT count(*) FROM shared.by_spark").getFirst()).containsExactly("4");
    }

    @Test
    void tarnFollowsSparksSchemaChanges() throws Exception {
        spark.sql("CREATE TABLE shared.changed (id int, who string, gone string, price float) USING iceberg");
        spark.sql("INSERT INTO shared.changed VALUES (1, 'ada', 'x', 1.5)");
        spark.sql("ALTER TABLE shared.changed ADD COLUMN note string");
        spark.sql("ALTER TABLE shared.changed RENAME COLUMN who TO person");
        spark.sql("ALTER TABLE shared.changed DROP COLUMN gone");
        spark.sql("ALTER TABLE shared.changed ALTER COLUMN id TYPE bigint");
        spark.sql("ALTER TABLE shared.changed ALTER COLUMN price TYPE double");
        spark.sql("ALTER TABLE shared.changed ADD PARTITION FIELD truncate(2, person)");
        spark.sql("INSERT INTO shared.changed (id, person, note, price) VALUES (5000000000, 'bob', 'n', 2.25)");

        assertTarn(
                "SELECT id, person, note, price FROM changed ORDER BY id",
                "[1, \"ada\", null, 1.5]",
                "[5000000000, \"bob\", \"n\", 2.25]");
        assertTarn("SELECT count(*) FROM changed WHERE person = 'bob'", "[1]");
    }

    @Test
    void tarnReadsEveryTypeThatSparkWrites() throws Exception {
        spark.sql(
                "CREATE TABLE shared.kinds (b boolean, i int, l bigint, f float, d double, c decimal(20,5), s string, "
                        + "x binary, dt date, tz timestamp, ts timestamp_ntz, a array<struct<p:int,q:string>>, "
                        + "m map<string,array<double>>, w struct<z:struct<k:date>,n:array<bigint>>) USING iceberg");
        spark.sql("INSERT INTO shared.kinds VALUES (true, 1, 2, 1.5, 2.5, 3.14159, 'é', X'00ff', DATE'2020-02-29', "
                + "TIMESTAMP'2020-01-01 00:00:00+05:30', TIMESTAMP_NTZ'1969-12-31 23:59:59.999999', "
                + "array(named_struct('p', 1, 'q', 'a'), null), map('k', array(1.0D, null)), "
                + "named_struct('z', named_struct('k', DATE'2021-01-01'), 'n', array(1L, null))), "
                + "(null, null, null, null, null, null, null, null, null, null, null, null, null, null)");

        assertTarn(
                "SELECT * FROM kinds WHERE b",
                "[true, 1, 2, 1.5, 2.5, \"3.14159\", \"é\", \"AP8=\", \"2020-02-29\", "
                        + "\"2019-12-31 18:30:00.000000 UTC\", \"1969-12-31 23:59:59.999999\", [[1,\"a\"],null], "
                        + "{\"k\":[1,null]}, [[\"2021-01-01\"],[1,null]]]");
        assertTarn("SELECT count(*) FROM kinds WHERE w IS NULL AND x IS NULL", "[1]");
    }

    @Test
    void sparkReadsWhatTarnWroteAndAddsToIt() throws Exception {
        tarn(
                "CREATE TABLE by_tarn (id bigint, who varchar, amount decimal(10,2), at timestamp(6), tags array(varchar)) "
                        + "WITH (partitioning = ARRAY['bucket(id, 4)'])");
        tarn("INSERT INTO by_tarn VALUES (1, 'ada', 10.50, TIMESTAMP '2020-01-01 10:00:00', ARRAY['a', NULL]), "
                + "(2, 'bob', 20.00, NULL, NULL), (3, 'cy', NULL, NULL, ARRAY[])");
        assertThat(spark.sql("SELECT id, who, amount, at, tags FROM shared.by_tarn ORDER BY id"))
                .containsExactly(
                        row("1", "ada", "10.50", "2020-01-01 10:00:00", "[a, null]"),
                        row("2", "bob", "20.00", null, null),
                        row("3", "cy", null, null, "[]"));
        assertThat(spark.sql("SELECT who FROM shared.by_tarn WHERE id = 2")).containsExactly(row("bob"));

        spark.sql("INSERT INTO shared.by_tarn (id, who) VALUES (8, 'spark')");
        assertTarn("SELECT id FROM by_tarn ORDER BY id", "[1]", "[2]", "[3]", "[8]");
    }

    @ParameterizedTest
    @CsvSource({"2, copy-on-write", "2, merge-on-read", "3, copy-on-write", "3, merge-on-read"})
    void sparkReadsRowsThatTarnChangedAndChangesThemToo(int version, String mode) throws Exception {
        String table = "rows_" + version + "_" + mode.replace('-', '_');
        tarn("CREATE TABLE " + table + " WITH (format_version = " + version + ", partitioning = ARRAY['few']) AS "
                + "SELECT k AS id, k % 3 AS few, CAST(k AS varchar) AS who "
                + "FROM UNNEST(sequence(BIGINT '1', BIGINT '3000')) AS u (k)");
        spark.sql("ALTER TABLE shared." + table + " SET TBLPROPERTIES ('write.delete.mode'='" + mode
                + "', 'write.update.mode'='" + mode + "', 'write.merge.mode'='" + mode + "')");
        String sum = "SELECT count(*), count(DISTINCT id), sum(id), sum(few), max('x' || who), count(who) FROM ";
        List<String> changes = List.of(
                "DELETE FROM %s WHERE id % 100 = 7",
                "UPDATE %s SET who = NULL, few = few + 1 WHERE id % 100 = 8",
                "MERGE INTO %s t USING (SELECT id * 5 AS id FROM %s WHERE id < 700) s ON t.id = s.id "
                        + "WHEN MATCHED AND t.id < 1000 THEN DELETE WHEN MATCHED THEN UPDATE SET who = 'm' "
                        + "WHEN NOT MATCHED THEN INSERT (id, few) VALUES (s.id, 77)",
                "DELETE FROM %s WHERE few = 2");
        for (String change : changes) {
            tarn(change.replace("%s", table));
            assertTarn(sum + table, json(spark.sql(sum + "shared." + table).getFirst()));
            String next = change.replace("= 7", "= 17").replace("= 8", "= 18").replace("few = 2", "few = 1");
            spark.sql(next.replace("%s", "shared." + table));
            assertTarn(sum + table, json(spark.sql(sum + "shared." + table).getFirst()));
        }
    }

    private static String json(List<@Nullable String> row) {
        return row.stream()
                .map(value -> value == null || value.matches("-?\\d+") ? String.valueOf(value) : '"' + value + '"')
                .collect(Collectors.joining(", ", "[", "]"));
    }

    @Test
    void eachTravelsToSnapshotsOfTheOther() throws Exception {
        spark.sql("CREATE TABLE shared.travel USING iceberg AS SELECT 1 AS x");
        String first = spark.sql("SELECT snapshot_id FROM shared.travel.snapshots")
                .getFirst()
                .getFirst();
        spark.sql("INSERT INTO shared.travel VALUES (2)");
        assertTarn("SELECT count(*) FROM travel", "[2]");
        assertTarn("SELECT count(*) FROM travel FOR VERSION AS OF " + first, "[1]");
    }

    @Test
    void sparkIsToldWhichRuleItsRowsBreakAndNothingOfThemIsSeen() throws Exception {
        Path contract = project.resolve("contracts/payments.odcs.yaml");
        Files.createDirectories(contract.getParent());
        Files.writeString(contract, """
                apiVersion: v3.1.0
                kind: DataContract
                id: payments
                version: 1.0.0
                status: active
                schema:
                  - name: payments
                    physicalName: shared.payments
                    properties:
                      - {name: id, required: true, unique: true}
                      - {name: amount, logicalType: number, logicalTypeOptions: {minimum: 0}}
                """);
        spark.sql("CREATE TABLE shared.payments (id bigint, amount double) USING iceberg");
        spark.sql("INSERT INTO shared.payments VALUES (1, 5.5), (2, 6.5)");

        assertRefused("INSERT INTO shared.payments VALUES (3, 1), (4, -7)", "amount is at least 0");
        assertRefused("INSERT INTO shared.payments VALUES (3, 1), (NULL, 7)", "id is not null");
        assertRefused("INSERT INTO shared.payments VALUES (3, 1), (2, 7)", "id is unique: expected 0, found 1");
        assertRefused("UPDATE shared.payments SET amount = -1 WHERE id = 1", "amount is at least 0");
        assertRefused(
                "MERGE INTO shared.payments t USING (SELECT 1 AS id) s ON t.id = s.id + 1 "
                        + "WHEN MATCHED THEN UPDATE SET id = s.id",
                "id is unique");
        assertRefused("ALTER TABLE shared.payments DROP COLUMN amount", "has no column amount");

        assertTarn("SELECT id, amount FROM payments ORDER BY id", "[1, 5.5]", "[2, 6.5]");
        assertThat(spark.sql("SELECT id, amount FROM shared.payments ORDER BY id"))
                .containsExactly(row("1", "5.5"), row("2", "6.5"));
        assertThat(spark.sql("SELECT count(*) FROM shared.payments.snapshots"))
                .as("snapshots")
                .containsExactly(row("1"));
        spark.sql("INSERT INTO shared.payments VALUES (3, 1)");
        assertTarn("SELECT count(*) FROM payments", "[3]");
    }

    /// Spark's user reads Tarn's sentence, as the error that Iceberg's protocol has for a bad request.
    private void assertRefused(String statement, String why) {
        assertThatThrownBy(() -> spark.sql(statement))
                .as(statement)
                .isInstanceOf(Spark.SparkFailure.class)
                .hasMessageContaining("BadRequestException")
                .hasMessageContaining("shared.payments breaks its contract")
                .hasMessageContaining(why);
    }

    private void tarn(String statement) throws Exception {
        if (engine.run(statement) instanceof Answer.Failure failure) {
            throw new AssertionError(statement + "\n" + failure);
        }
    }

    private void assertTarn(String statement, String... rows) throws Exception {
        Answer answer = engine.run(statement);
        assertThat(answer).as(statement + "\n" + answer).isInstanceOf(Answer.Rows.class);
        assertThat(((Answer.Rows) answer).rows().stream().map(List::toString))
                .as(statement)
                .containsExactly(rows);
    }

    private static List<@Nullable String> row(@Nullable String... values) {
        return Arrays.asList(values);
    }
}
