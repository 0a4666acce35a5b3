package dev.tarn.govern.contract;

import dev.tarn.core.config.Nearest;
import dev.tarn.govern.contract.Contract.Column;
import dev.tarn.govern.contract.Contract.LogicalType;
import dev.tarn.query.ResultColumn;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarcharType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Compares a contract's table with the table as it is.
public final class ContractLint {
    private ContractLint() {}

    /// The query whose columns are those of a table; it opens none of the table's files.
    static String columnsOf(Contract.Table table) {
        return "SELECT * FROM " + SqlNames.table(table.name()) + " WHERE false";
    }

    /// What does not fit, each with file and line; empty when all does.
    ///
    /// @param actual the table's columns
    public static List<String> compare(Contract contract, Contract.Table table, List<ResultColumn> actual) {
        Map<String, Type> types = new LinkedHashMap<>();
        actual.forEach(column -> types.put(column.name(), column.type()));
        List<String> findings = new ArrayList<>();
        for (Column column : table.columns()) {
            Type type = types.get(column.name());
            String at = contract.file() + ":" + column.line() + ": ";
            if (type == null) {
                findings.add(at + table.name() + " has no column " + column.name()
                        + Nearest.of(column.name(), types.keySet())
                                .map(name -> "; did you mean " + name + "?")
                                .orElse("; it has " + String.join(", ", types.keySet())));
                continue;
            }
            column.logicalType()
                    .filter(logical -> !fits(logical, type))
                    .ifPresent(logical -> findings.add(at
                            + column.name() + " is " + type.getDisplayName() + " in the table, which is not "
                            + logical.name().toLowerCase(java.util.Locale.ROOT)));
        }
        return findings;
    }

    private static boolean fits(LogicalType logical, Type type) {
        return switch (logical) {
            case STRING -> type instanceof VarcharType || type instanceof CharType || type instanceof UuidType;
            case DATE -> type instanceof DateType;
            case TIMESTAMP -> type instanceof TimestampType || type instanceof TimestampWithTimeZoneType;
            case TIME -> type instanceof TimeType;
            case INTEGER ->
                type instanceof IntegerType
                        || type instanceof BigintType
                        || type instanceof SmallintType
                        || type instanceof TinyintType;
            case NUMBER ->
                type instanceof DecimalType
                        || type instanceof DoubleType
                        || type instanceof RealType
                        || fits(LogicalType.INTEGER, type);
            case OBJECT -> type instanceof RowType || type instanceof MapType;
            case ARRAY -> type instanceof ArrayType;
            case BOOLEAN -> type instanceof BooleanType;
        };
    }
}
