package dev.tarn.query.protocol;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SessionChanges;
import dev.tarn.query.SqlError;
import dev.tarn.query.StatementInfo;
import io.trino.client.ClientCapabilities;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One statement of a client. A thread of its own runs it and fills a buffer with rows; the client's
/// requests empty it. A full buffer stops the thread, so that a client which reads slowly or not at all
/// holds no more than one buffer and one answer. For a client that asked for an encoding the thread makes segments
/// of full buffers, and stops when a few of them wait.
///
/// Each answer has a number. Asking for the last number again gives the same answer; asking for the next one
/// tells that the last arrived, and lets it go.
final class Statement {
    /// Rows in the answer after which there is none are kept for a while, for a client that did not get it.
    private static final int LAST_BYTES_MAX = 16 << 10;

    private final String id;
    private final String slug;
    private final String sql;
    private final ClientRequest client;
    private final ProtocolLimits limits;
    private final Consumer<StatementInfo> ended;
    private final Cancellation cancellation = new Cancellation();
    private final Instant created = Instant.now();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();

    // All below is guarded by the lock.
    private State state = State.QUEUED;
    private @Nullable Thread worker;
    private @Nullable RowsJson buffer;
    private final @Nullable Segments segments; // null for a client that reads rows within the answers
    private final Deque<Segment> ready = new ArrayDeque<>(); // made of earlier rows than the buffer's
    private @Nullable List<ResultColumn> columns; // null until known; a statement without rows has none
    private @Nullable LegacyDateTime legacy;
    private SessionChanges changes = SessionChanges.NONE;
    private Optional<String> updateType = Optional.empty();
    private OptionalLong updateCount = OptionalLong.empty();
    private @Nullable SqlError error;
    private long rows;
    private long answer = -1;
    private @Nullable Answer lastAnswer;
    private long startedNanos;
    private long lastAskedNanos = System.nanoTime();
    private final long createdNanos = lastAskedNanos;
    private long endedNanos;

    /// How far a statement is; the names are Trino's.
    enum State {
        QUEUED,
        PLANNING,
        RUNNING,
        FINISHED,
        FAILED;

        boolean ended() {
            return this == FINISHED || this == FAILED;
        }
    }

    /// One answer to the client.
    ///
    /// @param data the rows; null when there are none
    /// @param more whether the client should ask for the next answer
    record Answer(
            State state,
            @Nullable List<ResultColumn> columns,
            @Nullable AnswerRows data,
            boolean more,
            SessionChanges changes,
            Optional<String> updateType,
            OptionalLong updateCount,
            @Nullable SqlError error,
            long rows,
            Duration queued,
            Duration elapsed) {}

    /// @param ended is told once, after the statement ran
    Statement(
            String id,
            String slug,
            String sql,
            ClientRequest client,
            ProtocolLimits limits,
            Spool spool,
            Consumer<StatementInfo> ended) {
        this.id = id;
        this.slug = slug;
        this.sql = sql;
        this.client = client;
        this.limits = limits;
        this.ended = ended;
        this.segments = client.encoding()
                .map(encoding -> new Segments(encoding, spool, this))
                .orElse(null);
    }

    String id() {
        return id;
    }

    String slug() {
        return slug;
    }

    ClientRequest client() {
        return client;
    }

    /// Starts the statement when its client first asks for it, so that a lost answer to the first request
    /// leads to no statement that nobody waits for.
    void startOnce(Supplier<QueryEngine> engine, Semaphore running, Executor workers) {
        lock.lock();
        try {
            lastAskedNanos = System.nanoTime();
            if (worker == null && !state.ended()) {
                worker = Thread.ofVirtual().name("waiting-" + id).start(() -> admit(engine, running, workers));
            }
        } finally {
            lock.unlock();
        }
    }

