package dev.tarn.orchestrate;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches.Savepoint;
import dev.tarn.orchestrate.StepReport.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Runs steps as their policies say: in their turn, within their time, and again after failures that may pass by
/// themselves, each try on tables as they were before the first.
final class Tries {
    /// How long a step that was told to stop may take to do so.
    private static final Duration STOP_MAX = Duration.ofSeconds(30);

    private static final long LOOK_MILLIS = 50;

    /// A database that comes and goes does so only so often during one step.
    private static final int AWAY_MAX = 10;

    private final Execution.Scope scope;
    private final RunOptions options;
    private final Lake lake;
    private final RunLog log;
    private final Places places;
    private final Pools pools;
    private final Patience patience;

    Tries(Execution.Scope scope, RunOptions options, Lake lake, RunLog log) {
        this.scope = scope;
        this.options = options;
        this.lake = lake;
        this.log = log;
        this.places = new Places(Math.max(1, options.parallel()));
        this.pools = new Pools(lake.database(), scope.runId());
        this.patience = new Patience(lake.database());
    }

    /// How a try ended.
    interface End {
        StepReport report();
    }

    /// The last try of a step.
    ///
    /// @param tries how many there were
    /// @param started when the first began
    record Tried<T>(T end, int tries, Instant started) {}

    /// A try.
    interface Work<T> {
        T run(Attempt attempt) throws Exception;
    }

    /// Tries a step until it works or the policy says that it is enough.
    <T extends End> Tried<T> of(Step step, int position, Work<T> work) throws InterruptedException {
        StepPolicy policy = options.rules().of(step.name());
        boolean mayRepeat = policy.retries() > 0 || !lake.database().isSqlite();
        Optional<Savepoint> before = mayRepeat ? patience.with(() -> Optional.of(savepoint(step))) : Optional.empty();
        int retries = 0;
        int away = 0;
        @Nullable Instant started = null;
        for (int tries = 1; ; tries++) {
            Attempt attempt = new Attempt(step.name(), policy, tries);
            T end = inTurn(step, position, policy, attempt, work);
            started = started == null ? attempt.started : started;
            boolean failed = end.report().status() == Status.FAILED;
            if (!failed || options.cancelled().get() || attempt.isStuck || before.isEmpty()) {
                return new Tried<>(end, tries, started);
            }
            if (attempt.wasAway && away < AWAY_MAX) {
                away++;
                log.say(step.name(), options.timing().instant(), "the database was away: tried again when it is back");
                if (!patience.awaitDatabase()) {
                    return new Tried<>(end, tries, started);
                }
            } else if (attempt.mayPass && retries < policy.retries()) {
                retries++;
                Duration wait = policy.waitBefore(retries);
                log.say(step.name(), options.timing().instant(), "tried again in " + words(wait));
                options.timing().pause(wait);
            } else {
                return new Tried<>(end, tries, started);
            }
            patience.doing(() -> lake.rollBack(before.get()));
        }
    }

    private static String words(Duration wait) {
        return wait.toMillis() % 1000 == 0 ? wait.toSeconds() + " s" : wait.toMillis() + " ms";
    }

    private Savepoint savepoint(Step step) {
        List<TableIdentifier> tables = Stream.concat(step.outputs().stream(), step.asides().stream())
                .filter(asset -> asset.kind() == Asset.Kind.TABLE)
                .map(asset -> TableIdentifier.parse(asset.name()))
                .distinct()
                .toList();
        return lake.savepoint(scope.branch(), tables);
    }

    /// Waits for a place in the pool first, so that nobody who waits there keeps a place from others.
    private <T> T inTurn(Step step, int position, StepPolicy policy, Attempt attempt, Work<T> work)
            throws InterruptedException {
        String pool = policy.pool().orElse("");
        int place = pool.isEmpty()
                ? -1
                : pools.take(pool, options.rules().places(pool), step.name(), options.cancelled()::get);
        try {
            places.acquire(policy.priority(), position);
            try {
                attempt.started = options.timing().instant();
                return work.run(attempt);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            } finally {
                places.release();
            }
        } finally {
            if (place >= 0) {
                patience.doing(() -> pools.giveBack(pool, place));
            }
        }
    }

    /// One try of a step.
    final class Attempt {
        private final String step;
        private final Optional<Duration> limit;
        private final int number;
        private final AtomicBoolean stop;
        private Instant started = options.timing().instant();
        private boolean mayPass;
        private boolean wasAway;
        private boolean isStuck;

        private Attempt(String step, StepPolicy policy, int number) {
            this.step = step;
            this.limit = policy.timeLimit();
            this.number = number;
            this.stop = limit.isPresent() ? new AtomicBoolean() : options.cancelled();
        }

        /// Becomes true when the step is to stop.
        AtomicBoolean cancelled() {
            return stop;
        }

        void say(String message) {
            log.say(step, options.timing().instant(), message);
        }

        void failed(Throwable failure) {
            log.failed(
                    step, options.timing().instant(), number > 1 ? "try " + number + " failed: " : "failed: ", failure);
            wasAway = Patience.isAway(failure);
            mayPass = mayPass(failure);
        }

        /// Does the work, for as long as it may take.
        ///
        /// @throws TarnException `LIMIT_EXCEEDED` when it took longer and was told to stop
        StepResult within(Callable<StepResult> work) throws Exception {
            if (limit.isEmpty()) {
                return work.call();
            }
            FutureTask<StepResult> task = new FutureTask<>(work);
            Thread worker = Thread.ofVirtual().name(step).start(task);
            long deadline = System.nanoTime() + limit.get().toNanos();
            while (true) {
                try {
                    return task.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    if (options.cancelled().get()) {
                        stop.set(true);
                    }
                    if (System.nanoTime() > deadline) {
                        throw stopped(worker);
                    }
                } catch (ExecutionException e) {
                    if (e.getCause() instanceof Exception cause) {
                        throw cause;
                    }
                    throw e;
                }
            }
        }

        private TarnException stopped(Thread worker) throws InterruptedException {
            stop.set(true);
            worker.interrupt();
            isStuck = !worker.join(STOP_MAX);
            return new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "the step took longer than its limit of " + words(limit.orElseThrow())
                            + (isStuck ? " and did not stop when it was told to" : "")
                            + ": raise time-limit in runs.yml, or make it do less");
        }
    }

    /// What the user has to mend fails again; what somebody else holds, or a defect, may not.
    private static boolean mayPass(Throwable failure) {
        return !(failure instanceof TarnException known)
                || known.code() == ErrorCode.SOURCE_UNREADABLE
                || (known.code() != ErrorCode.CANCELLED && known.code().blame() != Blame.USER);
    }
}
