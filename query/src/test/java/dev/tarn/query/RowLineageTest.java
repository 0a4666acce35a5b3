package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// In format version 3 a row has an id, which it keeps whatever file it moves to, and knows the commit that last
/// changed it.
class RowLineageTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    /// Each row: its value, its id, the sequence number of its last change.
    private static List<List<@Nullable Object>> lineage(String table) {
        return engine.run(
                "SELECT name, \"$row_id\", \"$last_updated_sequence_number\" FROM " + table + " ORDER BY 2, 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy-on-write", "merge-on-read"})
    void aRowKeepsItsIdThroughChangesAndCompaction(String mode) {
        String t = mode.replace('-', '_');
        engine.run("CREATE TABLE " + t + " (name varchar, pieces integer) WITH (format_version = 3, extra_properties ="
                + " MAP(ARRAY['write.update.mode', 'write.merge.mode', 'write.delete.mode'], ARRAY['" + mode + "', '"
                + mode + "', '" + mode + "']))");
        engine.run("INSERT INTO " + t + " VALUES ('ant', 1), ('bee', 1), ('cat', 1)");
        engine.run("INSERT INTO " + t + " VALUES ('dog', 1), ('eel', 1)");
        assertThat(lineage(t))
                .isEqualTo(List.of(
                        List.of("ant", 0L, 1L),
                        List.of("bee", 1L, 1L),
                        List.of("cat", 2L, 1L),
                        List.of("dog", 3L, 2L),
                        List.of("eel", 4L, 2L)));

        engine.run("UPDATE " + t + " SET pieces = 2, name = 'bees' WHERE name = 'bee'");
        engine.run("DELETE FROM " + t + " WHERE name = 'dog'");
        assertThat(lineage(t))
                .isEqualTo(List.of(
                        List.of("ant", 0L, 1L),
                        List.of("bees", 1L, 3L),
                        List.of("cat", 2L, 1L),
                        List.of("eel", 4L, 2L)));

        engine.run("MERGE INTO " + t + " t USING (VALUES 'bees', 'eel', 'fox') AS n (name) ON t.name = n.name"
                + " WHEN MATCHED AND t.name = 'eel' THEN DELETE WHEN MATCHED THEN UPDATE SET pieces = 3"
                + " WHEN NOT MATCHED THEN INSERT VALUES (n.name, 1)");
        List<List<@Nullable Object>> merged = lineage(t);
        assertThat(merged.subList(0, 3))
                .isEqualTo(List.of(List.of("ant", 0L, 1L), List.of("bees", 1L, 5L), List.of("cat", 2L, 1L)));
        assertThat(merged).hasSize(4);
        assertThat(merged.getLast().getFirst()).isEqualTo("fox");
        assertThat((Long) merged.getLast().get(1)).isGreaterThan(4);
        assertThat(merged.getLast().get(2)).isEqualTo(5L);

        engine.run("ALTER TABLE " + t + " EXECUTE optimize");
        assertThat(engine.value("SELECT count(*) FROM \"" + t + "$files\" WHERE content = 0"))
                .isEqualTo(1L);
        assertThat(lineage(t)).isEqualTo(merged);
        engine.run("INSERT INTO " + t + " VALUES ('gnu', 1)");
        engine.run("ALTER TABLE " + t + " EXECUTE optimize");
        engine.run("UPDATE " + t + " SET pieces = 4 WHERE name = 'ant'");
        List<List<@Nullable Object>> last = lineage(t);
        assertThat(last.getFirst().subList(0, 2)).isEqualTo(List.of("ant", 0L));
        assertThat(last.subList(1, 4)).isEqualTo(merged.subList(1, 4));
        Set<Object> ids = new HashSet<>();
        last.forEach(row -> ids.add(row.get(1)));
        assertThat(ids).hasSize(5);
    }

    @Test
    void theColumnsAreHiddenAndCanBeAskedFor() {
        engine.run("CREATE TABLE hidden AS SELECT 'x' AS name");
        engine.run("CREATE TABLE shown WITH (format_version = 3, partitioning = ARRAY['name']) AS SELECT 'x' AS name");
        assertThat(engine.run("SELECT * FROM shown")).isEqualTo(List.of(List.of("x")));
        assertThat(engine.run("SELECT name FROM shown WHERE \"$row_id\" = 0 AND \"$last_updated_sequence_number\" = 1"))
                .isEqualTo(List.of(List.of("x")));
        assertThat(engine.value("SELECT count(\"$row_id\") FROM shown")).isEqualTo(1L);
        assertThatThrownBy(() -> engine.run("SELECT \"$row_id\" FROM hidden"))
                .hasMessageContaining("Column '$row_id' cannot be resolved");
    }

    @Test
    void rowsFromBeforeTheVersionGetTheirIdsWithTheNextCommit() {
        engine.run("CREATE TABLE older (name varchar)");
        engine.run("INSERT INTO older VALUES 'ant', 'bee'");
        engine.run("ALTER TABLE older SET PROPERTIES format_version = 3");
        assertThat(engine.value("SELECT count(\"$row_id\") FROM older")).isEqualTo(0L);
        engine.run("INSERT INTO older VALUES 'cat'");
        assertThat(engine.value("SELECT count(DISTINCT \"$row_id\") FROM older"))
                .isEqualTo(3L);
    }
}
