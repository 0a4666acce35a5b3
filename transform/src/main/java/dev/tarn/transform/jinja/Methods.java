package dev.tarn.transform.jinja;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The methods of Python's lists, tuples, dicts and sets; [StringMethods] has those of text.
final class Methods {
    private interface Method<T> {
        @Nullable
        Object call(T self, Arguments arguments);
    }

    private static final Map<String, Method<List<@Nullable Object>>> LIST = Map.ofEntries(
            Map.entry("append", (self, args) -> done(() -> self.add(args.get(0, "object")))),
            Map.entry("extend", (self, args) -> done(() -> self.addAll(Python.iterate(args.get(0, "iterable"))))),
            Map.entry(
                    "insert",
                    (self, args) -> done(() -> {
                        int index = args.integer(0, "index", 0);
                        self.add(
                                Math.clamp(index < 0 ? index + self.size() : index, 0, self.size()),
                                args.get(1, "object"));
                    })),
            Map.entry("pop", (self, args) -> {
                int index = args.integer(0, "index", -1);
                int at = index < 0 ? index + self.size() : index;
                if (at < 0 || at >= self.size()) {
                    throw new JinjaException("pop: the list has no item " + index);
                }
                return self.remove(at);
            }),
            Map.entry(
                    "remove",
                    (self, args) -> done(() -> {
                        int index = indexOf(self, args.get(0, "value"));
                        if (index < 0) {
                            throw new JinjaException(
                                    "remove: " + Python.repr(args.get(0, "value")) + " is not in the list");
                        }
                        self.remove(index);
                    })),
            Map.entry("index", (self, args) -> {
                int index = indexOf(self, args.get(0, "value"));
                if (index < 0) {
                    throw new JinjaException("index: " + Python.repr(args.get(0, "value")) + " is not in the list");
                }
                return (long) index;
            }),
            Map.entry(
                    "count",
                    (self, args) -> self.stream()
                            .filter(item -> Operators.equal(item, args.get(0, "value")))
                            .count()),
            Map.entry("clear", (self, args) -> done(self::clear)),
            Map.entry("copy", (self, args) -> new ArrayList<>(self)),
            Map.entry("reverse", (self, args) -> done(() -> Collections.reverse(self))),
            Map.entry(
                    "sort",
                    (self, args) -> done(() -> self.sort(
                            args.truth(1, "reverse", false) ? (a, b) -> Operators.order(b, a) : Operators::order))));

    private static final Set<String> CHANGES_LIST =
            Set.of("append", "extend", "insert", "pop", "remove", "clear", "reverse", "sort");

    private static final Map<String, Method<Map<@Nullable Object, @Nullable Object>>> DICT = Map.ofEntries(
            Map.entry("items", (self, args) -> {
                List<@Nullable Object> items = new ArrayList<>();
                self.forEach((key, value) -> items.add(Tuple.of(key, value)));
                return items;
            }),
            Map.entry("keys", (self, args) -> new ArrayList<>(self.keySet())),
            Map.entry("values", (self, args) -> new ArrayList<>(self.values())),
            Map.entry("get", (self, args) -> {
                Object key = args.get(0, "key");
                return self.containsKey(key) ? self.get(key) : args.get(1, "default", null);
            }),
            Map.entry(
                    "update",
                    (self, args) -> done(() -> {
                        if (!args.positional().isEmpty()) {
                            self.putAll(dict(args.get(0, "other")));
                        }
                        self.putAll(args.named());
                    })),
            Map.entry("pop", (self, args) -> {
                Object key = args.get(0, "key");
                if (!self.containsKey(key) && !args.has(1, "default")) {
                    throw new JinjaException("pop: the dict has no key " + Python.repr(key));
                }
                return self.containsKey(key) ? self.remove(key) : args.get(1, "default");
            }),
            Map.entry("setdefault", (self, args) -> {
                Object key = args.get(0, "key");
                if (!self.containsKey(key)) {
                    self.put(key, args.get(1, "default", null));
                }
                return self.get(key);
            }),
            Map.entry("clear", (self, args) -> done(self::clear)),
            Map.entry("copy", (self, args) -> new LinkedHashMap<>(self)));

    private static final Map<String, Method<Set<@Nullable Object>>> SET = Map.ofEntries(
            Map.entry("add", (self, args) -> done(() -> self.add(args.get(0, "element")))),
            Map.entry("discard", (self, args) -> done(() -> self.remove(args.get(0, "element")))),
            Map.entry("update", (self, args) -> done(() -> self.addAll(Python.iterate(args.get(0, "other"))))),
            Map.entry("copy", (self, args) -> new LinkedHashSet<>(self)),
            Map.entry("union", (self, args) -> {
                Set<@Nullable Object> all = new LinkedHashSet<>(self);
                args.positional().forEach(other -> all.addAll(Python.iterate(other)));
                return all;
            }),
            Map.entry("intersection", (self, args) -> {
                Set<@Nullable Object> both = new LinkedHashSet<>(self);
                both.retainAll(new LinkedHashSet<>(Python.iterate(args.get(0, "other"))));
                return both;
            }),
            Map.entry("difference", (self, args) -> {
                Set<@Nullable Object> rest = new LinkedHashSet<>(self);
                rest.removeAll(new LinkedHashSet<>(Python.iterate(args.get(0, "other"))));
                return rest;
            }),
            Map.entry(
                    "issubset",
                    (self, args) -> new LinkedHashSet<>(Python.iterate(args.get(0, "other"))).containsAll(self)),
            Map.entry("issuperset", (self, args) -> self.containsAll(Python.iterate(args.get(0, "other")))));

    private Methods() {}

    /// The method of this name, bound to the value; null when there is none.
    @SuppressWarnings("unchecked")
    static @Nullable Callable of(Object self, String name) {
        return switch (self) {
            case CharSequence text -> StringMethods.of(text.toString(), name);
            case Tuple tuple when CHANGES_LIST.contains(name) -> null;
            case List<?> list -> bound((List<@Nullable Object>) list, LIST.get(name));
            case Map<?, ?> map -> bound((Map<@Nullable Object, @Nullable Object>) map, DICT.get(name));
            case Set<?> set -> bound((Set<@Nullable Object>) set, SET.get(name));
            default -> null;
        };
    }

    private static <T> @Nullable Callable bound(T self, @Nullable Method<T> method) {
        if (method == null) {
            return null;
        }
        return arguments -> {
            try {
                return method.call(self, arguments);
            } catch (UnsupportedOperationException e) {
                throw new JinjaException("this value cannot be changed", e);
            }
        };
    }

    /// `dict(value)`: a dict's copy, or one made of pairs.
    static Map<@Nullable Object, @Nullable Object> dict(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return new LinkedHashMap<>(map);
        }
        Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
        for (Object item : Python.iterate(value)) {
            if (item instanceof Entry<?, ?> entry) {
                map.put(entry.getKey(), entry.getValue());
                continue;
            }
            List<@Nullable Object> pair = Python.iterate(item);
            if (pair.size() != 2) {
                throw new JinjaException("dict: expected pairs, not " + Python.repr(item));
            }
            map.put(pair.get(0), pair.get(1));
        }
        return map;
    }

    private static int indexOf(Collection<?> items, @Nullable Object value) {
        int index = 0;
        for (Object item : items) {
            if (Operators.equal(item, value)) {
                return index;
            }
            index++;
        }
        return -1;
    }

    private static @Nullable Object done(Runnable action) {
        action.run();
        return null;
    }
}
