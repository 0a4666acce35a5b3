package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Builtins;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.Globals;
import dev.tarn.transform.jinja.Interpreter;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Template;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Macros;
import dev.tarn.transform.project.NodeConfig;
import dev.tarn.transform.project.ProjectFile;
import dev.tarn.transform.project.Relation;
import dev.tarn.transform.project.Target;
import dev.tarn.transform.project.Variables;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The names that a node's templates see. Without a warehouse it is dbt's parsing: `execute` is false and
/// queries have no rows.
public final class NodeContext implements Globals {
    private static final java.util.regex.Pattern REFERENCE =
            java.util.regex.Pattern.compile("(ref|source)\\s*\\([^)]*\\)");

    /// Functions here that are macros in dbt, so that a project may define its own.
    private static final Set<String> MACROS_ELSEWHERE =
            Set.of("is_incremental", "should_full_refresh", "should_store_failures", "run_query", "statement");

    /// About as many as there are.
    private static final int NAMES = 160;

    private final Shared shared;
    private final String packageName;
    private final @Nullable Warehouse warehouse;
    private final Interpreter interpreter;
    private final Map<String, @Nullable Object> values;
    private final Map<String, Supplier<Object>> lazy = new LinkedHashMap<>();
    private final Map<String, Callable> overridden = new LinkedHashMap<>();
    private final Map<String, @Nullable Object> overriddenVariables = new LinkedHashMap<>();
    private final Map<String, String> overriddenEnvironment = new LinkedHashMap<>();
    private final NodeConfig config;
    private final Statements statements;

    /// What all nodes of a project have in common.
    ///
    /// @param environment for `env_var`
    /// @param invocation the run's id and start
    public record Shared(
            ProjectFile root,
            Map<String, ProjectFile> packages,
            Macros macros,
            Variables variables,
            Target target,
            Map<String, String> environment,
            Invocation invocation) {}

    /// @param shared what all nodes have in common
    /// @param packageName the package whose macros and variables come first
    /// @param config what `config(…)` adds to and `config.get` reads
    /// @param references what `ref` and `source` give
    /// @param warehouse null while parsing
    public NodeContext(
            Shared shared,
            String packageName,
            NodeConfig config,
            References references,
            @Nullable Warehouse warehouse) {
        this.shared = shared;
        this.packageName = packageName;
        this.config = config;
        this.warehouse = warehouse;
        this.statements = new Statements(warehouse);
        this.interpreter = new Interpreter(this);
        this.values = LinkedHashMap.newLinkedHashMap(NAMES);
        this.values.putAll(Builtins.functions());
        define("ref", args -> ref(references, args));
        define("source", args -> references.source(args.text(0, "source_name"), args.text(1, "table_name")));
        values.put("var", new VariableFunction(this));
        define("env_var", this::environmentVariable);
        values.put("config", new ConfigObject(config, warehouse != null));
        defineObjects();
        defineTexts();
        defineStatements();
        values.put(
                "builtins",
                new Fixed(
                        "builtins",
                        Map.of(
                                "ref",
                                value("ref"),
                                "source",
                                value("source"),
                                "config",
                                value("config"),
                                "var",
                                value("var"))));
        values.put("context", new Whole(this));
    }

    private void defineObjects() {
        Invocation invocation = shared.invocation();
        values.put("target", shared.target());
        values.put("env", shared.target());
        values.put("execute", warehouse != null);
        values.put("adapter", new AdapterObject(this));
        ApiObject api = new ApiObject();
        values.put("api", api);
        values.put("column", api.attribute("Column"));
        values.put("exceptions", new ExceptionsObject(invocation.log()));
        values.put("modules", new ModulesObject());
        values.put("invocation_id", invocation.id());
        values.put("run_started_at", invocation.startedAt().atOffset(ZoneOffset.UTC));
        values.put("project_name", shared.root().name());
        values.put("dbt_version", Invocation.DBT_VERSION);
        values.put("dbt_metadata_envs", new LinkedHashMap<>());
        values.put("invocation_args_dict", invocation.arguments());
        values.put("selected_resources", new ArrayList<>(invocation.selected()));
        values.put("thread_id", Thread.currentThread().getName());
        values.put("pre_hooks", new ArrayList<>());
        values.put("post_hooks", new ArrayList<>());
        values.put("flags", new Fixed("flags", invocation.flags()));
        define("is_incremental", args -> false);
        define("should_full_refresh", args -> fullRefresh());
        define(
                "should_store_failures",
                args -> config.truth("store_failures", shared.invocation().storeFailures()));
    }

