package dev.tarn.query;

import dev.tarn.query.duckdb.DataFileWriter;
import io.trino.tpcds.Results;
import io.trino.tpcds.Session;
import io.trino.tpcds.Table;
import io.trino.tpcds.column.Column;
import io.trino.tpcds.column.ColumnType;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/// The TPC-DS tables, generated into a lake's schema `tpcds`: the first rows of each.
public final class Tpcds {
    private Tpcds() {}

    public static void load(TestEngine engine, double scale, int rowsMax) throws SQLException {
        engine.run("CREATE SCHEMA tpcds");
        for (Table table : Table.getBaseTables()) {
            if (!table.getName().startsWith("dbgen")) {
                load(engine, table, scale, rowsMax);
            }
        }
    }

    private static void load(TestEngine engine, Table table, double scale, int rowsMax) throws SQLException {
        List<Column> columns = Arrays.asList(table.getColumns());
        engine.run("CREATE TABLE tpcds." + table.getName() + " ("
                + columns.stream()
                        .map(column -> column.getName() + " " + type(column.getType()))
                        .collect(Collectors.joining(", "))
                + ")");
        TableIdentifier name = TableIdentifier.of(Namespace.of("tpcds"), table.getName());
        try (DuckDBConnection connection = engine.duckDb.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE raw ("
                    + columns.stream()
                            .map(column -> column.getName() + " VARCHAR")
                            .collect(Collectors.joining(", "))
                    + ")");
            fill(connection, table, scale, rowsMax);
            List<DataFile> files = DataFileWriter.write(
                    connection,
                    engine.lake.main().loadTable(name),
                    "SELECT "
                            + columns.stream()
                                    .map(column -> "CAST(" + column.getName() + " AS " + type(column.getType())
                                            + ") AS " + column.getName())
                                    .collect(Collectors.joining(", "))
                            + " FROM raw");
            if (!files.isEmpty()) {
                engine.lake.append("main", name, files, Map.of());
            }
        }
    }

    /// Returns are generated beside the sales that they return.
    private static void fill(DuckDBConnection connection, Table table, double scale, int rowsMax) throws SQLException {
        boolean child = table.getName().endsWith("_returns");
        Session session = Session.getDefaultSession().withScale(scale);
        int rows = 0;
        try (DuckDBAppender appender = connection.createAppender("temp", "main", "raw")) {
            for (List<List<@Nullable String>> generated :
                    Results.constructResults(child ? table.getParent() : table, session)) {
                if (child && generated.size() < 2) {
                    continue;
                }
                appender.beginRow();
                for (String cell : generated.get(child ? 1 : 0)) {
                    if (cell == null) {
                        appender.appendNull();
                    } else {
                        appender.append(cell);
                    }
                }
                appender.endRow();
                if (++rows >= rowsMax) {
                    return;
                }
            }
        }
    }

    private static String type(ColumnType type) {
        return switch (type.getBase()) {
            case IDENTIFIER -> "BIGINT";
            case INTEGER -> "INTEGER";
            case DATE -> "DATE";
            case TIME, VARCHAR, CHAR -> "VARCHAR";
            case DECIMAL ->
                "DECIMAL(" + type.getPrecision().orElseThrow() + ", "
                        + type.getScale().orElseThrow() + ")";
        };
    }
}
