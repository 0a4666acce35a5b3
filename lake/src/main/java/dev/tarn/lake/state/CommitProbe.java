package dev.tarn.lake.state;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteDataSource;

/// Notices commits to a SQLite file by any connection of any process: a connection that never writes, and asks for
/// SQLite's `data_version`.
final class CommitProbe implements AutoCloseable {
    private final SQLiteDataSource source;
    private final ReentrantLock one = new ReentrantLock();
    private @Nullable Connection connection;
    private @Nullable PreparedStatement statement;
    private boolean closed;

    CommitProbe(SQLiteDataSource source) {
        this.source = source;
    }

    long version() throws SQLException {
        one.lock();
        try {
            PreparedStatement asking = statement;
            if (asking == null) {
                if (closed) {
                    throw new TarnException(ErrorCode.UNAVAILABLE, "the database is closed");
                }
                Connection opened = source.getConnection();
                connection = opened;
                asking = opened.prepareStatement("PRAGMA data_version");
                statement = asking;
            }
            try (ResultSet answer = asking.executeQuery()) {
                answer.next();
                return answer.getLong(1);
            }
        } finally {
            one.unlock();
        }
    }

    @Override
    public void close() {
        one.lock();
        try {
            closed = true;
            if (connection != null) {
                connection.close();
                connection = null;
                statement = null;
            }
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.DATABASE_FAILED, "a connection did not close: " + e.getMessage(), e);
        } finally {
            one.unlock();
        }
    }
}
