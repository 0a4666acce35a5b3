package dev.tarn.transform.context;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Relation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `api.Relation` and `api.Column`.
record ApiObject() implements Attributes {
    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "Relation" -> new RelationType();
            case "Column" -> new ColumnType();
            default -> new Undefined("api." + name);
        };
    }

    private record RelationType() implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "create" -> (Callable) RelationType::create;
                case "create_from" -> (Callable) args -> args.get(1, "relation_config", args.get(0, "quoting", null));
                case "add_ephemeral_prefix" -> (Callable) args -> "__dbt__cte__" + args.text(0, "name");
                case "get_relation_type" -> new TypeOf();
                case "Table", "View", "CTE", "External" -> name.toLowerCase(java.util.Locale.ROOT);
                case "MaterializedView" -> "materialized_view";
                default -> new NodeContext.Fixed("RelationType", Map.of()).attribute(name);
            };
        }

        private static Relation create(Arguments args) {
            return new Relation(
                    args.textOrNull(0, "database"),
                    args.textOrNull(1, "schema"),
                    args.textOrNull(2, "identifier"),
                    args.textOrNull(3, "type"));
        }
    }

    /// `get_relation_type('view')` and `get_relation_type.View`.
    private record TypeOf() implements Attributes, Callable {
        @Override
        public Object call(Arguments args) {
            return args.text(0, "value");
        }

        @Override
        public @Nullable Object attribute(String name) {
            return new RelationType().attribute(name);
        }
    }

    private record ColumnType() implements Attributes, Callable {
        @Override
        public Object call(Arguments args) {
            return new ColumnInfo(args.text(0, "column"), args.textOr(1, "dtype", "varchar"));
        }

        @Override
        public @Nullable Object attribute(String name) {
            return switch (name) {
                case "translate_type" -> (Callable) args -> args.text(0, "dtype");
                case "create" ->
                    (Callable) args -> new ColumnInfo(args.text(0, "name"), args.text(1, "label_or_dtype"));
                case "from_description" ->
                    (Callable) args -> new ColumnInfo(args.text(0, "name"), args.text(1, "raw_data_type"));
                case "numeric_type" ->
                    (Callable) args -> "decimal(" + args.text(1, "precision") + "," + args.text(2, "scale") + ")";
                case "string_type" -> (Callable) args -> "varchar(" + args.text(0, "size") + ")";
                default -> new Undefined("api.Column." + name);
            };
        }
    }
}