    /// The answer with a number: the last one again, or the next one, for whose news it waits a little.
    ///
    /// @throws TarnException `NOT_FOUND` when the number is neither
    Answer answer(long number) throws InterruptedException {
        lock.lock();
        try {
            lastAskedNanos = System.nanoTime();
            if (number == answer && lastAnswer != null) {
                return lastAnswer;
            }
            if (number != answer + 1 || (lastAnswer != null && !lastAnswer.more())) {
                throw new TarnException(
                        ErrorCode.NOT_FOUND, "statement " + id + " has no answer " + number + " any more");
            }
            lastAnswer = null;
            long nanos = limits.news().toNanos();
            while (number != answer && !hasNews() && !state.ended() && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            nanos = limits.lull().toNanos();
            while (number != answer && !isFull() && !state.ended() && nanos > 0) {
                nanos = changed.awaitNanos(nanos);
            }
            if (number == answer && lastAnswer != null) {
                return lastAnswer; // the same request, sent twice, was answered while this one waited
            }
            answer = number;
            lastAnswer = next();
            lastAskedNanos = System.nanoTime();
            return lastAnswer;
        } finally {
            lock.unlock();
        }
    }

    /// Ends the statement; what it wrote and did not commit is gone.
    void cancel(TarnException reason) {
        lock.lock();
        try {
            if (state.ended()) {
                return;
            }
            end(State.FAILED, SqlError.of(reason));
            cancellation.cancel();
            if (worker != null) {
                worker.interrupt();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Keeps the statement from being taken for abandoned.
    void heartbeat() {
        locked(() -> lastAskedNanos = System.nanoTime());
    }

    boolean abandoned(long nowNanos) {
        lock.lock();
        try {
            return !state.ended()
                    && nowNanos - lastAskedNanos > limits.abandonedAfter().toNanos();
        } finally {
            lock.unlock();
        }
    }

    /// Whether it ended so long ago that its last answer is no longer asked for.
    boolean over(long nowNanos) {
        lock.lock();
        try {
            boolean answered = lastAnswer != null && !lastAnswer.more();
            Duration kept = answered ? limits.keptAfterEnd() : limits.abandonedAfter();
            return state.ended() && nowNanos - Math.max(endedNanos, lastAskedNanos) > kept.toNanos();
        } finally {
            lock.unlock();
        }
    }

    StatementInfo info() {
        lock.lock();
        try {
            return new StatementInfo(
                    id,
                    state.name(),
                    client.session().identity(),
                    sql,
                    created,
                    queued(),
                    elapsed(),
                    rows,
                    Optional.ofNullable(error));
        } finally {
            lock.unlock();
        }
    }

    private boolean hasNews() {
        return segments == null ? buffer != null : !ready.isEmpty();
    }

    private Answer next() {
        AnswerRows data = take();
        boolean more = !state.ended() || (data != null && data.bytes() > LAST_BYTES_MAX);
        return new Answer(
                more && state.ended() ? State.RUNNING : state,
                columns,
                data,
                more,
                changes,
                updateType,
                updateCount,
                more ? null : error,
                rows,
                queued(),
                elapsed());
    }

    /// All rows that wait for the client: whole segments if there are any, else what there is.
    private @Nullable AnswerRows take() {
        AnswerRows data = null;
        if (!ready.isEmpty() && segments != null) {
            data = new AnswerRows.Encoded(segments.encoding(), List.copyOf(ready));
            ready.clear();
        } else if (buffer != null) {
            data = segments == null
                    ? new AnswerRows.Plain(buffer.take())
                    : new AnswerRows.Encoded(segments.encoding(), List.of(segments.inline(buffer)));
            buffer = null;
        }
        changed.signalAll();
        return data;
    }

    /// Waits in line, then lets a platform thread run the statement: a virtual one would hold its carrier while DuckDB
    /// computes, and there are no more carriers than processors to answer everybody else.
    private void admit(Supplier<QueryEngine> engine, Semaphore running, Executor workers) {
        boolean handedOver = false;
        try {
            running.acquire();
            lock.lock();
            try {
                if (!state.ended()) {
                    state = State.PLANNING;
                    startedNanos = System.nanoTime();
                    workers.execute(() -> run(engine, running));
                    handedOver = true;
                }
            } finally {
                lock.unlock();
                if (!handedOver) {
                    running.release();
                }
            }
        } catch (Throwable failure) {
            locked(() -> end(State.FAILED, SqlError.of(unwrap(failure))));
        }
        if (!handedOver) {
            ended.accept(info());
        }
    }

    private void run(Supplier<QueryEngine> engine, Semaphore running) {
        locked(() -> worker = state.ended() ? null : Thread.currentThread());
        try {
            execute(engine.get());
            locked(() -> end(State.FINISHED, null));
        } catch (Throwable failure) {
            locked(() -> end(State.FAILED, SqlError.of(unwrap(failure))));
        } finally {
            locked(() -> worker = null);
            running.release();
            ended.accept(info());
        }
    }

    private void execute(QueryEngine engine) throws InterruptedException {
        try (QueryResult opened = engine.execute(client.session(), sql, cancellation)) {
            lock.lock();
            try {
                if (state.ended()) {
                    return;
                }
                state = State.RUNNING;
                List<ResultColumn> names = opened.columns();
                columns = names;
                updateType = opened.updateType();
                legacy = client.can(ClientCapabilities.PARAMETRIC_DATETIME)
                        ? null
                        : new LegacyDateTime(
                                names.stream().map(ResultColumn::type).toList());
            } finally {
                lock.unlock();
            }
            boolean answersRows = !opened.columns().isEmpty();
            for (var page = opened.next(); !page.isEmpty(); page = opened.next()) {
                if (answersRows) {
                    offer(page);
                }
            }
            cut(true);
            locked(() -> {
                changes = opened.sessionChanges();
                updateCount = opened.updateCount();
            });
        }
    }

    /// Adds rows to the buffer, after waiting until the client has made room, and makes a segment of a full one.
    private void offer(List<List<@Nullable Object>> page) throws InterruptedException {
        lock.lock();
        try {
            while (isFull() && !state.ended()) {
                changed.await();
            }
            if (state.ended()) {
                throw new InterruptedException();
            }
            if (buffer == null) {
                buffer = new RowsJson(legacy);
            }
            buffer.add(page);
            rows += page.size();
            changed.signalAll();
            if (buffer.size() < limits.segmentBytes()) {
                return;
            }
        } finally {
            lock.unlock();
        }
        cut(false);
    }

    /// A segment that waits within memory, because the spool is full, fills the place of all.
    private boolean isFull() {
        if (segments == null) {
            return buffer != null && buffer.size() >= limits.bufferBytes();
        }
        return ready.size() >= limits.segmentsAhead() || ready.peekLast() instanceof Segment.Inline;
    }

    /// Makes a segment of the buffer; the client's requests are answered meanwhile.
    ///
    /// @param last whether these are the last rows, which go within the answer when they are few
    private void cut(boolean last) throws InterruptedException {
        if (segments == null) {
            return;
        }
        RowsJson cut;
        lock.lock();
        try {
            cut = buffer;
            buffer = null;
        } finally {
            lock.unlock();
        }
        if (cut == null) {
            return;
        }
        Segment segment = last && cut.size() <= limits.inlineBytes() ? segments.inline(cut) : segments.spooled(cut);
        lock.lock();
        try {
            if (state.ended()) {
                segments.discard(segment);
                throw new InterruptedException();
            }
            ready.add(segment);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void end(State last, @Nullable SqlError why) {
        if (!state.ended()) {
            state = last;
            error = why;
            endedNanos = System.nanoTime();
            if (why != null) {
                buffer = null;
                ready.forEach(segment -> {
                    if (segments != null) {
                        segments.discard(segment);
                    }
                });
                ready.clear();
            }
            changed.signalAll();
        }
    }

    private void locked(Runnable change) {
        lock.lock();
        try {
            change.run();
        } finally {
            lock.unlock();
        }
    }

    private Duration queued() {
        return Duration.ofNanos((startedNanos == 0 ? endOrNow() : startedNanos) - createdNanos);
    }

    private Duration elapsed() {
        return Duration.ofNanos(endOrNow() - createdNanos);
    }

    private long endOrNow() {
        return state.ended() ? endedNanos : System.nanoTime();
    }

    private static Throwable unwrap(Throwable failure) {
        return failure instanceof InterruptedException
                ? new TarnException(ErrorCode.CANCELLED, "the statement was cancelled", failure)
                : failure;
    }

    @Override
    public String toString() {
        return "Statement[" + id + ", " + TimeUnit.NANOSECONDS.toMillis(endOrNow() - createdNanos) + " ms]";
    }
}
