package dev.tarn.transform.project;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What `var(…)` finds, by package: the command line's word, the root project's for the package, the root
/// project's for all, the package's own.
///
/// @param given from `tarn.yml` and the command line
public record Variables(Map<String, @Nullable Object> given, ProjectFile root, Map<String, ProjectFile> packages) {
    /// Values from the command line, where `5` is a number and `true` a truth.
    public static Map<String, @Nullable Object> typed(Map<String, String> texts) {
        Map<String, @Nullable Object> typed = new LinkedHashMap<>();
        texts.forEach((name, text) -> typed.put(
                name,
                switch (text) {
                    case "true" -> true;
                    case "false" -> false;
                    case String number when number.matches("-?\\d{1,18}") -> Long.valueOf(number);
                    default -> text;
                }));
        return typed;
    }

    /// Whether the variable has a value in a package.
    public boolean has(String name, String packageName) {
        return all(packageName).containsKey(name);
    }

    public @Nullable Object get(String name, String packageName) {
        return all(packageName).get(name);
    }

    /// The names known in a package.
    public Collection<String> names(String packageName) {
        return all(packageName).keySet();
    }

    private Map<String, @Nullable Object> all(String packageName) {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        ProjectFile own = packages.get(packageName);
        if (own != null) {
            putPlain(all, own.vars());
            if (own.vars().get(packageName) instanceof Map<?, ?> nested) {
                all.putAll(Properties.strings(nested));
            }
        }
        putPlain(all, root.vars());
        if (root.vars().get(packageName) instanceof Map<?, ?> nested) {
            all.putAll(Properties.strings(nested));
        }
        all.putAll(given);
        return all;
    }

    private void putPlain(Map<String, @Nullable Object> all, Map<String, @Nullable Object> vars) {
        Set<String> names = new LinkedHashSet<>(packages.keySet());
        vars.forEach((name, value) -> {
            if (!(names.contains(name) && value instanceof Map)) {
                all.put(name, value);
            }
        });
    }
}
