package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.Runner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a run costs beside its steps' own work, alone and beside many that wait.
final class StepsBench implements Bench {
    private static final Identity IDENTITY = Identity.local("bench");
    private static final long STEP_MILLIS = 10;

    @Override
    public String name() {
        return "steps";
    }

    @Override
    public String title() {
        return "Steps of a run";
    }

    @Override
    public String method() {
        return """
               Steps that sleep for 10 ms, each after the one before, so that nothing can be hidden behind another; \
               two at a time for those that wait for none. From the call to the published run: each step's end is on \
               the disk before the next begins, on SQLite. Beside them 10,000 requests wait in the queue, and 10,000 \
               steps of another run.""";
    }

    private record Sleep(String name, Set<String> after, CountDownLatch latch) implements Step {
        @Override
        public StepKind kind() {
            return StepKind.TEST;
        }

        @Override
        public Set<Asset> inputs() {
            return Set.of();
        }

        @Override
        public Set<Asset> outputs() {
            return Set.of();
        }

        @Override
        public StepResult run(StepContext context) throws InterruptedException {
            latch.await();
            Thread.sleep(STEP_MILLIS);
            return StepResult.of("slept");
        }
    }

    @Override
    public void measure(Run run) throws Exception {
        int steps = Math.toIntExact(run.option("steps", 40));
        int waiting = Math.toIntExact(run.option("waiting", 10_000));
        CountDownLatch open = new CountDownLatch(0);
        List<Step> chain = new ArrayList<>();
        List<Step> free = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            chain.add(new Sleep("chain" + i, i == 0 ? Set.of() : Set.of("chain" + (i - 1)), open));
            free.add(new Sleep("free" + i, Set.of(), open));
        }
        try (Lake lake = Lake.open(LakeConfig.inFolder(run.folder()));
                AuditLog audit = AuditLog.open(lake.database())) {
            Runner runner = new Runner(lake, audit);
            Figure alone = run.time("a chain of " + steps + " steps", 3, () -> execute(runner, chain));
            run.add(Bar.atMost("a chain of " + steps + " steps of 10 ms, durable", 600, alone));
            run.time(steps + " steps that wait for none", 1, () -> execute(runner, free));

            RunQueue queue = new RunQueue(lake.database(), InstantSource.system());
            Instant later = Instant.now().plusSeconds(86_400);
            lake.database().writing(handle -> {
                for (int i = 0; i < waiting; i++) {
                    RunRequest request = RunRequest.of("waits-" + i, List.of(), "bench", "bench", later);
                    RunQueue.insert(
                            handle, request, RunRequest.State.QUEUED, java.util.Optional.empty(), Instant.now());
                }
            });
            CountDownLatch shut = new CountDownLatch(1);
            AtomicBoolean cancelled = new AtomicBoolean();
            List<Step> blocked = new ArrayList<>(List.of(new Sleep("first", Set.of(), shut)));
            for (int i = 0; i < waiting; i++) {
                blocked.add(new Sleep("blocked" + i, Set.of("first"), open));
            }
            CountDownLatch begun = new CountDownLatch(1);
            Thread other = Thread.ofVirtual()
                    .start(() -> runner.run(
                            Planner.plan(blocked),
                            IDENTITY,
                            new RunOptions(2, true, cancelled, "others"),
                            new RunListener() {
                                @Override
                                public void stepStarted(Step step) {
                                    begun.countDown();
                                }
                            }));
            begun.await();
            Figure beside = run.time(
                    "a chain of " + steps + " steps beside " + waiting + " requests and steps that wait",
                    1,
                    () -> execute(runner, chain));
            run.add(Bar.atMost(
                    "the same beside " + waiting + " that wait",
                    1.2,
                    run.add(Figure.computed(
                            "beside those that wait against alone", "×", beside.value() / alone.value()))));
            cancelled.set(true);
            shut.countDown();
            other.join();
            if (queue.latest(1).isEmpty()) {
                throw new IllegalStateException("the requests are gone");
            }
        }
    }

    private static RunReport execute(Runner runner, List<Step> steps) {
        Plan plan = Planner.plan(steps);
        RunReport report =
                runner.run(plan, IDENTITY, new RunOptions(2, true, new AtomicBoolean()), RunListener.silent());
        if (!report.succeeded()) {
            throw new IllegalStateException(report.toString());
        }
        return report;
    }
}
