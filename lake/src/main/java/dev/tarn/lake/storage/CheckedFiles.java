package dev.tarn.lake.storage;

import java.util.Collection;
import java.util.List;
import org.apache.iceberg.io.FileIO;

/// Files whose bytes are compared with what was written.
///
/// Files that Java reads through [FileIO] are compared by themselves. Those that DuckDB opens must be named here
/// before.
public interface CheckedFiles {
    /// Compares files with the digests of what was written to them. A file is read whole once in a process, and again
    /// when its size or time is another.
    ///
    /// @throws dev.tarn.core.error.TarnException `DATA_CORRUPT` naming a file that has other bytes or is missing
    void check(Collection<String> locations);

    /// Takes the digests of files that were just written, to be saved with the next commit.
    void written(Collection<String> locations);

    /// Compares files where the store can.
    static void check(FileIO io, Collection<String> locations) {
        if (io instanceof CheckedFiles files) {
            files.check(locations);
        }
    }

    /// Takes the digests of new files where the store can.
    static void written(FileIO io, List<String> locations) {
        if (io instanceof CheckedFiles files) {
            files.written(locations);
        }
    }
}
