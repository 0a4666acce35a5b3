package dev.tarn.query.duckdb;

import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.types.Types;

/// What to read of a table.
///
/// @param snapshotId the snapshot; the table's current one when empty
/// @param filter what the rows will be filtered by anyway; files that cannot match are left out, but
///     rows that do not match may still come
/// @param columns which columns, in which order, under which names; found in the files by field id
/// @param about what to add about each row's file
public record ScanRequest(
        OptionalLong snapshotId, Expression filter, List<Types.NestedField> columns, Set<About> about) {
    public ScanRequest {
        columns = List.copyOf(columns);
        about = Set.copyOf(about);
    }

    /// @param position whether to add [About#POSITION]
    public ScanRequest(OptionalLong snapshotId, Expression filter, List<Types.NestedField> columns, boolean position) {
        this(snapshotId, filter, columns, position ? Set.of(About.POSITION) : Set.of());
    }

    /// Columns that say where a row stands.
    public enum About {
        /// `$path` (the data file's location, VARCHAR), `$pos` (its row number there from 0, BIGINT) and `$row_id`,
        /// which is both in one BIGINT ([RowIds]).
        POSITION,
        /// `$partition`, VARCHAR: the partition's path, such as `day=2020-01-01`; empty without partitions.
        PARTITION,
        /// `$file_modified_time`, TIMESTAMPTZ.
        MODIFIED,
        /// [RowLineage#ID] and [RowLineage#SEQUENCE], BIGINT.
        LINEAGE
    }
}
