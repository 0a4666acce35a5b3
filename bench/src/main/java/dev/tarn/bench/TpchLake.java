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
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchColumnType;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/// TPC-H's tables as Iceberg tables, made once for each scale and kept.
final class TpchLake {
    static final QuerySession SESSION =
            QuerySession.of(new Identity("bench", "bench", false)).withSchema("tpch");
    private static final int PART_PERCENT = 100;

    private TpchLake() {}

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

    /// The tables at a scale factor of `percent` hundredths, made if they are not there yet.
    static Folder at(Path cache, long percent) throws Exception {
        Folder folder = new Folder(cache.resolve("tpch-" + percent));
        Path made = folder.path().resolve("made");
        if (Files.exists(made)) {
            return folder;
        }
        Main.delete(folder.path());
        Files.createDirectories(folder.path());
        try (Lake lake = folder.open();
                DuckDb duckDb = folder.duckDb(lake, 4L << 30, folder.path());
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults())) {
            TpchBench.drain(engine, SESSION, "CREATE SCHEMA tpch");
            int parts = Math.toIntExact(Math.max(1, percent / PART_PERCENT));
            for (TpchTable<?> table : TpchTable.getTables()) {
                load(lake, duckDb, engine, SESSION, table, percent / 100.0, parts);
            }
        }
        Files.createFile(made);
        return folder;
    }

    private static <E extends TpchEntity> void load(
            Lake lake,
            DuckDb duckDb,
            QueryEngine engine,
            QuerySession session,
            TpchTable<E> table,
            double scale,
            int parts)
            throws Exception {
        List<TpchColumn<E>> columns = table.getColumns();
        TpchBench.drain(
                engine,
                session,
                "CREATE TABLE " + table.getTableName() + " ("
                        + columns.stream()
                                .map(column -> column.getColumnName() + " " + type(column.getType()))
                                .collect(Collectors.joining(", "))
                        + ")");
        for (int part = 1; part <= parts; part++) {
            load(lake, duckDb, table, table.createGenerator(scale, part, parts));
        }
    }

    private static <E extends TpchEntity> void load(Lake lake, DuckDb duckDb, TpchTable<E> table, Iterable<E> rows)
            throws Exception {
        List<TpchColumn<E>> columns = table.getColumns();
        TableIdentifier name = TableIdentifier.of(Namespace.of("tpch"), table.getTableName());
        try (DuckDBConnection connection = duckDb.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE raw ("
                    + columns.stream()
                            .map(column -> column.getColumnName() + " VARCHAR")
                            .collect(Collectors.joining(", "))
                    + ")");
            try (DuckDBAppender appender = connection.createAppender("temp", "main", "raw")) {
                for (E row : rows) {
                    appender.beginRow();
                    String[] cells = row.toLine().split("\\|", -1);
                    for (int i = 0; i < columns.size(); i++) {
                        appender.append(cells[i]);
                    }
                    appender.endRow();
                }
            }
            String select = columns.stream()
                    .map(column -> "CAST(" + column.getColumnName() + " AS " + type(column.getType()) + ") AS "
                            + column.getColumnName())
                    .collect(Collectors.joining(", "));
            lake.append(
                    "main",
                    name,
                    DataFileWriter.write(connection, lake.main().loadTable(name), "SELECT " + select + " FROM raw"),
                    Map.of());
        }
    }

    private static String type(TpchColumnType type) {
        return switch (type.getBase()) {
            case IDENTIFIER -> "BIGINT";
            case INTEGER -> "INTEGER";
            case DATE -> "DATE";
            case DOUBLE -> "DECIMAL(15, 2)";
            case VARCHAR -> "VARCHAR";
        };
    }
}