    private void defineTexts() {
        define("log", args -> {
            if (args.truth(1, "info", false)) {
                shared.invocation().log().accept(args.text(0, "msg"));
            }
            return "";
        });
        define("print", args -> {
            shared.invocation().log().accept(args.text(0, "msg"));
            return "";
        });
        define("debug", args -> "");
        define("doc", args -> "");
        define("render", args -> interpreter.render(Template.parse("render(…)", args.text(0, "string"))));
        define("try_or_compiler_error", args -> {
            if (!(args.get(1, "func") instanceof Callable function)) {
                throw new JinjaException("try_or_compiler_error takes a message and a function");
            }
            try {
                return function.call(args.from(2));
            } catch (JinjaException e) {
                throw new JinjaException(args.text(0, "message_if_exception"), e);
            }
        });
        define("diff_of_two_dicts", args -> {
            Map<?, ?> first = args.get(0, "dict_a") instanceof Map<?, ?> map ? map : Map.of();
            Map<?, ?> second = args.get(1, "dict_b") instanceof Map<?, ?> map ? map : Map.of();
            Map<@Nullable Object, @Nullable Object> difference = new LinkedHashMap<>();
            first.forEach((key, value) -> {
                if (!Objects.equals(value, second.get(key))) {
                    difference.put(key, value);
                }
            });
            return difference;
        });
        values.put("validation", new Fixed("validation", Map.of("any", (Callable)
                args -> (Callable) value -> value.get(0, "value", null))));
        define("write", args -> "");
        define("submit_python_job", args -> {
            throw new JinjaException("models in Python do not run here: write them in SQL");
        });
    }

    private void defineStatements() {
        define("run_query", statements::runQuery);
        define("statement", statements::statement);
        define("load_result", statements::load);
        define("store_result", statements::store);
        define("store_raw_result", statements::storeRaw);
    }

    private boolean fullRefresh() {
        return config.get("full_refresh") != null
                ? config.truth("full_refresh", false)
                : shared.invocation().fullRefresh();
    }

    /// What the node's statements answered.
    public Statements statements() {
        return statements;
    }

    private Object value(String name) {
        return Objects.requireNonNull(values.get(name));
    }

    private void define(String name, Callable function) {
        values.put(name, function);
    }

    /// Sets one more name.
    public NodeContext with(String name, @Nullable Object value) {
        values.put(name, value);
        return this;
    }

    /// Sets one more name, whose value is made when it is asked for.
    public NodeContext withLazy(String name, Supplier<Object> value) {
        lazy.put(name, value);
        return this;
    }

    /// Sets what a name is in place of the project's macro of that name, or of `package.name`.
    public void override(String name, Callable function) {
        overridden.put(name, function);
    }

    /// Sets what `var(…)` finds first.
    public void overrideVariables(Map<String, @Nullable Object> variables) {
        variables.forEach(overriddenVariables::put);
    }

    /// Sets what `env_var(…)` finds first.
    public void overrideEnvironment(Map<String, @Nullable Object> environment) {
        environment.forEach((name, value) -> overriddenEnvironment.put(name, Python.str(value)));
    }

    Map<String, @Nullable Object> overriddenVariables() {
        return overriddenVariables;
    }

