package dev.tarn.feature.window;

import dev.tarn.feature.definition.Place;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One expression that a view's aggregates are over, as events carry it.
///
/// @param type its Trino type
/// @param kind how an event holds it
/// @param scale the decimal digits that a `LONG` of a decimal type counts in
public record Measure(String type, Kind kind, int scale) {
    /// How an event holds a value.
    public enum Kind {
        /// Integers, unscaled decimals, booleans (0, 1), dates (days) and timestamps (microseconds).
        LONG,
        /// IEEE doubles.
        DOUBLE,
        /// Text.
        TEXT
    }

    private static final Pattern DECIMAL = Pattern.compile("decimal\\((\\d+), ?(\\d+)\\)");
    private static final List<String> INTEGERS = List.of("tinyint", "smallint", "integer", "bigint");

    /// The measure of a Trino type.
    ///
    /// @throws dev.tarn.core.error.TarnException `CONFIG_INVALID` at the place for a type that no event can hold
    public static Measure of(String trinoType, Place place) {
        String type = trinoType.toLowerCase(Locale.ROOT);
        if (INTEGERS.contains(type) || type.equals("boolean") || type.equals("date") || isTimestamp(type)) {
            return new Measure(type, Kind.LONG, 0);
        }
        if (type.equals("double") || type.equals("real")) {
            return new Measure(type, Kind.DOUBLE, 0);
        }
        if (type.startsWith("varchar") || type.startsWith("char") || type.equals("uuid")) {
            return new Measure("varchar", Kind.TEXT, 0);
        }
        Matcher decimal = DECIMAL.matcher(type);
        if (decimal.matches() && Integer.parseInt(decimal.group(1)) <= 18) {
            return new Measure(type, Kind.LONG, Integer.parseInt(decimal.group(2)));
        }
        String way = decimal.matches()
                ? "cast it to decimal(18, " + decimal.group(2) + ") or double"
                : "cast it to a number, a text, a boolean, a date or a timestamp";
        throw place.error("no aggregate can be over the type " + type + ": " + way);
    }

    /// Whether sums of it mean something.
    public boolean isNumber() {
        return kind == Kind.DOUBLE || INTEGERS.contains(type) || isDecimal();
    }

    /// Whether it is a decimal.
    public boolean isDecimal() {
        return type.startsWith("decimal");
    }

    /// Whether it is a point in time with microseconds.
    public static boolean isTimestamp(String type) {
        return precision(type).filter(precision -> precision <= 6).isPresent();
    }

    private static Optional<Integer> precision(String type) {
        if (!type.startsWith("timestamp")) {
            return Optional.empty();
        }
        int open = type.indexOf('(');
        return Optional.of(open < 0 ? 3 : Integer.parseInt(type.substring(open + 1, type.indexOf(')'))));
    }
}
