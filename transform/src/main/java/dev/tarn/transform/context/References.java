package dev.tarn.transform.context;

import dev.tarn.transform.project.Relation;
import org.jspecify.annotations.Nullable;

/// What `ref` and `source` give.
public interface References {
    /// @param version of a model that has versions; null for the latest
    /// @throws dev.tarn.transform.jinja.JinjaException when there is no such node
    Relation ref(@Nullable String packageName, String name, @Nullable String version);

    /// @throws dev.tarn.transform.jinja.JinjaException when there is no such table
    Relation source(String source, String table);
}
