package dev.tarn.query.duckdb;

import java.nio.file.Path;
import java.util.List;

/// What a DuckDB instance may use.
///
/// @param memoryBytes the limit on its buffers; what needs more spills to disk or fails
/// @param threads how many threads one process-wide pool has
/// @param spillFolder where sorts, joins and aggregates spill; created when missing
/// @param folders the only folders, with all below them, whose files it can read or write
/// @param files single files that it can read besides
public record DuckDbConfig(long memoryBytes, int threads, Path spillFolder, List<Path> folders, List<Path> files) {
    public DuckDbConfig {
        if (memoryBytes < 64L << 20) {
            throw new IllegalArgumentException("DuckDB needs 64 MB at least, not " + memoryBytes + " bytes");
        }
        if (threads < 1) {
            throw new IllegalArgumentException("DuckDB needs a thread at least");
        }
        folders = List.copyOf(folders);
        files = List.copyOf(files);
    }

    /// An instance that sees one folder, the warehouse.
    public static DuckDbConfig of(long memoryBytes, int threads, Path spillFolder, Path warehouse) {
        return new DuckDbConfig(memoryBytes, threads, spillFolder, List.of(warehouse), List.of());
    }
}
