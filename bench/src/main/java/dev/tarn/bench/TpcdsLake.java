package dev.tarn.bench;

import dev.tarn.query.QuerySession;
import io.trino.tpcds.Results;
import io.trino.tpcds.Session;
import io.trino.tpcds.Table;
import io.trino.tpcds.column.ColumnType;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;

/// TPC-DS's tables as Iceberg tables, made once for each scale and kept.
final class TpcdsLake {
    static final QuerySession SESSION = TextTables.session("tpcds");

    private TpcdsLake() {}

    /// The tables at a scale factor of `percent` hundredths, made if they are not there yet.
    static TextTables.Folder at(Path cache, long percent) throws Exception {
        return TextTables.at(cache.resolve("tpcds-" + percent), "tpcds", tables -> {
            for (Table table : tables()) {
                Map<String, String> types = new LinkedHashMap<>();
                Arrays.stream(table.getColumns())
                        .forEach(column -> types.put(column.getName(), type(column.getType())));
                tables.create(table.getName(), types);
                tables.append(table.getName(), types, appender -> write(table, percent / 100.0, appender));
            }
        });
    }

    static List<Table> tables() {
        return Table.getBaseTables().stream()
                .filter(table -> !table.getName().startsWith("dbgen"))
                .toList();
    }

    /// Returns are generated beside the sales that they return.
    private static void write(Table table, double scale, DuckDBAppender appender) throws SQLException {
        boolean child = table.getName().endsWith("_returns");
        Session session = Session.getDefaultSession().withScale(scale);
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
