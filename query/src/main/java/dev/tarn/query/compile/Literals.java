package dev.tarn.query.compile;

import io.airlift.slice.Slice;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.SqlMap;
import io.trino.spi.block.SqlRow;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.Decimals;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.Int128;
import io.trino.spi.type.LongTimestamp;
import io.trino.spi.type.LongTimestampWithTimeZone;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarcharType;
import io.trino.type.JsonType;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Constants of a plan as DuckDB expressions of exactly the type's DuckDB type.
final class Literals {
    private Literals() {}

    /// @param value as Trino's stack holds it (`long`, `double`, `Slice`, `Int128`, `Block` …), or null
    static String of(Type type, @Nullable Object value) {
        String duckType = DuckType.of(type);
        if (value == null) {
            return "CAST(NULL AS " + duckType + ")";
        }
        return switch (type) {
            case BooleanType ignored -> value.toString();
            case DateType ignored -> cast(date((Long) value), duckType);
            case DecimalType decimal -> cast(decimal(decimal, value), duckType);
            case DoubleType ignored -> cast(floating((Double) value), duckType);
            case RealType ignored -> cast(floating(Float.intBitsToFloat((int) (long) (Long) value)), duckType);
            case VarcharType ignored -> text(((Slice) value).toStringUtf8());
            case CharType ignored -> text(((Slice) value).toStringUtf8().replaceAll(" +$", ""));
            case JsonType ignored -> text(((Slice) value).toStringUtf8());
            case UuidType ignored ->
                cast(UuidType.trinoUuidToJavaUuid((Slice) value).toString(), duckType);
            case TimeType time when time.getPrecision() > 6 -> number((Long) value, duckType);
            case TimeType ignored ->
                cast(LocalTime.ofNanoOfDay((Long) value / 1_000).toString(), duckType);
            case TimestampType timestamp
            when timestamp.getPrecision() > 9 -> cast(picos((LongTimestamp) value), duckType);
            case TimestampType timestamp -> cast(timestamp(timestamp, value), duckType);
            case TimestampWithTimeZoneType timestamp -> cast(instant(timestamp, value) + "+00", duckType);
            case ArrayType array -> array(array, (Block) value, duckType);
            case MapType map -> map(map, (SqlMap) value, duckType);
            case RowType row -> row(row, (SqlRow) value);
            default -> {
                if (DuckType.isBytes(type)) {
                    yield bytes(type, value);
                }
                yield value instanceof Long number ? number(number, duckType) : refuse(type);
            }
        };
    }

    private static String bytes(Type type, Object value) {
        BlockBuilder block = type.createBlockBuilder(null, 1);
        TypeUtils.writeNativeValue(type, block, value);
        return "from_hex('" + HexFormat.of().formatHex(DuckType.readBytes(type, block.build(), 0)) + "')";
    }

    private static String refuse(Type type) {
        throw Refused.because("A constant of type " + type.getDisplayName());
    }

    private static String number(long value, String duckType) {
        return cast(Long.toString(value), duckType);
    }

    private static String cast(String text, String duckType) {
        return "CAST('" + text + "' AS " + duckType + ")";
    }

    /// A string literal. Characters that would end or garble DuckDB's text are given by their code.
    static String text(String value) {
        if (value.indexOf('\0') < 0) {
            return '\'' + value.replace("'", "''") + '\'';
        }
        List<String> parts = new ArrayList<>();
        for (String part : value.split("\0", -1)) {
            parts.add('\'' + part.replace("'", "''") + '\'');
        }
        return "(" + String.join(" || chr(0) || ", parts) + ")";
    }

    private static String date(long epochDay) {
        LocalDate date = LocalDate.ofEpochDay(epochDay);
        if (date.getYear() < 1 || date.getYear() > 9999) {
            throw Refused.because("The date constant " + date + " (before year 1 or after 9999)");
        }
        return date.toString();
    }

    private static String decimal(DecimalType type, Object value) {
        return type.isShort()
                ? Decimals.toString((Long) value, type.getScale())
                : Decimals.toString((Int128) value, type.getScale());
    }

    private static String floating(double value) {
        if (Double.isNaN(value)) {
            return "NaN";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "Infinity" : "-Infinity";
        }
        return Double.toString(value);
    }

    private static String floating(float value) {
        return Float.isNaN(value) || Float.isInfinite(value) ? floating((double) value) : Float.toString(value);
    }

    private static String picos(LongTimestamp value) {
        return BigInteger.valueOf(value.getEpochMicros())
                .multiply(BigInteger.valueOf(1_000_000))
                .add(BigInteger.valueOf(value.getPicosOfMicro()))
                .toString();
    }

    private static String timestamp(TimestampType type, Object value) {
        if (type.isShort()) {
            return wallClock((Long) value, 0);
        }
        LongTimestamp timestamp = (LongTimestamp) value;
        return wallClock(timestamp.getEpochMicros(), timestamp.getPicosOfMicro() / 1_000);
    }

    private static String instant(TimestampWithTimeZoneType type, Object value) {
        if (type.isShort()) {
            long packed = (Long) value;
            return wallClock(io.trino.spi.type.DateTimeEncoding.unpackMillisUtc(packed) * 1_000, 0);
        }
        LongTimestampWithTimeZone timestamp = (LongTimestampWithTimeZone) value;
        return wallClock(
                timestamp.getEpochMillis() * 1_000 + timestamp.getPicosOfMilli() / 1_000_000,
                timestamp.getPicosOfMilli() / 1_000 % 1_000);
    }

    private static String wallClock(long epochMicros, int nanosOfMicro) {
        LocalDateTime time = LocalDateTime.ofEpochSecond(
                Math.floorDiv(epochMicros, 1_000_000L),
                (int) Math.floorMod(epochMicros, 1_000_000L) * 1_000 + nanosOfMicro,
                ZoneOffset.UTC);
        if (time.getYear() < 1 || time.getYear() > 9999) {
            throw Refused.because("The timestamp constant " + time + " (before year 1 or after 9999)");
        }
        return time.toLocalDate() + " " + time.toLocalTime();
    }

    private static String array(ArrayType type, Block block, String duckType) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < block.getPositionCount(); i++) {
            items.add(of(type.getElementType(), TypeUtils.readNativeValue(type.getElementType(), block, i)));
        }
        return "CAST([" + String.join(", ", items) + "] AS " + duckType + ")";
    }

    private static String map(MapType type, SqlMap map, String duckType) {
        List<String> keys = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < map.getSize(); i++) {
            int at = map.getRawOffset() + i;
            keys.add(of(type.getKeyType(), TypeUtils.readNativeValue(type.getKeyType(), map.getRawKeyBlock(), at)));
            values.add(of(
                    type.getValueType(), TypeUtils.readNativeValue(type.getValueType(), map.getRawValueBlock(), at)));
        }
        return "CAST(MAP([" + String.join(", ", keys) + "], [" + String.join(", ", values) + "]) AS " + duckType + ")";
    }

    private static String row(RowType type, SqlRow row) {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < row.getFieldCount(); i++) {
            Type field = type.getFields().get(i).getType();
            items.add(of(field, TypeUtils.readNativeValue(field, row.getRawFieldBlock(i), row.getRawIndex())));
        }
        return Rows.pack(type, items);
    }
}
