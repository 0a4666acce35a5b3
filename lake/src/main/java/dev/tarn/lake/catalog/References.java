package dev.tarn.lake.catalog;

import dev.tarn.lake.state.Database;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/// Who still needs which snapshots: a training run, for example, pins what it read so that it can be replayed.
/// Maintenance keeps every pinned snapshot readable.
public final class References {
    static final String SCHEMA = """
            CREATE TABLE catalog_reference (
              owner TEXT NOT NULL, table_uuid TEXT NOT NULL, snapshot_id BIGINT NOT NULL,
              created_at BIGINT NOT NULL, expires_at BIGINT,
              PRIMARY KEY (owner, table_uuid, snapshot_id));
            CREATE INDEX catalog_reference_table ON catalog_reference (table_uuid);
            """;

    /// A pin also remembers where the table's metadata was, so that a dropped table's snapshot stays readable.
    static final String SCHEMA_2 = """
            ALTER TABLE catalog_reference ADD COLUMN location TEXT;
            CREATE INDEX catalog_reference_location ON catalog_reference (location);
            """;

    private final Database database;

    public References(Database database) {
        this.database = database;
    }

    /// A snapshot that somebody needs.
    ///
    /// @param owner who, such as `run/42`
    /// @param tableUuid the table's own identity, which renaming keeps
    /// @param expiresAt until when, if not for ever
    public record Reference(String owner, String tableUuid, long snapshotId, Optional<Instant> expiresAt) {}

    /// Adds a reference, or changes when it expires.
    public void pin(Reference reference) {
        database.writing(handle -> pin(handle, reference));
    }

    /// Adds a reference as part of a larger transaction.
    public void pin(Handle handle, Reference reference) {
        handle.createUpdate("""
                        INSERT INTO catalog_reference (owner, table_uuid, snapshot_id, created_at, expires_at, location)
                        VALUES (:owner, :table, :snapshot, :now, :expires,
                          (SELECT MAX(location) FROM catalog_entry WHERE uuid = :table AND branch = 'main'))
                        ON CONFLICT (owner, table_uuid, snapshot_id) DO UPDATE SET expires_at = excluded.expires_at""")
                .bind("owner", reference.owner())
                .bind("table", reference.tableUuid())
                .bind("snapshot", reference.snapshotId())
                .bind("now", System.currentTimeMillis())
                .bind(
                        "expires",
                        reference.expiresAt().map(Instant::toEpochMilli).orElse(null))
                .execute();
    }

    /// Takes back all references of an owner.
    public void unpin(String owner) {
        database.writing(handle -> handle.execute("DELETE FROM catalog_reference WHERE owner = ?", owner));
    }

    /// The references of an owner.
    public List<Reference> of(String owner) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM catalog_reference WHERE owner = :owner ORDER BY table_uuid, snapshot_id")
                .bind("owner", owner)
                .map((rs, context) -> {
                    long expires = rs.getLong("expires_at");
                    Optional<Instant> expiresAt =
                            rs.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(expires));
                    return new Reference(
                            rs.getString("owner"), rs.getString("table_uuid"), rs.getLong("snapshot_id"), expiresAt);
                })
                .list());
    }

    /// The snapshots of a table that somebody needs now.
    public Set<Long> snapshots(String tableUuid) {
        return database
                .read(handle -> handle.createQuery("""
                                SELECT DISTINCT snapshot_id FROM catalog_reference
                                WHERE table_uuid = :table AND (expires_at IS NULL OR expires_at > :now)""")
                        .bind("table", tableUuid)
                        .bind("now", System.currentTimeMillis())
                        .mapTo(Long.class)
                        .list())
                .stream()
                .collect(Collectors.toSet());
    }

    /// Whether any branch, publish or pin refers to a table.
    static boolean isReferred(Handle handle, String uuid) {
        return handle.createQuery("""
                        SELECT 1 FROM catalog_entry WHERE uuid = :uuid OR base_uuid = :uuid
                        UNION ALL
                        SELECT 1 FROM catalog_publish_entry WHERE before_uuid = :uuid OR after_uuid = :uuid
                        UNION ALL
                        SELECT 1 FROM catalog_reference
                        WHERE table_uuid = :uuid AND (expires_at IS NULL OR expires_at > :now)
                        LIMIT 1""")
                .bind("uuid", uuid)
                .bind("now", System.currentTimeMillis())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }
}
