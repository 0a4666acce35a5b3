package dev.tarn.ingest;

/// The formats of files.
public enum FileFormat {
    CSV,
    /// One document, or one object a line; the file says which.
    JSON,
    /// One object a line.
    NDJSON,
    PARQUET
}
