package dev.tarn.transform.artifact;

import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.project.Macros;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.ProjectFile;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.SourceTable;
import dev.tarn.transform.run.CompiledNode;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// `manifest.json`, version 12: the whole project as other tools read it.
final class ManifestJson {
    private final Manifest manifest;
    private final Invocation invocation;
    private final Map<String, String> compiled;
    private final double createdAt;

    /// @param compiled SQL of the nodes that have been compiled, by unique id
    ManifestJson(Manifest manifest, Invocation invocation, Map<String, String> compiled) {
        this.manifest = manifest;
        this.invocation = invocation;
        this.compiled = compiled;
        this.createdAt = Instant.now().toEpochMilli() / 1e3;
    }

    Map<String, @Nullable Object> words() {
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        Map<String, @Nullable Object> metadata = Metadata.of("manifest", 12, invocation);
        metadata.put("project_name", manifest.root().name());
        metadata.put("project_id", Checksums.text(manifest.root().name()).substring(0, 32));
        metadata.put("user_id", null);
        metadata.put("send_anonymous_usage_stats", false);
        metadata.put("adapter_type", "trino");
        all.put("metadata", metadata);
        Map<String, Object> nodes = new LinkedHashMap<>();
        Map<String, Object> unitTests = new LinkedHashMap<>();
        manifest.nodes().forEach((id, node) -> {
            if (node.type() == ResourceType.UNIT_TEST) {
                unitTests.put(id, unitTest(node));
            } else {
                nodes.put(id, node(node));
            }
        });
        all.put("nodes", nodes);
        Map<String, Object> sources = new LinkedHashMap<>();
        manifest.sources().forEach((id, source) -> sources.put(id, source(source)));
        all.put("sources", sources);
        all.put("macros", macros());
        all.put("docs", docs());
        all.put("exposures", exposures());
        all.put("metrics", Map.of());
        all.put("groups", groups());
        all.put("selectors", Map.of());
        all.put("disabled", Map.of());
        addMaps(all);
        all.put("saved_queries", Map.of());
        all.put("semantic_models", Map.of());
        all.put("unit_tests", unitTests);
        return all;
    }

    private void addMaps(Map<String, @Nullable Object> all) {
        Map<String, List<String>> parents = new TreeMap<>();
        Map<String, List<String>> children = new TreeMap<>();
        List<String> ids = new ArrayList<>(manifest.sources().keySet());
        ids.addAll(manifest.nodes().keySet());
        ids.addAll(manifest.exposures().keySet());
        ids.forEach(id -> children.put(id, new ArrayList<>()));
        for (String id : ids) {
            parents.put(id, new ArrayList<>(manifest.parents(id)));
            manifest.parents(id)
                    .forEach(parent -> children.computeIfAbsent(parent, key -> new ArrayList<>())
                            .add(id));
        }
        all.put("parent_map", parents);
        all.put("child_map", children);
        Map<String, List<String>> groups = new TreeMap<>();
        manifest.groups().values().forEach(group -> groups.put(group.name(), new ArrayList<>()));
        manifest.nodes()
                .values()
                .forEach(node -> node.config()
                        .text("group")
                        .ifPresent(group -> groups.computeIfAbsent(group, key -> new ArrayList<>())
                                .add(node.uniqueId())));
        all.put("group_map", groups);
    }

    /// What every entry has.
    private Map<String, @Nullable Object> resource(
            String id, String type, String packageName, String name, String path) {
        Map<String, @Nullable Object> words = new LinkedHashMap<>();
        words.put("name", name);
        words.put("resource_type", type);
        words.put("package_name", packageName);
        words.put("path", withoutPlace(packageName, path));
        words.put("original_file_path", path);
        words.put("unique_id", id);
        return words;
    }

    /// The path below `models`, `seeds` and so on.
    private String withoutPlace(String packageName, String path) {
        ProjectFile project = manifest.packages().get(packageName);
        if (project == null) {
            return path;
        }
        List<String> places = new ArrayList<>(project.paths().models());
        places.addAll(project.paths().seeds());
        places.addAll(project.paths().snapshots());
        places.addAll(project.paths().tests());
        for (String place : places) {
            if (path.startsWith(place + "/")) {
                return path.substring(place.length() + 1);
            }
        }
        return path;
    }

