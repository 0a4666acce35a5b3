package dev.tarn.query;

import dev.tarn.query.duckdb.DataFileWriter;
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchColumnType;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/// The TPC-H tables, generated into a lake's schema `tpch`, with money as decimal(15, 2) as the specification says.
public final class Tpch {
    private Tpch() {}

    public static void load(TestEngine engine, double scale) throws SQLException {
        engine.run("CREATE SCHEMA tpch");
        for (TpchTable<?> table : TpchTable.getTables()) {
            load(engine, table, scale);
        }
    }

    private static <E extends TpchEntity> void load(TestEngine engine, TpchTable<E> table, double scale)
            throws SQLException {
        List<TpchColumn<E>> columns = table.getColumns();
        engine.run("CREATE TABLE tpch." + table.getTableName() + " ("
                + columns.stream()
                        .map(column -> column.getColumnName() + " " + type(column.getType()))
                        .collect(Collectors.joining(", "))
                + ")");
        TableIdentifier name = TableIdentifier.of(Namespace.of("tpch"), table.getTableName());
        Table target = engine.lake.main().loadTable(name);
        try (DuckDBConnection connection = engine.duckDb.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE TEMP TABLE raw ("
                    + columns.stream()
                            .map(column -> column.getColumnName() + " VARCHAR")
                            .collect(Collectors.joining(", "))
                    + ")");
            try (DuckDBAppender appender = connection.createAppender("temp", "main", "raw")) {
                for (E row : table.createGenerator(scale, 1, 1)) {
                    appender.beginRow();
                    String[] cells = row.toLine().split("\\|", -1);
                    for (int i = 0; i < columns.size(); i++) {
                        appender.append(cells[i]);
                    }
                    appender.endRow();
                }
            }
            List<DataFile> files = DataFileWriter.write(
                    connection,
                    target,
                    "SELECT "
                            + columns.stream()
                                    .map(column -> "CAST(" + column.getColumnName() + " AS " + type(column.getType())
                                            + ") AS " + column.getColumnName())
                                    .collect(Collectors.joining(", "))
                            + " FROM raw");
            engine.lake.append("main", name, files, Map.of());
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
