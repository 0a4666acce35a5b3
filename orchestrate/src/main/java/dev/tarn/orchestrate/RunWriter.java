package dev.tarn.orchestrate;

import dev.tarn.lake.state.Database;
import dev.tarn.orchestrate.RunHistory.StepEnd;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// Writes down how a run goes: steps' ends, which wait until they are durable and share transactions when several
/// end at a time; what was said; and, every few seconds, that its process is alive. It also looks whether somebody
/// wants the run to stop.
final class RunWriter implements AutoCloseable {
    private static final Logger LOG = System.getLogger(RunWriter.class.getName());
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int BATCH_MAX = 500;

    private final String runId;
    private final RunHistory history;
    private final Patience patience;
    private final AtomicBoolean cancelled;
    private final RunLog log = new RunLog();
    private final BlockingQueue<Waiting> queue = new LinkedBlockingQueue<>();
    private final Thread writing;
    private final Thread watching;
    private final CountDownLatch closing = new CountDownLatch(1);

    /// @param end empty for the last one, which only ends the writing
    private record Waiting(Optional<StepEnd> end, CompletableFuture<Boolean> written) {}

    /// @param cancelled becomes true when the run is to stop
    RunWriter(String runId, RunHistory history, Database database, AtomicBoolean cancelled) {
        this.runId = runId;
        this.history = history;
        this.patience = new Patience(database);
        this.cancelled = cancelled;
        this.writing = Thread.ofVirtual().name("writes " + runId).start(this::write);
        this.watching = Thread.ofVirtual().name("heartbeat " + runId).start(this::watch);
    }

    RunLog log() {
        return log;
    }

    /// Notes a step's end and returns when that is durable. The steps of a plan bound the queue.
    void ended(StepEnd end) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        queue.add(new Waiting(Optional.of(end), written));
        try {
            written.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private void write() {
        boolean last = false;
        while (!last) {
            List<Waiting> batch = new ArrayList<>();
            try {
                Waiting first = queue.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
                if (first != null) {
                    batch.add(first);
                    queue.drainTo(batch, BATCH_MAX - 1);
                }
                last = batch.stream().anyMatch(each -> each.end().isEmpty());
                write(batch);
                batch.forEach(each -> each.written.complete(true));
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException | Error e) {
                LOG.log(Level.ERROR, "the history of the run " + runId + " cannot be written", e);
                batch.forEach(each -> each.written.completeExceptionally(e));
            }
        }
    }

    private void write(List<Waiting> batch) {
        List<RunLog.Line> lines = log.take();
        if (!batch.isEmpty() || !lines.isEmpty()) {
            List<StepEnd> ends =
                    batch.stream().flatMap(each -> each.end().stream()).toList();
            patience.doing(() -> history.steps(runId, ends, lines));
        }
    }

    private void watch() {
        long beat = System.nanoTime() + OwnProcess.HEARTBEAT.toNanos();
        while (true) {
            try {
                if (closing.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
                boolean due = System.nanoTime() >= beat;
                if (due) {
                    beat = System.nanoTime() + OwnProcess.HEARTBEAT.toNanos();
                }
                if (due ? history.heard(runId) : history.isToStop(runId)) {
                    cancelled.set(true);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "the run {0} cannot note that it is alive: {1}", runId, Runner.describe(e));
            }
        }
    }

    /// Writes what waits and ends.
    @Override
    public void close() {
        closing.countDown();
        queue.add(new Waiting(Optional.empty(), new CompletableFuture<>()));
        try {
            writing.join();
            watching.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
