package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.storage.CheckedFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileMetadata;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.deletes.BaseDVFileWriter;
import org.apache.iceberg.deletes.DVFileWriter;
import org.apache.iceberg.deletes.PositionDeleteIndex;
import org.apache.iceberg.io.DeleteWriteResult;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.ContentFileUtil;
import org.jspecify.annotations.Nullable;

/// Writes which rows of data files are gone: a position delete file for each data file in format version 2, deletion
/// vectors in version 3.
///
/// When [#write] returns the files are on disk and synced, and nothing refers to them yet.
public final class DeleteFileWriter {
    private static final int PATH = MetadataColumns.DELETE_FILE_PATH.fieldId();
    private static final int POSITION = MetadataColumns.DELETE_FILE_POS.fieldId();

    private final Connection connection;
    private final Table table;
    private final Consumer<Statement> started;

    /// @param started is given each statement before it runs, so that another thread can cancel it
    public DeleteFileWriter(Connection connection, Table table, Consumer<Statement> started) {
        this.connection = connection;
        this.table = table;
        this.started = started;
    }

    /// What was written.
    ///
    /// @param added to be added to the table
    /// @param replaced to be removed from it, because `added` covers what they say
    public record Deletes(List<DeleteFile> added, List<DeleteFile> replaced) {
        public Deletes {
            added = List.copyOf(added);
            replaced = List.copyOf(replaced);
        }

        /// Nothing.
        public static final Deletes NONE = new Deletes(List.of(), List.of());
    }

    /// @param rowIds a DuckDB query with the column `row_id` that names rows by [RowIds]
    /// @param files the data files by their numbers in these names; rows of others are passed over
    /// @param formatVersion the table's
    public Deletes write(String rowIds, Map<Integer, ScanFile> files, int formatVersion) {
        if (files.isEmpty()) {
            return Deletes.NONE;
        }
        try {
            return formatVersion >= 3 ? vectors(rowIds, files) : positions(rowIds, files);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e).in("table", table.name());
        } catch (IOException e) {
            throw new TarnException(ErrorCode.STORAGE_FAILED, "Writing delete files failed: " + e, e)
                    .in("table", table.name());
        }
    }

    private Deletes positions(String rowIds, Map<Integer, ScanFile> files) throws SQLException, IOException {
        Path folder = DataFileWriter.folder(table);
        Files.createDirectories(folder);
        String writeId = UUID.randomUUID().toString();
        List<DeleteFile> written = new ArrayList<>();
        boolean done = false;
        try {
            for (Map.Entry<Integer, ScanFile> file : files.entrySet()) {
                written.add(positions(rowIds, file.getKey(), file.getValue(), folder, writeId + "-" + file.getKey()));
            }
            DataFileWriter.sync(folder, written);
            CheckedFiles.written(
                    table.io(), written.stream().map(DeleteFile::location).toList());
            done = true;
        } finally {
            if (!done) {
                DataFileWriter.deleteByPrefix(folder, writeId);
            }
        }
        return new Deletes(written, List.of());
    }

    private DeleteFile positions(String rowIds, int number, ScanFile file, Path folder, String name)
            throws SQLException, IOException {
        String location = file.file().location();
        String fileName = name + "-deletes.parquet";
        Path path = folder.resolve(fileName);
        String query = "SELECT " + SqlText.string(location) + " AS file_path, pos FROM (SELECT DISTINCT "
                + RowIds.position("row_id") + " AS pos FROM (" + rowIds + ") WHERE " + RowIds.file("row_id") + " = "
                + number + ") ORDER BY pos";
        String copy = "COPY (" + query + ") TO " + SqlText.string(path.toString())
                + " (FORMAT parquet, RETURN_STATS, COMPRESSION " + DataFileWriter.compression(table.properties())
                + ", FIELD_IDS {file_path: " + PATH + ", pos: " + POSITION + "})";
        long rows;
        Map<String, String> range;
        try (Statement statement = connection.createStatement()) {
            started.accept(statement);
            try (ResultSet result = statement.executeQuery(copy)) {
                result.next();
                rows = result.getLong("count");
                range = DataFileWriter.statistics(result.getObject("column_statistics"))
                        .getOrDefault("\"pos\"", Map.of());
            }
        }
        ByteBuffer bound = Conversions.toByteBuffer(Types.StringType.get(), location);
        Metrics metrics = new Metrics(
                rows,
                null,
                Map.of(PATH, rows, POSITION, rows),
                Map.of(PATH, 0L, POSITION, 0L),
                null,
                Map.of(PATH, bound, POSITION, position(range.get("min"))),
                Map.of(PATH, bound, POSITION, position(range.get("max"))));
        PartitionSpec spec = table.specs().get(file.file().specId());
        return FileMetadata.deleteFileBuilder(spec)
                .ofPositionDeletes()
                .withFormat(FileFormat.PARQUET)
                .withPath(DataFileWriter.dataLocation(table) + "/" + fileName)
                .withPartition(spec.isPartitioned() ? file.file().partition() : null)
                .withFileSizeInBytes(Files.size(path))
                .withMetrics(metrics)
                .withReferencedDataFile(location)
                .build();
    }

    private static ByteBuffer position(@Nullable String text) {
        if (text == null) {
            throw new IllegalStateException("DuckDB gave no statistics of a delete file");
        }
        return Conversions.toByteBuffer(Types.LongType.get(), Long.parseLong(text));
    }

    private Deletes vectors(String rowIds, Map<Integer, ScanFile> files) throws SQLException, IOException {
        Map<String, ScanFile> byLocation = new java.util.HashMap<>();
        files.values().forEach(file -> byLocation.put(file.file().location(), file));
        OutputFileFactory names = OutputFileFactory.builderFor(table, 1, 1)
                .format(FileFormat.PUFFIN)
                .operationId(UUID.randomUUID().toString())
                .build();
        DVFileWriter writer = new BaseDVFileWriter(names, location -> previous(byLocation.get(location)));
        try (writer;
                Statement statement = connection.createStatement()) {
            started.accept(statement);
            String query = "SELECT " + RowIds.file("row_id") + ", " + RowIds.position("row_id") + " FROM (" + rowIds
                    + ") WHERE list_contains(" + files.keySet() + ", " + RowIds.file("row_id") + ")";
            try (ResultSet rows = statement.executeQuery(query)) {
                while (rows.next()) {
                    ScanFile file = files.get(Math.toIntExact(rows.getLong(1)));
                    PartitionSpec spec = table.specs().get(file.file().specId());
                    writer.delete(
                            file.file().location(),
                            rows.getLong(2),
                            spec,
                            spec.isPartitioned() ? file.file().partition() : null);
                }
            }
        }
        DeleteWriteResult result = writer.result();
        return new Deletes(result.deleteFiles(), result.rewrittenDeleteFiles());
    }

    private static @Nullable PositionDeleteIndex previous(@Nullable ScanFile file) {
        if (file == null) {
            return null;
        }
        for (DeleteFile delete : file.deletes()) {
            if (ContentFileUtil.isDV(delete)) {
                try {
                    return DeletedRows.index(delete);
                } catch (IOException e) {
                    throw new TarnException(
                            ErrorCode.STORAGE_FAILED, "Reading " + delete.location() + " failed: " + e, e);
                }
            }
        }
        return null;
    }
}
