package dev.tarn.query.duckdb;

import java.util.List;
import java.util.Set;

/// A planned read of a table.
///
/// @param sql a DuckDB table expression in parentheses, to stand after FROM with an alias
/// @param files the data files with the deletes that apply to each
/// @param rows the rows in these files, deleted ones included
/// @param bytes the size of these files
/// @param opened the locations of the files, deletes included, that running it opens
public record Scan(String sql, List<ScanFile> files, long rows, long bytes, Set<String> opened) {}
