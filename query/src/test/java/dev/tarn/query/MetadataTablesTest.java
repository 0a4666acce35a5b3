package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The `$` tables. Their columns are compared with real Trino's in `interop`.
class MetadataTablesTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    @BeforeAll
    static void make() {
        engine.run(
                "CREATE TABLE t (id bigint, part varchar, day date) WITH (partitioning = ARRAY['part', 'month(day)'],"
                        + " sorted_by = ARRAY['id'])");
        engine.run("INSERT INTO t VALUES (1, 'a', DATE '2020-01-05'), (2, 'a', DATE '2020-01-06'), (3, NULL, NULL)");
        engine.run("INSERT INTO t VALUES (4, 'b', DATE '2020-02-01')");
        engine.lake
                .main()
                .loadTable(org.apache.iceberg.catalog.TableIdentifier.of("s", "t"))
                .updateProperties()
                .set("write.delete.mode", "merge-on-read")
                .commit();
        engine.run("DELETE FROM t WHERE id = 2");
        engine.run("CREATE TABLE empty (x integer)");
    }

    @Test
    void snapshotsAndHistory() {
        assertThat(engine.value(
                        "SELECT summary FROM \"t$snapshots\" WHERE parent_id IS NOT NULL AND operation = 'append'"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
                .containsEntry("added-records", "1");
        assertThat(engine.value("SELECT count(*) FROM \"t$history\" WHERE is_current_ancestor"))
                .isEqualTo(3L);
        assertThat(engine.value("SELECT count(*) FROM \"t$snapshots\" s JOIN \"t$history\" h USING (snapshot_id)"
                        + " WHERE s.committed_at = h.made_current_at"))
                .isEqualTo(3L);
        long first = (Long) engine.value("SELECT snapshot_id FROM \"t$snapshots\" WHERE parent_id IS NULL");
        assertThat(engine.value("SELECT count(*) FROM t FOR VERSION AS OF " + first))
                .isEqualTo(3L);
    }

    @Test
    void filesAndPartitions() {
        assertThat(engine.run("SELECT content, record_count, partition.part, lower_bounds.\"1\" FROM \"t$files\""
                        + " WHERE content = 0 ORDER BY lower_bounds.\"1\""))
                .isEqualTo(List.of(
                        List.of(0, 2L, "a", 1L), java.util.Arrays.asList(0, 1L, null, 3L), List.of(0, 1L, "b", 4L)));
        assertThat(engine.value("SELECT count(*) FROM \"t$files\" f JOIN \"t$files\" d ON d.referenced_data_file ="
                        + " f.file_path WHERE d.content = 1 AND f.content = 0"))
                .isEqualTo(1L);
        assertThat(engine.value("SELECT json_extract_scalar(readable_metrics, '$.id.upper_bound') FROM \"t$files\""
                        + " WHERE partition.part = 'b'"))
                .isEqualTo("4");
        assertThat(engine.run("SELECT record_count, file_count, data.id.min, data.id.max FROM \"t$partitions\""
                        + " WHERE partition.part = 'b'"))
                .isEqualTo(List.of(List.of(1L, 1L, 4L, 4L)));
        assertThat(engine.value("SELECT count(*) FROM \"t$entries\"")).isEqualTo(4L);
        assertThat(engine.value("SELECT max(status) FROM \"t$all_entries\" WHERE data_file.record_count > 0"))
                .isEqualTo(1);
    }

    @Test
    void manifestsRefsPropertiesAndLog() {
        assertThat(engine.value("SELECT sum(added_rows_count) FROM \"t$manifests\" WHERE content = 0"))
                .isEqualTo(4L);
        assertThat(engine.value("SELECT count(DISTINCT reference_snapshot_id) FROM \"t$all_manifests\""))
                .isEqualTo(3L);
        assertThat(engine.run("SELECT name, type FROM \"t$refs\"")).isEqualTo(List.of(List.of("main", "BRANCH")));
        assertThat(engine.value("SELECT value FROM \"t$properties\" WHERE key = 'write.delete.mode'"))
                .isEqualTo("merge-on-read");
        assertThat(engine.value("SELECT value FROM \"t$properties\" WHERE key = 'sort-order'"))
                .isEqualTo("id ASC NULLS FIRST");
        assertThat(engine.value("SELECT count(*) > 3 FROM \"t$metadata_log_entries\""))
                .isEqualTo(true);
    }

    @Test
    void hiddenColumnsSayWhereARowStands() {
        assertThat(engine.run("SELECT id, \"$partition\" FROM t WHERE \"$partition\" <> '' ORDER BY id"))
                .isEqualTo(List.of(
                        List.of(1L, "part=a/day_month=2020-01"),
                        List.of(3L, "part=null/day_month=null"),
                        List.of(4L, "part=b/day_month=2020-02")));
        assertThat(engine.value("SELECT count(*) FROM t WHERE \"$path\" IN (SELECT file_path FROM \"t$files\")"))
                .isEqualTo(3L);
        assertThat(engine.value(
                        "SELECT count(*) FROM t WHERE \"$file_modified_time\" > TIMESTAMP '2020-01-01 00:00:00 UTC'"))
                .isEqualTo(3L);
        assertThat(engine.run("SELECT * FROM t WHERE id = 4").getFirst()).hasSize(3);
        assertThat(engine.run("SELECT \"$path\", \"$partition\" FROM empty")).isEmpty();
    }

    @Test
    void anEmptyTableHasThemToo() {
        for (String kind : List.of("snapshots", "history", "files", "manifests", "entries", "all_manifests", "refs")) {
            assertThat(engine.value("SELECT count(*) FROM \"empty$" + kind + "\""))
                    .as(kind)
                    .isEqualTo(0L);
        }
        assertThat(engine.value("SELECT file_count FROM \"empty$partitions\"")).isEqualTo(0L);
        assertThatThrownBy(() -> engine.run("SELECT * FROM \"empty$nothing\""))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("TABLE_NOT_FOUND"));
    }
}
