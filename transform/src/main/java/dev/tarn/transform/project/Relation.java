package dev.tarn.transform.project;

import dev.tarn.transform.jinja.Arguments;
import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Callable;
import dev.tarn.transform.jinja.Undefined;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// A table or view as templates see it; it prints as its quoted name.
///
/// @param database the catalog, or null when it is not part of the name
/// @param type `table`, `view`, `materialized_view`, `cte` or null when that is not known
/// @param filter a condition that rows must meet where the relation is read; null for all rows
public record Relation(
        @Nullable String database,
        @Nullable String schema,
        @Nullable String identifier,
        @Nullable String type,
        @Nullable String filter)
        implements Attributes {
    private static final java.util.Map<String, Object> METADATA = java.util.Map.of("type", "TrinoRelation");

    /// All of its rows.
    public Relation(
            @Nullable String database, @Nullable String schema, @Nullable String identifier, @Nullable String type) {
        this(database, schema, identifier, type, null);
    }

    public static Relation of(String database, String schema, String identifier) {
        return new Relation(database, schema, identifier, null);
    }

    /// The name inside the catalog: `schema.identifier`.
    public String tableName() {
        return schema + "." + identifier;
    }

    /// The schema alone.
    public Relation withoutIdentifier() {
        return new Relation(database, schema, null, null);
    }

    /// The same relation, of which only some rows are read.
    public Relation filtered(String condition) {
        return new Relation(database, schema, identifier, type, condition);
    }

    public Relation withType(@Nullable String newType) {
        return new Relation(database, schema, identifier, newType);
    }

    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "metadata" -> METADATA;
            case "get" ->
                (Callable) args -> {
                    Object value = attribute(args.text(0, "key"));
                    return value instanceof Undefined ? args.get(1, "default", null) : value;
                };
            case "database" -> database;
            case "schema" -> schema;
            case "identifier", "name", "table" -> identifier;
            case "type" -> type;
            case "is_table" -> "table".equals(type);
            case "is_view" -> "view".equals(type);
            case "is_cte" -> "cte".equals(type);
            case "is_materialized_view" -> "materialized_view".equals(type);
            case "is_dynamic_table", "is_pointer", "is_iceberg_format" -> false;
            case "can_be_renamed", "can_be_replaced" -> "table".equals(type) || "view".equals(type);
            case "limit" -> null;
            case "event_time_filter" -> filter;
            case "include" ->
                (Callable) args -> new Relation(
                        args.truth(0, "database", true) ? database : null,
                        args.truth(1, "schema", true) ? schema : null,
                        args.truth(2, "identifier", true) ? identifier : null,
                        type);
            case "quote" -> (Callable) args -> this;
            case "render" -> (Callable) args -> name();
            case "without_identifier" -> (Callable) args -> withoutIdentifier();
            case "incorporate" -> (Callable) this::incorporated;
            case "information_schema" ->
                (Callable) args -> new Relation(database, "information_schema", args.textOrNull(0, "view_name"), null);
            case "information_schema_only" ->
                (Callable) args -> new Relation(database, "information_schema", null, null);
            case "matches" -> (Callable) this::matches;
            case "replace_path" -> (Callable) this::replaced;
            case "path", "quote_policy", "include_policy" -> this;
            default -> new Undefined(name);
        };
    }

    private boolean matches(Arguments args) {
        return same(database, args.get(0, "database", null))
                && same(schema, args.get(1, "schema", null))
                && same(identifier, args.get(2, "identifier", null));
    }

    private static boolean same(@Nullable String part, @Nullable Object wanted) {
        return wanted == null || wanted.toString().equalsIgnoreCase(part);
    }

    private Relation replaced(Arguments args) {
        return new Relation(
                part(args.named(), "database", database),
                part(args.named(), "schema", schema),
                part(args.named(), "identifier", identifier),
                type);
    }

    private Relation incorporated(Arguments args) {
        Object path = args.get(1, "path", null);
        String newType = args.textOrNull(2, "type");
        if (!(path instanceof java.util.Map<?, ?> parts)) {
            return withType(newType == null ? type : newType);
        }
        return new Relation(
                part(parts, "database", database),
                part(parts, "schema", schema),
                part(parts, "identifier", identifier),
                newType == null ? type : newType);
    }

    private static @Nullable String part(java.util.Map<?, ?> parts, String key, @Nullable String otherwise) {
        Object value = parts.get(key);
        return value == null ? otherwise : value.toString();
    }

    /// dbt's macros tell relations by this.
    @Override
    public boolean isMapping() {
        return true;
    }

    /// An identifier in SQL's quotes.
    public static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    @Override
    public String toString() {
        return filter == null ? name() : "(select * from " + name() + " where " + filter + ")";
    }

    private String name() {
        if ("cte".equals(type)) {
            return String.valueOf(identifier);
        }
        StringJoiner name = new StringJoiner(".");
        for (String part : new String[] {database, schema, identifier}) {
            if (part != null) {
                name.add(quoted(part));
            }
        }
        return name.toString();
    }
}