    private Map<String, @Nullable Object> node(Node node) {
        Map<String, @Nullable Object> words =
                resource(node.uniqueId(), node.type().word(), node.packageName(), node.name(), node.path());
        words.put("database", node.relation().database());
        words.put("schema", String.valueOf(node.relation().schema()));
        words.put("fqn", node.fqn());
        words.put("alias", String.valueOf(node.relation().identifier()));
        words.put("checksum", Map.of("name", "sha256", "checksum", Checksums.of(node)));
        words.put("config", config(node));
        words.put("tags", new ArrayList<>(node.config().tags()));
        words.put("description", node.properties().description());
        words.put("columns", columns(node.properties()));
        words.put("meta", node.config().get("meta") instanceof Map<?, ?> meta ? meta : Map.of());
        words.put("group", node.config().text("group").orElse(null));
        words.put("docs", Map.of("show", true));
        words.put("patch_path", patchPath(node.packageName(), node.properties().file()));
        words.put("build_path", null);
        words.put("unrendered_config", Map.of());
        words.put("created_at", createdAt);
        String relation = Checksums.relationName(node);
        words.put("relation_name", relation.isEmpty() ? null : relation);
        words.put("raw_code", node.rawCode());
        if (node.type() == ResourceType.SEED) {
            words.put(
                    "root_path",
                    manifest.packages().get(node.packageName()).folder().toString());
            words.put("depends_on", Map.of("macros", List.of()));
            return words;
        }
        words.put("language", "sql");
        words.put("refs", refs(node));
        words.put("sources", sourceNames(node));
        words.put("metrics", List.of());
        words.put("depends_on", dependsOn(node));
        String sql = compiled.get(node.uniqueId());
        words.put("compiled_path", sql == null ? null : CompiledNode.file(node));
        words.put("compiled", sql != null);
        if (sql != null) {
            words.put("compiled_code", sql);
        }
        words.put("extra_ctes_injected", sql != null);
        words.put("extra_ctes", List.of());
        words.put("contract", contract(node));
        if (node.type() == ResourceType.MODEL) {
            addModel(words, node);
        }
        if (node.test() != null && node.test().macro() != null) {
            addTest(words, node, node.test());
        }
        return words;
    }

    private static void addModel(Map<String, @Nullable Object> words, Node node) {
        words.put("access", node.config().text("access").orElse("protected"));
        words.put("constraints", NodeConfig.list(node.properties().all().get("constraints")));
        words.put("version", node.version());
        words.put("latest_version", node.version() == null ? null : node.latestVersion());
        words.put("deprecation_date", null);
        words.put("primary_key", List.of());
        words.put("time_spine", null);
    }

    private static void addTest(Map<String, @Nullable Object> words, Node node, Node.TestInfo test) {
        String macro = String.valueOf(test.macro());
        int dot = macro.indexOf('.');
        Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
        metadata.put("name", macro.substring(dot + 1));
        Map<String, @Nullable Object> kwargs = new LinkedHashMap<>(test.arguments());
        kwargs.putIfAbsent("model", "{{ get_where_subquery(" + test.of() + ") }}");
        metadata.put("kwargs", kwargs);
        metadata.put("namespace", dot < 0 ? null : macro.substring(0, dot));
        words.put("test_metadata", metadata);
        words.put("column_name", test.column());
        words.put("file_key_name", "models." + node.name());
        words.put("attached_node", test.of() != null && test.of().startsWith("source.") ? null : test.of());
    }

    /// The configuration with dbt's defaults.
    static Map<String, @Nullable Object> config(Node node) {
        Map<String, @Nullable Object> config = new LinkedHashMap<>();
        config.put("enabled", true);
        config.put("alias", null);
        config.put("schema", null);
        config.put("database", null);
        config.put("group", null);
        switch (node.type()) {
            case MODEL, SNAPSHOT, SEED -> {
                config.put(
                        "materialized",
                        switch (node.type()) {
                            case SEED -> "seed";
                            case SNAPSHOT -> "snapshot";
                            case MODEL, TEST, UNIT_TEST, SOURCE, EXPOSURE, ANALYSIS, OPERATION ->
                                node.config().materialized();
                        });
                config.put("persist_docs", Map.of());
                config.put("quoting", Map.of());
                config.put("column_types", Map.of());
                config.put("full_refresh", null);
                config.put("unique_key", null);
                config.put("on_schema_change", "ignore");
                config.put("grants", Map.of());
                config.put("packages", List.of());
            }
            case TEST -> {
                config.put("materialized", "test");
                config.put("severity", "ERROR");
                config.put("store_failures", null);
                config.put("where", null);
                config.put("limit", null);
                config.put("fail_calc", "count(*)");
                config.put("warn_if", "!= 0");
                config.put("error_if", "!= 0");
            }
            case UNIT_TEST, SOURCE, EXPOSURE, ANALYSIS, OPERATION -> {}
        }
        node.config().asMap().forEach((key, value) -> {
            if (!key.equals("pre_hook") && !key.equals("post_hook") && !key.equals("materialized")) {
                config.put(key, value);
            }
        });
        config.put("tags", new ArrayList<>(node.config().tags()));
        config.put("meta", node.config().get("meta") instanceof Map<?, ?> meta ? meta : Map.of());
        config.put("pre-hook", hooks(node, "pre_hook"));
        config.put("post-hook", hooks(node, "post_hook"));
        return config;
    }

