package dev.tarn.transform.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Python's three ways to fill text with values: `'%s' % x`, `'{}'.format(x)` and `strftime`.
final class TextFormat {
    private static final Pattern PERCENT = Pattern.compile(
            "%(?:\\((?<key>[^)]*)\\))?(?<flags>[-+ 0#]*)(?<width>\\d+)?(?:\\.(?<precision>\\d+))?(?<type>.)");
    private static final Pattern BRACES =
            Pattern.compile("\\{\\{|}}|\\{(?<field>[^{}:!]*)(?:!(?<conversion>[rs]))?(?::(?<spec>[^{}]*))?}");
    private static final Pattern SPEC = Pattern.compile(
            "(?:(?<fill>.)?(?<align>[<>^=]))?(?<sign>[-+ ])?(?<zero>0)?(?<width>\\d+)?(?<comma>[,_])?(?:\\.(?<precision>\\d+))?(?<type>[a-zA-Z%])?");
    private static final Pattern PART = Pattern.compile("\\.([^.\\[]+)|\\[([^]]+)]");

    private TextFormat() {}

    static String percent(String format, @Nullable Object values) {
        List<? extends @Nullable Object> items = values instanceof Tuple tuple ? tuple : Tuple.of(values);
        Matcher matcher = PERCENT.matcher(format);
        StringBuilder out = new StringBuilder();
        int used = 0;
        while (matcher.find()) {
            String type = matcher.group("type");
            String text;
            if (type.equals("%")) {
                text = "%";
            } else {
                Object value;
                if (matcher.group("key") != null) {
                    value = Access.item(values, matcher.group("key"));
                } else if (used < items.size()) {
                    value = items.get(used++);
                } else {
                    throw new JinjaException("the format '" + format + "' needs more than " + items.size() + " values");
                }
                text = converted(value, type, matcher);
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(text));
        }
        return matcher.appendTail(out).toString();
    }

    private static String converted(@Nullable Object value, String type, Matcher matcher) {
        String flags = matcher.group("flags");
        int precision = matcher.group("precision") == null ? -1 : Integer.parseInt(matcher.group("precision"));
        String text = switch (type) {
            case "s" -> cut(Python.str(value), precision);
            case "r" -> cut(Python.repr(value), precision);
            case "d", "i", "u" -> Long.toString(Operators.wholeNumber(value));
            case "x" -> Long.toHexString(Operators.wholeNumber(value));
            case "X" -> Long.toHexString(Operators.wholeNumber(value)).toUpperCase(Locale.ROOT);
            case "o" -> Long.toOctalString(Operators.wholeNumber(value));
            case "f", "F" -> fixed(value, precision < 0 ? 6 : precision);
            case "e", "g" ->
                String.format(
                        Locale.ROOT,
                        "%." + (precision < 0 ? 6 : precision) + type,
                        Operators.number(value).doubleValue());
            default -> throw new JinjaException("'%" + type + "' is not a format");
        };
        if (flags.contains("+") && !text.startsWith("-") && !type.equals("s")) {
            text = "+" + text;
        }
        int width = matcher.group("width") == null ? 0 : Integer.parseInt(matcher.group("width"));
        return pad(
                text,
                width,
                flags.contains("-") ? '<' : flags.contains("0") && !type.equals("s") ? '=' : '>',
                flags.contains("0") && !flags.contains("-") && !type.equals("s") ? "0" : " ");
    }

    static String braces(String format, Arguments arguments) {
        Matcher matcher = BRACES.matcher(format);
        StringBuilder out = new StringBuilder();
        int automatic = 0;
        while (matcher.find()) {
            String whole = matcher.group();
            String text;
            if (whole.equals("{{") || whole.equals("}}")) {
                text = whole.substring(1);
            } else {
                String field = matcher.group("field");
                String head = field.split("[.\\[]", 2)[0];
                Object value = head.isEmpty()
                        ? arguments.get(automatic++, head)
                        : head.chars().allMatch(Character::isDigit)
                                ? arguments.get(Integer.parseInt(head), head)
                                : arguments.get(Integer.MAX_VALUE, head);
                value = parts(value, field.substring(head.length()));
                if (matcher.group("conversion") != null) {
                    value = matcher.group("conversion").equals("r") ? Python.repr(value) : Python.str(value);
                }
                text = spec(value, matcher.group("spec") == null ? "" : matcher.group("spec"));
            }
            matcher.appendReplacement(out, Matcher.quoteReplacement(text));
        }
        return matcher.appendTail(out).toString();
    }

    private static @Nullable Object parts(@Nullable Object start, String path) {
        Object value = start;
        Matcher part = PART.matcher(path);
        while (part.find()) {
            if (part.group(1) != null) {
                value = Access.attribute(value, part.group(1));
            } else {
                String key = part.group(2);
                value = Access.item(value, key.chars().allMatch(Character::isDigit) ? (Object) Long.valueOf(key) : key);
            }
        }
        return value;
    }

