package dev.tarn.feature.definition;

import java.util.List;
import java.util.Map;

/// A named list of features, such as a model takes.
///
/// @param features as written: `view`, `view:feature` or an on-demand feature
public record FeatureService(
        String name, List<String> features, String owner, String description, Map<String, String> tags, Place place) {
    public FeatureService {
        features = List.copyOf(features);
    }
}
