package dev.tarn.model.search;

import java.util.List;

/// One condition of a filter, such as `metrics.auc > 0.9`.
///
/// @param entity what the key belongs to: `metrics`, `params`, `tags`, `datasets` or `attributes`
/// @param operator in upper case: `=`, `!=`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE`, `IN`, `NOT IN`, `IS NULL`, `IS NOT
/// NULL`
/// @param values one; several for `IN`; none for `IS NULL`
public record Comparison(Entity entity, String key, String operator, List<Value> values) {
    /// What a key belongs to.
    public enum Entity {
        METRIC,
        PARAM,
        TAG,
        DATASET,
        ATTRIBUTE
    }

    /// @param quoted whether it was written as a string
    public record Value(String text, boolean quoted) {}
}
