package dev.tarn.transform.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The names that a part of a template sees: its own, then those of what surrounds it.
final class Scope {
    private final @Nullable Scope outer;
    private final Map<String, @Nullable Object> values = new HashMap<>();

    Scope(@Nullable Scope outer) {
        this.outer = outer;
    }

    void set(String name, @Nullable Object value) {
        values.put(name, value);
    }

    /// The scope, this or one around it, that holds the name; null when none does.
    @Nullable
    Scope holding(String name) {
        for (Scope scope = this; scope != null; scope = scope.outer) {
            if (scope.values.containsKey(name)) {
                return scope;
            }
        }
        return null;
    }

    @Nullable
    Object get(String name) {
        return values.get(name);
    }
}
