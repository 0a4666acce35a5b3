package dev.tarn.lake.catalog;

import dev.tarn.lake.catalog.Pointer.Kind;
import dev.tarn.lake.state.Database;
import java.util.List;
import java.util.OptionalLong;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.Handle;

/// What in the warehouse may not be removed: every metadata file that a branch, a publish or a pin still names.
public final class LiveMetadata {
    private LiveMetadata() {}

    /// A metadata file that something still names.
    ///
    /// @param snapshot the one snapshot of it that is needed; all of them when empty
    public record Live(Kind kind, String location, OptionalLong snapshot) {}

    /// All of them, as of one moment.
    public static List<Live> all(Database database) {
        return database.read(handle -> handle.createQuery("""
                        SELECT kind, location, NULL AS snapshot_id FROM catalog_entry WHERE location IS NOT NULL
                        UNION
                        SELECT base_kind, base_location, NULL FROM catalog_entry WHERE base_location IS NOT NULL
                        UNION
                        SELECT before_kind, before_location, NULL FROM catalog_publish_entry
                        WHERE before_location IS NOT NULL
                        UNION
                        SELECT after_kind, after_location, NULL FROM catalog_publish_entry
                        WHERE after_location IS NOT NULL
                        UNION
                        SELECT 'TABLE', location, snapshot_id FROM catalog_reference
                        WHERE location IS NOT NULL AND (expires_at IS NULL OR expires_at > :now)""")
                .bind("now", System.currentTimeMillis())
                .map((rs, context) -> {
                    long snapshot = rs.getLong("snapshot_id");
                    OptionalLong one = rs.wasNull() ? OptionalLong.empty() : OptionalLong.of(snapshot);
                    return new Live(Kind.valueOf(rs.getString("kind")), rs.getString("location"), one);
                })
                .list());
    }

    /// Whether a branch other than main has changed a table: maintenance of it on main would then make the branch's
    /// publish a conflict.
    public static boolean isForked(Handle handle, TableIdentifier identifier) {
        return handle.createQuery("""
                        SELECT 1 FROM catalog_entry
                        WHERE branch <> 'main' AND namespace = :namespace AND name = :name LIMIT 1""")
                .bind("namespace", Names.encode(identifier.namespace()))
                .bind("name", identifier.name())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }
}
