package dev.tarn.transform.project;

import dev.tarn.transform.jinja.Json;
import dev.tarn.transform.jinja.Python;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A node as templates see it: `model`, `node` and the entries of `graph.nodes`.
public final class NodeWords {
    private static final Pattern JSON = Pattern.compile("\\s*\\{\\s*\"sql\"\\s*:");

    /// The tag of statements before a run.
    public static final String ON_RUN_START = "on-run-start";

    /// The tag of statements after a run.
    public static final String ON_RUN_END = "on-run-end";

    private NodeWords() {}

    /// The node's words, in dbt's names.
    public static Map<String, @Nullable Object> of(Node node) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        words.put("unique_id", node.uniqueId());
        words.put("name", node.name());
        words.put("version", node.version());
        words.put("latest_version", node.version() == null ? null : node.latestVersion());
        words.put("resource_type", node.type().word());
        words.put("package_name", node.packageName());
        words.put("path", node.path());
        words.put("original_file_path", node.path());
        words.put("fqn", new ArrayList<>(node.fqn()));
        words.put("database", node.relation().database());
        words.put("schema", node.relation().schema());
        words.put("alias", node.relation().identifier());
        words.put("relation_name", node.relation().toString());
        words.put("raw_code", node.rawCode());
        words.put("language", "sql");
        words.put("config", node.config().asMap());
        words.put("tags", new ArrayList<>(node.config().tags()));
        words.put("meta", node.config().get("meta"));
        words.put("description", node.properties().description());
        Map<String, @Nullable Object> columns = new LinkedHashMap<>();
        node.properties().columns().forEach((name, column) -> columns.put(name, column.all()));
        words.put("columns", columns);
        Map<String, @Nullable Object> dependsOn = new LinkedHashMap<>();
        ArrayList<@Nullable Object> on = new ArrayList<>(node.dependsOn());
        on.addAll(node.sources());
        dependsOn.put("nodes", on);
        dependsOn.put("macros", new ArrayList<>());
        words.put("depends_on", dependsOn);
        return words;
    }

    /// `graph`: the project's nodes, sources, exposures and groups by unique id.
    public static Map<String, @Nullable Object> graph(Manifest manifest) {
        Map<String, @Nullable Object> nodes = new LinkedHashMap<>();
        manifest.nodes().forEach((id, node) -> nodes.put(id, of(node)));
        Map<String, @Nullable Object> sources = new LinkedHashMap<>();
        manifest.sources().forEach((id, source) -> {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("unique_id", id);
            words.put("resource_type", "source");
            words.put("package_name", source.packageName());
            words.put("source_name", source.source());
            words.put("name", source.table());
            words.put("database", source.relation().database());
            words.put("schema", source.relation().schema());
            words.put("identifier", source.relation().identifier());
            words.put("relation_name", source.relation().toString());
            words.put("description", source.properties().description());
            words.put(
                    "tags",
                    new ArrayList<>(NodeConfig.list(source.properties().config().get("tags"))));
            words.put("meta", source.properties().config().get("meta"));
            words.put("loaded_at_field", source.setting("loaded_at_field"));
            sources.put(id, words);
        });
        Map<String, @Nullable Object> exposures = new LinkedHashMap<>();
        manifest.exposures()
                .forEach((id, exposure) ->
                        exposures.put(id, exposure.properties().all()));
        Map<String, @Nullable Object> groups = new LinkedHashMap<>();
        manifest.groups()
                .forEach((id, group) -> groups.put(id, group.properties().all()));
        Map<String, @Nullable Object> graph = new LinkedHashMap<>();
        graph.put("nodes", nodes);
        graph.put("sources", sources);
        graph.put("exposures", exposures);
        graph.put("groups", groups);
        graph.put("metrics", new LinkedHashMap<>());
        return graph;
    }

    /// A statement around a node's own.
    ///
    /// @param inTransaction dbt's `transaction`; the statements of a run are all of one publish anyway
    public record Hook(String sql, boolean inTransaction) {}

    /// A node's hooks; one may be written as a text, as a map with `sql`, or as such a map's JSON.
    public static List<Hook> hooks(NodeConfig config, String key) {
        List<Hook> hooks = new ArrayList<>();
        for (Object hook : NodeConfig.list(config.get(key))) {
            Object value = hook instanceof String text && JSON.matcher(text).lookingAt() ? Json.read(text) : hook;
            hooks.add(
                    value instanceof Map<?, ?> map
                            ? new Hook(String.valueOf(map.get("sql")), !Boolean.FALSE.equals(map.get("transaction")))
                            : new Hook(Python.str(value), true));
        }
        return hooks;
    }
}
