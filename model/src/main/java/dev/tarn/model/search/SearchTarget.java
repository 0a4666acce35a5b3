package dev.tarn.model.search;

import dev.tarn.model.search.Comparison.Entity;
import java.util.Map;

/// What can be searched: a table, its attributes by their names in filters, and the tables of keys and values.
///
/// @param select everything from `SELECT` to the last join; the searched table has the alias `s`
/// @param defaultOrder the ordering that follows what the caller asks for
public record SearchTarget(
        String select, Map<String, Attribute> attributes, Map<Entity, Keyed> keyed, String defaultOrder) {
    /// @param column such as `s.status`
    public record Attribute(String column, boolean number) {}

    /// @param owner the column of the table that refers to the searched row
    /// @param key the searched row's number, such as `s.no`
    public record Keyed(String table, String owner, String key, boolean number) {}
}
