package dev.tarn.ingest;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.duckdb.DuckTypes;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Text as typed values, without guessing: a text fits a type only if the value says all that the text
/// said. `1.5` is no bigint (DuckDB would round it), `007` is none either, `2010-13-01` is no date.
final class TextTypes {
    private static final Pattern DECIMAL = Pattern.compile("decimal\\(\\s*(\\d+)\\s*,\\s*(\\d+)\\s*\\)");
    private static final String TIMESTAMP_SHAPE =
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?";
    private static final String ZONE_SHAPE = " ?(Z|[+-][0-9]{2}(:?[0-9]{2})?)";

    private TextTypes() {}

    /// The value of a text, or NULL; only right where [#fits] holds.
    static String typed(Type type, String text) {
        return switch (type.typeId()) {
            case STRING -> text;
            default -> "TRY_CAST(" + text + " AS " + DuckTypes.sql(type) + ")";
        };
    }

    /// Whether a text that is not null is exactly a value of the type; NULL counts as no.
    static String fits(Type type, String text, String typed) {
        return switch (type.typeId()) {
            case STRING -> "true";
            case INTEGER, LONG, DATE -> "CAST(" + typed + " AS VARCHAR) = " + text;
            case BOOLEAN -> "lower(" + text + ") IN ('true', 'false')";
            case FLOAT, DOUBLE -> typed + " IS NOT NULL AND NOT contains(" + text + ", '_')";
            case TIMESTAMP ->
                typed + " IS NOT NULL AND (CAST(" + typed + " AS VARCHAR) = " + text + " OR regexp_full_match(" + text
                        + ", '" + TIMESTAMP_SHAPE
                        + (((Types.TimestampType) type).shouldAdjustToUTC() ? ZONE_SHAPE : "") + "'))";
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                int scale = Math.min(38 - (decimal.precision() - decimal.scale()), decimal.scale() + 9);
                yield "TRY_CAST(" + text + " AS DECIMAL(" + (decimal.precision() - decimal.scale() + scale) + ","
                        + scale + ")) = " + typed;
            }
            case TIME, UUID -> typed + " IS NOT NULL";
            default -> throw new IllegalArgumentException("no column of text is read as " + type);
        };
    }

    /// Whether a field of CSV can be read as the type.
    static boolean isReadable(Type type) {
        return switch (type.typeId()) {
            case STRING, INTEGER, LONG, FLOAT, DOUBLE, BOOLEAN, DATE, TIME, TIMESTAMP, DECIMAL, UUID -> true;
            case TIMESTAMP_NANO, FIXED, BINARY, STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> false;
        };
    }

    /// A type as a source's `columns` names it.
    ///
    /// @throws TarnException `CONFIG_INVALID`
    static Type parse(String name) {
        String word = name.strip().toLowerCase(Locale.ROOT);
        Matcher decimal = DECIMAL.matcher(word);
        if (decimal.matches()) {
            return Types.DecimalType.of(Integer.parseInt(decimal.group(1)), Integer.parseInt(decimal.group(2)));
        }
        return switch (word) {
            case "boolean" -> Types.BooleanType.get();
            case "integer", "int" -> Types.IntegerType.get();
            case "bigint" -> Types.LongType.get();
            case "real" -> Types.FloatType.get();
            case "double" -> Types.DoubleType.get();
            case "varchar" -> Types.StringType.get();
            case "date" -> Types.DateType.get();
            case "time" -> Types.TimeType.get();
            case "timestamp" -> Types.TimestampType.withoutZone();
            case "timestamp with time zone" -> Types.TimestampType.withZone();
            case "uuid" -> Types.UUIDType.get();
            default ->
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        "'" + name + "' is not a type for a column of text; use boolean, integer, bigint, real, double,"
                                + " decimal(p,s), varchar, date, time, timestamp, timestamp with time zone or uuid");
        };
    }
}
