package dev.tarn.query;

import java.time.Duration;

/// The limits of statements.
///
/// @param catalog the catalog's name in SQL
/// @param queryTimeMax how long a statement may run
/// @param resultRowsMax how many rows a statement may answer with
/// @param pageRows rows of one page of a result
/// @param planCacheEntries compiled statements kept, 0 to compile each anew
/// @param statementCharsMax the longest statement text that is read
/// @param hotBytesMax how much memory copies of often read columns may take, within DuckDB's limit; 0 for no copies
public record QueryConfig(
        String catalog,
        Duration queryTimeMax,
        long resultRowsMax,
        int pageRows,
        int planCacheEntries,
        int statementCharsMax,
        long hotBytesMax) {

    /// The defaults.
    public static QueryConfig defaults() {
        return new QueryConfig(QuerySession.CATALOG, Duration.ofHours(1), 100_000_000L, 1_000, 512, 1_000_000, 0);
    }
}
