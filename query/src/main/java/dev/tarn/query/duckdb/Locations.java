package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;

/// Iceberg names files by location (`file:///lake/t/data/1.parquet` or a plain path); DuckDB by path.
public final class Locations {
    private Locations() {}

    /// The path on this machine.
    ///
    /// @throws TarnException `NOT_SUPPORTED` when the file is not on this machine's disks
    public static String path(String location) {
        if (location.startsWith("file:")) {
            String path = location.substring("file:".length());
            return path.startsWith("//") ? path.substring(path.indexOf('/', 2)) : path;
        } else if (location.startsWith("/")) {
            return location;
        }
        throw new TarnException(
                ErrorCode.NOT_SUPPORTED,
                "The embedded engine reads files on local disks only, not " + location
                        + "; query this table on a Trino cluster");
    }
}
