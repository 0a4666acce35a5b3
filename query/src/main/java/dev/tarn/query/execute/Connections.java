package dev.tarn.query.execute;

import dev.tarn.query.duckdb.DuckDb;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import org.duckdb.DuckDBConnection;

/// Connections that stream their results, for one query at a time each. A few idle ones are kept: opening one costs as
/// much as a small query. Queries leave nothing behind on a connection.
final class Connections implements AutoCloseable {
    private static final int IDLE_MAX = 16;

    private final DuckDb duckDb;
    private final Deque<DuckDBConnection> idle = new ArrayDeque<>(); // guarded by itself
    private boolean closed; // guarded by idle

    Connections(DuckDb duckDb) {
        this.duckDb = duckDb;
    }

    /// A connection whose results are computed as they are read, so that a long answer takes no memory.
    DuckDBConnection take() throws SQLException {
        synchronized (idle) {
            DuckDBConnection kept = idle.pollFirst();
            if (kept != null) {
                return kept;
            }
        }
        DuckDBConnection connection = duckDb.connect();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION jdbc_stream_results = true");
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    /// Takes back a connection whose query was read to its end.
    void giveBack(DuckDBConnection connection) throws SQLException {
        synchronized (idle) {
            if (!closed && idle.size() < IDLE_MAX) {
                idle.addFirst(connection);
                return;
            }
        }
        connection.close();
    }

    @Override
    public void close() {
        synchronized (idle) {
            closed = true;
            for (DuckDBConnection connection : idle) {
                try {
                    connection.close();
                } catch (SQLException e) {
                    throw Failures.of(e);
                }
            }
            idle.clear();
        }
    }
}
