package dev.tarn.orchestrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.govern.audit.AuditQuery;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.orchestrate.StepReport.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Steps here make tables through the catalog; what runs in them is the stages' own concern.
class RunnerTest {
    private static final Identity ADA = new Identity("ada", "test", false);
    private static final Schema SCHEMA = new Schema(Types.NestedField.required(1, "id", Types.LongType.get()));

    @TempDir
    Path folder;

    private Lake lake;
    private AuditLog audit;
    private Runner runner;

    @BeforeEach
    void open() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        audit = AuditLog.open(lake.database());
        runner = new Runner(lake, audit);
        lake.main().createNamespace(Namespace.of("s"));
    }

    @AfterEach
    void close() {
        audit.close();
        lake.close();
    }

    /// Makes a table `s.<name>`, or commits once more to the one that is there.
    private final class Making implements Step {
        private final String name;
        private final Set<Asset> inputs;
        private final String code;
        private final AtomicInteger runs = new AtomicInteger();
        private Work work = context -> {};

        interface Work {
            void run(StepContext context) throws Exception;
        }

        Making(String name, String code, String... inputs) {
            this.name = name;
            this.code = code;
            this.inputs = Arrays.stream(inputs).map(Asset::table).collect(Collectors.toSet());
        }

        Making doing(Work newWork) {
            work = newWork;
            return this;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public StepKind kind() {
            return StepKind.MODEL;
        }

        @Override
        public Set<Asset> inputs() {
            return inputs;
        }

        @Override
        public Set<Asset> outputs() {
            return Set.of(Asset.table(name));
        }

        @Override
        public Optional<String> fingerprint(StepContext context) {
            return code.isEmpty() ? Optional.empty() : Optional.of(code);
        }

        @Override
        public StepResult run(StepContext context) throws Exception {
            runs.incrementAndGet();
            LakeCatalog catalog = lake.branch(context.branch());
            TableIdentifier id = TableIdentifier.parse(name);
            Table table = catalog.tableExists(id) ? catalog.loadTable(id) : catalog.createTable(id, SCHEMA);
            table.newAppend().commit();
            work.run(context);
            return StepResult.of(1, "made").withDetail(code);
        }
    }

    @Test
    void everythingIsPublishedAtOnce() throws Exception {
        Making a = new Making("s.a", "1")
                .doing(context -> assertThat(exists("s.a")).isFalse());
        Making b = new Making("s.b", "1", "s.a")
                .doing(context -> assertThat(exists("s.a")).isFalse());

        RunReport report = run(a, b);

        assertThat(report.status()).isEqualTo(RunStatus.PUBLISHED);
        assertThat(report.publishId()).isPresent();
        assertThat(exists("s.a")).isTrue();
        assertThat(exists("s.b")).isTrue();
        assertThat(branches()).containsExactly("main");
        assertThat(runner.history().run(report.id()).steps())
                .extracting(StepReport::status)
                .containsExactly(Status.DONE, Status.DONE);
        assertThat(runner.history().detail(report.id(), "s.a")).contains("1");
        assertThat(audit.find(AuditQuery.newest(9).ofAction("run")).getFirst().object())
                .isEqualTo(report.id());
    }

    @Test
    void aFailedRunLeavesWhatWasPublishedAndCanBeRepeated() {
        run(new Making("s.a", "1"));
        long before = snapshot("s.a");
        Making broken = new Making("s.b", "1", "s.a").doing(context -> {
            throw new TarnException(ErrorCode.BAD_REQUEST, "no such column");
        });

        RunReport failed = run(new Making("s.a", "2"), broken, new Making("s.c", "1", "s.b"), new Making("s.d", "1"));

        assertThat(failed.status()).isEqualTo(RunStatus.FAILED);
        assertThat(failed.steps())
                .extracting(StepReport::status)
                .containsExactly(Status.DONE, Status.FAILED, Status.SKIPPED, Status.DONE);
        assertThat(failed.failures().getFirst().message()).isEqualTo("no such column");
        assertThat(snapshot("s.a")).isEqualTo(before);
        assertThat(exists("s.d")).isFalse();
        assertThat(branches()).containsExactly("main");

        assertThat(run(new Making("s.a", "2"), new Making("s.b", "1", "s.a")).succeeded())
                .isTrue();
        assertThat(snapshot("s.a")).isNotEqualTo(before);
    }

    @Test
    void whatDidNotChangeIsNotComputedAgain() {
        run(new Making("s.a", "1"), new Making("s.b", "1", "s.a"), new Making("s.c", "1", "s.b"));

        Making a = new Making("s.a", "1");
        Making b = new Making("s.b", "2", "s.a");
        Making c = new Making("s.c", "1", "s.b");
        RunReport second = run(a, b, c);

        assertThat(second.steps())
                .extracting(StepReport::status)
                .containsExactly(Status.UNCHANGED, Status.DONE, Status.DONE);
        assertThat(a.runs).hasValue(0);
        RunReport third = run(new Making("s.a", "1"), new Making("s.b", "2", "s.a"), new Making("s.c", "1", "s.b"));
        assertThat(third.steps()).extracting(StepReport::status).containsOnly(Status.UNCHANGED);
        assertThat(third.publishId()).isEmpty();
    }

    @Test
    void whatOthersChangedIsComputedAgain() {
        run(new Making("s.a", "1"), new Making("s.b", "1", "s.a"));
        lake.main().loadTable(TableIdentifier.parse("s.b")).newAppend().commit();
        assertThat(run(new Making("s.a", "1"), new Making("s.b", "1", "s.a")).steps())
                .extracting(StepReport::status)
                .containsExactly(Status.UNCHANGED, Status.DONE);
        lake.main().dropTable(TableIdentifier.parse("s.a"), false);
        assertThat(run(new Making("s.a", "1")).steps())
                .extracting(StepReport::status)
                .containsExactly(Status.DONE);
    }

    @Test
    void aStepWithoutAFingerprintAlwaysRuns() {
        run(new Making("s.a", ""));
        Making again = new Making("s.a", "");
        run(again);
        assertThat(again.runs).hasValue(1);
    }

    @Test
    void stepsThatAreFreeRunAtTheSameTime() {
        CountDownLatch both = new CountDownLatch(2);
        Making.Work meet = context -> {
            both.countDown();
            assertThat(both.await(20, TimeUnit.SECONDS)).isTrue();
        };
        RunReport report = runner.run(
                Planner.plan(List.of(new Making("s.a", "1").doing(meet), new Making("s.b", "1").doing(meet))),
                ADA,
                new RunOptions(2, true, new java.util.concurrent.atomic.AtomicBoolean()),
                RunListener.silent());
        assertThat(report.succeeded()).isTrue();
    }

    @Test
    void aCancelledRunPublishesNothing() {
        RunOptions options = RunOptions.defaults();
        Making a = new Making("s.a", "1").doing(context -> options.cancelled().set(true));
        RunReport report =
                runner.run(Planner.plan(List.of(a, new Making("s.b", "1", "s.a"))), ADA, options, RunListener.silent());
        assertThat(report.status()).isEqualTo(RunStatus.CANCELLED);
        assertThat(report.steps().getLast().status()).isEqualTo(Status.SKIPPED);
        assertThat(exists("s.a")).isFalse();
    }

    @Test
    void aStepsOwnStateMovesWithTheTablesOrNotAtAll() {
        lake.database().writing(handle -> handle.execute("CREATE TABLE alias (name TEXT)"));
        Making.Work aliasing = context ->
                context.atPublish().accept(handle -> handle.execute("INSERT INTO alias VALUES ('champion')"));
        run(new Making("s.a", "1").doing(context -> {
            aliasing.run(context);
            throw new TarnException(ErrorCode.BAD_REQUEST, "no");
        }));
        assertThat(aliases()).isEmpty();
        run(new Making("s.a", "1").doing(aliasing));
        assertThat(aliases()).containsExactly("champion");
    }

    @Test
    void anOutsideChangeOfTheSameTableIsAConflictThatIsReported() {
        run(new Making("s.a", "1"));
        RunReport report = run(new Making("s.a", "2")
                .doing(context -> lake.main()
                        .loadTable(TableIdentifier.parse("s.a"))
                        .newAppend()
                        .commit()));
        assertThat(report.status()).isEqualTo(RunStatus.FAILED);
        assertThat(report.error()).hasValueSatisfying(error -> assertThat(error).startsWith("PUBLISH_CONFLICT"));
        assertThat(branches()).containsExactly("main");
    }

    @Test
    void oneRunAtATime() {
        List<Throwable> refused = new ArrayList<>();
        run(new Making("s.a", "1").doing(context -> {
            try {
                run(new Making("s.b", "1"));
            } catch (TarnException e) {
                refused.add(e);
            }
        }));
        assertThat(refused)
                .singleElement()
                .satisfies(e -> assertThat(((TarnException) e).code()).isEqualTo(ErrorCode.RUN_IN_PROGRESS));
    }

    @Test
    void aRunWhoseProcessDiedIsCleanedByTheNext() {
        lake.createBranch("run-dead", ADA);
        lake.database().writing(handle -> handle.execute("""
                INSERT INTO run (id, lane, status, started_at, started_by, host, pid, process_started, heard_at)
                VALUES ('dead', 'main', 'RUNNING', 1, 'ada', 'another-host', 1, 1, 1)"""));

        assertThat(run(new Making("s.a", "1")).succeeded()).isTrue();

        assertThat(branches()).containsExactly("main");
        assertThat(runner.history().run("dead").status()).isEqualTo(RunStatus.LOST);
        assertThatThrownBy(() -> runner.history().run("none")).hasMessage("there is no run 'none'");
    }

    @Test
    void aRunThatDiedIsGoneOnWithWithoutDoingAFinishedStepAgain() throws Exception {
        run(new Making("s.z", "1"));
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch reached = new CountDownLatch(1);
        Making a = new Making("s.a", "1");
        Making volatileStep = new Making("s.v", "", "s.a");
        Making b = new Making("s.b", "1", "s.v").doing(context -> {
            reached.countDown();
            assertThat(stuck.await(120, TimeUnit.SECONDS)).isTrue();
        });
        Thread first = Thread.ofVirtual().start(() -> run(a, volatileStep, b));
        assertThat(reached.await(60, TimeUnit.SECONDS)).isTrue();
        // Its process is no more, as far as anybody can tell.
        lake.database().writing(handle -> handle.execute("UPDATE run SET host = 'gone', heard_at = 1"));

        Making againA = new Making("s.a", "1");
        Making againVolatile = new Making("s.v", "", "s.a");
        Making againB = new Making("s.b", "1", "s.v");
        RunReport second = run(againA, againVolatile, againB);

        assertThat(second.steps())
                .extracting(StepReport::status)
                .containsExactly(Status.UNCHANGED, Status.UNCHANGED, Status.DONE);
        assertThat(againA.runs).hasValue(0);
        // What the dead run had only begun is begun anew.
        assertThat(lake.main().loadTable(TableIdentifier.parse("s.b")).snapshots())
                .hasSize(1);
        assertThat(second.publishId()).isPresent();
        stuck.countDown();
        first.join();
        assertThat(branches()).containsExactly("main");
        assertThat(runner.history().run(second.id()).status()).isEqualTo(RunStatus.PUBLISHED);
        assertThat(lake.main().loadTable(TableIdentifier.parse("s.b")).snapshots())
                .hasSize(1);
    }

    private RunReport run(Step... steps) {
        return runner.run(Planner.plan(List.of(steps)), ADA, RunOptions.defaults(), RunListener.silent());
    }

    private boolean exists(String table) {
        return lake.main().tableExists(TableIdentifier.parse(table));
    }

    private long snapshot(String table) {
        return lake.main()
                .loadTable(TableIdentifier.parse(table))
                .currentSnapshot()
                .snapshotId();
    }

    private List<String> branches() {
        return lake.branches().stream().map(branch -> branch.name()).toList();
    }

    private List<String> aliases() {
        return lake.database()
                .read(handle -> handle.createQuery("SELECT name FROM alias")
                        .mapTo(String.class)
                        .list());
    }
}
