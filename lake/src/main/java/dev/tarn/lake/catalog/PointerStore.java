package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.Pointer.Kind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jdbi.v3.core.statement.Update;
import org.jspecify.annotations.Nullable;

/// The rows that say which metadata file a name stands for, on each branch.
///
/// A branch other than main has rows only for what was changed on it; a row without a kind is a tombstone.
/// Each such row remembers main's pointer at the time of the branch's first change of that name, which
/// publishing later compares with. Main has no tombstones.
final class PointerStore {
    static final String MAIN = "main";

    static final String SCHEMA = """
            CREATE TABLE catalog_branch (
              name TEXT PRIMARY KEY, created_at BIGINT NOT NULL, created_by TEXT NOT NULL, changes BIGINT NOT NULL);
            CREATE TABLE catalog_entry (
              branch TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
              kind TEXT, location TEXT, uuid TEXT,
              base_kind TEXT, base_location TEXT, base_uuid TEXT,
              changed_at BIGINT NOT NULL,
              PRIMARY KEY (branch, namespace, name));
            CREATE INDEX catalog_entry_uuid ON catalog_entry (uuid);
            CREATE INDEX catalog_entry_location ON catalog_entry (location);
            CREATE INDEX catalog_entry_base_location ON catalog_entry (base_location);
            """;

    /// A row of a branch: its own pointer (null: dropped there) and main's when it was first changed.
    record Row(
            TableIdentifier identifier,
            @Nullable Pointer pointer,
            @Nullable Pointer base) {}

    private PointerStore() {}

    /// What a name stands for on a branch.
    static Optional<Pointer> find(Handle handle, String branch, TableIdentifier identifier) {
        Row own = null;
        Row main = null;
        for (BranchRow each : bind(handle.createQuery("""
                                SELECT * FROM catalog_entry
                                WHERE branch IN (:branch, 'main') AND namespace = :namespace AND name = :name"""), branch, identifier)
                .map((rs, context) -> row(rs))
                .list()) {
            if (each.branch.equals(branch)) {
                own = each.row;
            } else {
                main = each.row;
            }
        }
        Row seen = own != null ? own : main;
        return Optional.ofNullable(seen == null ? null : seen.pointer());
    }

    /// The names of one kind in a namespace, in order.
    static List<TableIdentifier> list(Handle handle, String branch, Namespace namespace, Kind kind) {
        return pointers(handle, branch, namespace).entrySet().stream()
                .filter(entry -> entry.getValue().kind() == kind)
                .map(entry -> TableIdentifier.of(namespace, entry.getKey()))
                .toList();
    }

    static boolean isEmpty(Handle handle, String branch, Namespace namespace) {
        return pointers(handle, branch, namespace).isEmpty();
    }

    private static Map<String, Pointer> pointers(Handle handle, String branch, Namespace namespace) {
        List<BranchRow> rows = handle.createQuery(
                        "SELECT * FROM catalog_entry WHERE branch IN (:branch, 'main') AND namespace = :namespace")
                .bind("branch", branch)
                .bind("namespace", Names.encode(namespace))
                .map((rs, context) -> row(rs))
                .list();
        return overlay(rows, branch);
    }

    private static Map<String, Pointer> overlay(List<BranchRow> rows, String branch) {
        Map<String, Pointer> seen = new TreeMap<>();
        for (BranchRow each : rows) {
            if (!each.branch.equals(branch) && each.row.pointer() != null) {
                seen.put(each.row.identifier().name(), each.row.pointer());
            }
        }
        for (BranchRow each : rows) {
            if (each.branch.equals(branch)) {
                String name = each.row.identifier().name();
                if (each.row.pointer() == null) {
                    seen.remove(name);
                } else {
                    seen.put(name, each.row.pointer());
                }
            }
        }
        return seen;
    }

    /// A branch's own rows, ordered by name.
    static List<Row> rows(Handle handle, String branch) {
        return handle.createQuery("SELECT * FROM catalog_entry WHERE branch = :branch ORDER BY namespace, name")
                .bind("branch", branch)
                .map((rs, context) -> row(rs).row())
                .list();
    }

    /// Moves a name from one pointer to another, if it still stands for the first; null stands for absence.
    ///
    /// @return whether it did; if not, the transaction should be given up
    static boolean swap(
            Handle handle,
            String branch,
            TableIdentifier identifier,
            @Nullable Pointer expected,
            @Nullable Pointer next) {
        if (expected == null && next != null) {
            NamespaceStore.requireForWrite(handle, branch, identifier.namespace());
        }
        return branch.equals(MAIN)
                ? swapOnMain(handle, identifier, expected, next)
                : swapOnBranch(handle, branch, identifier, expected, next);
    }

    static boolean swapOnMain(
            Handle handle, TableIdentifier identifier, @Nullable Pointer expected, @Nullable Pointer next) {
        if (expected == null) {
            return next == null || insert(handle, MAIN, identifier, next, null);
        }
        Update statement = next == null
                ? handle.createUpdate("""
                        DELETE FROM catalog_entry
                        WHERE branch = :branch AND namespace = :namespace AND name = :name AND location = :expected""")
                : handle.createUpdate("""
                                UPDATE catalog_entry
                                SET kind = :kind, location = :location, uuid = :uuid, changed_at = :now
                                WHERE branch = :branch AND namespace = :namespace AND name = :name
                                  AND location = :expected""")
                        .bind("kind", next.kind().name())
                        .bind("location", next.location())
                        .bind("uuid", next.uuid())
                        .bind("now", System.currentTimeMillis());
        return bind(statement, MAIN, identifier)
                        .bind("expected", expected.location())
                        .execute()
                == 1;
    }

