package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The functions that Jinja itself and dbt's Python context define, whatever the project.
public final class Builtins {
    private static final int MAX_RANGE = 1_000_000;

    private Builtins() {}

    /// The functions by name; a map of its own each time.
    public static Map<String, @Nullable Object> functions() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        define(all, "range", Builtins::range);
        define(all, "dict", args -> {
            Map<@Nullable Object, @Nullable Object> map = args.positional().isEmpty()
                    ? new LinkedHashMap<>()
                    : Methods.dict(args.positional().getFirst());
            map.putAll(args.named());
            return map;
        });
        define(all, "namespace", args -> {
            Map<String, @Nullable Object> values = new LinkedHashMap<>();
            if (!args.positional().isEmpty()) {
                Methods.dict(args.positional().getFirst()).forEach((key, value) -> values.put(Python.str(key), value));
            }
            values.putAll(args.named());
            return new Namespace(values);
        });
        define(all, "cycler", args -> new Cycler(args.positional()));
        define(all, "joiner", Builtins::joiner);
        define(all, "return", Interpreter.returning());
        define(all, "set", args -> set(args.get(0, "value"), args.get(1, "default", null)));
        define(all, "set_strict", args -> new LinkedHashSet<>(Python.iterate(args.get(0, "value"))));
        define(all, "zip", args -> zip(args.positional()));
        define(all, "zip_strict", args -> zip(args.positional()));
        define(all, "tojson", args -> Json.write(args.get(0, "value"), null));
        define(all, "fromjson", args -> Json.read(args.text(0, "string")));
        define(all, "local_md5", args -> Digests.md5(args.text(0, "value")));
        return all;
    }

    private static void define(Map<String, @Nullable Object> all, String name, Callable function) {
        all.put(name, function);
    }

    private static List<@Nullable Object> range(Arguments args) {
        List<@Nullable Object> given = args.positional();
        long start = given.size() < 2 ? 0 : Operators.wholeNumber(given.get(0));
        long stop = Operators.wholeNumber(given.size() < 2 ? args.get(0, "stop") : given.get(1));
        long step = given.size() < 3 ? 1 : Operators.wholeNumber(given.get(2));
        if (step == 0) {
            throw new JinjaException("range: the step cannot be zero");
        }
        if (Math.abs((stop - start) / step) > MAX_RANGE) {
            throw new JinjaException("range: more than " + MAX_RANGE + " numbers");
        }
        List<@Nullable Object> numbers = new ArrayList<>();
        for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
            numbers.add(i);
        }
        return numbers;
    }

    private static @Nullable Object set(@Nullable Object value, @Nullable Object otherwise) {
        try {
            return new LinkedHashSet<>(Python.iterate(value));
        } catch (JinjaException e) {
            return otherwise;
        }
    }

    private static List<@Nullable Object> zip(List<@Nullable Object> columns) {
        List<List<@Nullable Object>> lists =
                columns.stream().map(Python::iterate).toList();
        int shortest = lists.stream().mapToInt(List::size).min().orElse(0);
        List<@Nullable Object> rows = new ArrayList<>();
        for (int i = 0; i < shortest; i++) {
            int row = i;
            rows.add(new Tuple(lists.stream().map(list -> list.get(row)).toList()));
        }
        return rows;
    }

    private static Callable joiner(Arguments args) {
        String separator = args.textOr(0, "sep", ", ");
        Set<String> used = new LinkedHashSet<>();
        return ignored -> used.add("") ? "" : separator;
    }

    /// `cycler(…)`: its items one after the other, around and around.
    private static final class Cycler implements Attributes {
        private final List<@Nullable Object> items;
        private int position;

        Cycler(List<@Nullable Object> items) {
            this.items = items;
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "next" -> (Callable) args -> items.get(position++ % items.size());
                case "current" -> items.get(position % items.size());
                case "reset" ->
                    (Callable) args -> {
                        position = 0;
                        return null;
                    };
                default -> new Undefined(name);
            };
        }
    }
}
