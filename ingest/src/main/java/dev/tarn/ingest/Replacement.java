package dev.tarn.ingest;

import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.Scan;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.duckdb.SqlText;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;

/// The rows that changed files brought before, taken out when the files are loaded again: data files that
/// hold some of them are written anew without them.
final class Replacement {
    private final List<String> paths;
    private final List<DataFile> removed = new ArrayList<>();
    private final List<DataFile> kept = new ArrayList<>();
    private OptionalLong snapshot = OptionalLong.empty();

    /// @param paths of the source files
    Replacement(List<String> paths) {
        this.paths = paths;
    }

    boolean isEmpty() {
        return paths.isEmpty();
    }

    /// Writes what stays.
    void write(Connection connection, Table table) {
        if (table.currentSnapshot() == null) {
            return;
        }
        snapshot = OptionalLong.of(table.currentSnapshot().snapshotId());
        ScanRequest request = new ScanRequest(
                snapshot,
                Expressions.in(Bookkeeping.SOURCE_FILE, paths.toArray()),
                table.schema().columns(),
                false);
        Scan scan = new ScanSql(new ManifestCache(0)).scan(table, request);
        if (scan.files().isEmpty()) {
            return;
        }
        scan.files().stream().map(ScanFile::file).forEach(removed::add);
        kept.addAll(DataFileWriter.write(
                connection,
                table,
                "SELECT * FROM " + scan.sql() + " WHERE NOT list_contains(" + SqlText.strings(paths) + ", "
                        + SqlText.identifier(Bookkeeping.SOURCE_FILE) + ")"));
    }

    /// Puts what stays and what is new in the place of what was.
    void commit(Table table, List<DataFile> added) {
        OverwriteFiles overwrite = table.newOverwrite();
        snapshot.ifPresent(overwrite::validateFromSnapshot);
        removed.forEach(overwrite::deleteFile);
        kept.forEach(overwrite::addFile);
        added.forEach(overwrite::addFile);
        overwrite.validateNoConflictingDeletes().commit();
    }

    void discard() {
        DataFileWriter.delete(kept);
    }
}
