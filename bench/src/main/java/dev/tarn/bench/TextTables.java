package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/// Iceberg tables of one schema from cells of text, as the generators of benchmarks write them.
///
/// @param schema the schema's name, which is the session's too
record TextTables(Lake lake, DuckDb duckDb, QueryEngine engine, String schema) {
    /// Where a lake with the tables lies.
    record Folder(Path path) {
        Lake open() {
            return Lake.open(LakeConfig.inFolder(path));
        }

        DuckDb duckDb(Lake lake, long memoryBytes, Path spillIn) {
            return DuckDb.open(
                    DuckDbConfig.of(memoryBytes, 2, spillIn.resolve("spill"), Path.of(URI.create(lake.warehouse()))));
        }
    }

    /// Creates the tables and appends their rows.
    interface Maker {
        void make(TextTables tables) throws Exception;
    }

    /// Appends rows, a cell of text (or null) for each column.
    interface Rows {
        void write(DuckDBAppender appender) throws SQLException;
    }

    static QuerySession session(String schema) {
        return QuerySession.of(new Identity("bench", "bench", false)).withSchema(schema);
    }

    /// A folder with the tables of a schema, made if it is not there yet.
    static Folder at(Path path, String schema, Maker maker) throws Exception {
        Folder folder = new Folder(path);
        Path made = path.resolve("made");
        if (Files.exists(made)) {
            return folder;
        }
        Folders.delete(path);
        Files.createDirectories(path);
        try (Lake lake = folder.open();
                DuckDb duckDb = folder.duckDb(lake, 4L << 30, path);
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults())) {
            TpchBench.drain(engine, session(schema), "CREATE SCHEMA " + schema);
            maker.make(new TextTables(lake, duckDb, engine, schema));
        }
        Files.createFile(made);
        return folder;
    }

    /// @param types the columns' types in SQL, by name and in order
    void create(String table, Map<String, String> types) {
        TpchBench.drain(
                engine,
                session(schema),
                "CREATE TABLE " + table + " ("
                        + types.entrySet().stream()
                                .map(column -> column.getKey() + " " + column.getValue())
                                .collect(Collectors.joining(", "))
                        + ")");
    }

    /// Appends rows to a table in one commit.
    void append(String table, Map<String, String> types, Rows rows) throws SQLException {
        TableIdentifier name = TableIdentifier.of(Namespace.of(schema), table);
        try (DuckDBConnection connection = duckDb.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE raw ("
                    + types.keySet().stream().map(column -> column + " VARCHAR").collect(Collectors.joining(", "))
                    + ")");
            try (DuckDBAppender appender = connection.createAppender("temp", "main", "raw")) {
                rows.write(appender);
            }
            String select = types.entrySet().stream()
                    .map(column -> "CAST(" + column.getKey() + " AS " + column.getValue() + ") AS " + column.getKey())
                    .collect(Collectors.joining(", "));
            lake.append(
                    "main",
                    name,
                    DataFileWriter.write(connection, lake.main().loadTable(name), "SELECT " + select + " FROM raw"),
                    Map.of());
        }
    }
}
