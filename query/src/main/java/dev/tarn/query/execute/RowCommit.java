package dev.tarn.query.execute;

import dev.tarn.query.duckdb.DeleteFileWriter.Deletes;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.execute.FileChanges.How;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.RowDelta;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.util.ContentFileUtil;
import org.apache.iceberg.util.SnapshotUtil;

/// The commit of a row-level change, with everything that must still hold of the table.
///
/// @param read the table as the statement read it
/// @param snapshotId the snapshot that was read
/// @param filter what every row that matters to the statement satisfies
/// @param serializable whether such rows that others added since are a conflict; rows that others deleted or updated
///     always are
record RowCommit(
        Table read,
        OptionalLong snapshotId,
        Expression filter,
        boolean serializable,
        FileChanges changes,
        List<DataFile> added,
        Deletes deletes) {

    /// Stages the change on the table's present state.
    ///
    /// @throws ValidationException when it no longer fits
    void stage(Table table) {
        requireSame(table);
        RowDelta delta = table.newRowDelta().conflictDetectionFilter(filter).validateDeletedFiles();
        snapshotId.ifPresent(delta::validateFromSnapshot);
        if (serializable) {
            delta.validateNoConflictingDataFiles();
        }
        delta.validateNoConflictingDeleteFiles();
        List<ScanFile> gone = new ArrayList<>(changes.with(How.DROP).values());
        gone.addAll(changes.with(How.REWRITE).values());
        gone.forEach(file -> delta.removeRows(file.file()));
        ownDeletes(gone).forEach(delta::removeDeletes);
        added.forEach(delta::addRows);
        deletes.added().forEach(delta::addDeletes);
        deletes.replaced().forEach(delta::removeDeletes);
        delta.validateDataFilesExist(changes.with(How.DELETES).values().stream()
                .map(file -> file.file().location())
                .toList());
        delta.commit();
    }

    /// The position deletes that say something about the removed files only; Iceberg drops vectors by itself.
    private static List<DeleteFile> ownDeletes(List<ScanFile> gone) {
        Map<String, DeleteFile> own = new LinkedHashMap<>();
        for (ScanFile file : gone) {
            for (DeleteFile delete : file.deletes()) {
                if (!ContentFileUtil.isDV(delete) && ContentFileUtil.isFileScoped(delete)) {
                    own.put(delete.location(), delete);
                }
            }
        }
        return List.copyOf(own.values());
    }

    private void requireSame(Table table) {
        Snapshot current = table.currentSnapshot();
        boolean same = table.uuid().equals(read.uuid())
                && (snapshotId.isEmpty()
                        || (current != null
                                && SnapshotUtil.isAncestorOf(table, current.snapshotId(), snapshotId.getAsLong())));
        if (!same) {
            throw new ValidationException("Table %s was replaced or rolled back meanwhile", table.name());
        }
    }
}
