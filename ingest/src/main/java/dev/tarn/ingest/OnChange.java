package dev.tarn.ingest;

/// What to do when a file that was loaded has another size or time of change now.
public enum OnChange {
    /// Its rows are replaced by what it holds now.
    RELOAD,
    /// The load fails.
    REFUSE,
    /// The rows as first loaded stay.
    IGNORE
}