    private static boolean swapOnBranch(
            Handle handle,
            String branch,
            TableIdentifier identifier,
            @Nullable Pointer expected,
            @Nullable Pointer next) {
        lock(handle, branch);
        Row own = row(handle, branch, identifier);
        if (own == null) {
            Row main = row(handle, MAIN, identifier);
            Pointer base = main == null ? null : main.pointer();
            return Pointer.same(base, expected) && insert(handle, branch, identifier, next, base);
        }
        if (!Pointer.same(own.pointer(), expected)) {
            return false;
        }
        if (next == null && own.base() == null) {
            return bind(handle.createUpdate("""
                                            DELETE FROM catalog_entry
                                            WHERE branch = :branch AND namespace = :namespace AND name = :name"""), branch, identifier).execute() == 1;
        }
        return bind(handle.createUpdate("""
                                        UPDATE catalog_entry
                                        SET kind = :kind, location = :location, uuid = :uuid, changed_at = :now
                                        WHERE branch = :branch AND namespace = :namespace AND name = :name"""), branch, identifier)
                        .bind("kind", next == null ? null : next.kind().name())
                        .bind("location", next == null ? null : next.location())
                        .bind("uuid", next == null ? null : next.uuid())
                        .bind("now", System.currentTimeMillis())
                        .execute()
                == 1;
    }

    static boolean insert(
            Handle handle,
            String branch,
            TableIdentifier identifier,
            @Nullable Pointer pointer,
            @Nullable Pointer base) {
        return bind(handle.createUpdate("""
                                        INSERT INTO catalog_entry (branch, namespace, name, kind, location, uuid,
                                          base_kind, base_location, base_uuid, changed_at)
                                        VALUES (:branch, :namespace, :name, :kind, :location, :uuid,
                                          :baseKind, :baseLocation, :baseUuid, :now)
                                        ON CONFLICT (branch, namespace, name) DO NOTHING"""), branch, identifier)
                        .bind("kind", pointer == null ? null : pointer.kind().name())
                        .bind("location", pointer == null ? null : pointer.location())
                        .bind("uuid", pointer == null ? null : pointer.uuid())
                        .bind("baseKind", base == null ? null : base.kind().name())
                        .bind("baseLocation", base == null ? null : base.location())
                        .bind("baseUuid", base == null ? null : base.uuid())
                        .bind("now", System.currentTimeMillis())
                        .execute()
                == 1;
    }

    /// Keeps others from changing or publishing the branch until the transaction ends.
    ///
    /// @throws TarnException `NOT_FOUND` when there is no such branch
    static void lock(Handle handle, String branch) {
        int found = handle.createUpdate("UPDATE catalog_branch SET changes = changes + 1 WHERE name = :name")
                .bind("name", branch)
                .execute();
        if (found == 0) {
            throw noSuchBranch(branch);
        }
    }

    /// Keeps others from moving a name's pointer until the transaction ends.
    static void lock(Handle handle, String branch, TableIdentifier identifier) {
        bind(handle.createUpdate("""
                                UPDATE catalog_entry SET changed_at = changed_at
                                WHERE branch = :branch AND namespace = :namespace AND name = :name"""), branch, identifier).execute();
    }

    static TarnException noSuchBranch(String branch) {
        return new TarnException(
                ErrorCode.NOT_FOUND, "there is no branch '" + branch + "': it was published, dropped or never made");
    }

    static @Nullable Row row(Handle handle, String branch, TableIdentifier identifier) {
        return bind(handle.createQuery("""
                                SELECT * FROM catalog_entry
                                WHERE branch = :branch AND namespace = :namespace AND name = :name"""), branch, identifier)
                .map((rs, context) -> row(rs).row())
                .findOne()
                .orElse(null);
    }

    /// Which of these metadata files no branch points at, started from, or may go back to.
    static List<String> unreferenced(Handle handle, List<String> locations) {
        List<String> free = new ArrayList<>();
        for (String location : locations) {
            boolean used = handle.createQuery("""
                            SELECT 1 FROM catalog_entry WHERE location = :location OR base_location = :location
                            UNION ALL
                            SELECT 1 FROM catalog_publish_entry
                            WHERE before_location = :location OR after_location = :location
                            UNION ALL
                            SELECT 1 FROM catalog_reference WHERE location = :location
                            LIMIT 1""")
                    .bind("location", location)
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (!used) {
                free.add(location);
            }
        }
        return free;
    }

    private static <S extends SqlStatement<S>> S bind(S statement, String branch, TableIdentifier identifier) {
        return statement
                .bind("branch", branch)
                .bind("namespace", Names.encode(identifier.namespace()))
                .bind("name", identifier.name());
    }

    private record BranchRow(String branch, Row row) {}

    private static BranchRow row(ResultSet rs) throws SQLException {
        TableIdentifier identifier = TableIdentifier.of(Names.decode(rs.getString("namespace")), rs.getString("name"));
        return new BranchRow(rs.getString("branch"), new Row(identifier, pointer(rs, ""), pointer(rs, "base_")));
    }

    static @Nullable Pointer pointer(ResultSet rs, String prefix) throws SQLException {
        String kind = rs.getString(prefix + "kind");
        return kind == null
                ? null
                : new Pointer(Kind.valueOf(kind), rs.getString(prefix + "location"), rs.getString(prefix + "uuid"));
    }
}
