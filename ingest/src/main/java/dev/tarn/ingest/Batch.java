package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.ingest.read.Chunk;
import dev.tarn.ingest.read.Counts;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbErrors;
import dev.tarn.query.duckdb.DuckValues;
import dev.tarn.query.duckdb.SqlText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// One batch of a load: written, counted, and committed.
final class Batch {
    /// What all batches of a load share.
    record Context(
            Lake lake,
            LakeCatalog catalog,
            DuckDb duckDb,
            Connection connection,
            Identity identity,
            Path work,
            LoadProgress progress) {}

    /// @param ledgerSnapshot the snapshot of the list of files after the batch
    record Outcome(LoadResult result, OptionalLong ledgerSnapshot) {}

    private static final long REJECT_BYTES_MAX = 128 << 20;

    private final Context context;
    private final FileSource source;
    private final List<SourceFile> files;
    private final OptionalLong expectedLedger;
    private final int filesBefore;
    private final int filesTotal;
    private final String loadedAt;
    private final Counts counts;
    private final TargetTable target;
    private final Replacement replacement;
    private final List<DataFile> rows = new ArrayList<>();
    private final List<DataFile> rejects = new ArrayList<>();
    private final List<DataFile> entries = new ArrayList<>();
    private long rowsWritten;

    Batch(
            Context context,
            FileSource source,
            List<SourceFile> files,
            Ledger ledger,
            OptionalLong expectedLedger,
            int filesBefore,
            int filesTotal) {
        this.context = context;
        this.source = source;
        this.files = files;
        this.expectedLedger = expectedLedger;
        this.filesBefore = filesBefore;
        this.filesTotal = filesTotal;
        counts = new Counts(files.size());
        target = new TargetTable(context.catalog(), source.table());
        long now = ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
        loadedAt = DuckValues.literal(Types.TimestampType.withZone(), now);
        replacement = new Replacement(files.stream()
                .filter(file -> ledger.files().containsKey(file.path()))
                .map(file -> file.path().toString())
                .toList());
    }

    Outcome load() throws IOException, SQLException {
        boolean committed = false;
        try {
            if (Formats.of(source, files.getFirst()) == FileFormat.PARQUET) {
                rows.addAll(new ParquetFiles(context, source, files, target, counts).write(loadedAt));
            } else {
                loadText();
            }
            refuseTooManyRejects();
            Table list = context.catalog().loadTable(Bookkeeping.files(source.table()));
            entries.addAll(DataFileWriter.write(context.connection(), list, Ledger.entries(files, counts, loadedAt)));
            Outcome outcome = commit();
            committed = true;
            context.progress().at(filesBefore + files.size(), filesTotal, counts.allRows());
            return outcome;
        } finally {
            if (!committed) {
                DataFileWriter.delete(rows);
                DataFileWriter.delete(rejects);
                DataFileWriter.delete(entries);
                replacement.discard();
            }
        }
    }

    private void loadText() throws IOException, SQLException {
        Table rejectsTable =
                TargetTable.create(context.catalog(), Bookkeeping.rejects(source.table()), Bookkeeping.REJECTS);
        TextPipeline pipeline = new TextPipeline(source, files, context.work());
        addMissing(pipeline.sample(this::prepare));
        if (!target.exists()) {
            // No file had a row: the table is there, with what is known of its columns.
            target.with(source.columns());
        }
        Path found = pipeline.run(counts, this::types, chunk -> write(chunk, rejectsTable));
        if (counts.allRejects() > 0) {
            rejects.addAll(DataFileWriter.write(context.connection(), rejectsTable, structuralRejects(found)));
        }
    }

    /// The types that the columns of a CSV file are read as. A column that the table has not is text.
    private List<Type> types(List<String> columns) {
        Schema schema = target.table().schema();
        return ColumnNames.of(columns).values().stream()
                .map(name -> readable(name, schema.findField(name)))
                .toList();
    }

