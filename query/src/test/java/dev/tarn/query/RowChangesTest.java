package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// DELETE, UPDATE and MERGE, by each way of changing files and in each format version.
class RowChangesTest {
    private static final String NUMBERS = "SELECT k AS id, k % 10 AS few, CAST(k AS varchar) AS name"
            + " FROM UNNEST(sequence(BIGINT '1', BIGINT '1000')) AS u (k)";

    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    private static Table table(String name) {
        return engine.lake.main().loadTable(TableIdentifier.of("s", name));
    }

    private static Snapshot last(String name) {
        return table(name).currentSnapshot();
    }

    private static long count(String sql) {
        try (QueryResult result = engine.engine.execute(engine.session, sql)) {
            result.all();
            return result.updateCount().orElseThrow();
        }
    }

    private static void make(String name, String properties, String mode) {
        engine.run("CREATE TABLE " + name + " WITH (" + properties + ") AS " + NUMBERS);
        table(name)
                .updateProperties()
                .set("write.delete.mode", mode)
                .set("write.update.mode", mode)
                .set("write.merge.mode", mode)
                .commit();
    }

    @ParameterizedTest
    @CsvSource({
        "1, copy-on-write, 0",
        "1, merge-on-read, 0",
        "2, copy-on-write, 0",
        "2, merge-on-read, 3",
        "3, copy-on-write, 0",
        "3, merge-on-read, 2",
    })
    void changesRowsInEveryVersionAndMode(int version, String mode, int deleteFiles) {
        String name = "v" + version + mode.replace("-", "");
        make(name, "format_version = " + version, mode);
        assertThat(count("DELETE FROM " + name + " WHERE few = 3 AND id > 500")).isEqualTo(50);
        assertThat(engine.value("SELECT count(*) FROM " + name)).isEqualTo(950L);
        assertThat(count("UPDATE " + name + " SET name = 'n' || name, few = few + 1 WHERE id <= 10"))
                .isEqualTo(10);
        assertThat(engine.run("SELECT id, few, name FROM " + name + " WHERE id IN (1, 10, 11) ORDER BY 1"))
                .containsExactly(row(1L, 2L, "n1"), row(10L, 1L, "n10"), row(11L, 1L, "11"));
        assertThat(count("MERGE INTO " + name + " t USING (VALUES (1, 'x'), (2, 'y'), (5000, 'z')) AS s (id, name)"
                        + " ON t.id = s.id WHEN MATCHED AND s.name = 'y' THEN DELETE"
                        + " WHEN MATCHED THEN UPDATE SET name = s.name"
                        + " WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)"))
                .isEqualTo(3);
        assertThat(engine.run("SELECT id, few, name FROM " + name + " WHERE id IN (1, 2, 5000) ORDER BY 1"))
                .containsExactly(row(1L, 2L, "x"), row(5000L, null, "z"));
        assertThat(engine.value("SELECT count(*) FROM " + name)).isEqualTo(950L);
        assertThat(engine.value("SELECT count(DISTINCT id) FROM " + name)).isEqualTo(950L);
        assertThat(last(name).summary().get("total-delete-files")).isEqualTo(Integer.toString(deleteFiles));
        assertThat(last(name).summary().get("tarn.user")).isEqualTo("tester");
    }

    private static List<@Nullable Object> row(@Nullable Object... values) {
        List<@Nullable Object> row = new ArrayList<>();
        for (Object value : values) {
            row.add(value);
        }
        return row;
    }

    @Test
    void aFileWhoseRowsAllMatchIsDroppedUnread() {
        engine.run("CREATE TABLE parts WITH (partitioning = ARRAY['few']) AS " + NUMBERS);
        // Unreadable, so that reading any of them would fail.
        table("parts").newScan().planFiles().forEach(task -> {
            assertThat(Path.of(java.net.URI.create(task.file().location()))
                            .toFile()
                            .delete())
                    .isTrue();
        });
        assertThat(count("DELETE FROM parts WHERE few IN (3, 4)")).isEqualTo(200);
        assertThat(last("parts").summary().get("deleted-data-files")).isEqualTo("2");
        assertThat(last("parts").operation()).isIn(DataOperations.DELETE, DataOperations.OVERWRITE);
        // By the statistics of the file: its names lie between those of all files.
        assertThat(count("DELETE FROM parts WHERE id < 5000 AND few < 9")).isEqualTo(700);
        assertThat(count("DELETE FROM parts")).isEqualTo(100);
        assertThat(engine.value("SELECT count(*) FROM parts")).isEqualTo(0L);
        assertThat(count("DELETE FROM parts")).isZero();
    }

    @Test
    void nothingToChangeIsNoCommit() {
        engine.run("CREATE TABLE still AS " + NUMBERS);
        long before = last("still").snapshotId();
        assertThat(count("DELETE FROM still WHERE id = -1")).isZero();
        assertThat(count("UPDATE still SET few = 1 WHERE name = 'none'")).isZero();
        assertThat(last("still").snapshotId()).isEqualTo(before);
        engine.run("CREATE TABLE never (id bigint)");
        assertThat(count("DELETE FROM never")).isZero();
        assertThat(count("UPDATE never SET id = 1")).isZero();
        assertThat(count("MERGE INTO never t USING (VALUES 1, 2) s (id) ON t.id = s.id"
                        + " WHEN NOT MATCHED THEN INSERT VALUES (s.id)"))
                .isEqualTo(2);
    }

