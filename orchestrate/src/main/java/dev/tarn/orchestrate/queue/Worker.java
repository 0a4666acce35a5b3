package dev.tarn.orchestrate.queue;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.orchestrate.OwnProcess;
import dev.tarn.orchestrate.Patience;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// Works on the requests of a queue, as one of several processes may.
public final class Worker implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Worker.class.getName());
    private static final Duration LOOK = Duration.ofMillis(500);

    /// Before a request whose lane somebody else works in is looked at again.
    private static final Duration BUSY_WAIT = Duration.ofSeconds(2);

    private static final Duration STOP_MAX = Duration.ofSeconds(20);
    private static final int AWAY_MAX = 10;
    private static final int KNOWN_MAX = 1_000;

    private final RunQueue queue;
    private final Launcher launcher;
    private final Runnable before;
    private final Patience patience;
    private final Semaphore places;
    private final int placesTotal;
    private final Map<String, AtomicBoolean> working = new ConcurrentHashMap<>();
    private final Map<String, Integer> aways = new ConcurrentHashMap<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Thread loop = new Thread(() -> {});

    /// Does what a request asks for.
    @FunctionalInterface
    public interface Launcher {
        /// @param cancelled becomes true when it is to stop
        /// @param began takes the run's id, as soon as there is one
        /// @throws TarnException `RUN_IN_PROGRESS` when somebody else's run is in the way
        Outcome launch(RunRequest request, AtomicBoolean cancelled, Consumer<String> began);
    }

    /// How it ended.
    ///
    /// @param error why it failed
    /// @param mayRepeat whether another try may end otherwise
    public record Outcome(Optional<String> runId, Optional<String> error, boolean mayRepeat) {}

    /// @param before is done at each look, such as asking for what schedules say
    /// @param places how many requests are worked on at a time
    public Worker(RunQueue queue, Launcher launcher, Runnable before, int places) {
        this.queue = queue;
        this.launcher = launcher;
        this.patience = new Patience(queue.database());
        this.before = before;
        this.places = new Semaphore(places);
        this.placesTotal = places;
    }

    /// Works from now on, until closed.
    public void start() {
        loop = Thread.ofVirtual().name("runs").start(this::work);
    }

    private void work() {
        long beat = System.nanoTime();
        boolean broken = false;
        try {
            while (!closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    if (System.nanoTime() - beat > OwnProcess.HEARTBEAT.toNanos() && !working.isEmpty()) {
                        queue.heard();
                        beat = System.nanoTime();
                    }
                    look();
                    broken = false;
                } catch (RuntimeException e) {
                    // The database may be away: the next look may succeed.
                    if (!broken) {
                        LOG.log(Level.WARNING, "cannot look for runs to do; trying on", e);
                    }
                    broken = true;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        before.run();
        queue.recover();
        while (closing.getCount() > 0 && places.tryAcquire()) {
            Optional<Kept> next = Optional.empty();
            try {
                next = queue.take();
            } finally {
                if (next.isEmpty()) {
                    places.release();
                }
            }
            if (next.isEmpty()) {
                return;
            }
            Kept kept = next.get();
            AtomicBoolean cancelled = new AtomicBoolean();
            working.put(kept.request().key(), cancelled);
            Thread.ofVirtual().name("run " + kept.request().key()).start(() -> {
                try {
                    work(kept, cancelled);
                } finally {
                    working.remove(kept.request().key());
                    places.release();
                }
            });
        }
    }

    /// Works on all requests whose turn it is, one after the other, and returns when none is left.
    ///
    /// @return how many there were
    public int round() {
        int done = 0;
        before.run();
        queue.recover();
        for (Optional<Kept> next = queue.take(); next.isPresent(); next = queue.take()) {
            work(next.get(), new AtomicBoolean());
            done++;
        }
        return done;
    }

    private void work(Kept kept, AtomicBoolean cancelled) {
        try {
            Outcome outcome = launcher.launch(kept.request(), cancelled, runId -> queue.began(kept, runId));
            patience.doing(() -> {
                if (closing.getCount() == 0 && cancelled.get()) {
                    queue.putBack(kept, Duration.ZERO, "the process that worked on it was stopped");
                } else if (outcome.error().isEmpty()) {
                    queue.succeeded(kept, outcome.runId());
                } else {
                    queue.failed(kept, outcome.runId(), outcome.error().get(), outcome.mayRepeat());
                }
            });
        } catch (TarnException e) {
            if (e.code() == ErrorCode.RUN_IN_PROGRESS) {
                patience.doing(() -> queue.putBack(kept, BUSY_WAIT, e.describe()));
            } else if (Patience.isAway(e) && isPatientWith(kept) && patience.awaitDatabase()) {
                // What goes wrong before the first step or between two is no fault of the run.
                LOG.log(Level.WARNING, "{0} begins anew: {1}", kept.request().key(), e.describe());
                patience.doing(() -> queue.putBack(kept, Duration.ZERO, e.describe()));
            } else {
                failed(kept, e.code() + ": " + e.describe(), e, e.code().blame() != Blame.USER);
            }
        } catch (RuntimeException | Error e) {
            failed(kept, String.valueOf(e), e, true);
        }
    }

    /// A database that comes and goes does so only so often during one request.
    private boolean isPatientWith(Kept kept) {
        if (aways.size() > KNOWN_MAX) {
            aways.clear();
        }
        return aways.merge(kept.request().key(), 1, Integer::sum) <= AWAY_MAX;
    }

    private void failed(Kept kept, String error, Throwable e, boolean mayRepeat) {
        LOG.log(Level.ERROR, "the request " + kept.request().key() + " failed", e);
        try {
            patience.doing(() -> queue.failed(kept, Optional.empty(), error, mayRepeat));
        } catch (RuntimeException unwritten) {
            LOG.log(Level.ERROR, "and that could not be noted", unwritten);
        }
    }

    /// Stops to work: what is under way is told to stop, and given back to the queue.
    @Override
    public void close() {
        closing.countDown();
        working.values().forEach(cancelled -> cancelled.set(true));
        try {
            loop.join(STOP_MAX);
            if (!places.tryAcquire(placesTotal, STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
                LOG.log(Level.WARNING, "runs did not stop in time; they are taken over by the next process");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