    private Type readable(String name, Types.@Nullable NestedField field) {
        Type type = field == null ? Types.StringType.get() : field.type();
        if (!TextTypes.isReadable(type)) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED,
                    "The column " + name + " of " + source.name() + " is of type " + type
                            + ", which no field of CSV is read as; use varchar and convert it in a model");
        }
        return type;
    }

    private String structuralRejects(Path found) throws IOException {
        String paths = SqlText.strings(
                files.stream().map(file -> file.path().toString()).toList());
        return "SELECT list_extract(" + paths + ", file + 1) AS source_file, line, text, reason, " + loadedAt
                + " AS loaded_at FROM read_json(" + SqlText.string(found.toString())
                + ", format = 'newline_delimited', maximum_object_size = "
                // DuckDB takes twice as much memory, whatever is there.
                + Math.clamp(Files.size(found), 1 << 16, REJECT_BYTES_MAX) + ","
                + " columns = {file: 'INTEGER', line: 'BIGINT', text: 'VARCHAR', reason: 'VARCHAR'})";
    }

    /// Makes sure that the table has the chunk's columns.
    private ChunkSql prepare(Chunk chunk) {
        if (chunk.json()) {
            Map<String, Type> keys = Inference.ofJson(context.connection(), ChunkSql.jsonObjects(chunk));
            Map<String, String> names = ColumnNames.of(List.copyOf(keys.keySet()));
            Map<String, Type> types = new LinkedHashMap<>();
            names.forEach((key, name) -> types.put(name, keys.get(key)));
            addMissing(types);
            return ChunkSql.json(chunk, names, files, loadedAt);
        }
        ChunkSql sql = ChunkSql.csv(chunk, files, loadedAt);
        Map<String, Type> columns = new LinkedHashMap<>();
        sql.columns().forEach(name -> columns.put(name, Types.StringType.get()));
        addMissing(columns);
        return sql;
    }

    private void addMissing(Map<String, Type> inferred) {
        Map<String, Type> missing = new LinkedHashMap<>();
        inferred.forEach((name, type) -> {
            if (!target.has(name)) {
                missing.put(name, source.columns().getOrDefault(name, type));
            }
        });
        if (!missing.isEmpty() || !target.exists()) {
            target.with(missing);
        }
    }

    private void write(Chunk chunk, Table rejectsTable) {
        ChunkSql sql = prepare(chunk);
        Table table = target.table();
        List<DataFile> written = DataFileWriter.write(context.connection(), table, sql.accepted(table.schema()));
        rows.addAll(written);
        long count = written.stream().mapToLong(DataFile::recordCount).sum();
        rowsWritten += count;
        if (count < chunk.rows() && chunk.json()) {
            List<DataFile> unfit =
                    DataFileWriter.write(context.connection(), rejectsTable, sql.rejected(table.schema()));
            rejects.addAll(unfit);
            long rejected = unfit.stream().mapToLong(DataFile::recordCount).sum();
            count += rejected;
            countRejects(sql.rejectedPerFile(table.schema()));
        }
        if (count != chunk.rows()) {
            throw new TarnException(
                    ErrorCode.INTERNAL_ERROR,
                    "Of " + chunk.rows() + " records " + count
                            + " became rows or rejects; nothing of this load is visible");
        }
        context.progress().at(filesBefore + chunk.lastFile(), filesTotal, rowsWritten);
    }

    private void countRejects(String perFile) {
        try (Statement statement = context.connection().createStatement();
                ResultSet row = statement.executeQuery(perFile)) {
            while (row.next()) {
                counts.moveToRejects(row.getInt("f"), row.getLong("n"));
            }
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e);
        }
    }

    private void refuseTooManyRejects() throws SQLException {
        long all = counts.allRows() + counts.allRejects();
        if (counts.allRejects() <= source.maxRejects() * all) {
            return;
        }
        List<String> paths = rejects.stream()
                .map(file -> dev.tarn.query.duckdb.Locations.path(file.location()))
                .toList();
        List<String> examples = new ArrayList<>();
        try (Statement statement = context.connection().createStatement();
                ResultSet row = statement.executeQuery("SELECT source_file, line, reason FROM read_parquet("
                        + SqlText.strings(paths) + ") ORDER BY source_file, line LIMIT 3")) {
            while (row.next()) {
                examples.add(row.getString(1) + ":" + row.getLong(2) + ": " + row.getString(3));
            }
        }
        throw new TarnException(
                ErrorCode.TOO_MANY_REJECTS,
                counts.allRejects() + " of " + all + " records cannot be read, more than max-rejects ("
                        + source.maxRejects() * 100 + "%) allows: " + String.join("; ", examples)
                        + ". Give the column another type under columns (varchar holds everything), or raise"
                        + " max-rejects");
    }

    private Outcome commit() {
        if (!replacement.isEmpty()) {
            replacement.write(context.connection(), target.table());
        }
        Map<String, String> summary = Map.of(
                LakeCatalog.USER,
                context.identity().user(),
                "tarn.source",
                source.name(),
                "tarn.files",
                Integer.toString(files.size()));
        return context.lake().commit(context.catalog().branch(), summary, transaction -> {
            Table list = transaction.table(Bookkeeping.files(source.table()));
            if (!snapshot(list).equals(expectedLedger)) {
                throw new TarnException(
                        ErrorCode.COMMIT_CONFLICT,
                        "Somebody else loads " + source.name() + " at the same time; try again when that is done");
            }
            append(list, entries);
            if (!rejects.isEmpty()) {
                append(transaction.table(Bookkeeping.rejects(source.table())), rejects);
            }
            Table table = transaction.table(source.table());
            if (replacement.isEmpty()) {
                append(table, rows);
            } else {
                replacement.commit(table, rows);
            }
            LoadResult result = new LoadResult(files.size(), counts.allRows(), counts.allRejects(), snapshot(table));
            return new Outcome(result, snapshot(list));
        });
    }

    private static void append(Table table, List<DataFile> files) {
        if (!files.isEmpty()) {
            AppendFiles append = table.newAppend();
            files.forEach(append::appendFile);
            append.commit();
        }
    }

    private static OptionalLong snapshot(Table table) {
        return table.currentSnapshot() == null
                ? OptionalLong.empty()
                : OptionalLong.of(table.currentSnapshot().snapshotId());
    }
}
