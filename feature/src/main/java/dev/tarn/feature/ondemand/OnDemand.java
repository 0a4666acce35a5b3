package dev.tarn.feature.ondemand;

import dev.tarn.feature.definition.OnDemandFeature;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes on-demand features.
public interface OnDemand {
    /// The feature's value for one request.
    ///
    /// @param inputs the request's fields and the used features, by name
    /// @throws dev.tarn.core.error.TarnException `BAD_REQUEST` when a field is missing or of another type
    @Nullable
    Object compute(OnDemandFeature feature, Map<String, ? extends @Nullable Object> inputs);

    /// The Trino type of its values.
    String type(OnDemandFeature feature);
}
