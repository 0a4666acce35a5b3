package dev.tarn.orchestrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Retries, time limits, pools, priorities and what steps say.
class TriesTest {
    private static final Identity ADA = new Identity("ada", "test", false);

    @TempDir
    Path folder;

    private Lake lake;
    private AuditLog audit;
    private final SetTiming timing = new SetTiming("2026-03-01T00:00:00Z");

    @BeforeEach
    void open() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        audit = AuditLog.open(lake.database());
        lake.main().createNamespace(Namespace.of("s"));
    }

    @AfterEach
    void close() {
        audit.close();
        lake.close();
    }

    @Test
    void aFailureThatMayPassIsTriedAgainOnTablesAsTheyWere() throws Exception {
        run(StepRules.NONE, new TableStep(lake, "s.a", "1"));
        AtomicInteger tries = new AtomicInteger();
        TableStep step = new TableStep(lake, "s.a", "2").doing(context -> {
            if (tries.incrementAndGet() < 4) {
                throw new TarnException(ErrorCode.STORAGE_FAILED, "the share is away");
            }
        });

        RunReport report = run(rules("s.*", 5), step);

        assertThat(report.status()).isEqualTo(RunStatus.PUBLISHED);
        assertThat(timing.pauses())
                .containsExactly(Duration.ofSeconds(10), Duration.ofSeconds(20), Duration.ofSeconds(25));
        // One snapshot of the first run and one of the try that worked.
        assertThat(lake.main().loadTable(TableIdentifier.parse("s.a")).snapshots())
                .hasSize(2);
        assertThat(said(report, "s.a"))
                .containsSubsequence(
                        "failed: the share is away",
                        "tried again in 10 s",
                        "try 2 failed: the share is away",
                        "tried again in 20 s",
                        "tried again in 25 s",
                        "made");
    }

    @Test
    void aTableThatATryMadeIsGoneBeforeTheNext() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        RunReport report = run(rules("s.a", 1), new TableStep(lake, "s.a", "1").doing(context -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new IllegalStateException("once");
                    }
                }));
        assertThat(report.succeeded()).isTrue();
        assertThat(lake.main().loadTable(TableIdentifier.parse("s.a")).snapshots())
                .hasSize(1);
        assertThat(said(report, "s.a").getFirst())
                .contains("IllegalStateException: once")
                .contains("\tat ");
    }

    @Test
    void whatTheUserHasToMendFailsAtOnceAndTriesAreCounted() throws Exception {
        TableStep broken = new TableStep(lake, "s.a", "1").doing(context -> {
            throw new TarnException(ErrorCode.QUERY_FAILED, "no such column");
        });
        assertThat(run(rules("*", 3), broken).status()).isEqualTo(RunStatus.FAILED);
        assertThat(broken.runs()).isEqualTo(1);
        TableStep always = new TableStep(lake, "s.a", "1").doing(context -> {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "away");
        });
        assertThat(run(rules("*", 2), always).status()).isEqualTo(RunStatus.FAILED);
        assertThat(always.runs()).isEqualTo(3);
        assertThat(lake.branches()).hasSize(1);
    }

    @Test
    void aStepThatTakesTooLongIsStopped() throws Exception {
        AtomicBoolean told = new AtomicBoolean();
        StepRules rules = new StepRules(
                List.of(new StepRules.Rule(
                        List.of("s.slow"),
                        OptionalInt.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(Duration.ofSeconds(3)),
                        Optional.empty(),
                        OptionalInt.empty())),
                Map.of());
        RunReport report = run(rules, new TableStep(lake, "s.slow", "1").doing(context -> {
                    try {
                        new CountDownLatch(1).await();
                    } finally {
                        told.set(context.cancelled().get());
                    }
                }));
        assertThat(report.steps().getFirst().error()).contains("LIMIT_EXCEEDED");
        assertThat(report.steps().getFirst().message()).contains("limit of 3 s").contains("time-limit");
        assertThat(told).isTrue();
    }

    @Test
    void aPoolsPlacesAreSharedByRuns() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        TableStep.Work crowded = context -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            Thread.sleep(20);
            inside.decrementAndGet();
        };
        StepRules rules = new StepRules(List.of(inPool("s.*", "db")), Map.of("db", 1));
        Thread other = Thread.ofVirtual()
                .start(() -> new Runner(lake, audit)
                        .run(
                                Planner.plan(List.of(
                                        new TableStep(lake, "s.c", "1").doing(crowded),
                                        new TableStep(lake, "s.d", "1").doing(crowded))),
                                ADA,
                                options(rules).in("pr-1"),
                                RunListener.silent()));
        RunReport report = run(
                rules, new TableStep(lake, "s.a", "1").doing(crowded), new TableStep(lake, "s.b", "1").doing(crowded));
        other.join();
        assertThat(report.succeeded()).isTrue();
        assertThat(most).hasValue(1);
        int left = lake.database()
                .read(handle -> handle.createQuery("SELECT COUNT(*) FROM run_pool")
                        .mapTo(Integer.class)
                        .one());
        assertThat(left).isZero();
    }

    @Test
    void aPlaceOfADeadProcessIsFree() throws Exception {
        run(StepRules.NONE, new TableStep(lake, "s.z", "1"));
        lake.database()
                .writing(handle -> handle.execute(
                        "INSERT INTO run_pool (pool, place, run_id, step, host, pid, process_started, heard_at)"
                                + " VALUES ('db', 0, 'gone', 's.z', ?, 1, 1, ?)",
                        OwnProcess.current().host(),
                        System.currentTimeMillis()));
        StepRules rules = new StepRules(List.of(inPool("s.a", "db")), Map.of());
        assertThat(run(rules, new TableStep(lake, "s.a", "1")).succeeded()).isTrue();
    }

    @Test
    void theHigherPriorityGoesFirst() throws Exception {
        List<String> order = new ArrayList<>();
        Places places = new Places(1);
        places.acquire(0, 0);
        CountDownLatch ended = new CountDownLatch(3);
        for (int position : List.of(1, 2, 3)) {
            Thread.ofPlatform().start(() -> {
                places.acquire(position == 3 ? 5 : 0, position);
                order.add("step " + position);
                places.release();
                ended.countDown();
            });
        }
        while (places.waiting() < 3) {
            Thread.onSpinWait();
        }
        places.release();
        assertThat(ended.await(60, TimeUnit.SECONDS)).isTrue();
        assertThat(order).containsExactly("step 3", "step 1", "step 2");
    }

    @Test
    void anotherProcessCanAskARunToStop() throws Exception {
        RunHistory history = RunHistory.open(lake.database());
        RunReport report = run(
                StepRules.NONE,
                new TableStep(lake, "s.a", "1").doing(context -> {
                    history.askToStop(context.runId());
                    for (int i = 0; i < 6000 && !context.cancelled().get(); i++) {
                        Thread.sleep(10);
                    }
                    context.checkCancelled();
                }),
                new TableStep(lake, "s.b", "1", "s.a"));
        assertThat(report.status()).isEqualTo(RunStatus.CANCELLED);
        assertThat(lake.main().tableExists(TableIdentifier.parse("s.a"))).isFalse();
    }

    @Test
    void aRunThatWasTakenOverPublishesNothing() throws Exception {
        RunReport report = run(
                StepRules.NONE,
                new TableStep(lake, "s.a", "1")
                        .doing(context ->
                                lake.database().writing(handle -> handle.execute("UPDATE run SET status = 'LOST'"))));
        assertThat(report.status()).isNotEqualTo(RunStatus.PUBLISHED);
        assertThat(lake.main().tableExists(TableIdentifier.parse("s.a"))).isFalse();
    }

    private static StepRules.Rule inPool(String names, String pool) {
        return new StepRules.Rule(
                List.of(names),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(pool),
                OptionalInt.empty());
    }

    private static StepRules rules(String names, int retries) {
        return new StepRules(
                List.of(new StepRules.Rule(
                        List.of(names),
                        OptionalInt.of(retries),
                        Optional.empty(),
                        Optional.of(Duration.ofSeconds(25)),
                        Optional.empty(),
                        Optional.empty(),
                        OptionalInt.empty())),
                Map.of());
    }

    private RunOptions options(StepRules rules) {
        return RunOptions.defaults().under(rules).by(timing);
    }

    private RunReport run(StepRules rules, Step... steps) {
        return new Runner(lake, audit).run(Planner.plan(List.of(steps)), ADA, options(rules), RunListener.silent());
    }

    private List<String> said(RunReport report, String step) {
        return RunHistory.open(lake.database()).log(report.id(), Optional.of(step)).stream()
                .map(RunHistory.Said::message)
                .toList();
    }
}