    /// A generic test's argument: one that is written as a template or as a `ref` or `source` is evaluated.
    public @Nullable Object evaluated(String argument, @Nullable Object value, String place) {
        return switch (value) {
            case String text
            when text.contains("{{") || text.contains("{%") -> interpreter.value(Template.parse(place, text));
            case String text
            when REFERENCE.matcher(text.strip()).matches() ->
                interpreter.value(Template.parse(place, "{{ " + text + " }}"));
            case List<?> items -> {
                List<@Nullable Object> all = new java.util.ArrayList<>();
                items.forEach(item -> all.add(evaluated(argument, item, place)));
                yield all;
            }
            case null, default -> value;
        };
    }

    /// What evaluates templates in this context.
    public Interpreter interpreter() {
        return interpreter;
    }

    /// The lake, while the project runs.
    @Nullable
    Warehouse warehouse() {
        return warehouse;
    }

    Shared shared() {
        return shared;
    }

    String packageName() {
        return packageName;
    }

    @Override
    public @Nullable Object get(String name) {
        Supplier<Object> made = lazy.get(name);
        if (made != null) {
            return made.get();
        }
        if (overridden.containsKey(name)) {
            return overridden.get(name);
        }
        if (values.containsKey(name) && !MACROS_ELSEWHERE.contains(name)) {
            return values.get(name);
        }
        Macro macro = shared.macros().find(name, packageName);
        if (macro != null) {
            return interpreter.function(macro);
        }
        if (shared.macros().packages().contains(name) || shared.packages().containsKey(name)) {
            return new PackageMacros(this, name);
        }
        return values.containsKey(name) ? values.get(name) : new Undefined(name);
    }

    @Override
    public Collection<String> names() {
        Set<String> names = new LinkedHashSet<>(values.keySet());
        names.addAll(shared.macros().visible(packageName));
        names.addAll(shared.macros().packages());
        return names;
    }

    private static Relation ref(References references, Arguments args) {
        List<@Nullable Object> given = args.positional();
        if (given.isEmpty() || given.size() > 2) {
            throw new JinjaException("ref takes a model's name, or a package's and a model's");
        }
        Object version = args.named().containsKey("v")
                ? args.named().get("v")
                : args.named().get("version");
        String versionText = version == null ? null : Python.str(version);
        return given.size() == 2
                ? references.ref(Python.str(given.get(0)), Python.str(given.get(1)), versionText)
                : references.ref(null, Python.str(given.getFirst()), versionText);
    }

    private Object environmentVariable(Arguments args) {
        String name = args.text(0, "var");
        String value =
                overriddenEnvironment.getOrDefault(name, shared.environment().get(name));
        if (value == null && !args.has(1, "default")) {
            throw new JinjaException("the environment variable " + name + " is not set");
        }
        return value == null ? String.valueOf(args.get(1, "default")) : value;
    }

    /// `package.macro(…)`.
    private record PackageMacros(NodeContext context, String name) implements Attributes {
        @Override
        public @Nullable Object attribute(String macroName) {
            Callable replaced = context.overridden.get(name + "." + macroName);
            if (replaced != null) {
                return replaced;
            }
            Macro macro = context.shared.macros().in(name, macroName);
            if (macro != null) {
                return context.interpreter.function(macro);
            }
            // What are macros of the package `dbt` elsewhere, such as `dbt.statement`, are functions here.
            return name.equals(Macros.BUILT_IN) && context.values.get(macroName) instanceof Callable function
                    ? function
                    : new Undefined(name + "." + macroName);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// `context`: all names, as a dict would give them.
    private record Whole(NodeContext of) implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "get" ->
                    (Callable) args -> {
                        Object value = of.get(args.text(0, "key"));
                        return value instanceof Undefined ? args.get(1, "default", null) : value;
                    };
                case "keys" -> (Callable) args -> new ArrayList<Object>(of.names());
                default -> of.get(name);
            };
        }

        @Override
        public boolean isMapping() {
            return true;
        }

        @Override
        public String toString() {
            return "<context>";
        }
    }

    /// An object with fixed attributes.
    record Fixed(String name, Map<String, ? extends Object> values) implements Attributes {
        @Override
        public @Nullable Object attribute(String attribute) {
            return values.containsKey(attribute) ? values.get(attribute) : new Undefined(name + "." + attribute);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
