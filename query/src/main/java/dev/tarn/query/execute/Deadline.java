package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.duckdb.Interrupts;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Stops a statement when its time is over or when somebody cancels it, and remembers which it was. It must be closed
/// before the statement's connection is.
final class Deadline implements AutoCloseable {
    private static final ScheduledExecutorService TIMER = timer();

    /// What may stop the statement that runs on this thread; bound while the engine executes one.
    static final ScopedValue<Cancellation> CANCELLATION = ScopedValue.newInstance();

    private static final long AGAIN_MILLIS = 100;

    private static ScheduledExecutorService timer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1, Thread.ofPlatform().daemon().name("query-deadlines").factory());
        // Else the alarms of an hour's statements stay, each with its connection.
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private enum Reason {
        NONE,
        CANCELLED,
        TIME
    }

    private final Connection connection;
    private final Duration timeMax;
    private final Future<?> alarm;
    private volatile Reason reason = Reason.NONE;
    private @Nullable Future<?> again; // guarded by this
    private boolean closed; // guarded by this

    Deadline(Statement statement, Duration timeMax) {
        try {
            this.connection = statement.getConnection();
        } catch (SQLException e) {
            throw Failures.of(e);
        }
        this.timeMax = timeMax;
        this.alarm = TIMER.schedule(() -> stop(Reason.TIME), timeMax.toMillis(), TimeUnit.MILLISECONDS);
        if (CANCELLATION.isBound()) {
            CANCELLATION.get().onCancel(this::cancel);
        }
    }

    /// @throws TarnException when whoever asked no longer wants it: nothing may be committed then
    static void checkWanted() {
        if (CANCELLATION.isBound()) {
            CANCELLATION.get().check();
        }
    }

    void cancel() {
        stop(Reason.CANCELLED);
    }

    /// Interrupts the statement until it is over: an interrupt before it has begun to compute would be lost.
    private synchronized void stop(Reason why) {
        if (closed || again != null) {
            return;
        }
        reason = why;
        again = TIMER.scheduleWithFixedDelay(this::interrupt, 0, AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    /// Holds off [#close], so that the connection is there.
    private synchronized void interrupt() {
        if (closed) {
            return;
        }
        try {
            Interrupts.interrupt(connection);
        } catch (SQLException e) {
            // Already over.
        }
    }

    /// @throws TarnException when the statement was stopped
    void check() {
        if (reason != Reason.NONE) {
            throw explain(new SQLException("the statement was stopped"));
        }
    }

    /// Whether it stopped nothing.
    boolean isUnused() {
        return reason == Reason.NONE;
    }

    /// The statement's failure, which is this deadline's doing if it stopped the statement.
    TarnException explain(SQLException failure) {
        return switch (reason) {
            case NONE -> Failures.of(failure);
            case CANCELLED ->
                new TarnException(
                        ErrorCode.CANCELLED,
                        "The statement was cancelled",
                        new TrinoException(StandardErrorCode.USER_CANCELED, "Query was canceled", failure));
            case TIME ->
                new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "The statement ran longer than " + timeMax.toSeconds()
                                + " seconds, the limit; raise limits.query-time in tarn.yml or ask for less",
                        new TrinoException(
                                StandardErrorCode.EXCEEDED_TIME_LIMIT, "Query exceeded the time limit", failure));
        };
    }

    @Override
    public synchronized void close() {
        closed = true;
        alarm.cancel(false);
        if (again != null) {
            again.cancel(false);
        }
    }
}
