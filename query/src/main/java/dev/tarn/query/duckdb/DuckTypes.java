package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.stream.Collectors;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Iceberg's types as DuckDB's, and back by [DuckTypeParser].
///
/// | Iceberg | DuckDB |
/// |---|---|
/// | boolean, int, long, float, double | BOOLEAN, INTEGER, BIGINT, FLOAT, DOUBLE |
/// | decimal(p, s) | DECIMAL(p, s) |
/// | string, binary, fixed(n), uuid | VARCHAR, BLOB, BLOB, UUID |
/// | date, time | DATE, TIME |
/// | timestamp, timestamptz | TIMESTAMP, TIMESTAMPTZ (microseconds both) |
/// | timestamp_ns, timestamptz_ns | TIMESTAMP_NS, TIMESTAMPTZ_NS |
/// | list, map, struct | T[], MAP(K, V), STRUCT(…) |
public final class DuckTypes {
    private DuckTypes() {}

    /// The DuckDB type that holds every value of an Iceberg type, as SQL text.
    ///
    /// @throws TarnException `NOT_SUPPORTED` for variant, geometry, geography and unknown
    public static String sql(Type type) {
        return switch (type.typeId()) {
            case BOOLEAN -> "BOOLEAN";
            case INTEGER -> "INTEGER";
            case LONG -> "BIGINT";
            case FLOAT -> "FLOAT";
            case DOUBLE -> "DOUBLE";
            case DATE -> "DATE";
            case TIME -> "TIME";
            case TIMESTAMP -> ((Types.TimestampType) type).shouldAdjustToUTC() ? "TIMESTAMPTZ" : "TIMESTAMP";
            case TIMESTAMP_NANO ->
                ((Types.TimestampNanoType) type).shouldAdjustToUTC() ? "TIMESTAMPTZ_NS" : "TIMESTAMP_NS";
            case STRING -> "VARCHAR";
            case UUID -> "UUID";
            case FIXED, BINARY -> "BLOB";
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                yield "DECIMAL(" + decimal.precision() + "," + decimal.scale() + ")";
            }
            case STRUCT ->
                type.asStructType().fields().stream()
                        .map(field -> SqlText.identifier(field.name()) + " " + sql(field.type()))
                        .collect(Collectors.joining(", ", "STRUCT(", ")"));
            case LIST -> sql(type.asListType().elementType()) + "[]";
            case MAP ->
                "MAP(" + sql(type.asMapType().keyType()) + ", "
                        + sql(type.asMapType().valueType()) + ")";
            case GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw notSupported(type);
        };
    }

    private static TarnException notSupported(Type type) {
        return new TarnException(
                ErrorCode.NOT_SUPPORTED,
                "The embedded engine cannot hold values of Iceberg's type " + type
                        + "; leave the column out, or query the table on a Trino cluster");
    }
}
