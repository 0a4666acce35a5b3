package dev.tarn.transform.run;

import dev.tarn.transform.context.Invocation;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.context.References;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Rendered;
import dev.tarn.transform.jinja.Template;
import dev.tarn.transform.jinja.Tuple;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.Relation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Compiles nodes to SQL: runs their templates with the lake at hand.
public final class NodeCompiler {
    private static final Pattern LEADING_WITH = Pattern.compile(
            "\\A(?:\\s|--[^\\n]*\\n|/\\*(?s:.*?)\\*/)*(with)\\b(?!\\s+recursive\\b)", Pattern.CASE_INSENSITIVE);

    private final Manifest manifest;
    private final Invocation invocation;
    private final Map<String, String> environment;
    private volatile @Nullable Map<String, @Nullable Object> graph;

    public NodeCompiler(Manifest manifest, Invocation invocation, Map<String, String> environment) {
        this.manifest = manifest;
        this.invocation = invocation;
        this.environment = environment;
    }

    /// Whether an incremental model is to add to what is there.
    public enum Incremental {
        /// When its table exists and no full refresh is asked for.
        IF_POSSIBLE,
        /// As if its table existed, to tell whether its code has changed.
        ASSUMED,
        /// As if its table did not exist, to tell where its columns come from.
        NEVER
    }

    /// The node's SQL.
    ///
    /// @throws dev.tarn.core.error.TarnException `TEMPLATE_INVALID` with file and line
    public CompiledNode compile(Node node, Warehouse warehouse, Incremental incremental) {
        return compile(node, warehouse, incremental, null);
    }

    /// The SQL of one batch of a microbatch model.
    CompiledNode compile(Node node, Warehouse warehouse, Microbatches.Batch batch) {
        return compile(node, warehouse, batch.adds() ? Incremental.ASSUMED : Incremental.NEVER, batch);
    }

    private CompiledNode compile(
            Node node, Warehouse warehouse, Incremental incremental, Microbatches.@Nullable Batch batch) {
        Resolving references = new Resolving(node, batch);
        try {
            NodeContext context = context(node, references, warehouse);
            if (batch != null) {
                batch.describe(context, node);
            }
            boolean adds = switch (incremental) {
                case ASSUMED -> true;
                case NEVER -> false;
                case IF_POSSIBLE -> isIncremental(node, warehouse);
            };
            context.with("is_incremental", (Callable)
                    args -> node.config().materialized().equals("incremental") && adds);
            Template template = node.template();
            Rendered rendered =
                    context.interpreter().renderMapped(template == null ? Template.parse(node.path(), "") : template);
            return assembled(node, rendered, references.ephemeral, warehouse, incremental);
        } catch (JinjaException e) {
            throw e.toTarn().in("model", node.name());
        }
    }

    /// A model's SQL over the inputs that a unit test gives.
    ///
    /// @param overrides values of `macros`, `vars` and `env_vars`
    CompiledNode compileWithInputs(
            Node test,
            Node model,
            UnitTests.GivenInputs given,
            Map<String, Map<String, @Nullable Object>> overrides,
            Warehouse warehouse) {
        References references = new References() {
            @Override
            public Relation ref(@Nullable String packageName, String name, @Nullable String version) {
                return given.ref(packageName, name, version);
            }

            @Override
            public Relation source(String source, String table) {
                Relation relation = new Resolving(model).source(source, table);
                return given.source(source, table, relation);
            }
        };
        try {
            NodeContext context = context(model, references, warehouse);
            overrides.getOrDefault("macros", Map.of()).forEach((name, value) -> {
                Callable replaced = args -> value;
                context.override(name, replaced);
            });
            context.overrideVariables(overrides.getOrDefault("vars", Map.of()));
            context.overrideEnvironment(overrides.getOrDefault("env_vars", Map.of()));
            given.self().ifPresent(self -> context.with("this", self));
            Rendered rendered = context.interpreter().renderMapped(java.util.Objects.requireNonNull(model.template()));
            return assembled(model, rendered, given.expressions());
        } catch (JinjaException e) {
            throw e.toTarn().in("test", test.name());
        }
    }

    /// The statements of a hook of the run, rendered.
    ///
    /// @param results of the nodes so far
    /// @param schemas that the project makes tables in
    String hook(Node node, Warehouse warehouse, List<NodeResult> results, Collection<String> schemas) {
        Template template = java.util.Objects.requireNonNull(node.template());
        List<Object> pairs = new ArrayList<>();
        schemas.forEach(schema -> pairs.add(Tuple.of(manifest.target().database(), schema)));
        try {
            return context(node, new Resolving(node), warehouse)
                    .with("results", new ArrayList<>(results))
                    .with("schemas", new ArrayList<>(schemas))
                    .with("database_schemas", pairs)
                    .interpreter()
                    .render(template);
        } catch (JinjaException e) {
            throw e.toTarn().in("hook", node.name());
        }
    }

    /// A context in which a node's materialization runs.
    NodeContext materializing(Node node, Warehouse warehouse) {
        return context(node, new Resolving(node), warehouse)
                .with("is_incremental", (Callable) args -> isAdding(node, warehouse));
    }

    /// A context in which one batch is materialized.
    NodeContext materializing(Node node, Warehouse warehouse, Microbatches.Batch batch) {
        NodeContext context = context(node, new Resolving(node, batch), warehouse)
                .with("is_incremental", (Callable) args -> batch.adds());
        context.override("should_full_refresh", args -> !batch.adds());
        batch.describe(context, node);
        return context;
    }

