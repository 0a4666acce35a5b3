package dev.tarn.govern.contract;

import dev.tarn.query.ResultColumn;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// Drafts a contract from a table as it is, for a person to complete.
public final class ContractDraft {
    private ContractDraft() {}

    /// The text of a draft contract.
    ///
    /// @param table `namespace.table`
    /// @param neverNull columns without a null today
    public static String of(String table, List<ResultColumn> columns, Set<String> neverNull) {
        StringBuilder text = new StringBuilder();
        text.append("apiVersion: v3.1.0\nkind: DataContract\n");
        text.append("id: ").append(UUID.randomUUID()).append('\n');
        text.append("version: 0.1.0\nstatus: draft\nschema:\n");
        text.append("  - name: ")
                .append(table.substring(table.lastIndexOf('.') + 1))
                .append('\n');
        text.append("    physicalName: ").append(yaml(table)).append('\n');
        text.append("    physicalType: table\n    properties:\n");
        for (ResultColumn column : columns) {
            text.append("      - name: ").append(yaml(column.name())).append('\n');
            text.append("        logicalType: ")
                    .append(logicalType(column.type()))
                    .append('\n');
            text.append("        physicalType: ")
                    .append(yaml(column.type().getDisplayName()))
                    .append('\n');
            if (neverNull.contains(column.name())) {
                text.append("        required: true\n");
            }
        }
        return text.toString();
    }

    private static String logicalType(Type type) {
        return switch (type) {
            case BooleanType t -> "boolean";
            case BigintType t -> "integer";
            case IntegerType t -> "integer";
            case DecimalType t -> "number";
            case DoubleType t -> "number";
            case RealType t -> "number";
            case DateType t -> "date";
            case TimeType t -> "time";
            case TimestampType t -> "timestamp";
            case TimestampWithTimeZoneType t -> "timestamp";
            case ArrayType t -> "array";
            case RowType t -> "object";
            case MapType t -> "object";
            default -> "string";
        };
    }

    private static String yaml(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_.]*")
                ? text
                : '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
