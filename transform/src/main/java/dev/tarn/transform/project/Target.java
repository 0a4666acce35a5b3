package dev.tarn.transform.project;

import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Undefined;
import org.jspecify.annotations.Nullable;

/// Where a project builds: what templates see as `target`.
///
/// @param name the environment's name
/// @param database the catalog's name in SQL
/// @param schema the schema of models that name none
public record Target(String name, String database, String schema, int threads) implements Attributes {
    @Override
    public @Nullable Object attribute(String attribute) {
        return switch (attribute) {
            case "name", "target_name" -> name;
            case "database", "catalog", "dbname" -> database;
            case "schema" -> schema;
            case "threads" -> (long) threads;
            case "type" -> "trino";
            case "profile_name" -> "tarn";
            case "user", "host" -> "";
            default -> new Undefined(attribute);
        };
    }
}
