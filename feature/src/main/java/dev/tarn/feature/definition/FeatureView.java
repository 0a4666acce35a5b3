package dev.tarn.feature.definition;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Features of one entity, or of several together, over the events of one source.
///
/// @param keyColumns the source's column for each join key
/// @param eventTime the column that says when an event happened
/// @param createdTime the column that says when its row could first be known
/// @param id the column that identifies an event: of several rows with one id the first counts
/// @param where a condition in Trino's SQL that events must meet
/// @param delay how long after it happened an event is known, as labels are
/// @param timeToLive the age of the newest event beyond which the features are null
/// @param push whether events may be pushed
public record FeatureView(
        String name,
        List<Entity> entities,
        Source source,
        Map<String, String> keyColumns,
        String eventTime,
        Optional<String> createdTime,
        Optional<String> id,
        Optional<String> where,
        Duration delay,
        Optional<Duration> timeToLive,
        boolean push,
        List<Feature> features,
        String owner,
        String description,
        Map<String, String> tags,
        Place place) {
    public FeatureView {
        entities = List.copyOf(entities);
        features = List.copyOf(features);
    }

    /// The join keys of all its entities, in order.
    public List<Entity.JoinKey> keys() {
        Map<String, Entity.JoinKey> keys = new LinkedHashMap<>();
        entities.forEach(entity -> entity.keys().forEach(key -> keys.putIfAbsent(key.name(), key)));
        return List.copyOf(keys.values());
    }

    /// The features that are computed from events.
    public List<Feature.Aggregate> aggregates() {
        return features.stream()
                .filter(Feature.Aggregate.class::isInstance)
                .map(Feature.Aggregate.class::cast)
                .toList();
    }
}
