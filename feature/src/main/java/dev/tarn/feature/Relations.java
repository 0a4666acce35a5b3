package dev.tarn.feature;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the feature stage reaches tables: a query in Trino's SQL becomes a DuckDB statement over fixed snapshots.
public interface Relations {
    /// @param sql a DuckDB statement; its columns are named `c0`, `c1`, …
    /// @param columns the query's own names and Trino types
    /// @param snapshots what is read, by `schema.table`
    record Relation(String sql, List<Column> columns, Map<String, Long> snapshots) {
        public Relation {
            columns = List.copyOf(columns);
            snapshots = Map.copyOf(snapshots);
        }
    }

    /// A column of a query.
    record Column(String name, String type) {}

    /// A query over only the rows that were added to a table; closing it forgets how.
    interface Added extends AutoCloseable {
        Relation relation();

        @Override
        void close();
    }

    /// Compiles a query.
    ///
    /// @param snapshots the snapshots to read of some tables, by `schema.table`; others at the current one
    /// @throws dev.tarn.core.error.TarnException what is wrong with the query, in the engine's words
    Relation compile(String trinoSql, Map<String, Long> snapshots);

    /// Compiles a query over the rows that a table got after one snapshot and up to another.
    ///
    /// @param trinoSql a query that reads only this table
    /// @return empty when rows were changed or removed between the two, or the first is no longer known
    Optional<Added> added(String trinoSql, String table, long after, long upTo);

    /// A number that changes whenever a run is published, with the tables and not a moment later; who reads it may do
    /// so for every request. Always the same where nothing is published.
    default long published() {
        return 0;
    }

    /// Whether a table exists.
    boolean exists(String table);

    /// Runs a statement that gives no rows.
    void execute(String trinoSql);

    /// A connection of its own to the DuckDB that compiled statements run on. The caller closes it.
    Connection connect();
}
