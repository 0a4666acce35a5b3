package dev.tarn.model.tracking;

import java.util.List;
import java.util.Map;

/// A model that was logged, with what is known of it, before any registration.
///
/// @param status `LOGGED_MODEL_PENDING`, `LOGGED_MODEL_READY` or `LOGGED_MODEL_UPLOAD_FAILED`
public record LoggedModel(
        long no,
        String modelId,
        long experimentId,
        String name,
        String artifactUri,
        long createdMs,
        long updatedMs,
        String status,
        String statusMessage,
        String modelType,
        String sourceRunId,
        Map<String, String> params,
        Map<String, String> tags,
        List<ModelMetric> metrics) {
    /// A metric of the model, measured by a run, perhaps on a data set.
    public record ModelMetric(Metric metric, String runId, String datasetName, String datasetDigest) {}

    LoggedModel with(Map<String, String> params, Map<String, String> tags, List<ModelMetric> metrics) {
        return new LoggedModel(
                no,
                modelId,
                experimentId,
                name,
                artifactUri,
                createdMs,
                updatedMs,
                status,
                statusMessage,
                modelType,
                sourceRunId,
                params,
                tags,
                metrics);
    }
}
