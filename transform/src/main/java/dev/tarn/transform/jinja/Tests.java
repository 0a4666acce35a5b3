package dev.tarn.transform.jinja;

import dev.tarn.core.config.Nearest;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Jinja's tests, as in `x is defined`.
final class Tests {
    private interface Check {
        boolean check(@Nullable Object value, Arguments arguments);
    }

    private static final Map<String, Check> TESTS = Map.ofEntries(
            Map.entry("defined", (value, args) -> !(value instanceof Undefined)),
            Map.entry("undefined", (value, args) -> value instanceof Undefined),
            Map.entry("none", (value, args) -> value == null),
            Map.entry("boolean", (value, args) -> value instanceof Boolean),
            Map.entry("true", (value, args) -> Boolean.TRUE.equals(value)),
            Map.entry("false", (value, args) -> Boolean.FALSE.equals(value)),
            Map.entry("string", (value, args) -> value instanceof CharSequence),
            Map.entry("number", (value, args) -> Operators.isNumber(value)),
            Map.entry("integer", (value, args) -> value instanceof Number && !isFraction(value)),
            Map.entry("float", (value, args) -> value instanceof Double),
            Map.entry(
                    "mapping",
                    (value, args) ->
                            value instanceof Map || (value instanceof Attributes object && object.isMapping())),
            Map.entry(
                    "sequence",
                    (value, args) -> value instanceof List || value instanceof CharSequence || value instanceof Map),
            Map.entry(
                    "iterable",
                    (value, args) -> value instanceof Collection
                            || value instanceof CharSequence
                            || value instanceof Map
                            || value instanceof Iterable
                            || value instanceof Undefined),
            Map.entry("callable", (value, args) -> value instanceof Callable),
            Map.entry(
                    "sameas",
                    (value, args) -> Operators.equal(value, args.get(0, "other"))
                            && Python.typeName(value).equals(Python.typeName(args.get(0, "other")))),
            Map.entry("odd", (value, args) -> Math.floorMod(Operators.wholeNumber(value), 2) == 1),
            Map.entry("even", (value, args) -> Math.floorMod(Operators.wholeNumber(value), 2) == 0),
            Map.entry(
                    "divisibleby",
                    (value, args) -> Operators.wholeNumber(value) % Operators.wholeNumber(args.get(0, "num")) == 0),
            Map.entry(
                    "lower",
                    (value, args) -> Python.str(value).equals(Python.str(value).toLowerCase(Locale.ROOT))),
            Map.entry(
                    "upper",
                    (value, args) -> Python.str(value).equals(Python.str(value).toUpperCase(Locale.ROOT))),
            Map.entry("in", (value, args) -> Operators.contains(args.get(0, "seq"), value)),
            Map.entry("escaped", (value, args) -> false),
            compare("eq", "=="),
            compare("equalto", "=="),
            compare("==", "=="),
            compare("ne", "!="),
            compare("!=", "!="),
            compare("lt", "<"),
            compare("lessthan", "<"),
            compare("<", "<"),
            compare("le", "<="),
            compare("<=", "<="),
            compare("gt", ">"),
            compare("greaterthan", ">"),
            compare(">", ">"),
            compare("ge", ">="),
            compare(">=", ">="));

    private Tests() {}

    static boolean check(String name, @Nullable Object value, Arguments arguments) {
        Check check = TESTS.get(name);
        if (check == null) {
            throw new JinjaException("there is no test '" + name + "'"
                    + Nearest.of(name, TESTS.keySet())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse(""));
        }
        return check.check(value, arguments);
    }

    private static Map.Entry<String, Check> compare(String name, String operator) {
        return Map.entry(name, (value, arguments) -> Operators.compare(operator, value, arguments.get(0, "other")));
    }

    private static boolean isFraction(Object value) {
        return value instanceof Double || value instanceof BigDecimal || value instanceof Float;
    }
}
