package dev.tarn.model.registry;

import java.util.List;
import java.util.Map;

/// A name under which versions of a model are kept.
///
/// @param latest the newest version of each stage
/// @param aliases versions by alias
public record RegisteredModel(
        long no,
        String name,
        String description,
        long createdMs,
        long updatedMs,
        List<ModelVersion> latest,
        Map<String, String> tags,
        Map<String, Long> aliases) {}
