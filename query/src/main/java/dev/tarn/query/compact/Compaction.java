package dev.tarn.query.compact;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.LakeTransaction;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbErrors;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.RowLineage;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.util.Pair;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.iceberg.util.StructLikeWrapper;

/// Rewrites a table's files, for `ALTER TABLE … EXECUTE optimize` and for maintenance in the background. It commits
/// only if nobody changed the rewritten files meanwhile, so that it never stands in a writer's way. Safe for any
/// number of threads.
public final class Compaction {
    private final Lake lake;
    private final DuckDb duckDb;
    private final ScanSql scans = new ScanSql(new ManifestCache(0));

    public Compaction(Lake lake, DuckDb duckDb) {
        this.lake = lake;
        this.duckDb = duckDb;
    }

    /// What to rewrite.
    ///
    /// @param filter files without rows that satisfy it are left alone; all rows of the others stay
    /// @param fileBytesMax larger files are left alone unless rows of theirs are deleted
    /// @param bytesMax no further partition is begun once so many bytes are to be rewritten
    /// @param filesMin a partition with fewer such files is left alone unless rows of them are deleted
    /// @param yielding whether to leave alone a table that a branch has changed
    public record Request(Expression filter, long fileBytesMax, long bytesMax, int filesMin, boolean yielding) {
        /// Files of less than 100 MB in all partitions, as Trino's `optimize` by default.
        public static final Request DEFAULT = new Request(Expressions.alwaysTrue(), 100L << 20, Long.MAX_VALUE);

        /// At once, whatever branches have changed.
        public Request(Expression filter, long fileBytesMax, long bytesMax) {
            this(filter, fileBytesMax, bytesMax, 2, false);
        }
    }

    /// What was done.
    ///
    /// @param deleteFiles how many delete files and vectors are gone because their deletes were carried out
    public record Result(long rewritten, long deleteFiles, long added) {
        /// Nothing was worth it.
        public static final Result NOTHING = new Result(0, 0, 0);
    }

    /// Compacts a table once.
    ///
    /// @throws TarnException `COMMIT_CONFLICT` when rows of the rewritten files were changed meanwhile; `NOT_FOUND`
    public Result run(String branch, TableIdentifier identifier, Request request, Identity identity) {
        return run(branch, identifier, request, identity, statement -> {});
    }

