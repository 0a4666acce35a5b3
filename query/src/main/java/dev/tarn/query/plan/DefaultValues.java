package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.INVALID_ARGUMENTS;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;

import io.trino.spi.TrinoException;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.RealType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.UuidType;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Default values of columns: Iceberg's value, and the SQL literal that stands for it in `DEFAULT …`, in
/// `SHOW CREATE TABLE` and in an INSERT that leaves the column out. The same literals as in Trino's Iceberg connector.
final class DefaultValues {
    /// Format versions below know none.
    private static final int FORMAT_VERSION_MIN = 3;

    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .appendLiteral(' ')
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter TIMESTAMP_WITH_ZONE = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendLiteral(' ')
            .appendZoneId()
            .toFormatter(Locale.ROOT);
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);
    private static final DateTimeFormatter NANOS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS", Locale.ROOT);

    private DefaultValues() {}

    /// @throws TrinoException `NOT_SUPPORTED` when a column of such a table cannot have a default
    static void check(int formatVersion, boolean hasDefault) {
        if (formatVersion < FORMAT_VERSION_MIN && hasDefault) {
            throw new TrinoException(
                    NOT_SUPPORTED, "Default column values are not supported for Iceberg table format version < 3");
        }
    }

    /// The literal of what an INSERT that leaves the column out writes.
    static Optional<String> sql(Types.NestedField field) {
        return Optional.ofNullable(field.writeDefault()).map(value -> sql(field.type(), value));
    }

    private static String sql(org.apache.iceberg.types.Type type, Object value) {
        return switch (type.typeId()) {
            case BOOLEAN, INTEGER, LONG -> value.toString();
            case FLOAT -> "REAL '" + value + "'";
            case DOUBLE -> "DOUBLE '" + value + "'";
            case DECIMAL -> "DECIMAL '" + ((BigDecimal) value).toPlainString() + "'";
            case DATE -> "DATE '" + LocalDate.ofEpochDay((Integer) value) + "'";
            case TIME -> "TIME '" + LocalTime.ofNanoOfDay((Long) value * 1_000) + "'";
            case TIMESTAMP ->
                timestamp((Long) value, ChronoUnit.MICROS, MICROS, ((Types.TimestampType) type).shouldAdjustToUTC());
            case TIMESTAMP_NANO ->
                timestamp((Long) value, ChronoUnit.NANOS, NANOS, ((Types.TimestampNanoType) type).shouldAdjustToUTC());
            case STRING -> "'" + value.toString().replace("'", "''") + "'";
            case UUID -> "UUID '" + value + "'";
            case FIXED, BINARY -> {
                ByteBuffer bytes = ((ByteBuffer) value).duplicate();
                byte[] copy = new byte[bytes.remaining()];
                bytes.get(copy);
                yield "X'" + HexFormat.of().withUpperCase().formatHex(copy) + "'";
            }
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN ->
                throw new TrinoException(NOT_SUPPORTED, "Unsupported default value type: " + type);
        };
    }

    private static String timestamp(long value, ChronoUnit unit, DateTimeFormatter format, boolean zoned) {
        LocalDateTime time = LocalDateTime.ofInstant(Instant.EPOCH.plus(value, unit), ZoneOffset.UTC);
        return "TIMESTAMP '" + time.format(format) + (zoned ? " UTC'" : "'");
    }

    /// The default that a new column is declared with; null when there is none, which `DEFAULT NULL` says too.
    static @Nullable Literal<?> of(ColumnMetadata column, Type type) {
        return column.getDefaultValue().map(text -> parse(text, type)).orElse(null);
    }

    /// The value of a literal, as Trino's analyzer has printed it; null for `NULL`.
    ///
    /// @param type the column's
    /// @throws TrinoException `INVALID_ARGUMENTS` for a literal of another type, `NOT_SUPPORTED` for a type whose
    ///     columns have no defaults
    static @Nullable Literal<?> parse(String text, Type type) {
        if (text.equalsIgnoreCase("null")) {
            return null;
        }
        try {
            return switch (type) {
                case BooleanType ignored -> Literal.of(bool(text));
                case IntegerType ignored -> Literal.of(Integer.parseInt(text));
                case BigintType ignored -> Literal.of(Long.parseLong(text));
                case RealType ignored -> Literal.of(Float.parseFloat(number(text)));
                case DoubleType ignored -> Literal.of(Double.parseDouble(number(text)));
                case DecimalType decimal ->
                    Literal.of(new BigDecimal(number(text)).setScale(decimal.getScale(), RoundingMode.UNNECESSARY));
                case VarcharType ignored -> Literal.of(quoted(text, "").replace("''", "'"));
                case VarbinaryType ignored ->
                    Literal.of(ByteBuffer.wrap(HexFormat.of().parseHex(quoted(text, "X"))));
                case UuidType ignored -> Literal.of(UUID.fromString(quoted(text, "UUID ")));
                case DateType ignored ->
                    Literal.of(Math.toIntExact(
                            LocalDate.parse(quoted(text, "DATE ")).toEpochDay()));
                case TimeType time
                when time.equals(TimeType.TIME_MICROS) ->
                    Literal.of(LocalTime.parse(quoted(text, "TIME ")).toNanoOfDay() / 1_000);
                case TimestampType timestamp
                when timestamp.equals(TimestampType.TIMESTAMP_MICROS) ->
                    Literal.of(micros(LocalDateTime.parse(quoted(text, "TIMESTAMP "), TIMESTAMP)
                            .toInstant(ZoneOffset.UTC)));
                case TimestampWithTimeZoneType timestamp
                when timestamp.equals(TimestampWithTimeZoneType.TIMESTAMP_TZ_MICROS) ->
                    Literal.of(micros(ZonedDateTime.parse(quoted(text, "TIMESTAMP "), TIMESTAMP_WITH_ZONE)
                            .toInstant()));
                default ->
                    throw new TrinoException(NOT_SUPPORTED, "Unsupported default value type: " + type.getDisplayName());
            };
        } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
            throw new TrinoException(
                    INVALID_ARGUMENTS, "Invalid " + type.getDisplayName() + " default value: " + text, e);
        }
    }

    private static boolean bool(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    /// What stands between the quotes after a literal's type.
    private static String quoted(String text, String type) {
        boolean fits = text.length() >= type.length() + 2
                && text.substring(0, type.length() + 1).equalsIgnoreCase(type + "'")
                && text.endsWith("'");
        if (!fits) {
            throw new IllegalArgumentException(text);
        }
        return text.substring(type.length() + 1, text.length() - 1);
    }

    /// A number, with or without its type and quotes: `1.5`, `DECIMAL '1.5'`.
    private static String number(String text) {
        int open = text.indexOf('\'');
        int close = text.lastIndexOf('\'');
        return open >= 0 && close > open ? text.substring(open + 1, close) : text;
    }

    private static long micros(Instant instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
    }
}
