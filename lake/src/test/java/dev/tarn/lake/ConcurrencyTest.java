package dev.tarn.lake;

import static dev.tarn.lake.LakeFixture.ANN;
import static dev.tarn.lake.LakeFixture.PAYMENTS;
import static dev.tarn.lake.LakeFixture.SCHEMA;
import static dev.tarn.lake.LakeFixture.SILVER;
import static dev.tarn.lake.LakeFixture.file;
import static dev.tarn.lake.LakeFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.References.Reference;
import dev.tarn.lake.storage.LocalFileIO;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Many at once, in one process and in two on the same files.
class ConcurrencyTest {
    private static final int WRITERS = 8;

    @TempDir
    Path folder;

    @Test
    void everyAnsweredAppendIsThereOnce() throws Exception {
        try (Lake lake = open();
                Lake neighbour = open()) {
            lake.main().createNamespace(SILVER);
            Table table = lake.main().createTable(PAYMENTS, SCHEMA);
            int appends = 60;
            List<Callable<List<String>>> work = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                // Two lakes on the same folder meet each other as two processes do.
                Lake mine = writer % 2 == 0 ? lake : neighbour;
                work.add(() -> {
                    List<String> files = new ArrayList<>();
                    for (int i = 0; i < appends; i++) {
                        var file = file(table, 1);
                        mine.append("main", PAYMENTS, List.of(file), Map.of("tarn.user", "ann"));
                        files.add(file.location());
                    }
                    return files;
                });
            }
            Set<String> answered = new HashSet<>();
            for (List<String> files : run(work)) {
                answered.addAll(files);
            }
            assertThat(rows(table)).isEqualTo((long) WRITERS * appends);
            List<String> seen = new ArrayList<>();
            try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
                tasks.forEach(task -> seen.add(task.file().location()));
            }
            assertThat(seen).doesNotHaveDuplicates().hasSameElementsAs(answered);
        }
    }

    @Test
    void aTableKeepsOneNameUnderRenamesDropsAndCreations() throws Exception {
        try (Lake lake = open()) {
            lake.main().createNamespace(SILVER);
            TableIdentifier other = TableIdentifier.of(SILVER, "payments_new");
            List<Callable<Integer>> work = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                int kind = writer % 4;
                work.add(() -> {
                    int done = 0;
                    for (int i = 0; i < 25; i++) {
                        try {
                            switch (kind) {
                                case 0 -> lake.main().createTable(PAYMENTS, SCHEMA);
                                case 1 -> lake.main().renameTable(PAYMENTS, other);
                                case 2 -> lake.main().dropTable(other, true);
                                default ->
                                    lake.main()
                                            .loadTable(PAYMENTS)
                                            .updateProperties()
                                            .set("i", "" + i)
                                            .commit();
                            }
                            done++;
                        } catch (AlreadyExistsException | NoSuchTableException | CommitFailedException expected) {
                            // Somebody was faster: a clear answer, and nothing half-done.
                        }
                    }
                    return done;
                });
            }
            assertThat(run(work)).anyMatch(done -> done > 0);
            for (TableIdentifier identifier : lake.main().listTables(SILVER)) {
                assertThat(lake.main().loadTable(identifier).schema().columns()).hasSize(2);
            }
        }
    }

    @Test
    void ofTwoPublishesOfTheSameTableOneWins() throws Exception {
        try (Lake lake = open()) {
            lake.main().createNamespace(SILVER);
            Table table = lake.main().createTable(PAYMENTS, SCHEMA);
            List<Callable<Boolean>> work = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                String branch = "run-" + writer;
                lake.createBranch(branch, ANN);
                lake.append(branch, PAYMENTS, List.of(file(table, 1)), Map.of());
                work.add(() -> {
                    try {
                        lake.publish(branch, ANN, branch);
                        return true;
                    } catch (TarnException e) {
                        assertThat(e.code()).isEqualTo(ErrorCode.PUBLISH_CONFLICT);
                        return false;
                    }
                });
            }
            assertThat(run(work).stream().filter(won -> won)).hasSize(1);
            assertThat(rows(table)).isEqualTo(1);
        }
    }

    @Test
    void metadataStaysShortUnderManyAppends() throws Exception {
        try (Lake lake = open()) {
            lake.main().createNamespace(SILVER);
            Table table = lake.main().createTable(PAYMENTS, SCHEMA);
            long pinned = lake.append("main", PAYMENTS, List.of(file(table, 1)), Map.of());
            lake.references().pin(new Reference("run/1", table.uuid().toString(), pinned, Optional.empty()));
            for (int i = 0; i < 450; i++) {
                // Different summaries keep appends apart.
                lake.append("main", PAYMENTS, List.of(file(table, 1)), Map.of("i", "" + i));
            }
            table.refresh();
            assertThat(table.snapshots()).hasSizeLessThanOrEqualTo(401);
            assertThat(table.snapshot(pinned)).isNotNull();
            assertThat(rows(table)).isEqualTo(451);
            assertThat(table.currentSnapshot().allManifests(table.io())).hasSizeLessThan(110);
            try (Stream<Path> files = Files.list(LocalFileIO.path(table.location() + "/metadata"))) {
                assertThat(files.filter(file -> file.toString().endsWith(".metadata.json")))
                        .hasSizeLessThan(30);
            }
        }
    }

    private Lake open() {
        return Lake.open(LakeConfig.inFolder(folder));
    }

    private static <T> List<T> run(List<Callable<T>> work) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(work.size())) {
            List<T> answers = new ArrayList<>();
            for (Future<T> each : executor.invokeAll(work)) {
                answers.add(each.get());
            }
            return answers;
        }
    }
}
