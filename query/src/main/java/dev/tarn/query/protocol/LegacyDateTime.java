package dev.tarn.query.protocol;

import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TimeType;
import io.trino.spi.type.TimeWithTimeZoneType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Rounds times to milliseconds for clients without the capability `PARAMETRIC_DATETIME`, as Trino does.
final class LegacyDateTime {
    private static final Pattern TIMESTAMP =
            Pattern.compile("([+-]?\\d{4,}-\\d\\d-\\d\\d) (\\d\\d:\\d\\d:\\d\\d)(?:\\.(\\d+))?(.*)");
    private static final Pattern TIME = Pattern.compile("(\\d\\d:\\d\\d:\\d\\d)(?:\\.(\\d+))?(.*)");

    private final List<UnaryOperator<@Nullable Object>> columns;

    LegacyDateTime(List<Type> types) {
        columns = types.stream().map(LegacyDateTime::rounding).toList();
    }

    List<@Nullable Object> row(List<@Nullable Object> row) {
        List<@Nullable Object> rounded = new ArrayList<>(row.size());
        for (int i = 0; i < row.size(); i++) {
            rounded.add(columns.get(i).apply(row.get(i)));
        }
        return rounded;
    }

    private static UnaryOperator<@Nullable Object> rounding(Type type) {
        return switch (type) {
            case TimestampType _, TimestampWithTimeZoneType _ ->
                value -> value instanceof String text ? timestamp(text) : value;
            case TimeType _, TimeWithTimeZoneType _ -> value -> value instanceof String text ? time(text) : value;
            case ArrayType array -> {
                UnaryOperator<@Nullable Object> element = rounding(array.getElementType());
                yield value -> value instanceof List<?> items ? each(items, i -> element) : value;
            }
            case RowType row -> {
                List<UnaryOperator<@Nullable Object>> fields = row.getFieldTypes().stream()
                        .map(LegacyDateTime::rounding)
                        .toList();
                yield value -> value instanceof List<?> items ? each(items, fields::get) : value;
            }
            case MapType map -> {
                UnaryOperator<@Nullable Object> key = rounding(map.getKeyType());
                UnaryOperator<@Nullable Object> element = rounding(map.getValueType());
                yield value -> {
                    if (!(value instanceof Map<?, ?> entries)) {
                        return value;
                    }
                    Map<@Nullable Object, @Nullable Object> rounded = new LinkedHashMap<>();
                    entries.forEach((k, v) -> rounded.put(key.apply(k), element.apply(v)));
                    return rounded;
                };
            }
            default -> UnaryOperator.identity();
        };
    }

    private static List<@Nullable Object> each(
            List<?> items, java.util.function.IntFunction<UnaryOperator<@Nullable Object>> rounding) {
        List<@Nullable Object> rounded = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            rounded.add(rounding.apply(i).apply(items.get(i)));
        }
        return rounded;
    }

    static String timestamp(String text) {
        Matcher parts = TIMESTAMP.matcher(text);
        if (!parts.matches() || digits(parts.group(3)) == 3) {
            return text;
        }
        String second = parts.group(1) + "T" + parts.group(2);
        LocalDateTime rounded = LocalDateTime.parse(second).plus(millis(parts.group(3)), ChronoUnit.MILLIS);
        return rounded.toLocalDate() + " " + millisText(rounded.toLocalTime()) + parts.group(4);
    }

    static String time(String text) {
        Matcher parts = TIME.matcher(text);
        if (!parts.matches() || digits(parts.group(2)) == 3) {
            return text;
        }
        LocalTime rounded = LocalTime.parse(parts.group(1)).plus(millis(parts.group(2)), ChronoUnit.MILLIS);
        return millisText(rounded) + parts.group(3);
    }

    private static int digits(@Nullable String fraction) {
        return fraction == null ? 0 : fraction.length();
    }

    /// Milliseconds of a fraction of a second, rounded half up.
    private static long millis(@Nullable String fraction) {
        if (fraction == null) {
            return 0;
        }
        String padded = (fraction + "0000").substring(0, Math.max(4, fraction.length()));
        return Long.parseLong(padded.substring(0, 3)) + (padded.charAt(3) >= '5' ? 1 : 0);
    }

    private static String millisText(LocalTime time) {
        return String.format(
                "%02d:%02d:%02d.%03d", time.getHour(), time.getMinute(), time.getSecond(), time.getNano() / 1_000_000);
    }
}