    private static String spec(@Nullable Object value, String spec) {
        if (spec.isEmpty()) {
            return Python.str(value);
        }
        if (value instanceof Temporal moment) {
            return strftime(moment, spec);
        }
        Matcher matcher = SPEC.matcher(spec);
        if (!matcher.matches()) {
            throw new JinjaException("'" + spec + "' is not a format");
        }
        String type = matcher.group("type") == null ? "" : matcher.group("type");
        int precision = matcher.group("precision") == null ? -1 : Integer.parseInt(matcher.group("precision"));
        boolean number = Operators.isNumber(value);
        String text = switch (type) {
            case "f", "F" -> fixed(value, precision < 0 ? 6 : precision);
            case "%" -> fixed(Operators.number(value).doubleValue() * 100, precision < 0 ? 6 : precision) + "%";
            case "e", "g" ->
                String.format(
                        Locale.ROOT,
                        "%." + (precision < 0 ? 6 : precision) + type,
                        Operators.number(value).doubleValue());
            case "x" -> Long.toHexString(Operators.wholeNumber(value));
            case "b" -> Long.toBinaryString(Operators.wholeNumber(value));
            case "d" -> Long.toString(Operators.wholeNumber(value));
            default -> number ? Python.str(value) : cut(Python.str(value), precision);
        };
        if (matcher.group("comma") != null) {
            text = grouped(text, matcher.group("comma"));
        }
        if ("+".equals(matcher.group("sign")) && number && !text.startsWith("-")) {
            text = "+" + text;
        }
        boolean zero = matcher.group("zero") != null;
        char align =
                matcher.group("align") != null ? matcher.group("align").charAt(0) : zero ? '=' : number ? '>' : '<';
        String fill = matcher.group("fill") != null ? matcher.group("fill") : zero ? "0" : " ";
        return pad(text, matcher.group("width") == null ? 0 : Integer.parseInt(matcher.group("width")), align, fill);
    }

    private static String grouped(String number, String separator) {
        int end = number.indexOf('.') < 0 ? number.length() : number.indexOf('.');
        StringBuilder out = new StringBuilder(number);
        for (int i = end - 3; i > (number.startsWith("-") ? 1 : 0); i -= 3) {
            out.insert(i, separator);
        }
        return out.toString();
    }

    private static String pad(String text, int width, char align, String fill) {
        int missing = width - text.length();
        if (missing <= 0) {
            return text;
        }
        return switch (align) {
            case '<' -> text + fill.repeat(missing);
            case '^' -> fill.repeat(missing / 2) + text + fill.repeat(missing - missing / 2);
            case '=' -> {
                int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
                yield text.substring(0, sign) + fill.repeat(missing) + text.substring(sign);
            }
            default -> fill.repeat(missing) + text;
        };
    }

    private static String cut(String text, int most) {
        return most >= 0 && most < text.length() ? text.substring(0, most) : text;
    }

    private static String fixed(@Nullable Object value, int digits) {
        Number number = Operators.number(value);
        BigDecimal exact = number instanceof Double d ? new BigDecimal(d) : Operators.decimal(number);
        return exact.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static final Map<Character, String> DIRECTIVES = Map.ofEntries(
            Map.entry('Y', "yyyy"),
            Map.entry('m', "MM"),
            Map.entry('d', "dd"),
            Map.entry('H', "HH"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('y', "yy"),
            Map.entry('j', "DDD"),
            Map.entry('I', "hh"),
            Map.entry('p', "a"),
            Map.entry('A', "EEEE"),
            Map.entry('a', "EEE"),
            Map.entry('B', "MMMM"),
            Map.entry('b', "MMM"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('T', "HH:mm:ss"),
            Map.entry('u', "e"));

    /// The moment in the layout of C's `strftime`.
    static String strftime(Temporal moment, String format) {
        Temporal full = moment instanceof LocalDate date ? date.atStartOfDay() : moment;
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            switch (directive) {
                case '%' -> out.append('%');
                case 'f' -> out.append(String.format("%06d", full.get(ChronoField.MICRO_OF_SECOND)));
                case 's' -> out.append(LocalDateTime.from(full).toEpochSecond(java.time.ZoneOffset.UTC));
                case 'Z', 'z' -> out.append(full instanceof LocalDateTime ? "" : directive == 'Z' ? "UTC" : "+0000");
                default -> {
                    String pattern = DIRECTIVES.get(directive);
                    if (pattern == null) {
                        throw new JinjaException("strftime: '%" + directive + "' is not known");
                    }
                    out.append(
                            DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(full));
                }
            }
        }
        return out.toString();
    }
}
