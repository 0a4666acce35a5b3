package dev.tarn.transform.jinja;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `namespace(…)`: attributes that a loop's body can set for what comes after it.
final class Namespace implements Attributes {
    private final Map<String, @Nullable Object> values;

    Namespace(Map<String, @Nullable Object> values) {
        this.values = new LinkedHashMap<>(values);
    }

    void set(String name, @Nullable Object value) {
        values.put(name, value);
    }

    @Override
    public @Nullable Object attribute(String name) {
        return values.containsKey(name) ? values.get(name) : new Undefined(name);
    }

    @Override
    public String toString() {
        return "<Namespace " + Python.repr(values) + ">";
    }
}
