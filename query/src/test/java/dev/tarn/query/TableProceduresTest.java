package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.identity.Identity;
import dev.tarn.query.compact.Compaction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `ALTER TABLE … EXECUTE` and `CALL tarn.system.…`.
class TableProceduresTest {
    @TempDir
    Path folder;

    TestEngine engine;

    @BeforeEach
    void start() {
        engine = new TestEngine(folder);
        engine.run("CREATE SCHEMA s");
        engine.run("USE s");
        engine.run("CREATE TABLE t (id bigint, part varchar) WITH (partitioning = ARRAY['part'])");
        for (int i = 0; i < 5; i++) {
            engine.run("INSERT INTO t VALUES (" + i + ", 'a'), (" + (i + 100) + ", 'b')");
        }
    }

    @AfterEach
    void stop() {
        engine.close();
    }

    private Table table(String name) {
        return engine.lake.main().loadTable(TableIdentifier.of("s", name));
    }

    private Object files() {
        return engine.value("SELECT count(*) FROM \"t$files\"");
    }

    @Test
    void optimizeMakesFewFilesOfManyAndCarriesDeletesOut() {
        table("t").updateProperties().set("write.delete.mode", "merge-on-read").commit();
        engine.run("INSERT INTO t SELECT id + 1000, part FROM t");
        engine.run("DELETE FROM t WHERE id IN (1, 1000)");
        List<?> before = engine.run("SELECT * FROM t ORDER BY id");
        assertThat(engine.run("ALTER TABLE t EXECUTE optimize(file_size_threshold => '10MB') WHERE part = 'b'"))
                .isEqualTo(List.of(
                        List.of("rewritten_data_files_count", 6L),
                        List.of("removed_delete_files_count", 0L),
                        List.of("added_data_files_count", 1L)));
        assertThat(engine.run("ALTER TABLE t EXECUTE optimize")).contains(List.of("added_data_files_count", 1L));
        assertThat(files()).isEqualTo(2L);
        assertThat(engine.run("SELECT * FROM t ORDER BY id")).isEqualTo(before);
        assertThat(engine.run("ALTER TABLE t EXECUTE optimize"))
                .isEqualTo(List.of(
                        List.of("rewritten_data_files_count", 0L),
                        List.of("removed_delete_files_count", 0L),
                        List.of("added_data_files_count", 0L)));
        assertThatThrownBy(() -> engine.run("ALTER TABLE t EXECUTE optimize WHERE length(part) = 1"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("NOT_SUPPORTED"));
    }

    @Test
    void optimizeMovesFilesToTheTablesPresentPartitioning() {
        engine.run("ALTER TABLE t SET PROPERTIES partitioning = ARRAY['bucket(id, 2)']");
        engine.run("ALTER TABLE t EXECUTE optimize");
        assertThat(engine.value("SELECT count(*) FROM \"t$files\" WHERE spec_id = 1"))
                .isEqualTo(2L);
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(10L);
    }

    @Test
    void compactionStopsAtItsBudget() {
        Compaction compaction = new Compaction(engine.lake, engine.duckDb);
        Compaction.Request little = new Compaction.Request(Expressions.alwaysTrue(), 1L << 20, 1);
        TableIdentifier name = TableIdentifier.of("s", "t");
        Identity identity = new Identity("keeper", "test", false);
        assertThat(compaction.run("main", name, little, identity).rewritten()).isEqualTo(5);
        assertThat(compaction.run("main", name, little, identity).rewritten()).isEqualTo(5);
        assertThat(compaction.run("main", name, little, identity)).isEqualTo(Compaction.Result.NOTHING);
        assertThat(files()).isEqualTo(2L);
        assertThat(table("t").currentSnapshot().summary()).containsEntry("tarn.user", "keeper");
    }

    @Test
    void manifestsAreMerged() {
        assertThat(engine.run("ALTER TABLE t EXECUTE optimize_manifests"))
                .contains(List.of("added_manifests_count", 1L), List.of("rewritten_manifests_count", 5L));
        assertThat(engine.value("SELECT count(*) FROM \"t$manifests\"")).isEqualTo(1L);
        assertThat(engine.run("ALTER TABLE t EXECUTE optimize_manifests")).isEmpty();
    }

    @Test
    void snapshotsExpireAndOrphansGo() throws Exception {
        assertThatThrownBy(() -> engine.run("ALTER TABLE t EXECUTE expire_snapshots(retention_threshold => '0d')"))
                .hasMessageContaining("shorter than the minimum retention")
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("INVALID_PROCEDURE_ARGUMENT"));
        engine.run("SET SESSION tarn.expire_snapshots_min_retention = '0s'");
        engine.run("SET SESSION tarn.remove_orphan_files_min_retention = '0s'");
        engine.run("ALTER TABLE t EXECUTE optimize");
        engine.run("ALTER TABLE t EXECUTE expire_snapshots(retention_threshold => '0s', retain_last => 1)");
        assertThat(engine.value("SELECT count(*) FROM \"t$snapshots\"")).isEqualTo(1L);
        Path data = Path.of(java.net.URI.create(table("t").location() + "/data"));
        assertThat(count(data)).isEqualTo(12);
        try (var all = Files.walk(folder)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minusSeconds(3_600)));
            }
        }
        assertThat(engine.run("ALTER TABLE t EXECUTE remove_orphan_files(retention_threshold => '15m')")
                        .toString())
                .contains("deleted_files_count");
        assertThat(count(data)).isEqualTo(2);
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(10L);
    }

    private static long count(Path folder) throws java.io.IOException {
        try (var files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void aTableRollsBack() {
        Object first = engine.value("SELECT snapshot_id FROM \"t$snapshots\" WHERE parent_id IS NULL");
        engine.run("ALTER TABLE t EXECUTE rollback_to_snapshot(" + first + ")");
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(2L);
        Object last = engine.value("SELECT snapshot_id FROM \"t$snapshots\" ORDER BY committed_at DESC LIMIT 1");
        engine.run("CALL tarn.system.rollback_to_snapshot('s', 't', " + last + ")");
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(10L);
        assertThatThrownBy(() -> engine.run("ALTER TABLE t EXECUTE rollback_to_snapshot(1)"))
                .hasMessageContaining("unknown snapshot");
    }

    @Test
    void tablesAreUnregisteredAndRegistered() {
        String location = table("t").location();
        engine.run("CALL tarn.system.unregister_table('s', 't')");
        assertThat(engine.run("SHOW TABLES")).isEmpty();
        engine.run("CALL tarn.system.register_table('s', 'again', '" + location + "')");
        assertThat(engine.value("SELECT count(*) FROM again")).isEqualTo(10L);
        assertThatThrownBy(() -> engine.run("CALL tarn.system.unregister_table('s', 'none')"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("NOT_FOUND"));
    }
}
