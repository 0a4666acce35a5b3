package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.ArrowBatches;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryResult;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SessionChanges;
import dev.tarn.query.compile.DuckType;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;
import org.jspecify.annotations.Nullable;

/// A compiled query running on a DuckDB connection of its own; DuckDB computes as rows are asked for.
final class DuckResult implements QueryResult {
    private final String queryId;
    // Held to the end: its functions in Java live as long.
    private final CompiledQuery query;
    private final QueryConfig config;
    private final Connections connections;
    private final DuckDBConnection connection;
    private final Statement statement;
    private final ResultSet rows;
    private final boolean plain;
    private final Deadline deadline;
    private final Runnable ended;
    private long given;
    private boolean over;
    private boolean drained;

    private DuckResult(
            String queryId,
            CompiledQuery query,
            QueryConfig config,
            Connections connections,
            DuckDBConnection connection,
            Statement statement,
            ResultSet rows,
            Deadline deadline,
            Runnable ended)
            throws SQLException {
        this.queryId = queryId;
        this.query = query;
        this.config = config;
        this.connections = connections;
        this.connection = connection;
        this.statement = statement;
        this.rows = rows;
        this.plain = rows.getStatement().equals(statement);
        this.deadline = deadline;
        this.ended = ended;
    }

    /// Starts the statement.
    ///
    /// @param ended run once when the statement is over
    static DuckResult start(
            String queryId,
            CompiledQuery query,
            QueryConfig config,
            Duration timeMax,
            Connections connections,
            Runnable ended) {
        Deadline deadline = null;
        DuckDBConnection connection = null;
        try {
            connection = connections.take();
            Statement statement = connection.createStatement();
            deadline = new Deadline(statement, timeMax);
            ResultSet rows = rows(connection, statement, query.duckSql());
            return new DuckResult(queryId, query, config, connections, connection, statement, rows, deadline, ended);
        } catch (SQLException e) {
            TarnException failure = deadline == null ? Failures.of(e) : deadline.explain(e);
            if (deadline != null) {
                deadline.close();
            }
            if (connection != null) {
                closeQuietly(connection);
            }
            ended.run();
            throw failure;
        } catch (RuntimeException e) {
            ended.run();
            throw e;
        }
    }

    /// The rows of a statement, or the reason why there are none.
    static ResultSet rows(DuckDBConnection connection, Statement statement, String sql) throws SQLException {
        try {
            return statement.executeQuery(sql);
        } catch (SQLException e) {
            if (!String.valueOf(e.getMessage()).contains("Invalid result set")) {
                throw e;
            }
            // It failed so early that the driver lost the reason, which it gives when it waits for all rows.
            Statement again = connection.createStatement(); // closed with its connection
            again.execute("SET SESSION jdbc_stream_results = false");
            return again.executeQuery(sql);
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // What ended badly has been reported already.
        }
    }

    @Override
    public String queryId() {
        return queryId;
    }

    @Override
    public List<ResultColumn> columns() {
        return query.columns();
    }

    @Override
    public List<List<@Nullable Object>> next() {
        List<List<@Nullable Object>> page = new ArrayList<>();
        // DuckDB notices an interrupt while it computes, but not when it hands out rows that it has.
        deadline.check();
        try {
            while (page.size() < config.pageRows()) {
                if (!rows.next()) {
                    drained = true;
                    break;
                }
                List<@Nullable Object> row = new ArrayList<>(query.columns().size());
                for (int i = 0; i < query.columns().size(); i++) {
                    ResultColumn column = query.columns().get(i);
                    row.add(Rows.value(column.type(), column.zone(), rows.getObject(i + 1)));
                }
                page.add(row);
            }
        } catch (SQLException e) {
            throw deadline.explain(e);
        }
        given(page.size());
        return page;
    }

    private void given(int more) {
        given += more;
        if (given > config.resultRowsMax()) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "The statement answers with more than " + config.resultRowsMax()
                            + " rows, the limit; add a LIMIT, or write the rows to a table with CREATE TABLE AS");
        }
    }

    @Override
    public Optional<ArrowBatches> arrow(BufferAllocator allocator, int batchRows) {
        deadline.check();
        try {
            if (!isAsPlanned(rows.getMetaData())) {
                return Optional.empty();
            }
            Object reader = rows.unwrap(DuckDBResultSet.class).arrowExportStream(allocator, batchRows);
            return Optional.of(new Batches((ArrowReader) reader));
        } catch (SQLException e) {
            throw deadline.explain(e);
        }
    }

    /// Whether DuckDB's columns have the very types that the plan's types stand for; rows are converted one by one,
    /// and forgive others.
    private boolean isAsPlanned(ResultSetMetaData made) throws SQLException {
        for (int i = 0; i < query.columns().size(); i++) {
            String planned =
                    DuckType.of(query.columns().get(i).type()).replace("TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE");
            if (!planned.replace("\"", "").equals(made.getColumnTypeName(i + 1).replace("\"", ""))) {
                return false;
            }
        }
        return true;
    }

    private final class Batches implements ArrowBatches {
        private final ArrowReader reader;

        Batches(ArrowReader reader) {
            this.reader = reader;
        }

        @Override
        public @Nullable VectorSchemaRoot next() {
            deadline.check();
            try {
                if (!reader.loadNextBatch()) {
                    return null;
                }
                VectorSchemaRoot batch = reader.getVectorSchemaRoot();
                given(batch.getRowCount());
                return batch;
            } catch (IOException e) {
                throw deadline.explain(new SQLException(e.getMessage(), e));
            }
        }

        @Override
        public void close() {
            closeQuietly(reader);
        }
    }

    @Override
    public Optional<String> updateType() {
        return Optional.empty();
    }

    @Override
    public OptionalLong updateCount() {
        return OptionalLong.empty();
    }

    @Override
    public SessionChanges sessionChanges() {
        return SessionChanges.NONE;
    }

    @Override
    public void cancel() {
        deadline.cancel();
    }

    @Override
    public void close() {
        deadline.close();
        closeQuietly(rows);
        closeQuietly(statement);
        if (over) {
            return;
        }
        over = true;
        try {
            if (drained && deadline.isUnused() && plain) {
                connections.giveBack(connection);
            } else {
                connection.close();
            }
        } catch (SQLException e) {
            // As above.
        } finally {
            ended.run();
        }
    }
}
