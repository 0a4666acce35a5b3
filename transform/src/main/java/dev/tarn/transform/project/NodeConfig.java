package dev.tarn.transform.project;

import dev.tarn.transform.jinja.Python;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A node's configuration, put together from `dbt_project.yml`, properties and the `config(…)` of the file.
/// Later words win, except that tags and hooks add up and `meta` is merged.
public final class NodeConfig {
    private static final Set<String> ADDED = Set.of("tags", "pre_hook", "post_hook");
    private static final Set<String> MERGED = Set.of("meta", "properties", "column_types", "persist_docs");

    private final Map<String, @Nullable Object> values = new LinkedHashMap<>();

    /// Applies more words; `pre-hook` and `pre_hook` are one key.
    public void apply(Map<String, ? extends @Nullable Object> more) {
        more.forEach(this::apply);
    }

    private void apply(String rawKey, @Nullable Object value) {
        String key = rawKey.replace('-', '_');
        Object before = values.get(key);
        if (ADDED.contains(key) && before != null) {
            List<@Nullable Object> all = new ArrayList<>(list(before));
            list(value).stream()
                    .filter(item -> !key.equals("tags") || !all.contains(item))
                    .forEach(all::add);
            values.put(key, all);
        } else if (MERGED.contains(key) && before instanceof Map<?, ?> old && value instanceof Map<?, ?> added) {
            Map<@Nullable Object, @Nullable Object> both = new LinkedHashMap<>(old);
            both.putAll(added);
            values.put(key, both);
        } else {
            values.put(key, value);
        }
    }

    /// The value of a key, or null.
    public @Nullable Object get(String key) {
        return values.get(key.replace('-', '_'));
    }

    public boolean has(String key) {
        return values.containsKey(key.replace('-', '_'));
    }

    /// The value as text.
    public Optional<String> text(String key) {
        return Optional.ofNullable(get(key)).map(Python::str);
    }

    /// The value's truth.
    public boolean truth(String key, boolean otherwise) {
        Object value = get(key);
        return value == null
                ? otherwise
                : value instanceof String text ? Boolean.parseBoolean(text) : Python.truth(value);
    }

    /// The value as a list; a single value is a list of one.
    public List<String> texts(String key) {
        return list(get(key)).stream().map(Python::str).toList();
    }

    /// The tags.
    public Set<String> tags() {
        return new LinkedHashSet<>(texts("tags"));
    }

    /// `table`, `view`, …
    public String materialized() {
        return text("materialized").orElse("view");
    }

    /// All values, for templates and artifacts.
    public Map<String, @Nullable Object> asMap() {
        return new LinkedHashMap<>(values);
    }

    /// A list as it is, a single value as a list of one, null as an empty one.
    public static List<? extends @Nullable Object> list(@Nullable Object value) {
        return value == null
                ? List.of()
                : value instanceof Collection<?> items ? new ArrayList<>(items) : List.of(value);
    }
}
