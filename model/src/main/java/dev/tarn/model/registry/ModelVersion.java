package dev.tarn.model.registry;

import java.util.List;
import java.util.Map;

/// One version of a registered model.
///
/// @param stage `None`, `Staging`, `Production` or `Archived`
/// @param source where its files are, such as `mlflow-artifacts:/1/RUN/artifacts/model`
public record ModelVersion(
        long no,
        String name,
        long version,
        long createdMs,
        long updatedMs,
        String userId,
        String stage,
        String description,
        String source,
        String runId,
        String runLink,
        String modelId,
        Map<String, String> tags,
        List<String> aliases) {
    ModelVersion with(Map<String, String> tags, List<String> aliases) {
        return new ModelVersion(
                no,
                name,
                version,
                createdMs,
                updatedMs,
                userId,
                stage,
                description,
                source,
                runId,
                runLink,
                modelId,
                tags,
                aliases);
    }
}
