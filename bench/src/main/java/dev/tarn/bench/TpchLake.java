package dev.tarn.bench;

import dev.tarn.query.QuerySession;
import io.trino.tpch.TpchColumn;
import io.trino.tpch.TpchColumnType;
import io.trino.tpch.TpchEntity;
import io.trino.tpch.TpchTable;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.duckdb.DuckDBAppender;

/// TPC-H's tables as Iceberg tables, made once for each scale and kept.
final class TpchLake {
    static final QuerySession SESSION = TextTables.session("tpch");
    private static final int PART_PERCENT = 100;

    private TpchLake() {}

    /// The tables at a scale factor of `percent` hundredths, made if they are not there yet.
    static TextTables.Folder at(Path cache, long percent) throws Exception {
        int parts = Math.toIntExact(Math.max(1, percent / PART_PERCENT));
        return TextTables.at(cache.resolve("tpch-" + percent), "tpch", tables -> {
            for (TpchTable<?> table : TpchTable.getTables()) {
                load(tables, table, percent / 100.0, parts);
            }
        });
    }

    private static <E extends TpchEntity> void load(TextTables tables, TpchTable<E> table, double scale, int parts)
            throws SQLException {
        Map<String, String> types = new LinkedHashMap<>();
        table.getColumns().forEach(column -> types.put(column.getColumnName(), type(column)));
        tables.create(table.getTableName(), types);
        for (int part = 1; part <= parts; part++) {
            Iterable<E> rows = table.createGenerator(scale, part, parts);
            tables.append(table.getTableName(), types, appender -> write(rows, types.size(), appender));
        }
    }

    private static void write(Iterable<? extends TpchEntity> rows, int columns, DuckDBAppender appender)
            throws SQLException {
        for (TpchEntity row : rows) {
            appender.beginRow();
            String[] cells = row.toLine().split("\\|", -1);
            for (int i = 0; i < columns; i++) {
                appender.append(cells[i]);
            }
            appender.endRow();
        }
    }

    private static String type(TpchColumn<?> column) {
        TpchColumnType type = column.getType();
        return switch (type.getBase()) {
            case IDENTIFIER -> "BIGINT";
            case INTEGER -> "INTEGER";
            case DATE -> "DATE";
            case DOUBLE -> "DECIMAL(15, 2)";
            case VARCHAR -> "VARCHAR";
        };
    }
}
