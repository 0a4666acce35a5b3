package dev.tarn.query.duckdb;

import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// What format version 3 knows of a row beyond its values: an id that it keeps for as long as it lives, and the
/// sequence number of the commit that last changed it.
///
/// A file says both of its rows as a whole: the first row's id, from which the others count on, and its own sequence
/// number. Rows that were written before into another file carry them along in two columns of their own.
public final class RowLineage {
    /// The row's id in a query; null in files from before the table had version 3.
    public static final String ID = "$lineage_id";

    /// The sequence number of its last change in a query; null where the id is.
    public static final String SEQUENCE = "$lineage_sequence";

    private static final String STORED = "$stored ";
    private static final int FORMAT_VERSION_MIN = 3;

    private RowLineage() {}

    /// Whether a table's rows have it. A table with columns of those names could not have them twice in its files.
    public static boolean isKept(Table table) {
        return table instanceof HasTableOperations operations
                && operations.operations().current().formatVersion() >= FORMAT_VERSION_MIN
                && written().stream().allMatch(field -> table.schema().caseInsensitiveFindField(field.name()) == null);
    }

    /// The columns of files that hold it, under the names they have while they are read.
    static List<Types.NestedField> stored() {
        return List.of(
                renamed(MetadataColumns.ROW_ID, STORED + ID),
                renamed(MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER, STORED + SEQUENCE));
    }

    private static Types.NestedField renamed(Types.NestedField field, String name) {
        return Types.NestedField.from(field).withName(name).build();
    }

    /// The SQL of both, from what the rows of the files carry, the file's index and the row's position.
    static List<String> read(List<DataFile> files, String fileIndex, String position) {
        List<@Nullable Long> firstIds = new ArrayList<>();
        List<@Nullable Long> sequences = new ArrayList<>();
        for (DataFile file : files) {
            // What a template says of its file must be told from what is true of any.
            boolean standIn = file.location().startsWith(ScanSql.STAND_IN);
            firstIds.add(standIn ? Long.valueOf(file.recordCount()) : file.firstRowId());
            sequences.add(file.firstRowId() == null ? null : file.dataSequenceNumber());
        }
        return List.of(
                "COALESCE(" + SqlText.identifier(STORED + ID) + ", " + ofFile(firstIds, fileIndex) + " + " + position
                        + ") AS " + SqlText.identifier(ID),
                "COALESCE(" + SqlText.identifier(STORED + SEQUENCE) + ", " + ofFile(sequences, fileIndex) + ") AS "
                        + SqlText.identifier(SEQUENCE));
    }

    private static String ofFile(List<@Nullable Long> numbers, String fileIndex) {
        return "list_extract(" + FilesSql.numbers(numbers) + ", " + fileIndex + " + 1)";
    }

    /// The SQL that writes both from a query that has them.
    static List<String> write() {
        return List.of(
                written(ID, MetadataColumns.ROW_ID), written(SEQUENCE, MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER));
    }

    private static String written(String column, Types.NestedField field) {
        return "CAST(" + SqlText.identifier(column) + " AS BIGINT) AS " + SqlText.identifier(field.name());
    }

    /// The columns as files have them.
    static List<Types.NestedField> written() {
        return List.of(MetadataColumns.ROW_ID, MetadataColumns.LAST_UPDATED_SEQUENCE_NUMBER);
    }
}
