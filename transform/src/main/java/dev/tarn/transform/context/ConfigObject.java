package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.NodeConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `config(…)`, `config.get`, `config.require`.
///
/// @param running whether the file has been parsed, so that its words are already part of the configuration
record ConfigObject(NodeConfig config, boolean running) implements Callable, Attributes {
    @Override
    public Object call(Arguments args) {
        if (!running) {
            Map<String, @Nullable Object> words = new LinkedHashMap<>(args.named());
            if (!args.positional().isEmpty() && args.positional().getFirst() instanceof Map<?, ?> map) {
                map.forEach((key, value) -> words.put(Python.str(key), value));
            }
            config.apply(words);
        }
        return "";
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "get" ->
                (Callable) args -> {
                    String key = args.text(0, "name");
                    return config.has(key) ? config.get(key) : args.get(1, "default", null);
                };
            case "require" ->
                (Callable) args -> {
                    String key = args.text(0, "name");
                    if (!config.has(key) && running) {
                        throw new JinjaException(
                                "the configuration '" + key + "' is missing: set it with config(" + key + "=…)");
                    }
                    return config.get(key);
                };
            case "set" ->
                (Callable) args -> {
                    Map<String, @Nullable Object> one = new LinkedHashMap<>();
                    one.put(args.text(0, "attr"), args.get(1, "value"));
                    config.apply(one);
                    return "";
                };
            case "persist_relation_docs" -> (Callable) args -> persists("relation");
            case "persist_column_docs" -> (Callable) args -> persists("columns");
            case "meta_get" ->
                (Callable) args -> config.get("meta") instanceof Map<?, ?> meta && meta.containsKey(args.get(0, "name"))
                        ? meta.get(args.get(0, "name"))
                        : args.get(1, "default", null);
            case "model" -> config.asMap();
            default -> config.has(name) ? config.get(name) : new Undefined("config." + name);
        };
    }

    private boolean persists(String what) {
        return config.get("persist_docs") instanceof Map<?, ?> map && Python.truth(map.get(what));
    }

    @Override
    public String toString() {
        return Python.repr(config.asMap());
    }
}
