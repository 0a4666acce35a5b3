package dev.tarn.transform.run;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.NodeContext;
import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.project.Macros;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeWords;
import dev.tarn.transform.project.ResourceType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Turns a model's SQL into a view or a table by the macro of its materialization: Tarn's own for `view`, `table`,
/// `incremental`, `materialized_view` and `prediction`, or one that the project or a package brings.
final class JinjaMaterializer {
    private static final Set<String> OWN = Set.of("view", "table", "incremental", "materialized_view", "prediction");
    private static final List<String> ADAPTERS = List.of("trino", "default");

    private final Macros macros;
    private final String rootPackage;
    private final Set<String> packages;

    JinjaMaterializer(Macros macros, String rootPackage, Set<String> packages) {
        this.macros = macros;
        this.rootPackage = rootPackage;
        this.packages = packages;
    }

    /// Carries it out.
    ///
    /// @param context the node's, with the lake at hand
    Outcome materialize(CompiledNode compiled, NodeContext context) {
        Node node = compiled.node();
        Macro macro = macro(node);
        context.with("sql", compiled.sql()).with("compiled_code", compiled.sql());
        context.with("pre_hooks", hooks(node, "pre_hook")).with("post_hooks", hooks(node, "post_hook"));
        try {
            context.interpreter().function(macro).call(Arguments.NONE);
        } catch (JinjaException e) {
            // What the engine found fault with is told in the words of the model's own file.
            if (e.getCause() instanceof TarnException cause && cause.context().containsKey("model")) {
                throw cause;
            }
            throw e.at(node.path(), 1).toTarn().in("model", node.name());
        }
        if (OWN.contains(node.config().materialized()) && !context.statements().has("main")) {
            throw new TarnException(
                    ErrorCode.TEMPLATE_INVALID,
                    node.path() + ": the materialization '" + node.config().materialized()
                            + "' ran no statement called 'main'");
        }
        OptionalLong rows = switch (node.config().materialized()) {
            case "view" -> OptionalLong.empty();
            case "materialized_view" -> context.statements().rows("refresh");
            default -> context.statements().rows("main");
        };
        return new Outcome(rows, node.config().materialized(), compiled.sql());
    }

    /// Whether a node is made by a macro that is not Tarn's, which may change without the node's own code.
    boolean isForeign(Node node) {
        return node.type() == ResourceType.MODEL
                && !node.config().materialized().equals("ephemeral")
                && !macro(node).template().startsWith("tarn:");
    }

    /// As in dbt the project's own comes first; a package's may add a materialization but not replace one of dbt's.
    private Macro macro(Node node) {
        String name = node.config().materialized();
        Set<String> order = new java.util.LinkedHashSet<>(List.of(rootPackage));
        if (OWN.contains(name)) {
            order.add(Macros.BUILT_IN);
        }
        order.add(node.packageName());
        order.addAll(packages);
        order.add(Macros.BUILT_IN);
        for (String packageName : order) {
            for (String adapter : ADAPTERS) {
                Macro macro = macros.in(packageName, "materialization_" + name + "_" + adapter);
                if (macro != null) {
                    return macro;
                }
            }
        }
        throw new TarnException(
                ErrorCode.CONFIG_INVALID,
                node.path() + ": there is no materialization '" + name + "'"
                        + Nearest.of(name, names())
                                .map(near -> "; did you mean '" + near + "'?")
                                .orElse(": use one of " + String.join(", ", names())));
    }

    private Set<String> names() {
        Set<String> names = new TreeSet<>(Set.of("ephemeral"));
        macros.all()
                .values()
                .forEach(all -> all.stream()
                        .filter(macro -> macro.kind().equals("materialization"))
                        .forEach(macro -> names.add(macro.name()
                                .substring(
                                        "materialization_".length(),
                                        macro.name().lastIndexOf('_')))));
        return names;
    }

    private static List<Map<String, @Nullable Object>> hooks(Node node, String key) {
        List<Map<String, @Nullable Object>> hooks = new java.util.ArrayList<>();
        for (NodeWords.Hook hook : NodeWords.hooks(node.config(), key)) {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("sql", hook.sql());
            words.put("transaction", hook.inTransaction());
            words.put("index", (long) hooks.size());
            hooks.add(words);
        }
        return hooks;
    }
}