    private NodeContext context(Node node, References references, Warehouse warehouse) {
        NodeContext.Shared shared = new NodeContext.Shared(
                manifest.root(),
                manifest.packages(),
                manifest.macros(),
                manifest.variables(),
                manifest.target(),
                environment,
                invocation);
        NodeContext context = new NodeContext(shared, node.packageName(), node.config(), references, warehouse)
                .with("this", node.relation())
                .with("model", NodeWords.of(node))
                .with("schema", node.relation().schema())
                .with("database", node.relation().database())
                .withLazy("graph", this::graph);
        if (node.test() != null) {
            context.with("_dbt_generic_test_kwargs", testArguments(node, context));
        }
        return context;
    }

    /// The whole project as templates see it; made once, and only when one asks for it.
    private Map<String, @Nullable Object> graph() {
        Map<String, @Nullable Object> made = graph;
        if (made == null) {
            made = NodeWords.graph(manifest);
            graph = made;
        }
        return made;
    }

    /// A generic test's arguments; texts that are templates are evaluated, as `to: ref('customers')` needs.
    private static Map<String, @Nullable Object> testArguments(Node node, NodeContext context) {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        java.util.Objects.requireNonNull(node.test())
                .arguments()
                .forEach((name, value) -> arguments.put(name, context.evaluated(name, value, node.path())));
        return arguments;
    }

    private boolean isAdding(Node node, Warehouse warehouse) {
        return node.config().materialized().equals("incremental") && isIncremental(node, warehouse);
    }

    /// Whether an incremental model adds to its table this time.
    boolean isIncremental(Node node, Warehouse warehouse) {
        boolean fullRefresh = node.config().has("full_refresh")
                ? node.config().truth("full_refresh", false)
                : invocation.fullRefresh();
        return !fullRefresh
                && warehouse
                        .find(node.relation())
                        .filter(found -> "table".equals(found.type()))
                        .isPresent();
    }

    /// Puts the code of ephemeral models in front, as common table expressions.
    private CompiledNode assembled(
            Node node, Rendered rendered, Map<String, Node> ephemeral, Warehouse warehouse, Incremental incremental) {
        Map<String, String> expressions = new LinkedHashMap<>();
        ephemeral.values().forEach(each -> addExpressions(each, expressions, warehouse, incremental));
        return assembled(node, rendered, expressions);
    }

    private static CompiledNode assembled(Node node, Rendered rendered, Map<String, String> expressions) {
        String own = rendered.text();
        if (expressions.isEmpty()) {
            return new CompiledNode(node, own, rendered, 0);
        }
        StringBuilder front = new StringBuilder("WITH ");
        expressions.forEach(
                (name, sql) -> front.append(name).append(" AS (\n").append(sql).append("\n),\n"));
        Matcher with = LEADING_WITH.matcher(own);
        if (with.find()) {
            // The node's own list goes on where the front ends; its lines stay where they are.
            String blanked = own.substring(0, with.start(1)) + "    " + own.substring(with.end(1));
            return new CompiledNode(node, front + blanked, rendered, lines(front));
        }
        front.setLength(front.length() - 2);
        front.append('\n');
        return new CompiledNode(node, front + own, rendered, lines(front));
    }

    private void addExpressions(
            Node node, Map<String, String> expressions, Warehouse warehouse, Incremental incremental) {
        Resolving references = new Resolving(node);
        Template template = java.util.Objects.requireNonNull(node.template());
        String sql = context(node, references, warehouse).interpreter().render(template);
        references.ephemeral.values().forEach(each -> addExpressions(each, expressions, warehouse, incremental));
        expressions.putIfAbsent(expression(node), sql);
    }

    private static int lines(CharSequence text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    private static String expression(Node node) {
        return "__dbt__cte__" + node.name();
    }

    /// Gives the relations that names stand for, and remembers the ephemeral models among them.
    private final class Resolving implements References {
        private final Node from;
        private final Microbatches.@Nullable Batch batch;
        private final Map<String, Node> ephemeral = new LinkedHashMap<>();

        Resolving(Node from) {
            this(from, null);
        }

        /// @param batch to which relations with an event time are cut
        Resolving(Node from, Microbatches.@Nullable Batch batch) {
            this.from = from;
            this.batch = batch;
        }

        @Override
        public Relation ref(@Nullable String packageName, String name, @Nullable String version) {
            Node node = manifest.referable(name, packageName, from.packageName(), version)
                    .orElseThrow(() -> new JinjaException("ref('" + name + "'): there is no such model"));
            if (node.config().materialized().equals("ephemeral")) {
                ephemeral.put(node.uniqueId(), node);
                return new Relation(null, null, expression(node), "cte");
            }
            return ofBatch(node.relation(), node.config().get("event_time"));
        }

        private Relation ofBatch(Relation relation, @Nullable Object eventTime) {
            return batch == null || eventTime == null
                    ? relation
                    : relation.filtered(batch.condition(String.valueOf(eventTime)));
        }

        @Override
        public Relation source(String source, String table) {
            return manifest.source(source, table)
                    .map(found -> ofBatch(found.relation(), found.setting("event_time")))
                    .orElseThrow(() -> new JinjaException(
                            "source('" + source + "', '" + table + "'): there is no such source table"));
        }
    }
}
