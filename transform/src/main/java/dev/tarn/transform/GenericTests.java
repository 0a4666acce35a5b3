package dev.tarn.transform;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Template;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.Node.TestInfo;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.Properties;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.project.ResourceType;
import dev.tarn.transform.project.SourceTable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Makes a node of every generic test that properties files name, such as `unique` on a column.
final class GenericTests {
    private static final Set<String> CONFIGS = Set.of(
            "severity",
            "where",
            "limit",
            "warn_if",
            "error_if",
            "fail_calc",
            "store_failures",
            "store_failures_as",
            "enabled",
            "tags",
            "meta",
            "schema",
            "alias",
            "database",
            "group");
    private static final int MAX_NAME = 63;

    private final NodeContext.Shared shared;
    private final Manifest manifest;
    private final Templates templates;
    private final List<Added> added = new ArrayList<>();

    /// A test whose template has not been run yet.
    private record Added(Node node, String of) {}

    /// Runs a test's template as the parser does.
    interface Parser {
        /// @param sources takes the unique ids of sources that it reads
        /// @return unique ids of the nodes that it refers to
        List<String> parse(Node test, Set<String> sources);
    }

    GenericTests(NodeContext.Shared shared, Manifest manifest, Templates templates, Parser parser) {
        this.shared = shared;
        this.templates = templates;
        this.manifest = manifest;
        for (Node node : List.copyOf(manifest.nodes().values())) {
            if (node.type() != ResourceType.TEST
                    && node.type() != ResourceType.OPERATION
                    && node.type() != ResourceType.ANALYSIS) {
                String version = node.version() == null ? "" : ", v='" + node.version() + "'";
                String model = "{{ ref('" + node.packageName() + "', '" + node.name() + "'" + version + ") }}";
                String name = node.name() + (node.version() == null ? "" : "_v" + node.version());
                addAll(node.uniqueId(), node.packageName(), name, model, node.properties());
            }
        }
        for (SourceTable source : manifest.sources().values()) {
            String model = "{{ source('" + source.source() + "', '" + source.table() + "') }}";
            addAll(
                    source.uniqueId(),
                    source.packageName(),
                    "source_" + source.source() + "_" + source.table(),
                    model,
                    source.properties());
        }
        connect(parser);
    }

    private void connect(Parser parser) {
        List<List<String>> references =
                InOrder.map(added, test -> parser.parse(test.node(), test.node().sources()));
        for (int i = 0; i < added.size(); i++) {
            Added test = added.get(i);
            test.node().dependsOn().addAll(references.get(i));
            if (manifest.nodes().containsKey(test.of())) {
                test.node().dependsOn().add(test.of());
            }
        }
    }

    private void addAll(String of, String packageName, String name, String model, Properties words) {
        words.tests().forEach(test -> add(of, packageName, name, model, words, null, test));
        words.columns()
                .values()
                .forEach(column ->
                        column.tests().forEach(test -> add(of, packageName, name, model, words, column, test)));
    }

