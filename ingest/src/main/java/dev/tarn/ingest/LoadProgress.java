package dev.tarn.ingest;

/// Is told how far a load is, from the loading thread.
@FunctionalInterface
public interface LoadProgress {
    /// Tells nobody.
    LoadProgress NONE = (files, filesTotal, rows) -> {};

    /// @param files how many files are read
    /// @param filesTotal how many there are to read
    /// @param rows how many rows were written so far
    void at(int files, int filesTotal, long rows);
}
