package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.ingest.read.Counts;
import dev.tarn.ingest.read.SourceFile;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.query.duckdb.DuckDbErrors;
import dev.tarn.query.duckdb.DuckTypeParser;
import dev.tarn.query.duckdb.DuckTypes;
import dev.tarn.query.duckdb.SqlText;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Loads Parquet files, which carry their types. Because DuckDB must open them itself, an instance of its own
/// is allowed to, for just these files and for the time of the batch.
final class ParquetFiles {
    private final Batch.Context context;
    private final FileSource source;
    private final List<SourceFile> files;
    private final TargetTable target;
    private final Counts counts;

    ParquetFiles(Batch.Context context, FileSource source, List<SourceFile> files, TargetTable target, Counts counts) {
        this.context = context;
        this.source = source;
        this.files = files;
        this.target = target;
        this.counts = counts;
    }

    List<DataFile> write(String loadedAt) throws IOException, SQLException {
        for (SourceFile file : files) {
            requireWhole(file);
        }
        DuckDbConfig shared = context.duckDb().config();
        List<Path> paths = files.stream().map(SourceFile::path).toList();
        DuckDbConfig config = new DuckDbConfig(
                Math.max(256L << 20, shared.memoryBytes() / 2),
                shared.threads(),
                shared.spillFolder(),
                shared.folders(),
                paths);
        try (DuckDb duckDb = DuckDb.open(config);
                Connection connection = duckDb.connect()) {
            String read = "read_parquet("
                    + SqlText.strings(paths.stream().map(Path::toString).toList())
                    + ", union_by_name = true, filename = '" + Bookkeeping.SOURCE_FILE + "')";
            Map<String, String> names = new LinkedHashMap<>();
            Table table = target.with(describe(connection, read, names));
            List<DataFile> written =
                    DataFileWriter.write(connection, table, select(table.schema(), names, read, loadedAt));
            count(connection, written);
            return written;
        }
    }

    private Map<String, Type> describe(Connection connection, String read, Map<String, String> names) {
        AtomicInteger ids = new AtomicInteger(10_000);
        Map<String, Type> byFileName = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "DESCRIBE SELECT * EXCLUDE (" + Bookkeeping.SOURCE_FILE + ") FROM " + read)) {
            while (row.next()) {
                byFileName.put(
                        row.getString("column_name"),
                        DuckTypeParser.parse(row.getString("column_type"), ids::incrementAndGet));
            }
        } catch (SQLException e) {
            throw unreadable(e);
        }
        names.putAll(ColumnNames.of(List.copyOf(byFileName.keySet())));
        Map<String, Type> types = new LinkedHashMap<>();
        names.forEach((column, name) -> types.put(name, source.columns().getOrDefault(name, byFileName.get(column))));
        return types;
    }

    private static String select(Schema schema, Map<String, String> names, String read, String loadedAt) {
        Map<String, String> columns = new LinkedHashMap<>();
        names.forEach((column, name) -> columns.put(name, SqlText.identifier(column)));
        List<String> out = new ArrayList<>();
        for (Types.NestedField field : schema.columns()) {
            String value = switch (field.name()) {
                case Bookkeeping.SOURCE_FILE -> Bookkeeping.SOURCE_FILE;
                case Bookkeeping.SOURCE_LINE -> "file_row_number + 1";
                case Bookkeeping.LOADED_AT -> loadedAt;
                default -> columns.getOrDefault(field.name(), "CAST(NULL AS " + DuckTypes.sql(field.type()) + ")");
            };
            out.add(value + " AS " + SqlText.identifier(field.name()));
        }
        return "SELECT " + String.join(", ", out) + " FROM " + read;
    }

    private void count(Connection connection, List<DataFile> written) throws SQLException {
        if (written.isEmpty()) {
            return;
        }
        Map<String, Integer> numbers = new LinkedHashMap<>();
        files.forEach(file -> numbers.put(file.path().toString(), numbers.size()));
        List<String> paths = written.stream()
                .map(file -> dev.tarn.query.duckdb.Locations.path(file.location()))
                .toList();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT " + Bookkeeping.SOURCE_FILE
                        + ", count(*) FROM read_parquet(" + SqlText.strings(paths) + ") GROUP BY 1")) {
            while (row.next()) {
                counts.addRows(numbers.get(row.getString(1)), row.getLong(2));
            }
        }
    }

    /// A file that was cut off misses its end, and DuckDB's word for that names no file.
    private static void requireWhole(SourceFile file) throws IOException {
        try (RandomAccessFile in = new RandomAccessFile(file.path().toFile(), "r")) {
            byte[] magic = new byte[4];
            if (in.length() >= 12) {
                in.seek(in.length() - 4);
                in.readFully(magic);
            }
            if (!new String(magic, StandardCharsets.ISO_8859_1).equals("PAR1")) {
                throw new TarnException(
                        ErrorCode.SOURCE_UNREADABLE,
                        file.path() + " cannot be read: it is cut off, or is no Parquet file: its last bytes are not"
                                + " those of one; replace it, or take it out of the source's path");
            }
        }
    }

    private static TarnException unreadable(SQLException e) {
        TarnException translated = DuckDbErrors.translate(e);
        return new TarnException(ErrorCode.SOURCE_UNREADABLE, String.valueOf(translated.getMessage()), e);
    }
}
