package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Tuple;
import dev.tarn.transform.jinja.Undefined;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `modules.datetime`, `modules.pytz`, `modules.re` and `modules.itertools`, as far as macros use them.
record ModulesObject() implements Attributes {
    private static final int MAX_REPEATED = 1_000_000;
    private static final Map<Character, String> PARSED = Map.ofEntries(
            Map.entry('Y', "yyyy"),
            Map.entry('m', "MM"),
            Map.entry('d', "dd"),
            Map.entry('H', "HH"),
            Map.entry('M', "mm"),
            Map.entry('S', "ss"),
            Map.entry('y', "yy"),
            Map.entry('f', "SSSSSS"),
            Map.entry('b', "MMM"),
            Map.entry('B', "MMMM"),
            Map.entry('F', "yyyy-MM-dd"),
            Map.entry('T', "HH:mm:ss"));

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "datetime" ->
                new NodeContext.Fixed(
                        "datetime",
                        Map.of(
                                "datetime", new DateTimeType(),
                                "date", new DateType(),
                                "timedelta", (Callable) ModulesObject::timedelta,
                                "timezone", new NodeContext.Fixed("timezone", Map.of("utc", ZoneOffset.UTC))));
            case "pytz" ->
                new NodeContext.Fixed(
                        "pytz",
                        Map.of("timezone", (Callable) args -> zone(args.text(0, "zone")), "utc", ZoneOffset.UTC));
            case "re" -> RegexModule.OBJECT;
            case "itertools" ->
                new NodeContext.Fixed(
                        "itertools",
                        Map.of(
                                "chain",
                                        (Callable) args -> {
                                            List<@Nullable Object> all = new ArrayList<>();
                                            args.positional().forEach(items -> all.addAll(Python.iterate(items)));
                                            return all;
                                        },
                                "product", (Callable) args -> product(args.positional()),
                                "zip_longest", (Callable) ModulesObject::zipLongest,
                                "repeat",
                                        (Callable) args -> new ArrayList<>(Collections.nCopies(
                                                Math.clamp(args.integer(1, "times", 1), 0, MAX_REPEATED),
                                                args.get(0, "object")))));
            default -> new Undefined("modules." + name);
        };
    }

    private static List<@Nullable Object> product(List<@Nullable Object> columns) {
        List<List<@Nullable Object>> rows = new ArrayList<>(List.of(new ArrayList<>()));
        for (Object column : columns) {
            List<List<@Nullable Object>> longer = new ArrayList<>();
            for (List<@Nullable Object> row : rows) {
                for (Object item : Python.iterate(column)) {
                    List<@Nullable Object> more = new ArrayList<>(row);
                    more.add(item);
                    longer.add(more);
                }
            }
            rows = longer;
        }
        return new ArrayList<>(rows.stream().map(Tuple::new).toList());
    }

    private static Object zipLongest(Arguments args) {
        List<List<@Nullable Object>> columns =
                args.positional().stream().map(Python::iterate).toList();
        int longest = columns.stream().mapToInt(List::size).max().orElse(0);
        List<@Nullable Object> rows = new ArrayList<>();
        for (int i = 0; i < longest; i++) {
            List<@Nullable Object> row = new ArrayList<>();
            for (List<@Nullable Object> column : columns) {
                row.add(i < column.size() ? column.get(i) : args.named().get("fillvalue"));
            }
            rows.add(new Tuple(row));
        }
        return rows;
    }

    private static Duration timedelta(Arguments args) {
        List<String> names = List.of("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks");
        List<Double> seconds = List.of(86_400d, 1d, 1e-6, 1e-3, 60d, 3600d, 604_800d);
        double total = 0;
        for (int i = 0; i < names.size(); i++) {
            if (args.get(i, names.get(i), 0L) instanceof Number number) {
                total += number.doubleValue() * seconds.get(i);
            }
        }
        return Duration.ofNanos(Math.round(total * 1e9));
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(name);
        } catch (java.time.DateTimeException e) {
            throw new JinjaException("there is no time zone '" + name + "'", e);
        }
    }

    private record DateTimeType() implements Attributes, Callable {
        @Override
        public Object call(Arguments args) {
            LocalDateTime moment = LocalDateTime.of(
                    args.integer(0, "year", 1),
                    args.integer(1, "month", 1),
                    args.integer(2, "day", 1),
                    args.integer(3, "hour", 0),
                    args.integer(4, "minute", 0),
                    args.integer(5, "second", 0),
                    args.integer(6, "microsecond", 0) * 1000);
            return args.get(7, "tzinfo", null) instanceof ZoneId zone ? moment.atZone(zone) : moment;
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "now" ->
                    (Callable) args -> args.get(0, "tz", null) instanceof ZoneId zone
                            ? java.time.ZonedDateTime.now(zone)
                            : LocalDateTime.now(ZoneId.systemDefault());
                case "fromtimestamp", "utcfromtimestamp" ->
                    (Callable) args -> LocalDateTime.ofEpochSecond(args.integer(0, "timestamp", 0), 0, ZoneOffset.UTC);
                case "utcnow" -> (Callable) args -> LocalDateTime.now(ZoneOffset.UTC);
                case "today" -> (Callable) args -> LocalDateTime.now(ZoneId.systemDefault());
                case "strptime" -> (Callable) args -> strptime(args.text(0, "date_string"), args.text(1, "format"));
                case "fromisoformat" -> (Callable) args -> parsed(args.text(0, "date_string"));
                case "combine" ->
                    (Callable) args ->
                            args.get(0, "date") instanceof LocalDate date ? date.atStartOfDay() : args.get(0, "date");
                default -> new Undefined("datetime." + name);
            };
        }
    }

    private record DateType() implements Attributes, Callable {
        @Override
        public Object call(Arguments args) {
            return LocalDate.of(args.integer(0, "year", 1), args.integer(1, "month", 1), args.integer(2, "day", 1));
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "today" -> (Callable) args -> LocalDate.now(ZoneId.systemDefault());
                case "fromisoformat" -> (Callable) args -> LocalDate.parse(args.text(0, "date_string"));
                default -> new Undefined("date." + name);
            };
        }
    }

    private static LocalDateTime parsed(String text) {
        try {
            return text.length() <= 10
                    ? LocalDate.parse(text).atStartOfDay()
                    : LocalDateTime.parse(text.replace(' ', 'T'));
        } catch (DateTimeParseException e) {
            throw new JinjaException("'" + text + "' is not a date and time", e);
        }
    }

    private static LocalDateTime strptime(String text, String format) {
        StringBuilder pattern = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c == '%' && i + 1 < format.length()) {
                String part = PARSED.get(format.charAt(++i));
                if (part == null) {
                    throw new JinjaException("strptime: '%" + format.charAt(i) + "' is not known");
                }
                pattern.append(part);
            } else {
                pattern.append('\'').append(c == '\'' ? "''" : c).append('\'');
            }
        }
        try {
            var parsed = DateTimeFormatter.ofPattern(pattern.toString(), Locale.ENGLISH)
                    .parseBest(text, LocalDateTime::from, LocalDate::from);
            return parsed instanceof LocalDate date ? date.atStartOfDay() : (LocalDateTime) parsed;
        } catch (DateTimeParseException e) {
            throw new JinjaException("'" + text + "' does not have the form " + format, e);
        }
    }
}
