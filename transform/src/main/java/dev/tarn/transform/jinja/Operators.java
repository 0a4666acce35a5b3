package dev.tarn.transform.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.time.Duration;
import java.time.LocalDate;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Python's operators over the values of templates.
public final class Operators {
    private static final int MAX_REPEATED = 10_000_000;

    private Operators() {}

    static @Nullable Object binary(String operator, @Nullable Object left, @Nullable Object right) {
        if (operator.equals("~")) {
            return Python.str(left) + Python.str(right);
        }
        if (left instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.used();
        }
        Object result = switch (operator) {
            case "+" -> add(left, right);
            case "-" -> left instanceof Set<?> a && right instanceof Set<?> b ? minus(a, b) : moment(left, right);
            case "*" -> multiply(left, right);
            case "%" -> left instanceof CharSequence format ? TextFormat.percent(format.toString(), right) : null;
            default -> null;
        };
        if (result != null) {
            return result;
        }
        if (isNumber(left) && isNumber(right)) {
            return arithmetic(operator, number(left), number(right));
        }
        throw new JinjaException(
                "'" + operator + "' does not take " + Python.typeName(left) + " and " + Python.typeName(right));
    }

    private static @Nullable Object add(@Nullable Object left, @Nullable Object right) {
        if (left instanceof CharSequence a && right instanceof CharSequence b) {
            return a.toString() + b;
        }
        if (left instanceof List<?> a
                && right instanceof List<?> b
                && left instanceof Tuple == right instanceof Tuple) {
            List<@Nullable Object> both = new ArrayList<>(a);
            both.addAll(b);
            return left instanceof Tuple ? new Tuple(both) : both;
        }
        if (left instanceof Temporal moment && right instanceof Duration duration) {
            return later(moment, duration);
        }
        if (left instanceof Duration duration && right instanceof Temporal moment) {
            return later(moment, duration);
        }
        return left instanceof Duration a && right instanceof Duration b ? a.plus(b) : null;
    }

    private static @Nullable Object moment(@Nullable Object left, @Nullable Object right) {
        if (left instanceof Temporal moment && right instanceof Duration duration) {
            return later(moment, duration.negated());
        }
        if (left instanceof LocalDate to && right instanceof LocalDate from) {
            return Duration.ofDays(to.toEpochDay() - from.toEpochDay());
        }
        if (left instanceof Temporal to && right instanceof Temporal from) {
            return Duration.between(from, to);
        }
        return left instanceof Duration a && right instanceof Duration b ? a.minus(b) : null;
    }

    /// A date moves by whole days, as in Python.
    private static Temporal later(Temporal moment, Duration duration) {
        return moment instanceof LocalDate date
                ? date.plusDays(Math.floorDiv(duration.toSeconds(), 86_400L))
                : moment.plus(duration);
    }

    private static Set<@Nullable Object> minus(Set<?> left, Set<?> right) {
        Set<@Nullable Object> rest = new LinkedHashSet<>(left);
        rest.removeAll(right);
        return rest;
    }

    private static @Nullable Object multiply(@Nullable Object left, @Nullable Object right) {
        if (isNumber(left) && !isNumber(right)) {
            return multiply(right, left);
        }
        if (!(left instanceof CharSequence || left instanceof List<?>) || !isNumber(right)) {
            return null;
        }
        long times = Math.max(0, wholeNumber(right));
        if (times * Math.max(1, Python.length(left)) > MAX_REPEATED) {
            throw new JinjaException("repeating this " + times + " times makes it too long");
        }
        if (left instanceof CharSequence text) {
            return text.toString().repeat((int) times);
        }
        List<@Nullable Object> repeated = new ArrayList<>();
        Collections.nCopies((int) times, (List<?>) left).forEach(repeated::addAll);
        return left instanceof Tuple ? new Tuple(repeated) : repeated;
    }

    private static Number arithmetic(String operator, Number left, Number right) {
        boolean dividing = operator.equals("/") || operator.equals("//") || operator.equals("%");
        if (dividing && !Python.truth(right)) {
            throw new JinjaException("division by zero");
        }
        if (left instanceof Double || right instanceof Double) {
            return floats(operator, left.doubleValue(), right.doubleValue());
        }
        if (left instanceof BigDecimal || right instanceof BigDecimal) {
            return decimals(operator, decimal(left), decimal(right));
        }
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        return switch (operator) {
            case "+" -> compact(a.add(b));
            case "-" -> compact(a.subtract(b));
            case "*" -> compact(a.multiply(b));
            case "/" -> a.doubleValue() / b.doubleValue();
            case "//" -> compact(floorDivide(a, b));
            case "%" -> compact(a.subtract(floorDivide(a, b).multiply(b)));
            default ->
                b.signum() < 0
                        ? (Number) Math.pow(a.doubleValue(), b.doubleValue())
                        : compact(a.pow(Math.min(b.intValueExact(), 100_000)));
        };
    }