    private static List<Object> hooks(Node node, String key) {
        List<Object> hooks = new ArrayList<>();
        for (NodeWords.Hook hook : NodeWords.hooks(node.config(), key)) {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("sql", hook.sql());
            words.put("transaction", hook.inTransaction());
            words.put("index", null);
            hooks.add(words);
        }
        return hooks;
    }

    private static Map<String, Object> contract(Node node) {
        Map<String, Object> contract = new LinkedHashMap<>();
        boolean enforced =
                node.config().get("contract") instanceof Map<?, ?> map && Boolean.TRUE.equals(map.get("enforced"));
        contract.put("enforced", enforced);
        contract.put("alias_types", true);
        if (enforced) {
            contract.put("checksum", Checksums.text(new TreeMap<>(columns(node.properties()))));
        }
        return contract;
    }

    private static Map<String, Object> columns(Properties properties) {
        Map<String, Object> columns = new LinkedHashMap<>();
        properties.columns().forEach((name, column) -> {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("name", name);
            words.put("description", column.description());
            words.put("meta", column.all().get("meta") instanceof Map<?, ?> meta ? meta : Map.of());
            words.put("data_type", column.all().get("data_type"));
            words.put("constraints", NodeConfig.list(column.all().get("constraints")));
            words.put("quote", column.quote() ? true : null);
            words.put("tags", NodeConfig.list(column.all().get("tags")));
            words.put("granularity", null);
            columns.put(name, words);
        });
        return columns;
    }

    private List<Object> refs(Node node) {
        List<Object> refs = new ArrayList<>();
        for (String id : node.dependsOn()) {
            Node other = manifest.node(id);
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("name", other.name());
            words.put("package", other.packageName().equals(node.packageName()) ? null : other.packageName());
            words.put("version", other.version());
            refs.add(words);
        }
        return refs;
    }

    private List<Object> sourceNames(Node node) {
        List<Object> names = new ArrayList<>();
        for (String id : node.sources()) {
            SourceTable source = manifest.sources().get(id);
            if (source != null) {
                names.add(List.of(source.source(), source.table()));
            }
        }
        return names;
    }

    private static Map<String, Object> dependsOn(Node node) {
        List<String> nodes = new ArrayList<>(node.sources());
        nodes.addAll(node.dependsOn());
        return Map.of("macros", List.of(), "nodes", nodes);
    }

    private @Nullable String patchPath(String packageName, @Nullable Path file) {
        ProjectFile project = manifest.packages().get(packageName);
        return file == null || project == null
                ? null
                : packageName + "://"
                        + project.folder().relativize(file).toString().replace('\\', '/');
    }

    private Map<String, @Nullable Object> source(SourceTable source) {
        Properties properties = source.properties();
        String path = String.valueOf(patchPath(source.packageName(), properties.file()))
                .replaceFirst("^[^:]*://", "");
        Map<String, @Nullable Object> words =
                resource(source.uniqueId(), "source", source.packageName(), source.table(), path);
        words.put("database", source.relation().database());
        words.put("schema", String.valueOf(source.relation().schema()));
        words.put("fqn", List.of(source.packageName(), source.source(), source.table()));
        words.put("source_name", source.source());
        words.put("source_description", "");
        words.put("loader", "");
        words.put("identifier", String.valueOf(source.relation().identifier()));
        words.put("quoting", Map.of());
        words.put("loaded_at_field", properties.all().get("loaded_at_field"));
        words.put("freshness", Freshness.criteria(source).words());
        words.put("description", properties.description());
        words.put("columns", columns(properties));
        words.put("meta", properties.config().get("meta") instanceof Map<?, ?> meta ? meta : Map.of());
        words.put("source_meta", Map.of());
        words.put("tags", NodeConfig.list(properties.config().get("tags")));
        words.put("config", Map.of("enabled", true));
        words.put("patch_path", null);
        words.put("unrendered_config", Map.of());
        words.put("relation_name", source.relation().toString());
        words.put("created_at", createdAt);
        return words;
    }

