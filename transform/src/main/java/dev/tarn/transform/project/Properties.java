package dev.tarn.transform.project;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a properties file (`schema.yml`) says of one node or source table.
///
/// @param file where it is written; null when nothing is
/// @param line 1-based
/// @param config the words under `config`
/// @param tests generic tests, as written: a name, or a map of a name to its arguments
/// @param columns by name
/// @param all everything as written
public record Properties(
        @Nullable Path file,
        int line,
        String description,
        Map<String, @Nullable Object> config,
        List<Object> tests,
        Map<String, Column> columns,
        Map<String, @Nullable Object> all) {
    public static final Properties NONE = new Properties(null, 0, "", Map.of(), List.of(), Map.of(), Map.of());

    /// What is said of one column.
    public record Column(
            String name, String description, List<Object> tests, boolean quote, Map<String, @Nullable Object> all) {}

    /// Reads the words of one entry of a properties file.
    public static Properties of(Path file, int line, Map<String, @Nullable Object> entry) {
        Map<String, Column> columns = new LinkedHashMap<>();
        for (Object item : NodeConfig.list(entry.get("columns"))) {
            if (item instanceof Map<?, ?> map && map.get("name") != null) {
                Map<String, @Nullable Object> words = strings(map);
                String name = String.valueOf(map.get("name"));
                columns.put(
                        name,
                        new Column(
                                name,
                                text(words, "description"),
                                tests(words),
                                Boolean.TRUE.equals(words.get("quote")),
                                words));
            }
        }
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        for (String key : List.of("tags", "meta", "docs", "group", "access", "latest_version", "contract")) {
            if (entry.containsKey(key)) {
                config.put(key, entry.get(key));
            }
        }
        if (entry.get("config") instanceof Map<?, ?> map) {
            config.putAll(strings(map));
        }
        return new Properties(file, line, text(entry, "description"), config, tests(entry), columns, entry);
    }

    private static List<Object> tests(Map<String, @Nullable Object> entry) {
        List<Object> tests = new java.util.ArrayList<>();
        for (String key : List.of("tests", "data_tests")) {
            for (Object test : NodeConfig.list(entry.get(key))) {
                if (test != null) {
                    tests.add(test);
                }
            }
        }
        return tests;
    }

    private static String text(Map<String, @Nullable Object> entry, String key) {
        Object value = entry.get(key);
        return value == null ? "" : value.toString();
    }

    @SuppressWarnings("unchecked")
    public static Map<String, @Nullable Object> strings(Map<?, ?> map) {
        return (Map<String, @Nullable Object>) map;
    }
}
