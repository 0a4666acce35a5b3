package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.QuerySession;
import dev.tarn.query.compile.RowChanges;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DeleteFileWriter;
import dev.tarn.query.duckdb.DeleteFileWriter.Deletes;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.RowIds;
import dev.tarn.query.duckdb.RowLineage;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanRequest.About;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.duckdb.SqlText;
import dev.tarn.query.execute.FileChanges.How;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.types.Types;

/// DELETE, UPDATE and MERGE: the changed rows are computed once, then each file that loses some is dropped, written
/// anew or given deletes, and one commit makes it all visible unless somebody else changed what the statement read.
final class RowWrites {
    private static final String CHANGES = "changed_rows";

    private final Lake lake;
    private final DuckDb duckDb;

    RowWrites(Lake lake, DuckDb duckDb) {
        this.lake = lake;
        this.duckDb = duckDb;
    }

    /// @param kind which of Iceberg's properties apply
    /// @return rows deleted, updated and inserted
    /// @throws TarnException `COMMIT_CONFLICT` when the statement must be computed again from the table's new state
    long run(QuerySession session, RowChanges.Compiled changes, RowChangeKind kind, Duration timeMax) {
        Table table = changes.table().table();
        try (Connection connection = duckDb.connect();
                Timed timed = new Timed(timeMax)) {
            return timed.on(table, () -> new Work(connection, timed, session, changes, kind).run());
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }

    /// One attempt of one statement.
    private final class Work {
        private final Connection connection;
        private final Timed timed;
        private final QuerySession session;
        private final RowChanges.Compiled changes;
        private final RowChangeKind kind;
        private final Table table;

        Work(
                Connection connection,
                Timed timed,
                QuerySession session,
                RowChanges.Compiled changes,
                RowChangeKind kind) {
            this.connection = connection;
            this.timed = timed;
            this.session = session;
            this.changes = changes;
            this.kind = kind;
            this.table = changes.table().table();
        }

        long run() throws SQLException {
            Counts counts = changes.rows().isPresent() ? compute(changes.rows().get()) : Counts.NONE;
            long dropped = changes.whole().stream()
                    .mapToLong(number -> changes.files().get(number).file().recordCount())
                    .sum();
            if (counts.changed() + dropped == 0) {
                return 0;
            }
            FileChanges how = FileChanges.decide(table, changes.files(), changes.whole(), counts.byFile(), kind);
            List<DataFile> added = addRows(how.with(How.REWRITE), counts);
            Deletes deletes = Deletes.NONE;
            boolean kept = false;
            try {
                deletes = new DeleteFileWriter(connection, table, timed.started())
                        .write(
                                "SELECT " + RowChanges.ROW_ID + " AS row_id FROM " + CHANGES + " WHERE "
                                        + RowChanges.OPERATION + " <> 1",
                                how.with(How.DELETES),
                                how.formatVersion());
                commit(how, added, deletes);
                kept = true;
            } catch (TarnException e) {
                // When it is unknown whether the commit happened, the files must stay.
                kept = e.code() == ErrorCode.DATABASE_FAILED;
                throw e;
            } finally {
                if (!kept) {
                    DataFileWriter.delete(added);
                    DataFileWriter.delete(deletes.added());
                }
            }
            return counts.changed() + dropped;
        }

        /// Computes the changed rows, once: a second evaluation could give others.
        private Counts compute(String rows) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                timed.started().accept(statement);
                statement.execute("CREATE TEMP TABLE " + CHANGES + " AS " + rows);
            }
            try (Statement statement = connection.createStatement()) {
                Map<Integer, Long> byFile = new HashMap<>();
                try (ResultSet files = statement.executeQuery("SELECT " + RowIds.file(RowChanges.ROW_ID)
                        + " AS file, count(DISTINCT " + RowChanges.ROW_ID + ") FROM " + CHANGES + " WHERE "
                        + RowChanges.OPERATION + " <> 1 GROUP BY file")) {
                    while (files.next()) {
                        byFile.put(Math.toIntExact(files.getLong(1)), files.getLong(2));
                    }
                }
                try (ResultSet all = statement.executeQuery(
                        "SELECT count(*), count(*) FILTER (" + RowChanges.OPERATION + " <> 2) FROM " + CHANGES)) {
                    all.next();
                    return new Counts(all.getLong(1), all.getLong(2), byFile);
                }
            }
        }

