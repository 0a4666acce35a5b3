package dev.tarn.query;

import java.util.List;
import java.util.OptionalLong;

/// A SELECT compiled to one DuckDB statement over the files of fixed snapshots. Its text can be run on any
/// connection of the engine's DuckDB, or placed in parentheses as a relation of a larger statement; its columns
/// carry the positions' names `c0`, `c1`, … so that duplicate names do no harm.
///
/// @param duckSql the statement
/// @param columns its columns in order, with the names and types that the statement has in Trino
/// @param reads what it reads
/// @param files the locations of the files that it opens
/// @param functions what the text calls in Java: lives while somebody holds the query
public record CompiledQuery(
        String duckSql, List<ResultColumn> columns, List<TableRead> reads, List<String> files, List<Object> functions) {
    public CompiledQuery {
        functions = List.copyOf(functions);
        files = List.copyOf(files);
        columns = List.copyOf(columns);
        reads = List.copyOf(reads);
    }

    /// A table and the snapshot of it that is read (none for a table without rows).
    public record TableRead(String schema, String table, OptionalLong snapshotId) {}
}
