package dev.tarn.ingest.read;

import java.nio.file.Path;
import java.util.List;

/// Rows of one or more files with the same columns, as a plain Parquet file: `f`, the file's number; `l`, the
/// line; and a column `v0`, `v1`, … for each of the files' columns.
///
/// @param path the chunk, in the spill folder
/// @param columns the columns of the records, as their files name them
/// @param json whether there is one column, which holds JSON
/// @param rows how many rows it holds
/// @param firstFile the number of the first file in it
/// @param lastFile the number of the last
public record Chunk(Path path, List<String> columns, boolean json, long rows, int firstFile, int lastFile) {}