        /// Writes the rows that are new or updated, and those that stay of files that are written anew.
        private List<DataFile> addRows(Map<Integer, ScanFile> rewritten, Counts counts) {
            boolean lineage = RowLineage.isKept(table) && !counts.byFile().isEmpty();
            List<String> sources = new ArrayList<>();
            if (counts.added() > 0) {
                sources.add(lineage ? newRowsWithLineage(counts.byFile().keySet()) : newRows(List.of(), ""));
            }
            if (!rewritten.isEmpty()) {
                sources.add(stayingRows(rewritten, lineage));
            }
            return sources.isEmpty()
                    ? List.of()
                    : DataFileWriter.write(
                            connection, table, String.join(" UNION ALL ", sources), lineage, timed.started());
        }

        private String newRows(List<String> more, String join) {
            List<Types.NestedField> columns = table.schema().columns();
            List<String> items = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                items.add("c." + RowChanges.column(i) + " AS "
                        + SqlText.identifier(columns.get(i).name()));
            }
            items.addAll(more);
            return "SELECT " + String.join(", ", items) + " FROM " + CHANGES + " c" + join + " WHERE c."
                    + RowChanges.OPERATION + " <> 2";
        }

        /// A row that is updated stays the row that it is; that this commit changed it, its file says.
        private String newRowsWithLineage(Set<Integer> numbers) {
            List<Integer> changed = List.copyOf(numbers);
            String before = ScanSql.of(
                            table,
                            request(List.of(), Set.of(About.POSITION, About.LINEAGE)),
                            changed.stream().map(changes.files()::get).toList(),
                            changed)
                    .sql();
            return newRows(
                    List.of(
                            "b." + SqlText.identifier(RowLineage.ID),
                            "CAST(NULL AS BIGINT) AS " + SqlText.identifier(RowLineage.SEQUENCE)),
                    " LEFT JOIN " + before + " AS b ON c." + RowChanges.ROW_ID + " = b.\"$row_id\"");
        }

        private String stayingRows(Map<Integer, ScanFile> rewritten, boolean lineage) {
            List<Types.NestedField> columns = table.schema().columns();
            String scan = ScanSql.of(
                            table,
                            request(columns, lineage ? Set.of(About.POSITION, About.LINEAGE) : Set.of(About.POSITION)),
                            List.copyOf(rewritten.values()),
                            List.copyOf(rewritten.keySet()))
                    .sql();
            List<String> items = new ArrayList<>();
            columns.forEach(column -> items.add(SqlText.identifier(column.name())));
            if (lineage) {
                items.add(SqlText.identifier(RowLineage.ID));
                items.add(SqlText.identifier(RowLineage.SEQUENCE));
            }
            return "SELECT " + String.join(", ", items) + " FROM " + scan + " AS s WHERE NOT EXISTS (SELECT 1 FROM "
                    + CHANGES + " c WHERE c." + RowChanges.ROW_ID + " = s.\"$row_id\" AND c." + RowChanges.OPERATION
                    + " <> 1)";
        }

        private ScanRequest request(List<Types.NestedField> columns, Set<About> about) {
            return new ScanRequest(changes.table().snapshotId(), Expressions.alwaysTrue(), columns, about);
        }

        private void commit(FileChanges how, List<DataFile> added, Deletes deletes) {
            Deadline.checkWanted();
            TableIdentifier identifier = TableIdentifier.of(
                    Namespace.of(changes.table().name().getSchemaName()),
                    changes.table().name().getTableName());
            RowCommit commit = new RowCommit(
                    table,
                    changes.table().snapshotId(),
                    changes.filter(),
                    kind.serializable(table),
                    how,
                    added,
                    deletes);
            lake.commit(
                    session.branch(),
                    Map.of(LakeCatalog.USER, session.identity().user()),
                    transaction -> {
                        commit.stage(transaction.table(identifier));
                        return true;
                    });
        }
    }

    /// How many rows a statement changes: all, those that are in the table afterwards, and those that leave each file.
    private record Counts(long changed, long added, Map<Integer, Long> byFile) {
        static final Counts NONE = new Counts(0, 0, Map.of());

        Counts {
            byFile = new TreeMap<>(byFile);
        }
    }
}
