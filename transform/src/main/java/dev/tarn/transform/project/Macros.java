package dev.tarn.transform.project;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.jinja.Macro;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// All macros by package and name, and dbt's rules for which one a name means.
public final class Macros {
    /// The package of the macros that come with Tarn, which dbt's own packages call `dbt`.
    public static final String BUILT_IN = "dbt";

    /// The package of the macros that stand in for those of public packages that are not valid in Trino's SQL.
    public static final String SHIMS = "tarn";

    private final String rootPackage;
    private final Map<String, Map<String, Macro>> byPackage = new LinkedHashMap<>();

    public Macros(String rootPackage) {
        this.rootPackage = rootPackage;
    }

    /// Adds a macro.
    ///
    /// @throws TarnException when the package has one of that name already
    public void add(String packageName, Macro macro) {
        Map<String, Macro> macros = byPackage.computeIfAbsent(packageName, key -> new LinkedHashMap<>());
        Macro other = macros.put(macro.name(), macro);
        if (other != null) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID,
                    macro.template() + ":" + macro.line() + ": the macro '" + macro.name() + "' is also defined at "
                            + other.template() + ":" + other.line());
        }
    }

    /// The macro that a plain name means in a node of a package: the package's own, the root project's, Tarn's.
    public @Nullable Macro find(String name, String packageName) {
        for (String candidate : List.of(packageName, rootPackage, BUILT_IN)) {
            Macro macro = in(candidate, name);
            if (macro != null) {
                return macro;
            }
        }
        return null;
    }

    /// The root project's macro, or else Tarn's own: for the macros by which a project changes dbt's behaviour.
    public Macro overridable(String name) {
        Macro macro = find(name, rootPackage);
        if (macro == null) {
            throw new IllegalStateException("no macro " + name);
        }
        return macro;
    }

    /// A generic test: in the package named, or the node's own, the root project's, Tarn's.
    public @Nullable Macro test(String name, @Nullable String namespace, String packageName) {
        return namespace == null ? find("test_" + name, packageName) : in(namespace, "test_" + name);
    }

    /// The macro of a package, or null.
    public @Nullable Macro in(String packageName, String name) {
        return byPackage.getOrDefault(packageName, Map.of()).get(name);
    }

    /// The packages that have macros.
    public Set<String> packages() {
        return byPackage.keySet();
    }

    /// The names of a package's macros.
    public Collection<String> names(String packageName) {
        return byPackage.getOrDefault(packageName, Map.of()).keySet();
    }

    /// All names that a plain call in a package may use.
    public Set<String> visible(String packageName) {
        Set<String> names = new LinkedHashSet<>();
        for (String candidate : List.of(packageName, rootPackage, BUILT_IN)) {
            names.addAll(names(candidate));
        }
        return names;
    }

    /// Every macro with its package.
    public Map<String, List<Macro>> all() {
        Map<String, List<Macro>> all = new LinkedHashMap<>();
        byPackage.forEach((name, macros) -> all.put(name, new ArrayList<>(macros.values())));
        return all;
    }
}
