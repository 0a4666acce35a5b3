package dev.tarn.query.execute;

import dev.tarn.query.duckdb.ScanFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.RowLevelOperationMode;
import org.apache.iceberg.Table;
import org.apache.iceberg.util.ContentFileUtil;

/// What becomes of each file that loses rows.
///
/// @param files the files by number
/// @param choice what is done to each
/// @param formatVersion the table's
record FileChanges(Map<Integer, ScanFile> files, Map<Integer, How> choice, int formatVersion) {
    /// Rows that may be copied rather than deleted from a file of their own: about what the delete file, its manifest
    /// entry and looking at it in every later scan cost.
    private static final long COPIED_FREELY = 10_000;

    /// How many rows may be copied to save later scans from passing over one deleted row.
    private static final long COPIED_PER_DELETED = 3;

    /// What can be done to a file.
    enum How {
        /// No row stays.
        DROP,
        /// Copy-on-write: the rows that stay are written anew.
        REWRITE,
        /// Merge-on-read: the rows that go are listed in a delete file or vector.
        DELETES
    }

    /// @param whole the numbers of the files in which every row goes
    /// @param deleted how many rows leave each other file
    static FileChanges decide(
            Table table, List<ScanFile> all, List<Integer> whole, Map<Integer, Long> deleted, RowChangeKind kind) {
        int version = ((HasTableOperations) table).operations().current().formatVersion();
        Optional<RowLevelOperationMode> mode = kind.mode(table);
        Map<Integer, ScanFile> files = new TreeMap<>();
        Map<Integer, How> choice = new TreeMap<>();
        for (int number : whole) {
            files.put(number, all.get(number));
            choice.put(number, How.DROP);
        }
        deleted.forEach((number, rows) -> {
            files.put(number, all.get(number));
            choice.put(number, how(all.get(number), rows, mode, version));
        });
        return new FileChanges(files, choice, version);
    }

    private static How how(ScanFile file, long deleted, Optional<RowLevelOperationMode> mode, int version) {
        boolean exact = file.deletes().stream().allMatch(ContentFileUtil::isDV);
        long live = file.file().recordCount()
                - file.deletes().stream().mapToLong(DeleteFile::recordCount).sum();
        if (exact && live == deleted) {
            return How.DROP;
        }
        boolean vectorCoversAll = file.deletes().stream()
                .noneMatch(delete -> delete.content() == FileContent.POSITION_DELETES && !ContentFileUtil.isDV(delete));
        if (version == 1 || (version >= 3 && !vectorCoversAll)) {
            return How.REWRITE;
        }
        if (mode.isPresent()) {
            return mode.get() == RowLevelOperationMode.COPY_ON_WRITE ? How.REWRITE : How.DELETES;
        }
        long staying = Math.max(0, live - deleted);
        return staying <= COPIED_FREELY + COPIED_PER_DELETED * deleted ? How.REWRITE : How.DELETES;
    }

    /// The files that one thing is done to.
    Map<Integer, ScanFile> with(How how) {
        Map<Integer, ScanFile> some = new LinkedHashMap<>();
        choice.forEach((number, chosen) -> {
            if (chosen == how) {
                some.put(number, files.get(number));
            }
        });
        return some;
    }
}
