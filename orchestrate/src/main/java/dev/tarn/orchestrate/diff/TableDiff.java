package dev.tarn.orchestrate.diff;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// How one table or view of an environment differs from the published one.
///
/// @param name `schema.name`
/// @param change what publishing would do to the name
/// @param columns columns that were added, removed or retyped
/// @param rows how many rows there are
/// @param compared how rows were matched, and what that found; empty when only one side exists
/// @param statistics of the columns that both sides have, where they differ or the table is new
public record TableDiff(
        String name,
        Change change,
        List<ColumnChange> columns,
        Rows rows,
        Optional<Compared> compared,
        List<ColumnStatistics> statistics) {
    public TableDiff {
        columns = List.copyOf(columns);
        statistics = List.copyOf(statistics);
    }

    /// What publishing would do to a name.
    public enum Change {
        ADDED,
        REMOVED,
        CHANGED
    }

    /// A column's types in Trino's words; empty where it is absent.
    public record ColumnChange(String column, Optional<String> before, Optional<String> after) {
        /// Whether who reads the table may break.
        public boolean breaking() {
            return before.isPresent();
        }
    }

    /// Rows published and rows in the environment; empty where there is no such table.
    public record Rows(OptionalLong before, OptionalLong after) {}

    /// Rows matched with each other.
    ///
    /// @param key the columns that they were matched by; empty when they were matched as a whole
    /// @param note why the key was not used, if it was not
    /// @param changed rows of one key with different values; 0 when matched as a whole
    /// @param changedByColumn in how many of the changed rows each column differs, most first
    /// @param samples a few rows that differ
    public record Compared(
            List<String> key,
            Optional<String> note,
            long added,
            long removed,
            long changed,
            List<ColumnCount> changedByColumn,
            List<Sample> samples) {
        public Compared {
            key = List.copyOf(key);
            changedByColumn = List.copyOf(changedByColumn);
            samples = List.copyOf(samples);
        }

        /// Whether no row differs.
        public boolean same() {
            return added == 0 && removed == 0 && changed == 0;
        }
    }

    /// A column and a number of rows.
    public record ColumnCount(String column, long rows) {}

    /// A row that differs.
    ///
    /// @param what `added`, `removed` or `changed`
    /// @param key the key's values, or the whole row's
    /// @param differences for a changed row: `column: before → after`
    public record Sample(String what, List<@Nullable String> key, List<String> differences) {}

    /// A column's values on both sides.
    public record ColumnStatistics(String column, Optional<Values> before, Optional<Values> after) {}

    /// What is known of a column's values.
    ///
    /// @param distinct different values, estimated
    /// @param min as text; null when there is no value
    public record Values(
            long nulls,
            long distinct,
            @Nullable String min,
            @Nullable String max) {}
}