    private Map<String, @Nullable Object> unitTest(Node node) {
        Map<String, @Nullable Object> words =
                resource(node.uniqueId(), "unit_test", node.packageName(), node.name(), node.path());
        Map<String, @Nullable Object> written = node.properties().all();
        words.put("fqn", node.fqn());
        words.put("model", written.get("model"));
        words.put("given", written.getOrDefault("given", List.of()));
        words.put("expect", written.getOrDefault("expect", Map.of()));
        words.put("description", node.properties().description());
        words.put("overrides", written.get("overrides"));
        words.put("depends_on", dependsOn(node));
        words.put("config", Map.of("tags", new ArrayList<>(node.config().tags()), "meta", Map.of(), "enabled", true));
        words.put("checksum", Checksums.text(written));
        words.put("schema", null);
        words.put("created_at", createdAt);
        words.put("versions", null);
        words.put("version", null);
        return words;
    }

    private Map<String, Object> macros() {
        Map<String, Object> macros = new LinkedHashMap<>();
        manifest.macros().all().forEach((packageName, all) -> {
            for (Macro macro : all) {
                String id = "macro." + packageName + "." + macro.name();
                Map<String, @Nullable Object> words =
                        resource(id, "macro", packageName, macro.name(), macro.template());
                boolean builtIn = packageName.equals(Macros.BUILT_IN) || packageName.equals(Macros.SHIMS);
                words.put(
                        "macro_sql",
                        builtIn ? "" : MacroTexts.of(manifest.root().folder(), macro));
                words.put("depends_on", Map.of("macros", List.of()));
                words.put("description", "");
                words.put("meta", Map.of());
                words.put("docs", Map.of("show", !builtIn));
                words.put("patch_path", null);
                words.put("arguments", List.of());
                words.put("created_at", createdAt);
                words.put("supported_languages", null);
                macros.put(id, words);
            }
        });
        return macros;
    }

    private Map<String, Object> docs() {
        Map<String, Object> docs = new LinkedHashMap<>();
        manifest.docs().forEach((id, block) -> {
            Map<String, @Nullable Object> words = resource(id, "doc", block.packageName(), block.name(), block.path());
            words.put("block_contents", block.text());
            docs.put(id, words);
        });
        return docs;
    }

    private Map<String, Object> exposures() {
        Map<String, Object> exposures = new LinkedHashMap<>();
        manifest.exposures().forEach((id, exposure) -> {
            Map<String, @Nullable Object> words =
                    resource(id, "exposure", exposure.packageName(), exposure.name(), exposure.path());
            Map<String, @Nullable Object> written = exposure.properties().all();
            words.put("fqn", List.of(exposure.packageName(), exposure.name()));
            words.put("type", written.getOrDefault("type", "application"));
            words.put("owner", written.getOrDefault("owner", Map.of()));
            words.put("description", exposure.properties().description());
            for (String key : List.of("label", "maturity", "url")) {
                words.put(key, written.get(key));
            }
            words.put("meta", exposure.properties().config().get("meta") instanceof Map<?, ?> meta ? meta : Map.of());
            words.put("tags", NodeConfig.list(exposure.properties().config().get("tags")));
            words.put("config", Map.of("enabled", true));
            words.put("unrendered_config", Map.of());
            words.put("depends_on", Map.of("macros", List.of(), "nodes", new ArrayList<>(exposure.dependsOn())));
            words.put("refs", List.of());
            words.put("sources", List.of());
            words.put("metrics", List.of());
            words.put("created_at", createdAt);
            exposures.put(id, words);
        });
        return exposures;
    }

    private Map<String, Object> groups() {
        Map<String, Object> groups = new LinkedHashMap<>();
        manifest.groups().forEach((id, group) -> {
            Map<String, @Nullable Object> words =
                    resource(id, "group", group.packageName(), group.name(), group.path());
            words.put("owner", group.properties().all().getOrDefault("owner", Map.of()));
            groups.put(id, words);
        });
        return groups;
    }
}
