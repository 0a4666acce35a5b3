package dev.tarn.query;

import dev.tarn.core.identity.Identity;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a statement runs under. Immutable: a statement that changes the session (USE, SET SESSION, PREPARE)
/// answers with [SessionChanges], and [#with(SessionChanges)] gives the session that follows.
///
/// @param identity who asks; reaches the access control and the commit's summary
/// @param catalog the catalog of unqualified names
/// @param schema the schema of unqualified names, if any
/// @param branch the catalog's branch that is read and written, `main` by default
/// @param zone the session's time zone
/// @param properties session properties by name, such as `query_max_run_time` or `tarn.branch`
/// @param prepared prepared statements by name
/// @param transaction the id of the transaction that START TRANSACTION began, if one is open
public record QuerySession(
        Identity identity,
        String catalog,
        Optional<String> schema,
        String branch,
        ZoneId zone,
        Map<String, String> properties,
        Map<String, String> prepared,
        Optional<String> transaction) {

    /// The default catalog's name.
    public static final String CATALOG = "tarn";

    /// The session property that chooses the branch.
    public static final String BRANCH_PROPERTY = "tarn.branch";

    private static final String MAIN = "main";

    public QuerySession {
        properties = Map.copyOf(properties);
        prepared = Map.copyOf(prepared);
    }

    /// A session on the main branch of the default catalog, in the machine's own time zone.
    public static QuerySession of(Identity identity) {
        return new QuerySession(
                identity,
                CATALOG,
                Optional.empty(),
                MAIN,
                ZoneId.systemDefault(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /// The same with another schema for unqualified names.
    public QuerySession withSchema(String newSchema) {
        return new QuerySession(
                identity, catalog, Optional.of(newSchema), branch, zone, properties, prepared, transaction);
    }

    /// The same on another branch.
    public QuerySession withBranch(String newBranch) {
        return new QuerySession(identity, catalog, schema, newBranch, zone, properties, prepared, transaction);
    }

    /// The same in another time zone.
    public QuerySession withZone(ZoneId newZone) {
        return new QuerySession(identity, catalog, schema, branch, newZone, properties, prepared, transaction);
    }

    /// The session after a statement that changed it.
    public QuerySession with(SessionChanges changes) {
        Map<String, String> newProperties = new LinkedHashMap<>(properties);
        changes.resetProperties().forEach(newProperties::remove);
        newProperties.putAll(changes.setProperties());
        Map<String, String> newPrepared = new LinkedHashMap<>(prepared);
        changes.deallocated().forEach(newPrepared::remove);
        newPrepared.putAll(changes.addedPrepared());
        return new QuerySession(
                identity,
                changes.catalog().orElse(catalog),
                changes.schema().or(() -> schema),
                changes.resetProperties().contains(BRANCH_PROPERTY)
                        ? MAIN
                        : changes.setProperties().getOrDefault(BRANCH_PROPERTY, branch),
                changes.zone().orElse(zone),
                newProperties,
                newPrepared,
                changes.ended() ? Optional.empty() : changes.started().or(() -> transaction));
    }
}
