package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.MaintenanceSetting;
import dev.tarn.core.project.Project;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches.Publish;
import dev.tarn.lake.catalog.CommitGate;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.References.Reference;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server's own maintenance makes tables small, and takes nothing from anybody.
class BackgroundMaintenanceTest {
    private static final Identity ANN = Identity.local("ann");
    private static final TableIdentifier T = TableIdentifier.of("s", "t");
    private static final MaintenanceSetting EAGER = new MaintenanceSetting(
            false,
            Duration.ofHours(1),
            Duration.ofMinutes(2),
            1L << 30,
            4,
            32L << 20,
            Duration.ZERO,
            Duration.ofDays(7),
            Duration.ofDays(3));

    @TempDir
    Path folder;

    private Lakehouse lakehouse;
    private Lake lake;
    private QuerySession session = QuerySession.of(ANN).withSchema("s");

    @BeforeEach
    void open() throws Exception {
        Files.writeString(folder.resolve(Project.FILE), "name: test\nlimits:\n  memory: 512MB\n");
        lakehouse = Lakehouse.open(Project.load(folder, Map.of()));
        lake = lakehouse.lake();
        run("CREATE SCHEMA s");
        run("CREATE TABLE t (n integer)");
        for (int i = 0; i < 5; i++) {
            run("INSERT INTO t VALUES " + i);
        }
    }

    @AfterEach
    void close() {
        lakehouse.close();
    }

    @Test
    void smallFilesBecomeOneAndOldSnapshotsGoButPinnedOnesStay() throws Exception {
        Table table = lake.main().loadTable(T);
        Snapshot first = table.snapshots().iterator().next();
        lake.references().pin(new Reference("run/1", table.uuid().toString(), first.snapshotId(), Optional.empty()));
        long rowsOf = LakeCatalog.rowsOf(table.currentSnapshot());
        BackgroundMaintenance maintenance = maintenance(() -> false);

        maintenance.round();
        assertThat(run("SELECT n FROM t ORDER BY n")).hasSize(5);
        assertThat(files()).isEqualTo(1);
        Table now = lake.main().loadTable(T);
        assertThat(LakeCatalog.rowsOf(now.currentSnapshot()))
                .as("the same rows as before, so that nothing is made from them again")
                .isEqualTo(rowsOf);
        maintenance.round();
        assertThat(run("SELECT n FROM t FOR VERSION AS OF " + first.snapshotId()))
                .isEqualTo(List.of(List.of(0)));
        assertThat(lake.main().loadTable(T).snapshots()).hasSize(2);
        assertThat(maintenance.latest(100))
                .extracting(entry -> entry.work() + " " + entry.subject() + " " + entry.amount())
                .contains("compact s.t 5", "round warehouse 1");
        assertThat(files()).as("one file is left alone").isEqualTo(1);
    }

    @Test
    void aPublishCanStillBeUndone() throws Exception {
        lake.createBranch("b", ANN);
        session = session.withBranch("b");
        for (int i = 5; i < 10; i++) {
            run("INSERT INTO t VALUES " + i);
        }
        session = session.withBranch("main");
        maintenance(() -> false).round();
        assertThat(files()).as("a branch has changed it").isEqualTo(5);

        Publish publish = lake.publish("b", ANN, "ten");
        maintenance(() -> false).round();
        assertThat(files()).isEqualTo(1);
        assertThat(run("SELECT n FROM t")).hasSize(10);
        lake.undo(publish.id(), ANN);
        assertThat(run("SELECT n FROM t")).hasSize(5);
    }

    @Test
    void aRoundThatFailsInTheMiddleLeavesTheTableAndNoFiles() throws Exception {
        long before = filesOnDisk();
        CommitGate gate = lake.gate();
        lake.guard(new CommitGate() {
            @Override
            public Admitted admit(String branch, TableIdentifier name, Table table, List<DataFile> added, String user) {
                return gate.admit(branch, name, table, added, user);
            }

            @Override
            public void check(String branch, List<Proposal> proposals) {
                throw new IllegalStateException("stopped before the commit");
            }
        });
        BackgroundMaintenance maintenance = maintenance(() -> false);
        maintenance.round();
        assertThat(files()).isEqualTo(5);
        assertThat(filesOnDisk()).isEqualTo(before);
        assertThat(maintenance.latest(100))
                .anySatisfy(entry -> assertThat(entry.message()).contains("stopped before the commit"));
        lake.guard(gate);
        maintenance.round();
        assertThat(files()).isEqualTo(1);
    }

    @Test
    void itGivesWayToStatements() throws Exception {
        MaintenanceSetting brief = new MaintenanceSetting(
                false,
                EAGER.every(),
                Duration.ofSeconds(1),
                EAGER.bytes(),
                EAGER.smallFiles(),
                EAGER.smallBytes(),
                EAGER.snapshots(),
                EAGER.publishes(),
                EAGER.files());
        BackgroundMaintenance maintenance = new BackgroundMaintenance(lakehouse, brief, () -> true);
        maintenance.round();
        assertThat(files()).isEqualTo(5);
        assertThat(maintenance.latest(1).getFirst().message()).contains("next round");
    }

    private BackgroundMaintenance maintenance(BooleanSupplier busy) {
        return new BackgroundMaintenance(lakehouse, EAGER, busy);
    }

    private List<?> run(String sql) {
        try (QueryResult result = lakehouse.engine().execute(session, sql)) {
            return result.all();
        }
    }

    private int files() {
        return Integer.parseInt(
                lake.main().loadTable(T).currentSnapshot().summary().get("total-data-files"));
    }

    private long filesOnDisk() throws Exception {
        try (Stream<Path> files = Files.walk(folder.resolve(".tarn/warehouse"))) {
            return files.filter(file -> file.toString().endsWith(".parquet")).count();
        }
    }
}