    private static Double floats(String operator, double a, double b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            default -> Math.pow(a, b);
        };
    }

    private static BigDecimal decimals(String operator, BigDecimal a, BigDecimal b) {
        return switch (operator) {
            case "+" -> a.add(b);
            case "-" -> a.subtract(b);
            case "*" -> a.multiply(b);
            case "/" -> a.divide(b, MathContext.DECIMAL128);
            case "//" -> a.divideToIntegralValue(b);
            case "%" -> a.remainder(b);
            default -> a.pow(b.intValueExact());
        };
    }

    private static BigInteger floorDivide(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        return parts[1].signum() != 0 && parts[1].signum() != b.signum() ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    static Object sign(String operator, @Nullable Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (!isNumber(value)) {
            throw new JinjaException("'" + operator + "' does not take " + Python.typeName(value));
        }
        return operator.equals("-") ? arithmetic("-", 0L, number(value)) : number(value);
    }

    static boolean compare(String operator, @Nullable Object left, @Nullable Object right) {
        return switch (operator) {
            case "==" -> equal(left, right);
            case "!=" -> !equal(left, right);
            case "in" -> contains(right, left);
            case "not in" -> !contains(right, left);
            case "<" -> order(left, right) < 0;
            case "<=" -> order(left, right) <= 0;
            case ">" -> order(left, right) > 0;
            default -> order(left, right) >= 0;
        };
    }

    /// `left == right`.
    public static boolean equal(@Nullable Object left, @Nullable Object right) {
        if (left == null || right == null) {
            return left == null && right == null;
        }
        if (isNumber(left) && isNumber(right)) {
            return number(left).equals(number(right)) || compareNumbers(number(left), number(right)) == 0;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            if (a.size() != b.size() || left instanceof Tuple != right instanceof Tuple) {
                return false;
            }
            for (int i = 0; i < a.size(); i++) {
                if (!equal(a.get(i), b.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            return a.size() == b.size()
                    && a.keySet().stream().allMatch(key -> b.containsKey(key) && equal(a.get(key), b.get(key)));
        }
        return left.equals(right);
    }

    /// `item in container`.
    static boolean contains(@Nullable Object container, @Nullable Object item) {
        return switch (container) {
            case Undefined undefined -> false;
            case CharSequence text -> text.toString().contains(Python.str(item));
            case Map<?, ?> map -> map.containsKey(item);
            case Collection<?> items -> items.stream().anyMatch(each -> equal(each, item));
            case null, default -> throw new JinjaException("'in' does not take " + Python.typeName(container));
        };
    }

    /// The order of two values, as Python's `sort` uses it.
    ///
    /// @throws JinjaException when their types have no order
    @SuppressWarnings({"unchecked", "rawtypes"})
    static int order(@Nullable Object left, @Nullable Object right) {
        if (isNumber(left) && isNumber(right)) {
            return compareNumbers(number(left), number(right));
        }
        if (left instanceof CharSequence a && right instanceof CharSequence b) {
            return a.toString().compareTo(b.toString());
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
                if (!equal(a.get(i), b.get(i))) {
                    return order(a.get(i), b.get(i));
                }
            }
            return Integer.compare(a.size(), b.size());
        }
        if (left instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (right instanceof Undefined undefined) {
            throw undefined.used();
        }
        if (left instanceof Comparable a && right != null && left.getClass() == right.getClass()) {
            return a.compareTo(right);
        }
        throw new JinjaException(
                Python.typeName(left) + " and " + Python.typeName(right) + " have no order between them");
    }

    private static int compareNumbers(Number a, Number b) {
        if (a instanceof Double || b instanceof Double) {
            return Double.compare(a.doubleValue(), b.doubleValue());
        }
        return decimal(a).compareTo(decimal(b));
    }

    static boolean isNumber(@Nullable Object value) {
        return value instanceof Number || value instanceof Boolean;
    }

    /// The value as a number: true counts as 1.
    static Number number(@Nullable Object value) {
        return switch (value) {
            case Boolean bool -> bool ? 1L : 0L;
            case Integer number -> (long) number;
            case Short number -> (long) number;
            case Byte number -> (long) number;
            case Float number -> (double) number;
            case Number number -> number;
            case null, default -> throw new JinjaException("expected a number, not " + Python.typeName(value));
        };
    }

    /// A whole number; floats are cut off.
    static long wholeNumber(@Nullable Object value) {
        return number(value).longValue();
    }

    static BigDecimal decimal(Number value) {
        return switch (value) {
            case BigDecimal decimal -> decimal;
            case BigInteger integer -> new BigDecimal(integer);
            case Double number -> BigDecimal.valueOf(number);
            default -> BigDecimal.valueOf(value.longValue());
        };
    }

    private static BigInteger integer(Number value) {
        return value instanceof BigInteger integer ? integer : BigInteger.valueOf(value.longValue());
    }

    /// The smallest of Long and BigInteger that holds it.
    static Number compact(BigInteger value) {
        return value.bitLength() < Long.SIZE ? (Number) value.longValue() : value;
    }
}
