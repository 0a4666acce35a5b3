package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.storage.CheckedFiles;
import dev.tarn.lake.storage.StorageErrors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.NullOrder;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.SortDirection;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PropertyUtil;
import org.jspecify.annotations.Nullable;

/// Writes the rows of a DuckDB query as data files of an Iceberg table, in one streaming `COPY` whose
/// returned statistics become the files' metrics, so that nothing is read twice.
///
/// The files follow the table's current schema, partition spec, sort order (unpartitioned tables),
/// target file size and compression. When [#write] returns they are on disk, synced with their folder,
/// under names that no other write uses, and nothing refers to them yet: commit them or [#delete] them.
public final class DataFileWriter {
    /// The table property that says how many distinct values of a column are kept in a dictionary at most.
    /// Trying for more costs the writer time, and what it saves shows only when the rows are read often.
    public static final String DICTIONARY_VALUES_MAX = "tarn.parquet.dictionary-values-max";

    /// The table property that says how many rows a row group has, which are in memory at once while they are written.
    public static final String ROW_GROUP_ROWS = "tarn.parquet.row-group-rows";

    private static final String PARTITION = "__tarn_partition_";

    private DataFileWriter() {}

    /// Writes all rows of a query.
    ///
    /// @param select a DuckDB query that has a column for each column of the table, by name, in any order
    /// @return one entry per file, none for an empty query
    /// @throws TarnException when the query or the disk fails; what was written is gone then
    public static List<DataFile> write(Connection connection, Table table, String select) {
        return write(connection, table, select, statement -> {});
    }

    /// @param started is given the statement before it runs, so that another thread can cancel it
    public static List<DataFile> write(Connection connection, Table table, String select, Consumer<Statement> started) {
        return write(connection, table, select, false, started);
    }

    /// @param lineage whether the query has [RowLineage]'s columns too, for rows that were in other files before
    public static List<DataFile> write(
            Connection connection, Table table, String select, boolean lineage, Consumer<Statement> started) {
        String dataLocation = dataLocation(table);
        Path folder = folder(table);
        String writeId = UUID.randomUUID().toString();
        boolean done = false;
        try {
            Files.createDirectories(folder);
            List<DataFile> files = new ArrayList<>();
            try (Statement statement = connection.createStatement()) {
                started.accept(statement);
                try (ResultSet rows = statement.executeQuery(copy(table, select, lineage, folder, writeId))) {
                    FileMetrics metrics = new FileMetrics(table.schema(), MetricsConfig.forTable(table));
                    while (rows.next()) {
                        dataFile(table, dataLocation, metrics, rows, files);
                    }
                }
            }
            sync(folder, files);
            CheckedFiles.written(
                    table.io(), files.stream().map(DataFile::location).toList());
            done = true;
            return List.copyOf(files);
        } catch (SQLException e) {
            throw DuckDbErrors.translate(e).in("table", table.name());
        } catch (IOException e) {
            RuntimeException failure = StorageErrors.of("write below", folder, e);
            throw failure instanceof TarnException known ? known.in("table", table.name()) : failure;
        } finally {
            if (!done) {
                deleteByPrefix(folder, writeId);
            }
        }
    }

    /// Removes files that were written and will not be committed. Best effort: what stays is an orphan
    /// that maintenance removes.
    public static void delete(List<? extends ContentFile<?>> files) {
        for (ContentFile<?> file : files) {
            deleteQuietly(Path.of(Locations.path(file.location())));
        }
    }

    static String dataLocation(Table table) {
        String location =
                table.properties().getOrDefault(TableProperties.WRITE_DATA_LOCATION, table.location() + "/data");
        return location.endsWith("/") ? location.substring(0, location.length() - 1) : location;
    }

    /// The folder of a table's data files, if files may be written there.
    ///
    /// @throws TarnException `FORBIDDEN` when it lies outside the warehouse
    static Path folder(Table table) {
        String location = dataLocation(table);
        // The warehouse decides by the name of a file; nothing is made.
        table.io().newOutputFile(location + "/data.parquet");
        return Path.of(Locations.path(location));
    }

    private static String copy(Table table, String select, boolean lineage, Path folder, String writeId) {
        Schema schema = table.schema();
        List<String> columns = new ArrayList<>();
        for (Types.NestedField column : schema.columns()) {
            refuseFixed(column.type());
            String name = SqlText.identifier(column.name());
            columns.add("CAST(" + name + " AS " + DuckTypes.sql(column.type()) + ") AS " + name);
        }
        List<Types.NestedField> written = new ArrayList<>(schema.columns());
        if (lineage) {
            columns.addAll(RowLineage.write());
            written.addAll(RowLineage.written());
        }
        List<String> partitions = new ArrayList<>();
        List<PartitionField> fields = table.spec().fields();
        for (int i = 0; i < fields.size(); i++) {
            if (!PartitionSql.isVoid(fields.get(i))) {
                columns.add(PartitionSql.expression(schema, fields.get(i)) + " AS " + PARTITION + i);
                partitions.add(PARTITION + i);
            }
        }
        String query = "SELECT " + String.join(", ", columns) + " FROM (" + select + ")"
                + (partitions.isEmpty() ? orderBy(table) : "");
        Map<String, String> properties = table.properties();
        String options = "FORMAT parquet, APPEND, RETURN_STATS, FILENAME_PATTERN "
                + SqlText.string(writeId + "-{uuid}")
                + ", COMPRESSION " + compression(properties)
                + ", FILE_SIZE_BYTES " + targetFileSize(properties)
                + number(properties, DICTIONARY_VALUES_MAX, "DICTIONARY_SIZE_LIMIT")
                + number(properties, ROW_GROUP_ROWS, "ROW_GROUP_SIZE")
                + ", FIELD_IDS " + ParquetSchema.forWrite(written)
                + (partitions.isEmpty()
                        ? ""
                        : ", PARTITION_BY (" + String.join(", ", partitions)
                                + "), WRITE_PARTITION_COLUMNS false, HIVE_FILE_PATTERN false");
        return "COPY (" + query + ") TO " + SqlText.string(folder.toString()) + " (" + options + ")";
    }

