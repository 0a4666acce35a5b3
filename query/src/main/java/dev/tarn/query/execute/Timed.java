package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.iceberg.Table;

/// The DuckDB statements that one write runs one after the other, within one time.
final class Timed implements AutoCloseable {
    private final Duration timeMax;
    private final long end;
    private volatile Deadline deadline;

    Timed(Duration timeMax) {
        this.timeMax = timeMax;
        this.end = System.nanoTime() + timeMax.toNanos();
    }

    /// To be told of each statement before it runs.
    Consumer<Statement> started() {
        return statement -> {
            close();
            Duration left = Duration.ofNanos(Math.max(1, end - System.nanoTime()));
            deadline = new Deadline(statement, left);
        };
    }

    /// @throws TarnException when the statement that runs was stopped
    void check() {
        Deadline last = deadline;
        if (last != null) {
            last.check();
        }
    }

    /// What is done to a table within the time.
    interface Work<T> {
        T run() throws SQLException;
    }

    /// Does it; a failure names the table, and is the time's doing if that stopped a statement.
    <T> T on(Table table, Work<T> work) {
        try {
            return work.run();
        } catch (SQLException e) {
            throw explain(new TarnException(ErrorCode.INTERNAL_ERROR, String.valueOf(e.getMessage()), e))
                    .in("table", table.name());
        } catch (TarnException e) {
            throw explain(e).in("table", table.name());
        }
    }

    /// A failure of the work, which is the time's doing if that stopped a statement.
    TarnException explain(TarnException failure) {
        if (System.nanoTime() >= end && failure.code() == ErrorCode.CANCELLED) {
            return new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "The statement ran longer than " + timeMax.toSeconds()
                            + " seconds, the limit; raise limits.query-time in tarn.yml or change fewer rows at once",
                    new TrinoException(
                            StandardErrorCode.EXCEEDED_TIME_LIMIT, "Query exceeded the time limit", failure));
        }
        Deadline last = deadline;
        return failure.getCause() instanceof SQLException sql && last != null ? last.explain(sql) : failure;
    }

    @Override
    public void close() {
        if (deadline != null) {
            deadline.close();
        }
    }
}
