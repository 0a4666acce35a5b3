package dev.tarn.transform;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Properties;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The versions of models, as properties files describe them.
final class Versions {
    private Versions() {}

    /// One version of a model.
    ///
    /// @param name the model's
    /// @param properties the model's, with what the version says otherwise
    record Version(String name, String version, Properties properties) {}

    /// The versions by the name of the file that holds their code, without its ending.
    static Map<String, Version> of(Map<String, Properties> models) {
        Map<String, Version> byFile = new HashMap<>();
        models.forEach((name, properties) -> {
            List<Map<String, @Nullable Object>> written = versions(properties);
            if (written.isEmpty()) {
                return;
            }
            Object latest = properties.all().get("latest_version");
            String latestVersion = latest == null ? latest(written) : String.valueOf(latest);
            for (Map<String, @Nullable Object> words : written) {
                String version = String.valueOf(words.get("v"));
                Properties own = merged(properties, words, latestVersion);
                Version each = new Version(name, version, own);
                Object definedIn = words.get("defined_in");
                List<String> files = definedIn != null
                        ? List.of(String.valueOf(definedIn))
                        : version.equals(latestVersion)
                                ? List.of(name + "_v" + version, name + ".v" + version, name)
                                : List.of(name + "_v" + version, name + ".v" + version);
                files.forEach(file -> byFile.putIfAbsent(file, each));
            }
        });
        return byFile;
    }

    private static List<Map<String, @Nullable Object>> versions(Properties properties) {
        List<Map<String, @Nullable Object>> versions = new ArrayList<>();
        for (Object item : NodeConfig.list(properties.all().get("versions"))) {
            if (!(item instanceof Map<?, ?> map) || map.get("v") == null) {
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        properties.file() + ":" + properties.line() + ": a version needs its 'v'");
            }
            versions.add(Properties.strings(map));
        }
        return versions;
    }

    /// The highest; numbers are compared as numbers.
    private static String latest(List<Map<String, @Nullable Object>> versions) {
        return versions.stream()
                .map(words -> String.valueOf(words.get("v")))
                .max((a, b) -> {
                    try {
                        return Double.compare(Double.parseDouble(a), Double.parseDouble(b));
                    } catch (NumberFormatException e) {
                        return a.compareTo(b);
                    }
                })
                .orElseThrow();
    }

    private static Properties merged(Properties model, Map<String, @Nullable Object> version, String latest) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>(model.all());
        words.remove("versions");
        words.put("latest_version", latest);
        version.forEach((key, value) -> {
            if (!key.equals("columns") && !key.equals("config")) {
                words.put(key, value);
            }
        });
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        if (model.all().get("config") instanceof Map<?, ?> map) {
            config.putAll(Properties.strings(map));
        }
        if (version.get("config") instanceof Map<?, ?> map) {
            config.putAll(Properties.strings(map));
        }
        words.put("config", config);
        if (version.containsKey("columns")) {
            words.put("columns", columns(model, version));
        }
        return Properties.of(model.file(), model.line(), words);
    }

    /// A version's columns: those it describes, and with `include` those of the model.
    private static List<Object> columns(Properties model, Map<String, @Nullable Object> version) {
        List<Object> own = new ArrayList<>();
        Set<String> excluded = new TreeSet<>();
        boolean all = false;
        for (Object item : NodeConfig.list(version.get("columns"))) {
            if (item instanceof Map<?, ?> map && map.containsKey("include")) {
                all = true;
                NodeConfig.list(map.get("exclude")).forEach(name -> excluded.add(String.valueOf(name)));
            } else if (item != null) {
                own.add(item);
                excluded.add(item instanceof Map<?, ?> map ? String.valueOf(map.get("name")) : "");
            }
        }
        List<Object> columns = new ArrayList<>();
        if (all) {
            model.columns().forEach((name, column) -> {
                if (!excluded.contains(name)) {
                    columns.add(column.all());
                }
            });
        }
        columns.addAll(own);
        return columns;
    }
}
