package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.JinjaException;
import dev.tarn.transform.jinja.Macro;
import dev.tarn.transform.jinja.MacroFunction;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.jinja.Tuple;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Macros;
import dev.tarn.transform.project.Relation;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// `adapter`: the lake, as dbt-trino's adapter would show it. While a project is parsed it answers as an empty
/// warehouse does.
record AdapterObject(NodeContext context) implements Attributes {
    /// The prefixes of macros that dispatch looks for, the nearest first.
    private static final List<String> PREFIXES = List.of("trino__", "default__");

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "dispatch" -> (Callable) this::dispatch;
            case "get_relation", "load_relation" -> (Callable) this::getRelation;
            case "get_columns_in_relation" -> (Callable) args -> columns(args.get(0, "relation"));
            case "get_columns_in_table" ->
                (Callable) args -> columns(new Relation(
                        context.shared().target().database(),
                        args.text(0, "schema_name"),
                        args.text(1, "table_name"),
                        null));
            case "get_column_schema_from_query" ->
                (Callable) args -> {
                    Warehouse warehouse = context.warehouse();
                    return warehouse == null
                            ? new ArrayList<>()
                            : new ArrayList<Object>(warehouse.describe(args.text(0, "sql")));
                };
            case "get_missing_columns" -> (Callable) this::missingColumns;
            case "check_schema_exists" ->
                (Callable) args -> {
                    Warehouse warehouse = context.warehouse();
                    return warehouse != null && warehouse.schemas().contains(args.text(1, "schema"));
                };
            case "already_exists" ->
                (Callable) args -> found(new Relation(
                                context.shared().target().database(),
                                args.text(0, "schema"),
                                args.text(1, "table"),
                                null))
                        != null;
            case "list_relations_without_caching", "list_relations" -> (Callable) this::listRelations;
            case "list_schemas" ->
                (Callable) args -> {
                    Warehouse warehouse = context.warehouse();
                    return warehouse == null ? new ArrayList<>() : new ArrayList<Object>(warehouse.schemas());
                };
            case "get_incremental_strategy_macro" -> (Callable) this::strategy;
            case "convert_type" ->
                (Callable) args -> args.get(0, "agate_table") instanceof ResultTable table
                        ? table.columns().get(args.integer(1, "col_idx", 0)).type()
                        : "varchar";
            default -> changing(name);
        };
    }

    /// What changes the lake, and what is the same for every table.
    private @Nullable Object changing(String name) {
        return switch (name) {
            case "create_schema" ->
                (Callable) args -> {
                    String schema = relation(args.get(0, "relation")).schema();
                    if (context.warehouse() != null && schema != null) {
                        context.warehouse().createSchema(schema);
                    }
                    return "";
                };
            case "drop_schema" ->
                (Callable) args -> run("DROP SCHEMA IF EXISTS "
                        + relation(args.get(0, "relation")).withoutIdentifier() + " CASCADE");
            case "drop_relation" -> (Callable) args -> drop(args.get(0, "relation"));
            case "truncate_relation" -> (Callable) args -> run("DELETE FROM " + relation(args.get(0, "relation")));
            case "rename_relation" -> (Callable) this::rename;
            case "alter_column_type" ->
                (Callable) args -> run("ALTER TABLE " + relation(args.get(0, "relation")) + " ALTER COLUMN "
                        + Relation.quoted(args.text(1, "column_name")) + " SET DATA TYPE "
                        + args.text(2, "new_column_type"));
            case "execute" ->
                (Callable) args -> Tuple.of(
                        "SUCCESS", context.statements().run(null, args.text(0, "sql"), args.truth(2, "fetch", false)));
            case "quote", "quote_as_configured" -> (Callable) args -> Relation.quoted(args.text(0, "identifier"));
            case "quote_seed_column" ->
                (Callable) args -> args.truth(1, "quote_config", true) || args.get(1, "quote_config", null) == null
                        ? Relation.quoted(args.text(0, "column"))
                        : args.text(0, "column");
            case "type" -> (Callable) args -> "trino";
            case "valid_incremental_strategies" ->
                (Callable) args -> new ArrayList<>(List.of("append", "delete+insert", "merge", "microbatch"));
            case "standardize_grants_dict" -> (Callable) args -> new java.util.LinkedHashMap<>();
            case "render_raw_columns_constraints" -> (Callable) AdapterObject::columnConstraints;
            case "render_raw_model_constraints" -> (Callable) args -> new ArrayList<>();
            case "supports" -> (Callable) args -> false;
            case "generate_unique_temporary_table_suffix" -> (Callable) args -> "__dbt_tmp";
            case "cache_added",
                    "cache_dropped",
                    "cache_renamed",
                    "commit",
                    "expand_target_column_types",
                    "expand_column_types",
                    "set_relations_cache",
                    "assert_valid_snapshot_target_given_strategy",
                    "valid_snapshot_target",
                    "validate_sql",
                    "verify_database" -> (Callable) args -> "";
            case "nice_connection_name" -> (Callable) args -> "tarn";
            case "Relation", "Column" -> new ApiObject().attribute(name);
            case "config" ->
                new NodeContext.Fixed(
                        "config", Map.of("credentials", context.shared().target()));
            default -> new Undefined("adapter." + name);
        };
    }

    private Callable dispatch(Arguments args) {
        String name = args.text(0, "macro_name");
        String namespace = args.named().get("packages") == null ? args.textOrNull(1, "macro_namespace") : null;
        Macros macros = context.shared().macros();
        Set<String> packages = new LinkedHashSet<>();
        if (args.named().get("packages") instanceof List<?> order) {
            order.forEach(each -> packages.add(Python.str(each)));
        }
        if (namespace == null) {
            packages.add(context.packageName());
            packages.add(context.shared().root().name());
            packages.add(Macros.BUILT_IN);
        } else {
            List<String> order = context.shared().root().dispatch().get(namespace);
            packages.addAll(
                    order != null ? order : List.of(context.shared().root().name(), namespace));
            if (namespace.equals(Macros.BUILT_IN)) {
                packages.add(Macros.BUILT_IN);
            }
        }
        for (String packageName : packages) {
            for (String prefix : PREFIXES) {
                Macro macro = macros.in(packageName, prefix + name);
                if (macro == null && prefix.equals(PREFIXES.getFirst()) && packageName.equals(namespace)) {
                    macro = macros.in(Macros.SHIMS, prefix + name);
                }
                if (macro != null) {
                    return context.interpreter().function(macro);
                }
            }
        }
        throw new JinjaException(
                "no macro 'trino__" + name + "' or 'default__" + name + "' in " + String.join(", ", packages));
    }

    /// The macro that writes a strategy's SQL: the project's own `get_incremental_NAME_sql`, or one of Tarn's.
    private MacroFunction strategy(Arguments args) {
        String strategy = args.text(1, "strategy");
        String name = "get_incremental_" + strategy.replace('+', '_') + "_sql";
        Macro macro = context.shared().macros().find(name, context.packageName());
        if (macro == null) {
            throw new JinjaException("incremental_strategy='" + strategy + "' is not known: use append, merge,"
                    + " delete+insert or microbatch, or write a macro " + name);
        }
        return context.interpreter().function(macro);
    }

    private @Nullable Object getRelation(Arguments args) {
        return found(
                args.positional().size() == 1 && args.positional().getFirst() instanceof Relation relation
                        ? relation
                        : new Relation(
                                args.textOrNull(0, "database"),
                                args.textOrNull(1, "schema"),
                                args.textOrNull(2, "identifier"),
                                null));
    }

    private @Nullable Relation found(Relation wanted) {
        Warehouse warehouse = context.warehouse();
        return warehouse == null ? null : warehouse.find(wanted).orElse(null);
    }

    private List<Object> columns(@Nullable Object of) {
        Warehouse warehouse = context.warehouse();
        return warehouse == null ? new ArrayList<>() : new ArrayList<>(warehouse.columns(relation(of)));
    }

    private Object missingColumns(Arguments args) {
        Set<String> there = new LinkedHashSet<>();
        columns(args.get(1, "to_relation")).forEach(column -> there.add(lowered(column)));
        List<Object> missing = columns(args.get(0, "from_relation"));
        missing.removeIf(column -> there.contains(lowered(column)));
        return missing;
    }

    private static String lowered(Object column) {
        return ((ColumnInfo) column).name().toLowerCase(Locale.ROOT);
    }

    private Object listRelations(Arguments args) {
        Warehouse warehouse = context.warehouse();
        if (warehouse == null) {
            return new ArrayList<>();
        }
        Relation schema = args.positional().size() == 1
                ? relation(args.get(0, "schema_relation"))
                : new Relation(args.textOrNull(0, "database"), args.textOrNull(1, "schema"), null, null);
        return new ArrayList<Object>(
                warehouse.list(String.valueOf(schema.database()), String.valueOf(schema.schema())));
    }

    private Object drop(@Nullable Object of) {
        Warehouse warehouse = context.warehouse();
        if (warehouse != null && of != null) {
            warehouse.find(relation(of)).ifPresent(found -> warehouse.execute("DROP " + kind(found) + " " + found));
        }
        return "";
    }

    private Object rename(Arguments args) {
        Relation from = relation(args.get(0, "from_relation"));
        Relation found = found(from);
        return run("ALTER " + kind(found == null ? from : found) + " " + from + " RENAME TO "
                + relation(args.get(1, "to_relation")));
    }

    private static String kind(Relation relation) {
        return relation.type() == null
                ? "TABLE"
                : relation.type().replace('_', ' ').toUpperCase(Locale.ROOT);
    }

    private Object run(String sql) {
        if (context.warehouse() != null) {
            context.warehouse().execute(sql);
        }
        return "";
    }

    /// The columns of a contract as `CREATE TABLE` wants them; of their constraints only `not_null` binds a table,
    /// as with dbt-trino.
    private static Object columnConstraints(Arguments args) {
        List<Object> rendered = new ArrayList<>();
        if (args.get(0, "raw_columns") instanceof Map<?, ?> columns) {
            for (Object value : columns.values()) {
                if (value instanceof Map<?, ?> column) {
                    StringJoiner words = new StringJoiner(" ");
                    String name = Python.str(column.get("name"));
                    words.add(Boolean.TRUE.equals(column.get("quote")) ? Relation.quoted(name) : name);
                    words.add(Python.str(column.get("data_type")));
                    if (column.get("constraints") instanceof List<?> constraints
                            && constraints.stream()
                                    .anyMatch(each ->
                                            each instanceof Map<?, ?> map && "not_null".equals(map.get("type")))) {
                        words.add("not null");
                    }
                    rendered.add(words.toString());
                }
            }
        }
        return rendered;
    }

    private static Relation relation(@Nullable Object value) {
        if (value instanceof Relation relation) {
            return relation;
        }
        throw new JinjaException("expected a relation, such as ref(…) gives, not " + Python.typeName(value));
    }

    @Override
    public String toString() {
        return "adapter";
    }
}
