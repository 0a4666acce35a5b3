package dev.tarn.feature.definition;

/// Where a view's events come from.
public sealed interface Source {
    /// A table, by `schema.table`.
    record Table(String name) implements Source {}

    /// A statement in Trino's SQL.
    record Query(String sql) implements Source {}

    /// The text that stands after `FROM` in Trino's SQL.
    default String from() {
        return switch (this) {
            case Table table -> table.name();
            case Query query -> "(" + query.sql() + ")";
        };
    }
}