    private void add(
            String of,
            String packageName,
            String name,
            String model,
            Properties words,
            Properties.@Nullable Column column,
            Object written) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        String macro = macroName(written, arguments, words);
        NodeConfig config = new NodeConfig();
        if (arguments.remove("config") instanceof Map<?, ?> map) {
            config.apply(Properties.strings(map));
        }
        CONFIGS.forEach(key -> {
            if (arguments.containsKey(key)) {
                Map<String, @Nullable Object> one = new LinkedHashMap<>();
                one.put(key, arguments.remove(key));
                config.apply(one);
            }
        });
        if (arguments.remove("arguments") instanceof Map<?, ?> nested) {
            arguments.putAll(Properties.strings(nested));
        }
        arguments.remove("description");
        Object customName = arguments.remove("name");
        int dot = macro.indexOf('.');
        String namespace = dot < 0 ? null : macro.substring(0, dot);
        String plainName = macro.substring(dot + 1);
        if (shared.macros().test(plainName, namespace, packageName) == null) {
            throw invalid(words, "there is no generic test '" + macro + "'" + nearest(packageName, plainName));
        }
        if (column != null) {
            arguments.put("column_name", column.quote() ? Relation.quoted(column.name()) : column.name());
        }
        String testName =
                customName != null ? customName.toString() : testName(namespace, plainName, name, column, arguments);
        TestInfo info = new TestInfo(of, macro, column == null ? null : column.name(), arguments);
        String code = "{{ " + (namespace == null ? "" : namespace + ".") + "test_" + plainName + "(model="
                + modelExpression(model, config) + ", **_dbt_generic_test_kwargs) }}";
        Path file = words.file() == null ? shared.root().folder() : words.file();
        String path = ProjectLoader.relative(shared.packages().get(packageName).folder(), file);
        String id = "test." + packageName + "." + testName + "."
                + NodeParser.hash(testName + of + new TreeMap<>(arguments));
        Node node = new Node(
                id,
                ResourceType.TEST,
                packageName,
                testName,
                file,
                path,
                List.of(packageName, testName),
                code,
                parsed(path, words.line(), code),
                config,
                Relation.of(shared.target().database(), "dbt_test__audit", shortened(testName)),
                new LinkedHashSet<>(),
                new LinkedHashSet<>(),
                new Properties(file, words.line(), "", Map.of(), List.of(), Map.of(), Map.of()),
                info,
                null);
        if (!config.truth("enabled", true)) {
            return;
        }
        added.add(new Added(node, of));
        if (manifest.nodes().put(id, node) != null) {
            throw invalid(words, "the test " + testName + " is written twice");
        }
    }

    /// The expression that a generic test gets as its `model`: with `where`, a selection of its rows.
    private static String modelExpression(String model, NodeConfig config) {
        String relation = model.substring(2, model.length() - 2).strip();
        return config.text("where").isPresent() ? "get_where_subquery(" + relation + ")" : relation;
    }

    private Template parsed(String path, int line, String code) {
        try {
            // The template is Tarn's; its errors name the place where the test is written.
            return templates.parse(path, "\n".repeat(Math.max(0, line - 1)) + code);
        } catch (JinjaException e) {
            throw e.toTarn();
        }
    }

    private static String macroName(Object written, Map<String, @Nullable Object> arguments, Properties words) {
        if (!(written instanceof Map<?, ?> map)) {
            return written.toString();
        }
        Map<String, @Nullable Object> entry = new LinkedHashMap<>(Properties.strings(map));
        if (entry.containsKey("test_name")) {
            String name = String.valueOf(entry.remove("test_name"));
            arguments.putAll(entry);
            return name;
        }
        for (Map.Entry<String, @Nullable Object> each : entry.entrySet()) {
            if (!CONFIGS.contains(each.getKey()) && !each.getKey().equals("config")) {
                if (each.getValue() instanceof Map<?, ?> given) {
                    arguments.putAll(Properties.strings(given));
                }
                entry.forEach((key, value) -> {
                    if (!key.equals(each.getKey())) {
                        arguments.put(key, value);
                    }
                });
                return each.getKey();
            }
        }
        throw invalid(words, "a test needs a name");
    }

    private static String testName(
            @Nullable String namespace,
            String macro,
            String node,
            Properties.@Nullable Column column,
            Map<String, @Nullable Object> arguments) {
        List<String> parts = new ArrayList<>();
        if (namespace != null) {
            parts.add(namespace);
        }
        parts.add(macro);
        parts.add(node);
        if (column != null) {
            parts.add(column.name());
        }
        new TreeMap<>(arguments).forEach((key, value) -> {
            if (!key.equals("column_name")) {
                NodeConfig.list(value).forEach(item -> parts.add(Python.str(item)));
            }
        });
        return String.join("_", parts).replaceAll("[^0-9a-zA-Z_]+", "_");
    }

    private static String shortened(String name) {
        return name.length() <= MAX_NAME ? name : name.substring(0, 30) + "_" + NodeParser.hash(name);
    }

    private String nearest(String packageName, String name) {
        List<String> names = shared.macros().visible(packageName).stream()
                .filter(each -> each.startsWith("test_"))
                .map(each -> each.substring("test_".length()))
                .toList();
        return Nearest.of(name, names)
                .map(near -> "; did you mean '" + near + "'?")
                .orElse("");
    }

    private static TarnException invalid(Properties words, String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, words.file() + ":" + words.line() + ": " + message);
    }
}
