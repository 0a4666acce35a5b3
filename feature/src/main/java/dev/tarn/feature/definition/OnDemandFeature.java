package dev.tarn.feature.definition;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A feature computed when it is asked for, from the request and other features.
///
/// @param inputs the request's fields with their Trino types
/// @param uses features it is computed from, as `view:feature`; its expression names them by `feature`
/// @param sql an expression in Trino's SQL over inputs and used features
/// @param fallback the number that stands in place of null
public record OnDemandFeature(
        String name,
        Map<String, String> inputs,
        List<String> uses,
        String sql,
        Optional<Double> fallback,
        String owner,
        String description,
        Map<String, String> tags,
        Place place) {
    public OnDemandFeature {
        uses = List.copyOf(uses);
    }
}
