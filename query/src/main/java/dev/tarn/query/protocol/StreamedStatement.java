package dev.tarn.query.protocol;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.QuerySession;
import dev.tarn.query.SqlError;
import dev.tarn.query.StatementInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A statement whose rows flow to its client on one thread while it runs, instead of being asked for answer by answer.
final class StreamedStatement {
    private final String id;
    private final QuerySession session;
    private final String sql;
    private final Cancellation cancellation;
    private final Instant created = Instant.now();
    private final long createdNanos = System.nanoTime();

    // All below is guarded by this.
    private Statement.State state = Statement.State.QUEUED;
    private long startedNanos;
    private long endedNanos;
    private long rows;
    private @Nullable TarnException reason;
    private @Nullable SqlError error;

    StreamedStatement(String id, QuerySession session, String sql, Cancellation cancellation) {
        this.id = id;
        this.session = session;
        this.sql = sql;
        this.cancellation = cancellation;
    }

    String id() {
        return id;
    }

    synchronized void reached(Statement.State next) {
        if (startedNanos == 0) {
            startedNanos = System.nanoTime();
        }
        state = next;
    }

    synchronized void made(long more) {
        rows += more;
    }

    void cancel(TarnException why) {
        synchronized (this) {
            if (state.ended() || reason != null) {
                return;
            }
            reason = why;
        }
        cancellation.cancel();
    }

    /// @param failure null when it went well
    /// @return the failure as the client is told it
    synchronized @Nullable Throwable ended(@Nullable Throwable failure) {
        Throwable told = failure != null && reason != null ? reason : failure;
        if (told instanceof InterruptedException) {
            told = new TarnException(ErrorCode.CANCELLED, "the statement was cancelled", told);
        }
        endedNanos = System.nanoTime();
        state = told == null ? Statement.State.FINISHED : Statement.State.FAILED;
        error = told == null ? null : SqlError.of(told);
        return told;
    }

    synchronized StatementInfo info() {
        long until = state.ended() ? endedNanos : System.nanoTime();
        return new StatementInfo(
                id,
                state.name(),
                session.identity(),
                sql,
                created,
                Duration.ofNanos((startedNanos == 0 ? until : startedNanos) - createdNanos),
                Duration.ofNanos(until - createdNanos),
                rows,
                Optional.ofNullable(error));
    }
}
