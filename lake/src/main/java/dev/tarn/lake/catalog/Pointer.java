package dev.tarn.lake.catalog;

import org.jspecify.annotations.Nullable;

/// What a name in the catalog stands for: a table or a view, and the metadata file that is its present state.
///
/// @param kind whether it is a table or a view
/// @param location the metadata file
/// @param uuid the table's or view's own identity, which renaming keeps
public record Pointer(Kind kind, String location, String uuid) {
    /// What can stand under a name.
    public enum Kind {
        TABLE,
        VIEW
    }

    /// Whether two pointers, either of which may be absent, are the same state.
    static boolean same(@Nullable Pointer one, @Nullable Pointer other) {
        return one == null ? other == null : other != null && one.location.equals(other.location);
    }
}
