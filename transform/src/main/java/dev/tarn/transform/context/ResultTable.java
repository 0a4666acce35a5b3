package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.Tuple;
import dev.tarn.transform.jinja.Undefined;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A query's answer as templates see it: the part of agate's `Table` that dbt projects use.
///
/// @param columns in order
/// @param rows values in the order of the columns
public record ResultTable(List<ColumnInfo> columns, List<List<@Nullable Object>> rows)
        implements Attributes, Iterable<Object> {
    public static final ResultTable EMPTY = new ResultTable(List.of(), List.of());

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "rows" -> rowObjects();
            case "columns" -> columnObjects();
            case "column_names" -> new ArrayList<Object>(names());
            case "column_types" ->
                new ArrayList<Object>(columns.stream().map(ColumnInfo::type).toList());
            case "print_table" -> (Callable) args -> "";
            default -> new Undefined(name);
        };
    }

    @Override
    public Iterator<Object> iterator() {
        return new ArrayList<Object>(rowObjects()).iterator();
    }

    private List<String> names() {
        return columns.stream().map(ColumnInfo::name).toList();
    }

    private List<Row> rowObjects() {
        return new ArrayList<>(
                rows.stream().map(values -> new Row(names(), values)).toList());
    }

    private Object columnObjects() {
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            int index = i;
            List<@Nullable Object> values = new ArrayList<>();
            rows.forEach(row -> values.add(row.get(index)));
            all.add(new ColumnValues(columns.get(i).name(), values));
        }
        return new Named(names(), all);
    }

    /// A list whose items can also be asked for by name, without case.
    private static class Named extends AbstractList<@Nullable Object> implements Attributes {
        private final List<String> names;
        private final List<? extends @Nullable Object> values;

        Named(List<String> names, List<? extends @Nullable Object> values) {
            this.names = names;
            this.values = values;
        }

        @Override
        public @Nullable Object get(int index) {
            return values.get(index);
        }

        @Override
        public int size() {
            return values.size();
        }

        @Override
        public @Nullable Object attribute(String name) {
            for (int i = 0; i < names.size(); i++) {
                if (names.get(i).equalsIgnoreCase(name)) {
                    return values.get(i);
                }
            }
            return switch (name.toLowerCase(Locale.ROOT)) {
                case "values" -> (Callable) args -> new ArrayList<@Nullable Object>(values);
                case "keys" -> (Callable) args -> new ArrayList<Object>(names);
                case "items" ->
                    (Callable) args -> {
                        List<Object> items = new ArrayList<>();
                        dict().forEach((key, value) -> items.add(Tuple.of(key, value)));
                        return items;
                    };
                case "dict" -> (Callable) args -> dict();
                case "get" -> (Callable) args -> dict().getOrDefault(args.text(0, "key"), args.get(1, "default", null));
                default -> new Undefined(name);
            };
        }

        Map<String, @Nullable Object> dict() {
            Map<String, @Nullable Object> dict = new LinkedHashMap<>();
            for (int i = 0; i < names.size(); i++) {
                dict.put(names.get(i), values.get(i));
            }
            return dict;
        }
    }

    private static final class Row extends Named {
        Row(List<String> names, List<? extends @Nullable Object> values) {
            super(names, values);
        }
    }

    private record ColumnValues(String name, List<@Nullable Object> values) implements Attributes, Iterable<Object> {
        @Override
        public @Nullable Object attribute(String attribute) {
            return switch (attribute) {
                case "values" -> (Callable) (Arguments args) -> new ArrayList<>(values);
                case "name" -> name;
                default -> new Undefined(attribute);
            };
        }

        @Override
        @SuppressWarnings("unchecked")
        public Iterator<Object> iterator() {
            return (Iterator<Object>) (Iterator<?>) values.iterator();
        }
    }
}
