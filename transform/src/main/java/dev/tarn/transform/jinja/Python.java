package dev.tarn.transform.jinja;

import java.math.BigDecimal;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// How Python sees the values: their truth, their text, what iterating over them gives.
public final class Python {
    private Python() {}

    /// `bool(value)`.
    public static boolean truth(@Nullable Object value) {
        return switch (value) {
            case null -> false;
            case Undefined undefined -> false;
            case Boolean bool -> bool;
            case BigDecimal decimal -> decimal.signum() != 0;
            case Double number -> number != 0;
            case Number number -> number.longValue() != 0 || number.doubleValue() != 0;
            case CharSequence text -> !text.isEmpty();
            case Collection<?> items -> !items.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    /// `str(value)`.
    public static String str(@Nullable Object value) {
        return switch (value) {
            case CharSequence text -> text.toString();
            case Temporal moment -> Values.isoformat(moment).replace('T', ' ');
            case null, default -> repr(value);
        };
    }

    /// `repr(value)`.
    public static String repr(@Nullable Object value) {
        return switch (value) {
            case null -> "None";
            case Boolean bool -> bool ? "True" : "False";
            case Double number -> number(number);
            case Float number -> number(number.doubleValue());
            case BigDecimal decimal -> decimal.toPlainString();
            case CharSequence text -> quoted(text.toString());
            case Tuple tuple -> joined(tuple, "(", tuple.size() == 1 ? ",)" : ")");
            case Set<?> set -> set.isEmpty() ? "set()" : joined(set, "{", "}");
            case Collection<?> items -> joined(items, "[", "]");
            case Map<?, ?> map -> {
                StringJoiner text = new StringJoiner(", ", "{", "}");
                map.forEach((key, item) -> text.add(repr(key) + ": " + repr(item)));
                yield text.toString();
            }
            case Temporal moment -> Values.repr(moment);
            case Callable callable -> callable instanceof Attributes ? callable.toString() : "<function>";
            default -> value.toString();
        };
    }

    private static String joined(Collection<?> items, String open, String close) {
        StringJoiner text = new StringJoiner(", ", open, close);
        items.forEach(item -> text.add(repr(item)));
        return text.toString();
    }

    private static String quoted(String text) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        StringBuilder out = new StringBuilder().append(quote);
        text.codePoints().forEach(c -> {
            if (c == quote || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\r') {
                out.append("\\r");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (c < 0x20 || c == 0x7f) {
                out.append(String.format("\\x%02x", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append(quote).toString();
    }

    /// A float's shortest text, in Python's layout: an exponent only below 1e-4 and from 1e16.
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = exact.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = exact.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (value < 0 ? "-" : "") + mantissa + "e" + (exponent < 0 ? "-" : "+")
                + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    /// What `for` goes over: a list's items, a dict's keys, a string's characters; nothing for an undefined
    /// name.
    ///
    /// @throws JinjaException when it cannot be iterated
    public static List<@Nullable Object> iterate(@Nullable Object value) {
        return switch (value) {
            case Undefined undefined -> List.of();
            case Collection<?> items -> new ArrayList<>(items);
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case CharSequence text ->
                new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
            case Iterable<?> items -> {
                List<@Nullable Object> list = new ArrayList<>();
                items.forEach(list::add);
                yield list;
            }
            case null, default -> throw new JinjaException(typeName(value) + " cannot be iterated over");
        };
    }

    /// `len(value)`.
    public static int length(@Nullable Object value) {
        return switch (value) {
            case Undefined undefined -> 0;
            case CharSequence text -> Character.codePointCount(text, 0, text.length());
            case Collection<?> items -> items.size();
            case Map<?, ?> map -> map.size();
            case null, default -> throw new JinjaException(typeName(value) + " has no length");
        };
    }

    /// The name of the value's type, for messages and `__class__.__name__`.
    public static String typeName(@Nullable Object value) {
        return switch (value) {
            case null -> "NoneType";
            case Undefined undefined -> "Undefined";
            case Boolean bool -> "bool";
            case Double number -> "float";
            case Float number -> "float";
            case BigDecimal decimal -> "Decimal";
            case Number number -> "int";
            case CharSequence text -> "str";
            case Tuple tuple -> "tuple";
            case List<?> list -> "list";
            case Set<?> set -> "set";
            case Map<?, ?> map -> "dict";
            case Callable callable -> "function";
            case java.time.LocalDate date -> "date";
            case Temporal moment -> "datetime";
            case java.time.Duration duration -> "timedelta";
            default -> value.getClass().getSimpleName();
        };
    }
}
