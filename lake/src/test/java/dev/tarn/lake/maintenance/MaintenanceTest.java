package dev.tarn.lake.maintenance;

import static dev.tarn.lake.LakeFixture.ANN;
import static dev.tarn.lake.LakeFixture.PAYMENTS;
import static dev.tarn.lake.LakeFixture.SCHEMA;
import static dev.tarn.lake.LakeFixture.SILVER;
import static dev.tarn.lake.LakeFixture.file;
import static dev.tarn.lake.LakeFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.catalog.References.Reference;
import dev.tarn.lake.maintenance.Maintenance.Retention;
import dev.tarn.lake.storage.LocalFileIO;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MaintenanceTest {
    private static final Retention NONE = new Retention(Duration.ZERO, 1);

    @TempDir
    Path folder;

    private Lake lake;
    private Table table;

    @BeforeEach
    void open() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        lake.main().createNamespace(SILVER);
        table = lake.main().createTable(PAYMENTS, SCHEMA);
    }

    @AfterEach
    void close() {
        lake.close();
    }

    @Test
    void whatWasReplacedAndForgottenIsSweptAndTheRestStays() throws Exception {
        DataFile old = append();
        replaceAll(old);
        Files.writeString(LocalFileIO.path(table.location() + "/data/never-committed.parquet"), "x");
        Path foreign = Files.writeString(LocalFileIO.path(lake.warehouse() + "/notes.txt"), "x");
        assertThat(sweep()).isEqualTo(1);
        assertThat(exists(old)).as("still in a snapshot").isTrue();

        pause();
        assertThat(new Maintenance(lake).expireSnapshots(PAYMENTS, NONE)).isEqualTo(1);
        assertThat(sweep()).isPositive();
        assertThat(exists(old)).isFalse();
        assertThat(foreign).exists();
        assertReadable(1);
        assertThat(sweep()).isZero();
    }

    @Test
    void aPinKeepsItsSnapshotThroughExpiryAndEvenThroughADrop() throws Exception {
        DataFile old = append();
        long pinned = lake.main().loadTable(PAYMENTS).currentSnapshot().snapshotId();
        lake.references().pin(new Reference("run/1", table.uuid().toString(), pinned, Optional.empty()));
        replaceAll(old);
        pause();
        new Maintenance(lake).expireSnapshots(PAYMENTS, NONE);
        sweep();
        assertThat(lake.main().loadTable(PAYMENTS).snapshot(pinned)).isNotNull();
        assertThat(exists(old)).isTrue();

        lake.main().dropTable(PAYMENTS, true);
        sweep();
        assertThat(exists(old)).isTrue();

        lake.references().unpin("run/1");
        sweep();
        assertThat(exists(old)).isFalse();
    }

    @Test
    void whatABranchOrAnUndoNeedsStays() throws Exception {
        DataFile old = append();
        lake.createBranch("run-1", ANN);
        DataFile onBranch = file(table, 1);
        lake.append("run-1", PAYMENTS, List.of(onBranch), Map.of());
        sweep();
        assertThat(exists(onBranch)).isTrue();
        assertThat(new Maintenance(lake).expireSnapshots(PAYMENTS, NONE))
                .as("left alone while a branch has changed it")
                .isZero();

        long publish = lake.publish("run-1", ANN, "").id();
        replaceAll(old);
        pause();
        new Maintenance(lake).expireSnapshots(PAYMENTS, NONE);
        sweep();
        assertThat(exists(old)).as("the publish can name it").isTrue();
        assertThat(lake.publishes(10).getFirst().id()).isEqualTo(publish);

        assertThat(lake.forgetPublishes(Instant.now().plusSeconds(1))).isEqualTo(1);
        sweep();
        assertThat(exists(old)).isFalse();

        lake.createBranch("run-2", ANN);
        DataFile dropped = file(table, 1);
        lake.append("run-2", PAYMENTS, List.of(dropped), Map.of());
        lake.dropBranch("run-2");
        sweep();
        assertThat(exists(dropped)).isFalse();
    }

    @Test
    void aDamagedManifestStopsTheSweep() throws Exception {
        append();
        Path list = LocalFileIO.path(
                lake.main().loadTable(PAYMENTS).currentSnapshot().manifestListLocation());
        Files.writeString(list, "not avro");
        assertThatThrownBy(this::sweep)
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATA_CORRUPT));
        assertThatThrownBy(() -> new Sweep(lake).plan(Duration.ZERO)).hasMessageContaining("under way");
    }

    @Test
    void manifestsAreMerged() {
        for (int i = 0; i < 12; i++) {
            append();
        }
        assertThat(new Maintenance(lake).rewriteManifests(PAYMENTS, 5)).isEqualTo(12);
        Table now = lake.main().loadTable(PAYMENTS);
        assertThat(now.currentSnapshot().allManifests(now.io())).hasSize(1);
        assertThat(rows(now)).isEqualTo(12);
        assertThat(new Maintenance(lake).rewriteManifests(PAYMENTS, 5)).isZero();
    }

    @Test
    void oneRoundCaresForEveryTable() throws Exception {
        lake.main().createNamespace(Namespace.of("silver", "inner"));
        lake.main().createTable(TableIdentifier.of(Namespace.of("silver", "inner"), "t"), SCHEMA);
        for (int i = 0; i < 25; i++) {
            append();
        }
        pause();
        assertThat(new Maintenance(lake).round(NONE, Duration.ofDays(1)))
                .isEqualTo(new Maintenance.Round(2, 24, 25, 0));
        sweep();
        assertReadable(25);
    }

    private DataFile append() {
        DataFile file = file(table, 1);
        lake.append("main", PAYMENTS, List.of(file), Map.of());
        return file;
    }

    private void replaceAll(DataFile old) {
        lake.main()
                .loadTable(PAYMENTS)
                .newOverwrite()
                .deleteFile(old)
                .addFile(file(table, 1))
                .commit();
    }

    /// Sweeps everything that is not needed, whatever its age.
    private int sweep() {
        Sweep sweep = new Sweep(lake);
        return sweep.execute(sweep.planFilesBefore(Long.MAX_VALUE));
    }

    private boolean exists(DataFile file) {
        return lake.io().newInputFile(file.location()).exists();
    }

    private void assertReadable(long rows) throws Exception {
        Table now = lake.main().loadTable(PAYMENTS);
        assertThat(rows(now)).isEqualTo(rows);
        try (var tasks = now.newScan().planFiles()) {
            tasks.forEach(task -> assertThat(exists(task.file())).isTrue());
        }
    }

    /// So that snapshots are older than now.
    private static void pause() throws InterruptedException {
        Thread.sleep(5);
    }
}
