package dev.tarn.query.execute;

import dev.tarn.query.compile.DuckType;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.LongTimestamp;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.SqlVarbinary;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimeWithTimeZoneType;
import io.trino.spi.type.TimeZoneKey;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarcharType;
import io.trino.type.ColorType;
import io.trino.type.IntervalDayTimeType;
import io.trino.type.IntervalYearMonthType;
import io.trino.type.JsonType;
import io.trino.type.SqlIntervalDayTime;
import io.trino.type.SqlIntervalYearMonth;
import io.trino.type.UnknownType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.sql.Array;
import java.sql.Blob;
import java.sql.SQLException;
import java.sql.Struct;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// DuckDB's values as the Trino client protocol writes them.
final class Rows {
    private Rows() {}

    /// @param zone of values with a time zone
    static @Nullable Object value(Type type, TimeZoneKey zone, @Nullable Object value) throws SQLException {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case BooleanType ignored -> value;
            case TinyintType ignored -> ((Number) value).intValue();
            case SmallintType ignored -> ((Number) value).intValue();
            case IntegerType ignored -> ((Number) value).intValue();
            case BigintType ignored -> ((Number) value).longValue();
            case RealType ignored -> ((Number) value).floatValue();
            case DoubleType ignored -> ((Number) value).doubleValue();
            case DecimalType decimal ->
                new BigDecimal(value.toString()).setScale(decimal.getScale()).toPlainString();
            case VarcharType ignored -> value.toString();
            case JsonType ignored -> value.toString();
            case CharType character -> padded(value.toString(), character.getLength());
            case DateType ignored -> date(value);
            case UuidType ignored -> value.toString();
            case TimeType time when time.getPrecision() > 6 -> written(type, ((Number) value).longValue());
            case TimeType time -> time((LocalTime) value, time.getPrecision());
            case TimestampType timestamp when timestamp.getPrecision() > 9 -> written(type, picos((BigInteger) value));
            case TimestampType timestamp -> timestamp(wallClock(value), timestamp.getPrecision());
            case TimestampWithTimeZoneType timestamp ->
                timestamp(
                                instant(value)
                                        .atZoneSameInstant(ZoneId.of(zone.getId()))
                                        .toLocalDateTime(),
                                timestamp.getPrecision())
                        + " " + zone.getId();
            case IntervalDayTimeType ignored -> new SqlIntervalDayTime(((Number) value).longValue()).toString();
            case IntervalYearMonthType ignored -> new SqlIntervalYearMonth(((Number) value).intValue()).toString();
            case ArrayType array -> array(array, zone, value);
            case MapType map -> map(map, zone, (Map<?, ?>) value);
            case RowType row -> row(row, zone, ((Struct) value).getAttributes());
            case UnknownType ignored -> value;
            case ColorType ignored -> written(type, ((Number) value).longValue());
            case TimeWithTimeZoneType ignored -> written(type, ((Number) value).longValue());
            default -> {
                if (DuckType.isBytes(type)) {
                    BlockBuilder block = type.createBlockBuilder(null, 1);
                    DuckType.writeBytes(type, block, bytes(value));
                    yield written(type, block);
                }
                throw new IllegalStateException("no result of type " + type.getDisplayName());
            }
        };
    }

    /// As Trino itself writes a value of a rarer type.
    ///
    /// @param value as Trino's stack holds it
    private static String written(Type type, Object value) {
        BlockBuilder block = type.createBlockBuilder(null, 1);
        TypeUtils.writeNativeValue(type, block, value);
        return written(type, block);
    }

    private static String written(Type type, BlockBuilder block) {
        Object written = type.getObjectValue(block.build(), 0);
        return written instanceof SqlVarbinary bytes
                ? Base64.getEncoder().encodeToString(bytes.getBytes())
                : String.valueOf(written);
    }

    private static LongTimestamp picos(BigInteger picos) {
        BigInteger perMicro = BigInteger.valueOf(1_000_000);
        BigInteger rest = picos.mod(perMicro);
        return new LongTimestamp(picos.subtract(rest).divide(perMicro).longValueExact(), rest.intValueExact());
    }

    private static byte[] bytes(Object value) throws SQLException {
        return switch (value) {
            case Blob blob -> blob.getBytes(1, (int) blob.length());
            case byte[] bytes -> bytes;
            default -> throw new IllegalStateException("no bytes in " + value.getClass());
        };
    }

    private static String padded(String value, int length) {
        int missing = length - value.codePointCount(0, value.length());
        return missing > 0 ? value + " ".repeat(missing) : value;
    }

    private static String date(Object value) {
        LocalDate date = value instanceof java.sql.Date sql ? sql.toLocalDate() : (LocalDate) value;
        return date.toString();
    }

    private static LocalDateTime wallClock(Object value) {
        return value instanceof java.sql.Timestamp sql ? sql.toLocalDateTime() : (LocalDateTime) value;
    }

    /// DuckDB's driver gives nanoseconds as text, in UTC.
    private static OffsetDateTime instant(Object value) {
        return value instanceof String text
                ? LocalDateTime.parse(text.substring(0, text.length() - "+00".length())
                                .replace(' ', 'T'))
                        .atOffset(ZoneOffset.UTC)
                : (OffsetDateTime) value;
    }

    private static String time(LocalTime time, int precision) {
        return two(time.getHour()) + ":" + two(time.getMinute()) + ":" + two(time.getSecond())
                + fraction(time.getNano(), precision);
    }

    private static String timestamp(LocalDateTime time, int precision) {
        return time.toLocalDate() + " " + two(time.getHour()) + ":" + two(time.getMinute()) + ":"
                + two(time.getSecond()) + fraction(time.getNano(), precision);
    }

    private static String two(int number) {
        return number < 10 ? "0" + number : Integer.toString(number);
    }

    private static String fraction(int nanos, int precision) {
        if (precision == 0) {
            return "";
        }
        String digits = String.format("%09d", nanos) + "000";
        return "." + digits.substring(0, precision);
    }

    private static List<@Nullable Object> array(ArrayType type, TimeZoneKey zone, Object value) throws SQLException {
        Object[] items = (Object[]) ((Array) value).getArray();
        List<@Nullable Object> list = new ArrayList<>(items.length);
        for (Object item : items) {
            list.add(value(type.getElementType(), zone, item));
        }
        return list;
    }

    private static Map<String, @Nullable Object> map(MapType type, TimeZoneKey zone, Map<?, ?> value)
            throws SQLException {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (Map.Entry<?, ?> entry : value.entrySet()) {
            map.put(
                    String.valueOf(value(type.getKeyType(), zone, entry.getKey())),
                    value(type.getValueType(), zone, entry.getValue()));
        }
        return map;
    }

    private static List<@Nullable Object> row(RowType type, TimeZoneKey zone, Object[] fields) throws SQLException {
        List<@Nullable Object> list = new ArrayList<>(fields.length);
        for (int i = 0; i < fields.length; i++) {
            list.add(value(type.getFields().get(i).getType(), zone, fields[i]));
        }
        return list;
    }
}
