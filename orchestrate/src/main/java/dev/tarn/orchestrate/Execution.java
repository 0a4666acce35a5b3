package dev.tarn.orchestrate;

import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Plan.PlannedStep;
import dev.tarn.orchestrate.RunHistory.StepEnd;
import dev.tarn.orchestrate.StepReport.Status;
import dev.tarn.orchestrate.StepStates.Made;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/// One run's steps: each on a virtual thread, which waits for the steps before it and then for its turn.
final class Execution {
    private static final Logger LOG = System.getLogger(Execution.class.getName());
    private static final String ONCE = "~";

    private final Scope scope;
    private final Plan plan;
    private final Identity identity;
    private final RunOptions options;
    private final RunListener listener;
    private final RunHistory history;
    private final Versions versions;
    private final Tries tries;
    private final RunWriter writer;
    private final Map<String, CompletableFuture<StepReport>> ends = new HashMap<>();
    private final Queue<Consumer<Handle>> publishHooks = new ConcurrentLinkedQueue<>();

    /// What steps made whose work ends with the publish; a run that goes on with this one has to do it again.
    private final Queue<Made> late = new ConcurrentLinkedQueue<>();

    /// Where a run works.
    ///
    /// @param branch the run's own
    /// @param environment what the run is for: an environment, or `main`
    /// @param resumed whether it goes on with a run that died
    record Scope(String runId, String branch, String environment, boolean resumed) {
        /// Where to look for what steps have made, nearest first.
        List<String> lanes() {
            return environment.equals(Branches.MAIN)
                    ? List.of(branch, environment)
                    : List.of(branch, environment, Branches.MAIN);
        }
    }

    Execution(
            Scope scope,
            Plan plan,
            Identity identity,
            RunOptions options,
            RunListener listener,
            Lake lake,
            RunHistory history,
            RunWriter writer) {
        this.scope = scope;
        this.plan = plan;
        this.identity = identity;
        this.options = options;
        this.listener = listener;
        this.history = history;
        this.versions = new Versions(
                lake.branch(scope.branch()),
                asset -> history.made(scope.lanes(), asset.name())
                        .flatMap(made -> Optional.ofNullable(made.identity())));
        this.writer = writer;
        this.tries = new Tries(scope, options, lake, writer.log());
    }

    /// Runs all steps and returns how each went, in the plan's order.
    List<StepReport> run() {
        plan.steps().forEach(planned -> ends.put(planned.step().name(), new CompletableFuture<>()));
        for (int i = 0; i < plan.steps().size(); i++) {
            PlannedStep planned = plan.steps().get(i);
            int position = i;
            Thread.ofVirtual().name(planned.step().name()).start(() -> run(planned, position));
        }
        return plan.steps().stream()
                .map(planned -> end(planned.step().name()).join())
                .toList();
    }

    private CompletableFuture<StepReport> end(String step) {
        CompletableFuture<StepReport> end = ends.get(step);
        if (end == null) {
            throw new IllegalArgumentException("the plan has no step " + step);
        }
        return end;
    }

    private void run(PlannedStep planned, int position) {
        Step step = planned.step();
        try {
            end(step.name()).complete(reported(planned, position));
        } catch (Throwable e) {
            // Not the step's own failure: the history could not be written, or the listener threw.
            LOG.log(Level.ERROR, "the step " + step.name() + " could not be completed", e);
            end(step.name())
                    .complete(report(
                            step,
                            Status.FAILED,
                            Duration.ZERO,
                            OptionalLong.empty(),
                            Runner.describe(e),
                            Optional.of(code(e))));
        }
    }

    private StepReport reported(PlannedStep planned, int position) throws InterruptedException {
        Step step = planned.step();
        List<String> broken = new ArrayList<>();
        for (String before : planned.after()) {
            Status status = end(before).join().status();
            if (status == Status.FAILED || status == Status.SKIPPED) {
                broken.add(before);
            }
        }
        Tries.Tried<Ended> tried = broken.isEmpty()
                ? tries.of(step, position, attempt -> work(step, attempt))
                : new Tries.Tried<>(
                        Ended.of(skipped(step, "not run, because of " + String.join(", ", broken))),
                        0,
                        options.timing().instant());
        Ended ended = tried.end();
        writer.ended(
                new StepEnd(position, tried.started(), tried.tries(), ended.report(), ended.detail(), ended.made()));
        listener.stepEnded(step, ended.report());
        return ended.report();
    }

    /// @param made what the step made, if it worked
    private record Ended(StepReport report, Optional<String> detail, Optional<Made> made) implements Tries.End {
        static Ended of(StepReport report) {
            return new Ended(report, Optional.empty(), Optional.empty());
        }
    }

