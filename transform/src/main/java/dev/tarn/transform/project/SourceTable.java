package dev.tarn.transform.project;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A table that models read and something else makes.
///
/// @param uniqueId dbt's id, such as `source.fraud.bronze.transactions`
/// @param source the source's name, the first argument of `source(…)`
/// @param table the table's name, the second
/// @param relation where it is
/// @param sourceWords what is said of all of the source's tables
public record SourceTable(
        String uniqueId,
        String packageName,
        String source,
        String table,
        Relation relation,
        Properties properties,
        Map<String, @Nullable Object> sourceWords) {
    /// A setting of the table or else of its source, in their words or their `config`.
    public @Nullable Object setting(String key) {
        if (properties.all().containsKey(key)) {
            return properties.all().get(key);
        }
        if (properties.config().containsKey(key)) {
            return properties.config().get(key);
        }
        if (sourceWords.get("config") instanceof Map<?, ?> config && config.containsKey(key)) {
            return config.get(key);
        }
        return sourceWords.get(key);
    }
}
