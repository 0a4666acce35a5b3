package dev.tarn.query;

import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a statement changed in its session; the Trino protocol sends these as Set and Clear headers.
///
/// @param started the transaction that was begun
/// @param ended whether the open transaction came to its end
public record SessionChanges(
        Optional<String> catalog,
        Optional<String> schema,
        Optional<ZoneId> zone,
        Map<String, String> setProperties,
        Set<String> resetProperties,
        Map<String, String> addedPrepared,
        Set<String> deallocated,
        Optional<String> started,
        boolean ended) {

    /// Nothing changed.
    public static final SessionChanges NONE =
            of(Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Set.of(), Map.of(), Set.of());

    private static SessionChanges of(
            Optional<String> catalog,
            Optional<String> schema,
            Optional<ZoneId> zone,
            Map<String, String> set,
            Set<String> reset,
            Map<String, String> prepared,
            Set<String> deallocated) {
        return new SessionChanges(catalog, schema, zone, set, reset, prepared, deallocated, Optional.empty(), false);
    }

    private static SessionChanges properties(Map<String, String> set, Set<String> reset) {
        return of(Optional.empty(), Optional.empty(), Optional.empty(), set, reset, Map.of(), Set.of());
    }

    private static SessionChanges statements(Map<String, String> prepared, Set<String> deallocated) {
        return of(Optional.empty(), Optional.empty(), Optional.empty(), Map.of(), Set.of(), prepared, deallocated);
    }

    /// USE.
    public static SessionChanges use(Optional<String> catalog, String schema) {
        return of(catalog, Optional.of(schema), Optional.empty(), Map.of(), Set.of(), Map.of(), Set.of());
    }

    /// SET SESSION.
    public static SessionChanges set(String property, String value) {
        return properties(Map.of(property, value), Set.of());
    }

    /// RESET SESSION.
    public static SessionChanges reset(String property) {
        return properties(Map.of(), Set.of(property));
    }

    /// PREPARE.
    public static SessionChanges prepare(String name, String statement) {
        return statements(Map.of(name, statement), Set.of());
    }

    /// DEALLOCATE PREPARE.
    public static SessionChanges deallocate(String name) {
        return statements(Map.of(), Set.of(name));
    }
}