    /// One try.
    private Ended work(Step step, Tries.Attempt attempt) throws Exception {
        if (options.cancelled().get()) {
            return Ended.of(skipped(step, "not run, because the run was cancelled"));
        }
        long began = System.nanoTime();
        Queue<Consumer<Handle>> hooks = new ConcurrentLinkedQueue<>();
        StepContext context = new StepContext(
                scope.runId(),
                scope.branch(),
                identity,
                attempt.cancelled(),
                message -> {
                    attempt.say(message);
                    listener.stepProgress(step, message);
                },
                hooks::add);
        try {
            Work work = identify(step, context);
            if (work.identity().isPresent() && isDone(step, work.identity().get())) {
                return Ended.of(report(
                        step,
                        Status.UNCHANGED,
                        Duration.ofNanos(System.nanoTime() - began),
                        OptionalLong.empty(),
                        "unchanged",
                        Optional.empty()));
            }
            listener.stepStarted(step);
            StepResult result = attempt.within(() -> step.run(context));
            Made made = remembered(step, work, step.definition(context));
            if (!hooks.isEmpty()) {
                late.add(made);
                publishHooks.addAll(hooks);
            }
            attempt.say(result.message());
            return new Ended(
                    report(
                            step,
                            Status.DONE,
                            Duration.ofNanos(System.nanoTime() - began),
                            result.rows(),
                            result.message(),
                            Optional.empty()),
                    result.detail(),
                    hooks.isEmpty() ? Optional.of(made) : Optional.empty());
        } catch (Throwable e) {
            if (!(e instanceof TarnException known) || known.code() == ErrorCode.INTERNAL_ERROR) {
                LOG.log(Level.ERROR, "the step " + step.name() + " of run " + scope.runId() + " failed", e);
            }
            attempt.failed(e);
            return Ended.of(report(
                    step,
                    Status.FAILED,
                    Duration.ofNanos(System.nanoTime() - began),
                    OptionalLong.empty(),
                    Runner.describe(e),
                    Optional.of(code(e))));
        }
    }

    /// What a step would do, and to what.
    ///
    /// @param fingerprint a digest of its code and configuration; empty when it must run every time
    /// @param identity see [#identity]
    private record Work(Optional<String> fingerprint, Optional<String> identity) {}

    private Work identify(Step step, StepContext context) throws Exception {
        Optional<String> fingerprint = step.fingerprint(context);
        List<Asset> inputs = new ArrayList<>(step.inputs());
        inputs.removeAll(step.outputs());
        return new Work(fingerprint.map(known -> Sha256.hex(known)), identity(fingerprint, versions.of(inputs)));
    }

    /// A digest of what a step would do to what; that of one that must run every time has a [#ONCE] in
    /// front, and counts only for the run itself. Empty when it is not known what the step reads.
    static Optional<String> identity(Optional<String> fingerprint, Optional<String> inputVersions) {
        return inputVersions.map(versions -> fingerprint
                .map(known -> Sha256.hex(known + "\n" + versions))
                .orElseGet(() -> ONCE + Sha256.hex(versions)));
    }

    /// Whether the step's work is there already: published before, or done by a run that died and that this one
    /// goes on with.
    private boolean isDone(Step step, String stepIdentity) {
        boolean once = stepIdentity.startsWith(ONCE);
        if (once ? step.kind() == StepKind.SOURCE : !options.skipUnchanged() && !scope.resumed()) {
            return false;
        }
        List<String> lanes = once || !options.skipUnchanged() ? List.of(scope.branch()) : scope.lanes();
        Optional<Made> last = history.made(lanes, step.name());
        if (last.isEmpty() || !stepIdentity.equals(last.get().identity()) || !versions.allExist(step.outputs())) {
            return false;
        }
        boolean same = versions.made(step.outputs()).equals(last.get().versions());
        if (same) {
            step.outputs().forEach(output -> versions.made(output, stepIdentity));
        }
        return same;
    }

    private Made remembered(Step step, Work work, Optional<String> definition) {
        step.outputs().forEach(output -> versions.made(output, work.identity().orElse("run " + scope.runId())));
        return new Made(
                step.name(),
                work.identity().orElse(null),
                versions.made(step.outputs()),
                work.fingerprint().orElse(null),
                definition.orElse(null));
    }

    /// What the steps want to happen in the transaction that publishes the run.
    void atPublish(Handle handle) {
        late.forEach(made -> StepStates.put(handle, scope.branch(), scope.runId(), made));
        publishHooks.forEach(hook -> hook.accept(handle));
    }

    private static StepReport skipped(Step step, String message) {
        return report(step, Status.SKIPPED, Duration.ZERO, OptionalLong.empty(), message, Optional.empty());
    }

    private static StepReport report(
            Step step, Status status, Duration took, OptionalLong rows, String message, Optional<String> error) {
        return new StepReport(step.name(), step.kind(), status, took, rows, message, error);
    }

    private static String code(Throwable e) {
        return e instanceof TarnException known ? known.code().name() : ErrorCode.INTERNAL_ERROR.name();
    }
}
