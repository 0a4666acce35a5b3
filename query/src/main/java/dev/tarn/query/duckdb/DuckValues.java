package dev.tarn.query.duckdb;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Values between DuckDB's text and Iceberg's in-memory form (days, microseconds, `ByteBuffer`…).
public final class DuckValues {
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter TIMESTAMP_WITH_ZONE = new DateTimeFormatterBuilder()
            .append(TIMESTAMP)
            .appendOffset("+HH:mm", "+00")
            .toFormatter(Locale.ROOT);

    private DuckValues() {}

    /// What DuckDB prints for a value in its statistics, as Iceberg holds it. Empty for what Iceberg has
    /// no value for (infinite dates, dates before Christ): a bound left out is always right.
    public static Optional<Object> parse(Type type, String text) {
        try {
            return Optional.of(parsed(type, text));
        } catch (DateTimeParseException | IllegalArgumentException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Object parsed(Type type, String text) {
        return switch (type.typeId()) {
            case BOOLEAN -> text.equals("1") || text.equals("true");
            case INTEGER -> Integer.parseInt(text);
            case LONG -> Long.parseLong(text);
            case FLOAT -> (float) floating(text);
            case DOUBLE -> floating(text);
            case DATE -> Math.toIntExact(LocalDate.parse(text).toEpochDay());
            case TIME -> LocalTime.parse(text).toNanoOfDay() / 1000;
            case TIMESTAMP -> {
                boolean zoned = ((Types.TimestampType) type).shouldAdjustToUTC();
                yield ChronoUnit.MICROS.between(LocalDateTime.of(1970, 1, 1, 0, 0), instant(zoned, text));
            }
            case TIMESTAMP_NANO -> {
                boolean zoned = ((Types.TimestampNanoType) type).shouldAdjustToUTC();
                yield ChronoUnit.NANOS.between(LocalDateTime.of(1970, 1, 1, 0, 0), instant(zoned, text));
            }
            case STRING -> text;
            case UUID -> UUID.fromString(text);
            case FIXED, BINARY -> ByteBuffer.wrap(HexFormat.of().parseHex(text));
            case DECIMAL -> new BigDecimal(text).setScale(((Types.DecimalType) type).scale());
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw new IllegalArgumentException(text);
        };
    }

    private static LocalDateTime instant(boolean zoned, String text) {
        return zoned
                ? OffsetDateTime.parse(text, TIMESTAMP_WITH_ZONE)
                        .withOffsetSameInstant(ZoneOffset.UTC)
                        .toLocalDateTime()
                : LocalDateTime.parse(text, TIMESTAMP);
    }

    private static double floating(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "inf", "infinity" -> Double.POSITIVE_INFINITY;
            case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }

    /// A value of Iceberg's in-memory form as a DuckDB expression of the type's DuckDB type.
    public static String literal(Type type, @Nullable Object value) {
        String sqlType = DuckTypes.sql(type);
        if (value == null) {
            return "CAST(NULL AS " + sqlType + ")";
        }
        return switch (type.typeId()) {
            case BOOLEAN -> value.toString();
            case INTEGER, LONG -> "CAST(" + value + " AS " + sqlType + ")";
            case FLOAT, DOUBLE, UUID, DECIMAL -> cast(value.toString(), sqlType);
            case DATE -> cast(LocalDate.ofEpochDay((int) value).toString(), sqlType);
            case TIME -> cast(LocalTime.ofNanoOfDay((long) value * 1000).toString(), sqlType);
            case TIMESTAMP ->
                ((Types.TimestampType) type).shouldAdjustToUTC()
                        ? "make_timestamptz(" + value + ")"
                        : "make_timestamp(" + value + ")";
            case TIMESTAMP_NANO -> "CAST(make_timestamp_ns(" + value + ") AS " + sqlType + ")";
            case STRING -> SqlText.string(value.toString());
            case FIXED, BINARY -> "unhex('" + hex((ByteBuffer) value) + "')";
            case STRUCT -> structLiteral(type.asStructType(), (StructLike) value);
            case LIST ->
                ((java.util.List<?>) value)
                        .stream()
                                .map(item -> literal(type.asListType().elementType(), item))
                                .collect(Collectors.joining(", ", "[", "]"));
            case MAP ->
                ((java.util.Map<?, ?>) value)
                        .entrySet().stream()
                                .map(entry -> literal(type.asMapType().keyType(), entry.getKey()) + ": "
                                        + literal(type.asMapType().valueType(), entry.getValue()))
                                .collect(Collectors.joining(", ", "MAP {", "}"));
            case GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw new IllegalArgumentException(type.toString());
        };
    }

    private static String structLiteral(Types.StructType type, StructLike value) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < type.fields().size(); i++) {
            Types.NestedField field = type.fields().get(i);
            text.append(i == 0 ? "" : ", ")
                    .append(SqlText.string(field.name()))
                    .append(": ")
                    .append(literal(field.type(), value.get(i, Object.class)));
        }
        return text.append('}').toString();
    }

    private static String cast(String text, String sqlType) {
        return "CAST(" + SqlText.string(text) + " AS " + sqlType + ")";
    }

    private static String hex(ByteBuffer bytes) {
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        return HexFormat.of().formatHex(copy);
    }
}
