package dev.tarn.model.tracking;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A run and what it recorded.
///
/// @param metrics the newest value of each metric
public record Run(
        RunInfo info,
        Map<String, String> params,
        Map<String, String> tags,
        List<Metric> metrics,
        List<Input> inputs,
        List<ModelLink> models) {
    /// A data set that the run read.
    public record Input(Dataset dataset, Map<String, String> tags) {}

    /// @param schema JSON, or null
    /// @param profile JSON, or null
    public record Dataset(
            String name,
            String digest,
            String sourceType,
            String source,
            @Nullable String schema,
            @Nullable String profile) {}

    /// A logged model that the run read (`input`) or made (`output`).
    public record ModelLink(String modelId, String direction, long step) {}
}
