package dev.tarn.feature.definition;

import java.util.List;

/// A thing that has features, such as a customer.
///
/// @param keys the names by which requests and labels identify it
public record Entity(String name, List<JoinKey> keys, String description, Place place) {
    /// One of an entity's keys.
    public record JoinKey(String name, KeyType type) {}

    public Entity {
        keys = List.copyOf(keys);
    }
}