    @Test
    void fewRowsAreDeletedInPlaceAndManyAreCopied() {
        engine.run("CREATE TABLE large AS SELECT k AS id FROM UNNEST(sequence(1, 10000)) AS a (k)"
                + " CROSS JOIN UNNEST(sequence(1, 10)) AS b (j)");
        assertThat(count("DELETE FROM large WHERE id = 7")).isEqualTo(10);
        assertThat(last("large").summary().get("total-delete-files")).isEqualTo("1");
        assertThat(count("DELETE FROM large WHERE id % 2 = 0")).isEqualTo(50_000);
        assertThat(last("large").summary().get("total-delete-files")).isEqualTo("0");
        assertThat(last("large").summary().get("total-records")).isEqualTo("49990");
        assertThat(engine.value("SELECT count(*) FROM large")).isEqualTo(49_990L);
    }

    @Test
    void aRowMatchedTwiceFailsAndChangesNothing() {
        engine.run("CREATE TABLE twice AS " + NUMBERS);
        assertThatThrownBy(() -> engine.run("MERGE INTO twice t USING (VALUES 1, 1) AS s (id) ON t.id = s.id"
                        + " WHEN MATCHED THEN UPDATE SET few = 5"))
                .hasMessageContaining("One MERGE target table row matched more than one source row");
        assertThat(engine.value("SELECT few FROM twice WHERE id = 1")).isEqualTo(1L);
        // Unmatched source rows may be equal.
        assertThat(count("MERGE INTO twice t USING (VALUES -1, -1) AS s (id) ON t.id = s.id"
                        + " WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)"))
                .isEqualTo(2);
    }

    @Test
    void nullsForNotNullColumnsAreRefusedWithTrinosError() {
        engine.run("CREATE TABLE needed (id bigint NOT NULL, name varchar)");
        engine.run("INSERT INTO needed VALUES (1, 'a'), (2, NULL)");
        for (String sql : List.of(
                "INSERT INTO needed VALUES (NULL, 'x')",
                "INSERT INTO needed (name) VALUES ('x')",
                "INSERT INTO needed SELECT nullif(id, 1), name FROM needed",
                "MERGE INTO needed t USING (VALUES 9) s (id) ON t.id = s.id WHEN NOT MATCHED THEN INSERT (name)"
                        + " VALUES ('x')")) {
            assertThatThrownBy(() -> engine.run(sql))
                    .as(sql)
                    .hasMessageContaining("NULL value not allowed for NOT NULL column: id")
                    .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("CONSTRAINT_VIOLATION"));
        }
        assertThatThrownBy(() -> engine.run("UPDATE needed SET id = nullif(id, 2)"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("INVALID_ARGUMENTS"));
        assertThat(engine.value("SELECT sum(id) FROM needed")).isEqualTo(3L);
    }

    @Test
    void subqueriesAndRowsOfTheSameTableAreSeenAsTheyWere() {
        engine.run("CREATE TABLE self AS " + NUMBERS);
        assertThat(count("DELETE FROM self WHERE id > (SELECT avg(id) FROM self) AND few IN (SELECT few FROM self"
                        + " WHERE id = 3)"))
                .isEqualTo(50);
        assertThat(count("UPDATE self SET few = (SELECT max(o.id) FROM self o WHERE o.few = self.few) WHERE id = 4"))
                .isEqualTo(1);
        assertThat(engine.value("SELECT few FROM self WHERE id = 4")).isEqualTo(994L);
        assertThat(count("MERGE INTO self t USING self s ON t.id = s.id + 1 AND t.few = 5 WHEN MATCHED THEN DELETE"))
                .isEqualTo(100);
    }

    @Test
    void nestedValuesSurviveBeingCopied() {
        engine.run("CREATE TABLE nest (id integer, a array(row(x integer, y varchar)), m map(varchar, double),"
                + " r row(p decimal(10, 2), q timestamp(6) with time zone), b varbinary, u uuid)");
        engine.run(
                "INSERT INTO nest VALUES (1, ARRAY[ROW(1, 'a'), NULL], MAP(ARRAY[CAST('k' AS varchar)], ARRAY[1.5e0]),"
                        + " ROW(DECIMAL '1.25', TIMESTAMP '2020-01-01 00:00:00 UTC'), X'00FF',"
                        + " UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'), (2, NULL, NULL, NULL, NULL, NULL)");
        List<List<@Nullable Object>> before = engine.run("SELECT a, m, r, b, u FROM nest WHERE id = 1");
        engine.run("DELETE FROM nest WHERE id = 2");
        engine.run("UPDATE nest SET id = id + 1");
        assertThat(engine.run("SELECT a, m, r, b, u FROM nest WHERE id = 2")).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy-on-write", "merge-on-read"})
    void writersAtTheSameTimeLoseNothing(String mode) throws Exception {
        String name = "counter" + mode.replace("-", "");
        make(name, "format_version = 2", mode);
        int writers = 3;
        int rounds = 3;
        try (ExecutorService pool = Executors.newFixedThreadPool(writers)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int w = 0; w < writers; w++) {
                running.add(pool.submit(() -> {
                    int done = 0;
                    for (int i = 0; i < rounds; i++) {
                        done += update(name);
                    }
                    return done;
                }));
            }
            long done = 0;
            for (Future<Integer> writer : running) {
                done += writer.get();
            }
            assertThat(done).isPositive();
            assertThat(engine.value("SELECT few FROM " + name + " WHERE id = 1"))
                    .isEqualTo(1 + done);
            assertThat(engine.value("SELECT count(*) FROM " + name)).isEqualTo(1000L);
        }
    }

    /// 1 when the update happened, 0 when it was refused because of the others.
    private static int update(String name) {
        try (QueryResult result =
                engine.engine.execute(engine.session, "UPDATE " + name + " SET few = few + 1 WHERE id = 1")) {
            result.all();
            return 1;
        } catch (TarnException e) {
            assertThat(SqlError.of(e).code().getName()).isEqualTo("TRANSACTION_CONFLICT");
            return 0;
        }
    }
}
