package dev.tarn.transform.jinja;

import dev.tarn.core.config.Nearest;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Jinja's filters, and dbt's `as_text`, `as_bool`, `as_native` and `as_number`.
final class Filters {
    private interface Filter {
        @Nullable
        Object apply(@Nullable Object input, Arguments arguments);
    }

    private static final Map<String, Filter> FILTERS = Map.ofEntries(
            // Text
            text("upper", text -> text.toUpperCase(Locale.ROOT)),
            text("lower", text -> text.toLowerCase(Locale.ROOT)),
            text("capitalize", StringMethods::capitalize),
            text("title", StringMethods::title),
            text("string", text -> text),
            text("safe", text -> text),
            text("escape", Filters::escape),
            text("e", Filters::escape),
            text("forceescape", Filters::escape),
            text(
                    "striptags",
                    text -> text.replaceAll("(?s)<!--.*?-->|<[^>]*>", "")
                            .replaceAll("\\s+", " ")
                            .strip()),
            text(
                    "urlencode",
                    text -> URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20")),
            Map.entry("wordcount", (in, args) -> (long) Python.str(in).split("\\W+").length),
            Map.entry("trim", (in, args) -> StringMethods.strip(Python.str(in), args, true, true)),
            Map.entry(
                    "replace",
                    (in, args) -> StringMethods.replace(
                            Python.str(in), args.text(0, "old"), args.text(1, "new"), args.integer(2, "count", -1))),
            Map.entry(
                    "center",
                    (in, args) -> call(Python.str(in), "center", Arguments.of(List.of(args.get(0, "width", 80L))))),
            Map.entry(
                    "format",
                    (in, args) -> TextFormat.percent(
                            Python.str(in), args.named().isEmpty() ? new Tuple(args.positional()) : args.named())),
            Map.entry("indent", Filters::indent),
            Map.entry("truncate", Filters::truncate),
            Map.entry("wordwrap", Filters::wordwrap),
            Map.entry("tojson", (in, args) -> Json.write(in, args.get(0, "indent", null))),
            Map.entry("pprint", (in, args) -> Python.repr(in)),
            // Numbers
            Map.entry("abs", (in, args) -> Operators.order(in, 0L) < 0 ? Operators.sign("-", in) : in),
            Map.entry("int", (in, args) -> toInt(in, args.get(0, "default", 0L), args.integer(1, "base", 10))),
            Map.entry("float", (in, args) -> toFloat(in, args.get(0, "default", 0.0))),
            Map.entry("round", Filters::round),
            Map.entry("filesizeformat", (in, args) -> Operators.wholeNumber(in) + " Bytes"),
            // Collections
            Map.entry("length", (in, args) -> (long) Python.length(in)),
            Map.entry("count", (in, args) -> (long) Python.length(in)),
            Map.entry("first", (in, args) -> edge(Python.iterate(in), true)),
            Map.entry("last", (in, args) -> edge(Python.iterate(in), false)),
            Map.entry("list", (in, args) -> Python.iterate(in)),
            Map.entry("join", (in, args) -> {
                Object attribute = args.get(1, "attribute", null);
                return String.join(
                        args.textOr(0, "d", ""),
                        Python.iterate(in).stream()
                                .map(item -> Python.str(byPath(item, attribute)))
                                .toList());
            }),
            Map.entry("reverse", (in, args) -> {
                List<@Nullable Object> items = Python.iterate(in);
                Collections.reverse(items);
                return in instanceof CharSequence
                        ? String.join("", items.stream().map(Python::str).toList())
                        : items;
            }),
            Map.entry("sort", (in, args) -> {
                List<@Nullable Object> items = Python.iterate(in);
                Comparator<@Nullable Object> order =
                        byKey(args.get(2, "attribute", null), args.truth(1, "case_sensitive", false));
                items.sort(args.truth(0, "reverse", false) ? order.reversed() : order);
                return items;
            }),
            Map.entry("dictsort", Filters::dictsort),
            Map.entry("unique", (in, args) -> {
                Object attribute = args.get(1, "attribute", null);
                Map<@Nullable Object, @Nullable Object> seen = new LinkedHashMap<>();
                Python.iterate(in)
                        .forEach(item -> seen.putIfAbsent(
                                folded(byPath(item, attribute), args.truth(0, "case_sensitive", false)), item));
                return new ArrayList<>(seen.values());
            }),
            Map.entry("min", (in, args) -> extreme(in, args, -1)),
            Map.entry("max", (in, args) -> extreme(in, args, 1)),
            Map.entry("sum", (in, args) -> {
                Object total = args.get(1, "start", 0L);
                for (Object item : Python.iterate(in)) {
                    total = Operators.binary("+", total, byPath(item, args.get(0, "attribute", null)));
                }
                return total;
            }),
            Map.entry("map", Filters::map),
            Map.entry("select", (in, args) -> select(in, args, true)),
            Map.entry("reject", (in, args) -> select(in, args, false)),
            Map.entry("selectattr", (in, args) -> selectAttribute(in, args, true)),
            Map.entry("rejectattr", (in, args) -> selectAttribute(in, args, false)),
            Map.entry("groupby", Filters::groupBy),
            Map.entry("batch", Filters::batch),
            Map.entry("slice", Filters::slices),
            Map.entry(
                    "items",
                    (in, args) -> in instanceof Undefined ? new ArrayList<>() : call(in, "items", Arguments.NONE)),
            Map.entry("attr", (in, args) -> Access.attribute(in, args.text(0, "name"))),
            Map.entry("xmlattr", (in, args) -> {
                StringBuilder out = new StringBuilder();
                Methods.dict(in)
                        .forEach((key, value) -> out.append(' ')
                                .append(key)
                                .append("=\"")
                                .append(escape(Python.str(value)))
                                .append('"'));
                return out.toString();
            }),
            // Missing values
            Map.entry("default", Filters::otherwise),
            Map.entry("d", Filters::otherwise),
            // dbt's
            text("as_text", text -> text),
            Map.entry(
                    "as_bool",
                    (in, args) -> in instanceof CharSequence text
                            ? text.toString().strip().equalsIgnoreCase("true")
                            : Python.truth(in)),
            Map.entry("as_native", (in, args) -> in),
            Map.entry("as_number", (in, args) -> {
                Object whole = toInt(in, null, 10);
                return whole != null && !Python.str(in).contains(".") ? whole : toFloat(in, in);
            }));

    private Filters() {}

    static @Nullable Object apply(String name, @Nullable Object input, Arguments arguments) {
        Filter filter = FILTERS.get(name);
        if (filter == null) {
            throw new JinjaException("there is no filter '" + name + "'"
                    + Nearest.of(name, FILTERS.keySet())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse(""));
        }
        return filter.apply(input, arguments);
    }

    private interface OfText {
        String apply(String text);
    }

    private static Map.Entry<String, Filter> text(String name, OfText filter) {
        return Map.entry(name, (input, arguments) -> filter.apply(Python.str(input)));
    }

    private static @Nullable Object call(@Nullable Object self, String method, Arguments arguments) {
        Callable callable = self == null ? null : Methods.of(self, method);
        if (callable == null) {
            throw new JinjaException(Python.typeName(self) + " has no method '" + method + "'");
        }
        return callable.call(arguments);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static String indent(@Nullable Object input, Arguments arguments) {
        Object width = arguments.get(0, "width", 4L);
        String space =
                width instanceof CharSequence text ? text.toString() : " ".repeat(arguments.integer(0, "width", 4));
        boolean first = arguments.truth(1, "first", false);
        boolean blank = arguments.truth(2, "blank", false);
        String[] lines = Python.str(input).split("\n", -1);
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < lines.length; i++) {
            if (i > 0) {
                out.append('\n');
            }
            if (i == 0 ? first : blank || !lines[i].isEmpty()) {
                out.append(space);
            }
            out.append(lines[i]);
        }
        return out.toString();
    }

    private static String truncate(@Nullable Object input, Arguments arguments) {
        String text = Python.str(input);
        int length = arguments.integer(0, "length", 255);
        String end = arguments.textOr(2, "end", "...");
        if (text.length() <= length + arguments.integer(3, "leeway", 5)) {
            return text;
        }
        String cut = text.substring(0, Math.max(0, length - end.length()));
        int space = cut.lastIndexOf(' ');
        return (arguments.truth(1, "killwords", false) || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static String wordwrap(@Nullable Object input, Arguments arguments) {
        int width = arguments.integer(0, "width", 79);
        StringBuilder out = new StringBuilder();
        for (String line : Python.str(input).split("\n", -1)) {
            StringBuilder current = new StringBuilder();
            for (String word : line.split(" ", -1)) {
                if (!current.isEmpty() && current.length() + 1 + word.length() > width) {
                    out.append(current).append('\n');
                    current.setLength(0);
                }
                current.append(current.isEmpty() ? "" : " ").append(word);
            }
            out.append(current).append('\n');
        }
        out.setLength(out.length() - 1);
        return out.toString();
    }

    static @Nullable Object toInt(@Nullable Object value, @Nullable Object otherwise, int base) {
        if (Operators.isNumber(value)) {
            return Operators.compact(Operators.decimal(Operators.number(value)).toBigInteger());
        }
        String text = Python.str(value).strip().replace("_", "");
        try {
            return base == 10 && text.contains(".")
                    ? Operators.compact(new BigDecimal(text).toBigInteger())
                    : Operators.compact(new java.math.BigInteger(text.replaceFirst("^0[xXbBoO]", ""), base));
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    static @Nullable Object toFloat(@Nullable Object value, @Nullable Object otherwise) {
        if (Operators.isNumber(value)) {
            return Operators.number(value).doubleValue();
        }
        try {
            return Double.valueOf(Python.str(value).strip());
        } catch (NumberFormatException e) {
            return otherwise;
        }
    }

    private static Object round(@Nullable Object input, Arguments arguments) {
        int precision = arguments.integer(0, "precision", 0);
        String method = arguments.textOr(1, "method", "common");
        Number number = Operators.number(input);
        BigDecimal exact = number instanceof Double d ? new BigDecimal(d) : Operators.decimal(number);
        RoundingMode mode = switch (method) {
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            case "common" -> RoundingMode.HALF_EVEN;
            default -> throw new JinjaException("round: expected common, ceil or floor, not '" + method + "'");
        };
        BigDecimal rounded = exact.setScale(precision, mode);
        return number instanceof Double
                ? (Object) rounded.doubleValue()
                : number instanceof BigDecimal ? rounded : number;
    }

    private static @Nullable Object edge(List<@Nullable Object> items, boolean first) {
        return items.isEmpty() ? new Undefined("item of an empty list") : first ? items.getFirst() : items.getLast();
    }

    /// The item's attribute along a dotted path; the item itself when there is no path.
    private static @Nullable Object byPath(@Nullable Object item, @Nullable Object path) {
        if (path == null) {
            return item;
        }
        if (Operators.isNumber(path)) {
            return Access.item(item, path);
        }
        Object value = item;
        for (String part : Python.str(path).split("\\.", -1)) {
            value = Access.item(value, part.chars().allMatch(Character::isDigit) ? (Object) Long.valueOf(part) : part);
        }
        return value;
    }

    private static @Nullable Object folded(@Nullable Object value, boolean caseSensitive) {
        return !caseSensitive && value instanceof CharSequence text
                ? text.toString().toLowerCase(Locale.ROOT)
                : value;
    }

    private static Comparator<@Nullable Object> byKey(@Nullable Object path, boolean caseSensitive) {
        return (a, b) -> {
            if (path instanceof CharSequence several && several.toString().contains(",")) {
                for (String one : several.toString().split(",", -1)) {
                    int order = byKey(one.strip(), caseSensitive).compare(a, b);
                    if (order != 0) {
                        return order;
                    }
                }
                return 0;
            }
            return Operators.order(folded(byPath(a, path), caseSensitive), folded(byPath(b, path), caseSensitive));
        };
    }

    private static Object dictsort(@Nullable Object input, Arguments arguments) {
        boolean byValue = "value".equals(arguments.textOr(1, "by", "key"));
        List<@Nullable Object> items = Python.iterate(call(input, "items", Arguments.NONE));
        Comparator<@Nullable Object> order = byKey(byValue ? 1L : 0L, arguments.truth(0, "case_sensitive", false));
        items.sort(arguments.truth(2, "reverse", false) ? order.reversed() : order);
        return items;
    }

    private static @Nullable Object extreme(@Nullable Object input, Arguments arguments, int sign) {
        Comparator<@Nullable Object> order =
                byKey(arguments.get(1, "attribute", null), arguments.truth(0, "case_sensitive", false));
        Object best = new Undefined("item of an empty list");
        for (Object item : Python.iterate(input)) {
            if (best instanceof Undefined || order.compare(item, best) * sign > 0) {
                best = item;
            }
        }
        return best;
    }

    private static Object map(@Nullable Object input, Arguments arguments) {
        List<@Nullable Object> mapped = new ArrayList<>();
        Object attribute = arguments.named().get("attribute");
        for (Object item : Python.iterate(input)) {
            if (attribute != null) {
                Object value = byPath(item, attribute);
                mapped.add(
                        value instanceof Undefined && arguments.named().containsKey("default")
                                ? arguments.named().get("default")
                                : value);
            } else {
                mapped.add(apply(arguments.text(0, "filter"), item, arguments.from(1)));
            }
        }
        return mapped;
    }

    private static Object select(@Nullable Object input, Arguments arguments, boolean keep) {
        return kept(
                input,
                keep,
                item -> arguments.positional().isEmpty()
                        ? Python.truth(item)
                        : Tests.check(arguments.text(0, "test"), item, arguments.from(1)));
    }

    private static Object selectAttribute(@Nullable Object input, Arguments arguments, boolean keep) {
        Object path = arguments.get(0, "attribute");
        return kept(
                input,
                keep,
                item -> arguments.positional().size() < 2
                        ? Python.truth(byPath(item, path))
                        : Tests.check(arguments.text(1, "test"), byPath(item, path), arguments.from(2)));
    }

    private static Object kept(@Nullable Object input, boolean keep, Predicate<@Nullable Object> test) {
        List<@Nullable Object> kept = new ArrayList<>();
        Python.iterate(input).forEach(item -> {
            if (test.test(item) == keep) {
                kept.add(item);
            }
        });
        return kept;
    }

    private static Object groupBy(@Nullable Object input, Arguments arguments) {
        Object path = arguments.get(0, "attribute");
        List<@Nullable Object> items = Python.iterate(input);
        items.sort(byKey(path, true));
        Map<@Nullable Object, List<@Nullable Object>> groups = new LinkedHashMap<>();
        items.forEach(item -> groups.computeIfAbsent(byPath(item, path), key -> new ArrayList<>())
                .add(item));
        List<@Nullable Object> pairs = new ArrayList<>();
        groups.forEach((key, group) -> pairs.add(new Group(key, group)));
        return pairs;
    }

    /// A group can be unpacked like a pair and asked for `grouper` and `list`.
    private static final class Group extends java.util.AbstractList<@Nullable Object> implements Attributes {
        private final @Nullable Object grouper;
        private final List<@Nullable Object> list;

        Group(@Nullable Object grouper, List<@Nullable Object> list) {
            this.grouper = grouper;
            this.list = list;
        }

        @Override
        public @Nullable Object get(int index) {
            return index == 0 ? grouper : list;
        }

        @Override
        public int size() {
            return 2;
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "grouper" -> grouper;
                case "list" -> list;
                default -> new Undefined(name);
            };
        }
    }

    private static Object batch(@Nullable Object input, Arguments arguments) {
        int size = Math.max(1, arguments.integer(0, "linecount", 1));
        List<@Nullable Object> items = Python.iterate(input);
        List<@Nullable Object> batches = new ArrayList<>();
        for (int i = 0; i < items.size(); i += size) {
            List<@Nullable Object> batch = new ArrayList<>(items.subList(i, Math.min(items.size(), i + size)));
            while (arguments.has(1, "fill_with") && batch.size() < size) {
                batch.add(arguments.get(1, "fill_with"));
            }
            batches.add(batch);
        }
        return batches;
    }

    private static Object slices(@Nullable Object input, Arguments arguments) {
        int count = Math.max(1, arguments.integer(0, "slices", 1));
        List<@Nullable Object> items = Python.iterate(input);
        List<@Nullable Object> slices = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            int size = items.size() / count + (i < items.size() % count ? 1 : 0);
            slices.add(new ArrayList<>(items.subList(from, from + size)));
            from += size;
        }
        return slices;
    }

    private static @Nullable Object otherwise(@Nullable Object input, Arguments arguments) {
        boolean missing = input instanceof Undefined || (arguments.truth(1, "boolean", false) && !Python.truth(input));
        return missing ? arguments.get(0, "default_value", "") : input;
    }
}
