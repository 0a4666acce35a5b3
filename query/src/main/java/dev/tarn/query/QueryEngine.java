package dev.tarn.query;

import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.execute.DuckQueryEngine;
import dev.tarn.query.lineage.ColumnLineage;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;

/// Runs statements in Trino's SQL over the lake. Safe for any number of threads.
///
/// Every failure is a `TarnException`; [SqlError#of] gives it in Trino's own codes and with its position.
public interface QueryEngine extends AutoCloseable {
    /// The embedded engine over a lake. Takes a second or two of work, and may run beside other start-up.
    static QueryEngine start(Lake lake, DuckDb duckDb, QueryConfig config) {
        return start(lake, duckDb, config, ServedModels.none());
    }

    /// The same, with the functions `predict.MODEL`.
    static QueryEngine start(Lake lake, DuckDb duckDb, QueryConfig config, ServedModels models) {
        return new DuckQueryEngine(lake, duckDb, config, models);
    }

    /// Starts to run one statement; its rows are then read from the result, which must be closed.
    default QueryResult execute(QuerySession session, String sql) {
        return execute(session, sql, new Cancellation());
    }

    /// The same, for a caller that may want to stop it before there is a result.
    QueryResult execute(QuerySession session, String sql, Cancellation cancellation);

    /// Says who knows the statements that run or ran, for `system.runtime.queries`.
    default void statements(Supplier<List<StatementInfo>> source) {}

    /// Names and types of a query's columns, without running it.
    List<ResultColumn> describe(QuerySession session, String sql);

    /// A query as one DuckDB statement over fixed snapshots, for those who run it themselves: training sets,
    /// point-in-time joins.
    CompiledQuery compile(QuerySession session, String sql);

    /// Where the columns of a query come from, or of the query whose rows a statement writes. Views count as what they
    /// are called by, not as what they read.
    ColumnLineage lineage(QuerySession session, String sql);

    /// Runs a statement of DuckDB's that was made of compiled ones, with their functions; what it may read is what
    /// they read.
    QueryResult run(QuerySession session, CompiledQuery query);

    /// What the predictions in a statement's text are pinned to now, such as `card_fraud version 3`. Reads the text
    /// only: its tables need not be there.
    Set<String> predictions(String sql);

    /// Writes a query's rows to data files of a table, which are durable and not committed.
    ///
    /// @param target whose columns the query's columns are named after
    List<DataFile> write(QuerySession session, String sql, Table target);

    /// Trino's plan of a query and the DuckDB statement it becomes.
    String explain(QuerySession session, String sql);

    @Override
    void close();
}