    private static String orderBy(Table table) {
        if (table.sortOrder().isUnsorted()) {
            return "";
        }
        return table.sortOrder().fields().stream()
                .filter(field -> field.transform().preservesOrder())
                .map(field -> PartitionSql.column(table.schema(), field.sourceId())
                        + (field.direction() == SortDirection.ASC ? " ASC" : " DESC")
                        + (field.nullOrder() == NullOrder.NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST"))
                .collect(Collectors.joining(", ", " ORDER BY ", ""));
    }

    static String compression(Map<String, String> properties) {
        String codec = properties
                .getOrDefault(
                        TableProperties.PARQUET_COMPRESSION, TableProperties.PARQUET_COMPRESSION_DEFAULT_SINCE_1_4_0)
                .toLowerCase(Locale.ROOT);
        return switch (codec) {
            case "zstd", "snappy", "gzip", "uncompressed", "brotli" -> codec;
            case "lz4" -> "lz4_raw";
            default ->
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        TableProperties.PARQUET_COMPRESSION + " = " + codec
                                + " is not known; use zstd, snappy, gzip, brotli, lz4 or uncompressed");
        };
    }

    private static String number(Map<String, String> properties, String property, String option) {
        return properties.containsKey(property)
                ? ", " + option + " " + PropertyUtil.propertyAsLong(properties, property, 0)
                : "";
    }

    private static long targetFileSize(Map<String, String> properties) {
        return PropertyUtil.propertyAsLong(
                properties,
                TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
                TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
    }

    private static void dataFile(
            Table table, String dataLocation, FileMetrics metrics, ResultSet row, List<DataFile> files)
            throws SQLException {
        PartitionSpec spec = table.spec();
        String path = row.getString("filename");
        long rows = row.getLong("count");
        if (rows == 0) {
            deleteQuietly(Path.of(path));
            return;
        }
        DataFiles.Builder file = DataFiles.builder(spec)
                .withPath(dataLocation + path.substring(path.lastIndexOf('/')))
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(row.getLong("file_size_bytes"))
                .withMetrics(metrics.of(rows, statistics(row.getObject("column_statistics"))));
        if (spec.isPartitioned()) {
            Map<String, @Nullable String> keys = texts(row.getObject("partition_keys"));
            @Nullable
            String[] values = IntStream.range(0, spec.fields().size())
                    .mapToObj(i -> keys.get(PARTITION + i))
                    .toArray(String[]::new);
            file.withPartition(PartitionSql.parse(spec, values));
        } else if (table.sortOrder().isSorted()) {
            file.withSortOrder(table.sortOrder());
        }
        files.add(file.build());
    }

    static Map<String, Map<String, String>> statistics(@Nullable Object columns) {
        Map<String, Map<String, String>> result = new HashMap<>();
        if (columns instanceof Map<?, ?> map) {
            map.forEach((column, values) -> result.put(column.toString(), texts(values)));
        }
        return result;
    }

    private static Map<String, String> texts(@Nullable Object map) {
        Map<String, String> texts = new HashMap<>();
        if (map instanceof Map<?, ?> entries) {
            entries.forEach((key, value) -> {
                if (value != null) {
                    texts.put(key.toString(), value.toString());
                }
            });
        }
        return texts;
    }

    /// Parquet's fixed-length arrays, which Iceberg asks for here, are not what DuckDB writes for bytes.
    private static void refuseFixed(Type type) {
        if (type.typeId() == Type.TypeID.FIXED) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED,
                    "The embedded engine cannot write columns of type " + type + "; use binary instead");
        } else if (type.isNestedType()) {
            type.asNestedType().fields().forEach(field -> refuseFixed(field.type()));
        }
    }

    static void sync(Path folder, List<? extends ContentFile<?>> files) throws IOException {
        for (ContentFile<?> file : files) {
            force(Path.of(Locations.path(file.location())), StandardOpenOption.WRITE);
        }
        if (!files.isEmpty()) {
            force(folder, StandardOpenOption.READ);
        }
    }

    private static void force(Path path, StandardOpenOption option) throws IOException {
        try (FileChannel channel = FileChannel.open(path, option)) {
            channel.force(true);
        }
    }

    static void deleteByPrefix(Path folder, String writeId) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, writeId + "*")) {
            files.forEach(DataFileWriter::deleteQuietly);
        } catch (IOException e) {
            // Orphans: nothing refers to them, and maintenance removes them.
        }
    }

    private static void deleteQuietly(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // An orphan, as above.
        }
    }
}
