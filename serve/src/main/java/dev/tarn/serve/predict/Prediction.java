package dev.tarn.serve.predict;

import dev.tarn.core.feature.FeatureValue;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A prediction with all that it takes to explain it: its receipt.
///
/// @param id names it for feedback and explanation
/// @param request the request's fields as they came, after checking
/// @param values the model's inputs as served, in order
/// @param code what trained the model: a commit or a hash
/// @param shadow what another version said of the same values
public record Prediction(
        String id,
        Instant at,
        String service,
        String model,
        long version,
        String alias,
        String runId,
        String code,
        Map<String, @Nullable Object> request,
        List<Value> values,
        double probability,
        double threshold,
        boolean positive,
        List<String> unknownWords,
        List<Shadow> shadow,
        String user) {
    /// @param status of a feature: why it is what it is; null when the value came with the request
    /// @param eventTime of the newest event behind a feature, or null when the value came with the request
    /// @param snapshotId up to which the feature's source was read; 0 when the value came with the request
    public record Value(
            String input,
            @Nullable Object value,
            FeatureValue.@Nullable Status status,
            @Nullable Instant eventTime,
            long snapshotId) {
        /// A value that came with the request.
        static Value given(String input, @Nullable Object value) {
            return new Value(input, value, null, null, 0);
        }

        /// A feature as it was served.
        static Value served(String input, FeatureValue feature) {
            return new Value(input, feature.value(), feature.status(), feature.eventTime(), feature.snapshotId());
        }
    }

    /// The feature views that know no event of the entity asked for.
    public List<String> unknownEntities() {
        return values.stream()
                .filter(value -> value.status() == FeatureValue.Status.NOT_FOUND)
                .map(value -> viewOf(value.input()))
                .distinct()
                .toList();
    }

    private static String viewOf(String input) {
        int end = input.indexOf("__");
        return end < 0 ? input : input.substring(0, end);
    }

    public record Shadow(String alias, long version, double probability) {}
}
