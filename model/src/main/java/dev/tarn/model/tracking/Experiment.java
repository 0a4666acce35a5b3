package dev.tarn.model.tracking;

import java.util.Map;

/// @param stage `active` or `deleted`
/// @param createdMs milliseconds since 1970
public record Experiment(
        long id,
        String name,
        String artifactLocation,
        String stage,
        long createdMs,
        long updatedMs,
        Map<String, String> tags) {}
