package dev.tarn.query.compile;

import io.airlift.slice.Slices;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.VariableWidthBlock;
import io.trino.spi.block.VariableWidthBlockBuilder;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.HyperLogLogType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.NumberType;
import io.trino.spi.type.P4HyperLogLogType;
import io.trino.spi.type.QuantileDigestType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimeWithTimeZoneType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import io.trino.type.ColorType;
import io.trino.type.IntervalDayTimeType;
import io.trino.type.IntervalYearMonthType;
import io.trino.type.IpAddressType;
import io.trino.type.JsonType;
import io.trino.type.TDigestType;
import io.trino.type.UnknownType;
import io.trino.type.setdigest.SetDigestType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How DuckDB holds the values of each Trino type.
///
/// | Trino | DuckDB |
/// |---|---|
/// | boolean, tinyint, smallint, integer, bigint | the same |
/// | real, double, decimal(p, s), date, uuid | FLOAT, DOUBLE, DECIMAL(p, s), DATE, UUID |
/// | varchar, varchar(n), json | VARCHAR |
/// | char(n) | VARCHAR without its trailing spaces, as Trino holds it |
/// | varbinary, ipaddress, HyperLogLog and other digests | BLOB |
/// | time(p ≤ 6), timestamp(p ≤ 6), timestamp(7..9) | TIME, TIMESTAMP, TIMESTAMP_NS |
/// | time(7..12), timestamp(10..12) | BIGINT picoseconds, HUGEINT picoseconds |
/// | number | BLOB, the bytes that Trino holds |
/// | time(p ≤ 9) with time zone | BIGINT, packed as Trino does |
/// | timestamp(p ≤ 6), (7..9) with time zone | TIMESTAMPTZ, TIMESTAMPTZ_NS, the zone being known from the plan
/// ([Zones]) |
/// | interval day to second, year to month | BIGINT milliseconds, INTEGER months |
/// | array, map, row | LIST, MAP, STRUCT (fields by position) |
public final class DuckType {
    private DuckType() {}

    /// The DuckDB type as SQL.
    public static String of(Type type) {
        return switch (type) {
            case BooleanType ignored -> "BOOLEAN";
            case TinyintType ignored -> "TINYINT";
            case SmallintType ignored -> "SMALLINT";
            case IntegerType ignored -> "INTEGER";
            case BigintType ignored -> "BIGINT";
            case RealType ignored -> "FLOAT";
            case DoubleType ignored -> "DOUBLE";
            case DecimalType decimal -> "DECIMAL(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
            case VarcharType ignored -> "VARCHAR";
            case CharType ignored -> "VARCHAR";
            case JsonType ignored -> "VARCHAR";
            case DateType ignored -> "DATE";
            case UuidType ignored -> "UUID";
            case UnknownType ignored -> "INTEGER";
            case IntervalDayTimeType ignored -> "BIGINT";
            case IntervalYearMonthType ignored -> "INTEGER";
            case TimeType time when time.getPrecision() <= 6 -> "TIME";
            case TimestampType timestamp when timestamp.getPrecision() <= 6 -> "TIMESTAMP";
            case TimestampType timestamp when timestamp.getPrecision() <= 9 -> "TIMESTAMP_NS";
            case TimestampWithTimeZoneType timestamp when timestamp.getPrecision() <= 6 -> "TIMESTAMPTZ";
            case TimestampType ignored -> "HUGEINT";
            case TimeType ignored -> "BIGINT";
            case ColorType ignored -> "BIGINT";
            case TimestampWithTimeZoneType timestamp when timestamp.getPrecision() <= 9 -> "TIMESTAMPTZ_NS";
            case TimeWithTimeZoneType time when time.getPrecision() <= 9 -> "BIGINT";
            case ArrayType array -> of(array.getElementType()) + "[]";
            case MapType map -> "MAP(" + of(map.getKeyType()) + ", " + of(map.getValueType()) + ")";
            case RowType row -> rowOf(row);
            default -> {
                if (isBytes(type)) {
                    yield "BLOB";
                }
                throw Refused.because("The type " + type.getDisplayName());
            }
        };
    }

    private static String rowOf(RowType row) {
        List<String> names = fieldNames(row);
        List<String> fields = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            fields.add('"' + names.get(i) + "\" " + of(row.getFields().get(i).getType()));
        }
        return "STRUCT(" + String.join(", ", fields) + ")";
    }

    /// Names for a row's fields that DuckDB can tell apart; the fields are read by position.
    static List<String> fieldNames(RowType row) {
        List<String> names = new ArrayList<>();
        for (RowType.Field field : row.getFields()) {
            String name = field.getName().orElse("field" + names.size()).replace("\"", "\"\"");
            boolean taken = names.stream()
                    .anyMatch(other -> other.toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)));
            names.add(taken || name.isEmpty() ? name + "$" + names.size() : name);
        }
        return names;
    }

    /// Whether values of the type are bytes that DuckDB need not understand.
    public static boolean isBytes(Type type) {
        return type instanceof VarbinaryType
                || type instanceof IpAddressType
                || type instanceof HyperLogLogType
                || type instanceof P4HyperLogLogType
                || type instanceof QuantileDigestType
                || type instanceof TDigestType
                || type instanceof NumberType
                || type instanceof SetDigestType;
    }

    /// The bytes of a value in a block.
    public static byte[] readBytes(Type type, Block block, int position) {
        return type instanceof IpAddressType
                ? type.getSlice(block, position).getBytes()
                : ((VariableWidthBlock) block.getUnderlyingValueBlock())
                        .getSlice(block.getUnderlyingValuePosition(position))
                        .getBytes();
    }

    /// Puts the bytes of a value into a block.
    public static void writeBytes(Type type, BlockBuilder block, byte[] bytes) {
        if (type instanceof IpAddressType) {
            type.writeSlice(block, Slices.wrappedBuffer(bytes));
        } else {
            ((VariableWidthBlockBuilder) block).writeEntry(Slices.wrappedBuffer(bytes));
        }
    }

    /// Whether DuckDB tells which values of the type are the same, as DISTINCT and GROUP BY ask.
    static boolean isGroupable(Type type) {
        return switch (type) {
            case TimeWithTimeZoneType ignored -> false;
            case MapType ignored -> false;
            default -> parts(type).stream().allMatch(DuckType::isGroupable);
        };
    }

    /// Whether values of the type are floating point numbers, which have NaN.
    static boolean isFloating(Type type) {
        return type instanceof DoubleType || type instanceof RealType;
    }

    /// Whether values of the type are whole numbers.
    static boolean isInteger(Type type) {
        return type instanceof BigintType
                || type instanceof IntegerType
                || type instanceof SmallintType
                || type instanceof TinyintType;
    }

    /// The types that a nested type is made of.
    static List<Type> parts(Type type) {
        return switch (type) {
            case ArrayType array -> List.of(array.getElementType());
            case MapType map -> List.of(map.getKeyType(), map.getValueType());
            case RowType row ->
                row.getFields().stream().map(RowType.Field::getType).toList();
            default -> List.of();
        };
    }

    /// Whether comparing values of the type can meet a null inside them, or a NaN.
    static boolean isNested(Type type) {
        return type instanceof ArrayType || type instanceof MapType || type instanceof RowType;
    }
}