    /// @param started is given each statement before it runs, so that another thread can cancel it
    public Result run(
            String branch,
            TableIdentifier identifier,
            Request request,
            Identity identity,
            Consumer<Statement> started) {
        Table table = lake.branch(branch).loadTable(identifier);
        Snapshot snapshot = table.currentSnapshot();
        if (snapshot == null) {
            return Result.NOTHING;
        }
        List<ScanFile> all = scans.files(table, everything(table, snapshot, Expressions.alwaysTrue()));
        List<ScanFile> chosen =
                choose(table, scans.files(table, everything(table, snapshot, request.filter())), request);
        if (chosen.isEmpty()) {
            return Result.NOTHING;
        }
        String rows = ScanSql.of(table, everything(table, snapshot, request.filter()), chosen)
                .sql();
        List<DataFile> added;
        try (Connection connection = duckDb.connect()) {
            added = DataFileWriter.write(connection, table, "SELECT * FROM " + rows, RowLineage.isKept(table), started);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e).in("table", identifier);
        }
        List<DeleteFile> carriedOut = carriedOut(all, chosen);
        boolean kept = false;
        try {
            lake.commit(branch, Map.of(LakeCatalog.USER, identity.user()), transaction -> {
                stage(transaction.table(identifier), table, snapshot, chosen, carriedOut, added);
                transaction.keepsRows(identifier);
                if (request.yielding()) {
                    transaction.unlessForked(identifier);
                }
                return true;
            });
            kept = true;
        } catch (LakeTransaction.Forked skipped) {
            return Result.NOTHING;
        } catch (TarnException e) {
            // When it is unknown whether the commit happened, the files must stay.
            kept = e.code() == ErrorCode.DATABASE_FAILED;
            throw e;
        } finally {
            if (!kept) {
                DataFileWriter.delete(added);
            }
        }
        return new Result(chosen.size(), carriedOut.size(), added.size());
    }

    private static ScanRequest everything(Table table, Snapshot snapshot, Expression filter) {
        return new ScanRequest(
                OptionalLong.of(snapshot.snapshotId()),
                filter,
                table.schema().columns(),
                RowLineage.isKept(table) ? Set.of(ScanRequest.About.LINEAGE) : Set.of());
    }

    /// The files that are small, hold deleted rows or lie in an old partitioning, unless they are alone in their
    /// partition and have nothing but their size against them.
    private static List<ScanFile> choose(Table table, List<ScanFile> files, Request request) {
        Map<Pair<Integer, StructLikeWrapper>, List<ScanFile>> partitions = new LinkedHashMap<>();
        boolean old = false;
        for (ScanFile file : files) {
            boolean current = file.file().specId() == table.spec().specId();
            if (current && file.deletes().isEmpty() && file.file().fileSizeInBytes() > request.fileBytesMax()) {
                continue;
            }
            old |= !current;
            StructLikeWrapper partition = StructLikeWrapper.forType(
                            table.specs().get(file.file().specId()).partitionType())
                    .set(file.file().partition());
            partitions
                    .computeIfAbsent(Pair.of(file.file().specId(), partition), key -> new ArrayList<>())
                    .add(file);
        }
        List<ScanFile> chosen = new ArrayList<>();
        long bytes = 0;
        for (List<ScanFile> partition : partitions.values()) {
            // A file of an old partitioning may come to lie beside any other.
            boolean alone = !old
                    && partition.size() < request.filesMin()
                    && partition.stream().allMatch(file -> file.deletes().isEmpty());
            if (!alone && bytes < request.bytesMax()) {
                chosen.addAll(partition);
                bytes += partition.stream()
                        .mapToLong(file -> file.file().fileSizeInBytes())
                        .sum();
            }
        }
        return chosen;
    }

    /// The delete files that concern no file but the rewritten ones.
    private static List<DeleteFile> carriedOut(List<ScanFile> all, List<ScanFile> chosen) {
        Set<String> rewritten = new HashSet<>();
        chosen.forEach(file -> rewritten.add(file.file().location()));
        Set<String> needed = new HashSet<>();
        for (ScanFile file : all) {
            if (!rewritten.contains(file.file().location())) {
                file.deletes().forEach(delete -> needed.add(key(delete)));
            }
        }
        Map<String, DeleteFile> carriedOut = new LinkedHashMap<>();
        chosen.forEach(file -> file.deletes().stream()
                .filter(delete -> !needed.contains(key(delete)))
                .forEach(delete -> carriedOut.put(key(delete), delete)));
        return List.copyOf(carriedOut.values());
    }

    private static String key(DeleteFile delete) {
        return delete.location() + "@" + delete.contentOffset();
    }

    private static void stage(
            Table now,
            Table read,
            Snapshot snapshot,
            List<ScanFile> chosen,
            List<DeleteFile> carriedOut,
            List<DataFile> added) {
        Snapshot current = now.currentSnapshot();
        if (!now.uuid().equals(read.uuid())
                || current == null
                || !SnapshotUtil.isAncestorOf(now, current.snapshotId(), snapshot.snapshotId())) {
            throw new ValidationException("Table %s was replaced or rolled back meanwhile", now.name());
        }
        RewriteFiles rewrite = now.newRewrite().validateFromSnapshot(snapshot.snapshotId());
        if (((HasTableOperations) now).operations().current().formatVersion() > 1) {
            // Rows deleted by value meanwhile are deleted from the new files too.
            rewrite.dataSequenceNumber(snapshot.sequenceNumber());
        }
        rewrite.set(LakeCatalog.ROWS_OF, Long.toString(LakeCatalog.rowsOf(current)));
        chosen.forEach(file -> rewrite.deleteFile(file.file()));
        carriedOut.forEach(rewrite::deleteFile);
        added.forEach(rewrite::addFile);
        rewrite.commit();
    }
}
