package dev.tarn.orchestrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.Environments.Environment;
import dev.tarn.orchestrate.Environments.Moved;
import dev.tarn.orchestrate.StepReport.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.StatementContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnvironmentsTest {
    private static final Identity ADA = new Identity("ada", "test", false);
    private static final String ENV = "pr-12";

    @TempDir
    Path folder;

    private Path warehouse;
    private Lake lake;
    private AuditLog audit;
    private Runner runner;
    private Environments environments;

    @BeforeEach
    void open() {
        warehouse = folder.resolve("lake");
        lake = Lake.open(LakeConfig.inFolder(warehouse));
        audit = AuditLog.open(lake.database());
        runner = new Runner(lake, audit);
        environments = new Environments(lake, audit);
        lake.main().createNamespace(Namespace.of("s"));
    }

    @AfterEach
    void close() {
        audit.close();
        lake.close();
    }

    @Test
    void anEnvironmentReadsWhatIsPublishedAndBuildsOnlyWhatChanged() {
        run("main", table("s.a", "1"), table("s.b", "1", "s.a"), table("s.c", "1"));
        TableStep a = table("s.a", "1");
        TableStep c = table("s.c", "1");
        RunReport report = run(ENV, a, table("s.b", "2", "s.a"), c, table("s.d", "1", "s.b"));

        assertThat(statuses(report)).containsExactly(Status.UNCHANGED, Status.DONE, Status.UNCHANGED, Status.DONE);
        assertThat(changed(ENV)).containsExactly("s.b", "s.d");
        assertThat(lake.main().tableExists(TableIdentifier.parse("s.d"))).isFalse();
        assertThat(statuses(run(ENV, table("s.a", "1"), table("s.b", "2", "s.a"), table("s.d", "1", "s.b"))))
                .containsOnly(Status.UNCHANGED);
    }

    @Test
    void aFailedRunLeavesTheEnvironmentAsItWas() {
        run("main", table("s.a", "1"));
        run(ENV, table("s.a", "2"));
        long before = snapshot(ENV, "s.a");
        RunReport failed = run(ENV, table("s.a", "3"), table("s.b", "1").failing());
        assertThat(failed.status()).isEqualTo(RunStatus.FAILED);
        assertThat(snapshot(ENV, "s.a")).isEqualTo(before);
        assertThat(lake.branches()).hasSize(2);
    }

    @Test
    void publishingMovesEverythingAndWhatItBuiltIsNotBuiltAgain() {
        run("main", table("s.a", "1"), table("s.b", "1", "s.a"));
        run(ENV, table("s.a", "2"), table("s.b", "1", "s.a"));
        long made = snapshot(ENV, "s.b");

        Moved moved = environments.publish(ENV, ADA);

        assertThat(snapshot("main", "s.b")).isEqualTo(made);
        assertThat(environments.list()).isEmpty();
        assertThat(runner.history().run(moved.runId()).publishId())
                .contains(String.valueOf(moved.publish().id()));
        assertThat(statuses(run("main", table("s.a", "2"), table("s.b", "1", "s.a"))))
                .containsOnly(Status.UNCHANGED);
    }

    @Test
    void whatMovedUnderneathIsNamedAndNothingIsPublished() {
        run("main", table("s.a", "1"), table("s.b", "1"));
        run(ENV, table("s.a", "2"), table("s.b", "2"));
        run("main", table("s.a", "3"));
        long b = snapshot("main", "s.b");
        assertThatThrownBy(() -> environments.publish(ENV, ADA)).isInstanceOfSatisfying(TarnException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.PUBLISH_CONFLICT);
            assertThat(e.getMessage()).contains("s.a").doesNotContain("s.b");
        });
        assertThat(snapshot("main", "s.b")).isEqualTo(b);
        assertThat(changed(ENV)).containsExactly("s.a", "s.b");
        assertThat(run("main", table("s.c", "1")).succeeded()).isTrue();
    }

    @Test
    void undoingPutsBackTablesAndWhatMovedBesideThemAndTheNextRunDoesTheWorkAgain() {
        run("main", table("s.a", "1"), table("s.b", "1", "s.a"));
        long before = snapshot("main", "s.a");
        List<String> undone = new ArrayList<>();
        RunReport second =
                run("main", table("s.a", "2").noting("alias", "was 7"), table("s.b", "1", "s.a"), table("s.n", "1"));

        environments.undo(second.id(), ADA, Map.of("alias", (handle, payload) -> undone.add(payload)));

        assertThat(undone).containsExactly("was 7");
        assertThat(snapshot("main", "s.a")).isEqualTo(before);
        assertThat(lake.main().tableExists(TableIdentifier.parse("s.n"))).isFalse();
        assertThat(runner.history().run(second.id()).status()).isEqualTo(RunStatus.UNDONE);
        assertThatThrownBy(() -> environments.undo(second.id(), ADA, Map.of())).hasMessageContaining("already undone");
        assertThat(statuses(run("main", table("s.a", "2"), table("s.b", "1", "s.a"), table("s.n", "1"))))
                .containsOnly(Status.DONE);
    }

    @Test
    void undoingBeneathALaterPublishIsRefusedAndNamesWhatChanged() {
        RunReport first = run("main", table("s.a", "1"));
        run("main", table("s.a", "2"));
        assertThatThrownBy(() -> environments.undo(first.id(), ADA, Map.of()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PUBLISH_CONFLICT))
                .hasMessageContaining("s.a");
        assertThat(runner.history().run(first.id()).status()).isEqualTo(RunStatus.PUBLISHED);
    }

    @Test
    void whatCannotBeIsRefusedByName() {
        assertThatThrownBy(() -> run("run-x", table("s.a", "1"))).hasMessageContaining("cannot be called 'run-x'");
        assertThatThrownBy(() -> environments.publish("none", ADA)).hasMessageContaining("no environment 'none'");
        assertThatThrownBy(() -> environments.undo("none", ADA, Map.of())).hasMessage("there is no run 'none'");
        run(ENV, table("s.a", "1"));
        String built = runner.history().latestIds(ENV, 1).getFirst();
        assertThatThrownBy(() -> environments.undo(built, ADA, Map.of())).hasMessageContaining("published nothing");
        environments.drop(ENV, ADA);
        assertThat(lake.branches()).hasSize(1);
        assertThat(statuses(run(ENV, table("s.a", "1")))).containsExactly(Status.DONE);
    }

    /// The disk as it is before each statement that publishing and undoing send, and after the last, is what
    /// a process that is killed there leaves behind.
    @Test
    void aKillAtAnyStepOfPublishAndUndoLeavesTheOldOrTheNew() throws IOException {
        run("main", table("s.a", "1"), table("s.b", "1", "s.a"), table("s.gone", "1"));
        run(ENV, table("s.a", "2"), table("s.b", "1", "s.a"), table("s.new", "1"));
        lake.branch(ENV).dropTable(TableIdentifier.parse("s.gone"), false);
        String old = state(lake);

        List<Path> publishing = new ArrayList<>();
        Moved[] moved = new Moved[1];
        String published = crashing(publishing, () -> moved[0] = environments.publish(ENV, ADA));
        List<Path> undoing = new ArrayList<>();
        String undone = crashing(undoing, () -> environments.undo(moved[0].runId(), ADA, Map.of()));

        assertThat(undone).isEqualTo(old).isNotEqualTo(published);
        assertThat(publishing).hasSizeGreaterThan(20);
        assertThat(undoing).hasSizeGreaterThan(15);
        check(publishing, old, published);
        check(undoing, published, undone);
    }

    private void check(List<Path> disks, String before, String after) {
        List<String> seen = new ArrayList<>();
        for (Path disk : disks) {
            // Locations in the warehouse are absolute: only the database is another one.
            try (Lake found = Lake.open(new LakeConfig(
                    LakeConfig.DEFAULT_NAME,
                    warehouseOf(warehouse),
                    new dev.tarn.lake.state.DatabaseConfig.Sqlite(disk.resolve("tarn.db"))))) {
                String state = state(found);
                assertThat(state).as("killed before %s", disk.getFileName()).isIn(before, after);
                seen.add(state);
            }
        }
        assertThat(seen.getFirst()).isEqualTo(before);
        assertThat(seen.getLast()).isEqualTo(after);
        // Once it is the new state it stays so.
        assertThat(seen.subList(seen.indexOf(after), seen.size())).containsOnly(after);
    }

    private static String warehouseOf(Path folder) {
        return LakeConfig.inFolder(folder).warehouse();
    }

    /// Copies the database's files before each statement of the work.
    private String crashing(List<Path> disks, Runnable work) throws IOException {
        lake.database().jdbi().setSqlLogger(new SqlLogger() {
            @Override
            public void logBeforeExecution(StatementContext context) {
                disks.add(copy());
            }
        });
        try {
            work.run();
        } finally {
            lake.database().jdbi().setSqlLogger(SqlLogger.NOP_SQL_LOGGER);
        }
        disks.add(copy());
        return state(lake);
    }

    private Path copy() {
        try (Stream<Path> files = Files.list(folder);
                Stream<Path> databases = Files.walk(warehouse)) {
            Path to = folder.resolve("disk-" + files.count());
            Files.createDirectories(to);
            for (Path file : databases
                    .filter(each -> each.getFileName().toString().matches(".*\\.db(-wal)?"))
                    .toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString().replaceFirst("^[^.]*", "tarn")));
            }
            return to;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// What main's names stand for.
    private static String state(Lake lake) {
        StringBuilder state = new StringBuilder();
        lake.main()
                .listTables(Namespace.of("s"))
                .forEach(name -> state.append(name)
                        .append('=')
                        .append(lake.main().loadTable(name).currentSnapshot().snapshotId())
                        .append('\n'));
        return state.toString();
    }

    private TableStep table(String name, String code, String... inputs) {
        return new TableStep(lake, name, code, inputs);
    }

    private RunReport run(String environment, Step... steps) {
        return runner.run(
                Planner.plan(List.of(steps)), ADA, RunOptions.defaults().in(environment), RunListener.silent());
    }

    private List<String> changed(String environment) {
        Environment found = environments.get(environment);
        return found.changes().stream()
                .map(change -> change.identifier().toString())
                .toList();
    }

    private static List<Status> statuses(RunReport report) {
        return report.steps().stream().map(StepReport::status).toList();
    }

    private long snapshot(String branch, String table) {
        return lake.branch(branch)
                .loadTable(TableIdentifier.parse(table))
                .currentSnapshot()
                .snapshotId();
    }
}
