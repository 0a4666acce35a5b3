package dev.tarn.ingest;

import java.util.OptionalLong;

/// What a load did.
///
/// @param files how many files were new
/// @param rows how many rows they brought
/// @param rejects how many of their records were rejected
/// @param snapshot the table's snapshot after it; empty when there was nothing to load
public record LoadResult(int files, long rows, long rejects, OptionalLong snapshot) {
    static final LoadResult NOTHING = new LoadResult(0, 0, 0, OptionalLong.empty());

    LoadResult plus(LoadResult other) {
        return new LoadResult(
                files + other.files,
                rows + other.rows,
                rejects + other.rejects,
                other.snapshot.isPresent() ? other.snapshot : snapshot);
    }
}
