package dev.tarn.query.plan;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
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
import io.trino.spi.type.TypeOperators;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.apache.iceberg.types.Types;

/// Iceberg's types as Trino's, and back, as Trino's own Iceberg connector maps them.
///
/// | Iceberg | Trino |
/// |---|---|
/// | boolean, int, long, float, double | boolean, integer, bigint, real, double |
/// | decimal(p, s), date, time | decimal(p, s), date, time(6) |
/// | timestamp, timestamptz (and _ns) | timestamp(6), timestamp(6) with time zone (and 9) |
/// | string, uuid, binary, fixed | varchar, uuid, varbinary, varbinary |
/// | list, map, struct | array, map, row |
public final class LakeTypes {
    private static final TypeOperators OPERATORS = new TypeOperators();

    private LakeTypes() {}

    /// The Trino type of a column.
    ///
    /// @throws TarnException `NOT_SUPPORTED` for variant, geometry, geography and unknown
    public static Type toTrino(org.apache.iceberg.types.Type type) {
        return switch (type.typeId()) {
            case BOOLEAN -> BooleanType.BOOLEAN;
            case INTEGER -> IntegerType.INTEGER;
            case LONG -> BigintType.BIGINT;
            case FLOAT -> RealType.REAL;
            case DOUBLE -> DoubleType.DOUBLE;
            case DATE -> DateType.DATE;
            case TIME -> TimeType.TIME_MICROS;
            case TIMESTAMP ->
                ((Types.TimestampType) type).shouldAdjustToUTC()
                        ? TimestampWithTimeZoneType.TIMESTAMP_TZ_MICROS
                        : TimestampType.TIMESTAMP_MICROS;
            case TIMESTAMP_NANO ->
                ((Types.TimestampNanoType) type).shouldAdjustToUTC()
                        ? TimestampWithTimeZoneType.TIMESTAMP_TZ_NANOS
                        : TimestampType.TIMESTAMP_NANOS;
            case STRING -> VarcharType.VARCHAR;
            case UUID -> UuidType.UUID;
            case FIXED, BINARY -> VarbinaryType.VARBINARY;
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                yield DecimalType.createDecimalType(decimal.precision(), decimal.scale());
            }
            case LIST -> new ArrayType(toTrino(type.asListType().elementType()));
            case MAP ->
                new MapType(
                        toTrino(type.asMapType().keyType()),
                        toTrino(type.asMapType().valueType()),
                        OPERATORS);
            case STRUCT ->
                RowType.from(type.asStructType().fields().stream()
                        .map(field -> RowType.field(field.name(), toTrino(field.type())))
                        .toList());
            case GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN ->
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        "Iceberg's type " + type + " is not read by the embedded engine; leave the column out, or"
                                + " query the table on a Trino cluster");
        };
    }

    /// The Iceberg type that holds a Trino type; field ids of nested types come from `ids`.
    ///
    /// @throws TarnException `NOT_SUPPORTED` for types that Iceberg cannot hold
    public static org.apache.iceberg.types.Type toIceberg(Type type, IntSupplier ids) {
        return switch (type) {
            case BooleanType ignored -> Types.BooleanType.get();
            case IntegerType ignored -> Types.IntegerType.get();
            case BigintType ignored -> Types.LongType.get();
            case RealType ignored -> Types.FloatType.get();
            case DoubleType ignored -> Types.DoubleType.get();
            case DateType ignored -> Types.DateType.get();
            case VarcharType ignored -> Types.StringType.get();
            case VarbinaryType ignored -> Types.BinaryType.get();
            case UuidType ignored -> Types.UUIDType.get();
            case DecimalType decimal -> Types.DecimalType.of(decimal.getPrecision(), decimal.getScale());
            case TimeType time when time.getPrecision() == 6 -> Types.TimeType.get();
            case TimestampType timestamp when timestamp.getPrecision() == 6 -> Types.TimestampType.withoutZone();
            case TimestampType timestamp when timestamp.getPrecision() == 9 -> Types.TimestampNanoType.withoutZone();
            case TimestampWithTimeZoneType timestamp
            when timestamp.getPrecision() == 6 -> Types.TimestampType.withZone();
            case TimestampWithTimeZoneType timestamp
            when timestamp.getPrecision() == 9 -> Types.TimestampNanoType.withZone();
            case ArrayType array -> {
                int id = ids.getAsInt();
                yield Types.ListType.ofOptional(id, toIceberg(array.getElementType(), ids));
            }
            case MapType map -> {
                int key = ids.getAsInt();
                int value = ids.getAsInt();
                yield Types.MapType.ofOptional(
                        key, value, toIceberg(map.getKeyType(), ids), toIceberg(map.getValueType(), ids));
            }
            case RowType row -> {
                List<Types.NestedField> fields = new ArrayList<>();
                for (RowType.Field field : row.getFields()) {
                    String name = field.getName()
                            .orElseThrow(
                                    () -> new TarnException(
                                            ErrorCode.NOT_SUPPORTED,
                                            "A row stored in a table needs a name for each field: cast it to row(name type, …)"));
                    fields.add(Types.NestedField.optional(ids.getAsInt(), name, toIceberg(field.getType(), ids)));
                }
                yield Types.StructType.of(fields);
            }
            default ->
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED, "Type not supported for Iceberg: " + type.getDisplayName());
        };
    }

    /// The type that a table stores for a column declared with `type`, as Trino's connector widens it: tinyint and
    /// smallint become integer, times and timestamps microseconds (or nanoseconds in format version 3),
    /// char becomes varchar.
    public static Type storable(Type type, int formatVersion) {
        return switch (type) {
            case TinyintType ignored -> IntegerType.INTEGER;
            case SmallintType ignored -> IntegerType.INTEGER;
            case TimestampWithTimeZoneType timestamp ->
                formatVersion >= 3 && timestamp.getPrecision() > 6
                        ? TimestampWithTimeZoneType.TIMESTAMP_TZ_NANOS
                        : TimestampWithTimeZoneType.TIMESTAMP_TZ_MICROS;
            case TimestampType timestamp ->
                formatVersion >= 3 && timestamp.getPrecision() > 6
                        ? TimestampType.TIMESTAMP_NANOS
                        : TimestampType.TIMESTAMP_MICROS;
            case TimeType ignored -> TimeType.TIME_MICROS;
            case CharType ignored -> VarcharType.VARCHAR;
            case ArrayType array -> new ArrayType(storable(array.getElementType(), formatVersion));
            case MapType map ->
                new MapType(
                        storable(map.getKeyType(), formatVersion),
                        storable(map.getValueType(), formatVersion),
                        OPERATORS);
            case RowType row ->
                RowType.from(row.getFields().stream()
                        .map(field -> new RowType.Field(field.getName(), storable(field.getType(), formatVersion)))
                        .toList());
            default -> type;
        };
    }
}
