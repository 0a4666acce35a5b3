package dev.tarn.lake;

import dev.tarn.lake.state.DatabaseConfig;
import java.nio.file.Path;

/// What a lake needs to open.
///
/// @param name the catalog's name, as clients see it
/// @param warehouse where the tables' files live: a folder's path, or `file:///…`
/// @param database where the catalog's pointers and every other part's state live
public record LakeConfig(String name, String warehouse, DatabaseConfig database) {
    /// The name that the catalog has unless told otherwise.
    public static final String DEFAULT_NAME = "tarn";

    /// A lake in a folder of its own: `warehouse/` and `tarn.db` below it.
    public static LakeConfig inFolder(Path folder) {
        return new LakeConfig(
                DEFAULT_NAME,
                folder.resolve("warehouse").toAbsolutePath().toString(),
                new DatabaseConfig.Sqlite(folder.resolve("tarn.db").toAbsolutePath()));
    }
}
