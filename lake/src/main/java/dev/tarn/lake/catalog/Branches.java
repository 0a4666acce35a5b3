package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.state.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Branches of the whole catalog: made, listed, dropped, published to main in one transaction, and undone.
public final class Branches {
    /// The branch that readers see unless they ask for another.
    public static final String MAIN = PointerStore.MAIN;

    static final String SCHEMA = """
            CREATE TABLE catalog_publish (
              id BIGINT PRIMARY KEY, branch TEXT NOT NULL, summary TEXT NOT NULL,
              published_at BIGINT NOT NULL, published_by TEXT NOT NULL,
              undone_at BIGINT, undone_by TEXT);
            CREATE TABLE catalog_publish_entry (
              publish_id BIGINT NOT NULL REFERENCES catalog_publish (id) ON DELETE CASCADE,
              namespace TEXT NOT NULL, name TEXT NOT NULL,
              before_kind TEXT, before_location TEXT, before_uuid TEXT,
              after_kind TEXT, after_location TEXT, after_uuid TEXT,
              PRIMARY KEY (publish_id, namespace, name));
            CREATE INDEX catalog_publish_entry_before ON catalog_publish_entry (before_location);
            CREATE INDEX catalog_publish_entry_after ON catalog_publish_entry (after_location);
            CREATE TABLE catalog_publish_namespace (
              publish_id BIGINT NOT NULL REFERENCES catalog_publish (id) ON DELETE CASCADE,
              namespace TEXT NOT NULL, before_properties TEXT, after_properties TEXT,
              PRIMARY KEY (publish_id, namespace));
            """;

    private final Database database;

    public Branches(Database database) {
        this.database = database;
    }

    /// A branch.
    ///
    /// @param createdBy the user who made it
    public record Branch(String name, Instant createdAt, String createdBy) {}

    /// A name that a branch changed, with what it stands for on the branch and what it stood for on main
    /// when the branch first changed it; null stands for absence.
    public record Change(
            TableIdentifier identifier,
            @Nullable Pointer before,
            @Nullable Pointer after) {}

    /// One publish.
    ///
    /// @param summary the publisher's own word, such as the run's id
    /// @param undoneAt when it was undone, if it was
    public record Publish(
            long id,
            String branch,
            String summary,
            Instant publishedAt,
            String publishedBy,
            Optional<Instant> undoneAt,
            List<Change> changes) {}

    /// A branch that began as another one was, to be adopted by it.
    ///
    /// @param name the new branch
    /// @param origin the branch that it began as
    /// @param changes how often the origin had been changed by then
    public record Fork(String name, String origin, long changes) {}

    /// Makes a branch that reads as another one does. Only pointers are copied.
    ///
    /// @throws TarnException `ALREADY_EXISTS`; `NOT_FOUND` when there is no branch to begin as; `FORBIDDEN`
    ///     for main, which needs no copy
    public Fork fork(String origin, String name, Identity identity) {
        refuseMain(origin, "forked: make a branch");
        Names.checkBranch(name);
        return database.write(handle -> {
            PointerStore.lock(handle, origin);
            insert(handle, new Branch(name, Instant.ofEpochMilli(System.currentTimeMillis()), identity.user()));
            handle.execute("""
                    INSERT INTO catalog_entry (branch, namespace, name, kind, location, uuid,
                      base_kind, base_location, base_uuid, changed_at)
                    SELECT ?, namespace, name, kind, location, uuid, base_kind, base_location, base_uuid, changed_at
                    FROM catalog_entry WHERE branch = ?""", name, origin);
            handle.execute("""
                    INSERT INTO catalog_namespace (branch, namespace, properties, base_properties, changes)
                    SELECT ?, namespace, properties, base_properties, changes
                    FROM catalog_namespace WHERE branch = ?""", name, origin);
            return new Fork(name, origin, changes(handle, origin));
        });
    }

    private static long changes(Handle handle, String branch) {
        return handle.createQuery("SELECT changes FROM catalog_branch WHERE name = :name")
                .bind("name", branch)
                .mapTo(Long.class)
                .one();
    }

    /// Moves what a branch made under some names to another branch, and forgets the rest of it.
    ///
    /// @param names what to keep
    /// @throws TarnException `NOT_FOUND` when one of the branches is gone
    public void salvage(String from, String to, List<TableIdentifier> names) {
        refuseMain(from, "salvaged");
        refuseMain(to, "a place to salvage to");
        database.writing(handle -> {
            PointerStore.lock(handle, from);
            PointerStore.lock(handle, to);
            // A namespace made on both is one. (SQLite needs the WHERE to tell this ON from a join's.)
            handle.execute("""
                    INSERT INTO catalog_namespace (branch, namespace, properties, base_properties, changes)
                    SELECT ?, namespace, properties, base_properties, changes
                    FROM catalog_namespace WHERE branch = ?
                    ON CONFLICT (branch, namespace) DO NOTHING""", to, from);
            for (TableIdentifier name : names) {
                String namespace = Names.encode(name.namespace());
                handle.execute(
                        "DELETE FROM catalog_entry WHERE branch = ? AND namespace = ? AND name = ?",
                        to,
                        namespace,
                        name.name());
                handle.execute(
                        "UPDATE catalog_entry SET branch = ? WHERE branch = ? AND namespace = ? AND name = ?",
                        to,
                        from,
                        namespace,
                        name.name());
            }
            forget(handle, from);
        });
    }

    /// What some names of a branch stood for at one moment.
    ///
    /// @param rows the branch's own; a name without one stood for what main has
    public record Savepoint(String branch, List<TableIdentifier> names, List<Saved> rows) {
        /// A name with its pointer on the branch and main's when the branch first changed it.
        public record Saved(
                TableIdentifier identifier,
                @Nullable Pointer pointer,
                @Nullable Pointer base) {}
    }

    /// Notes what some names of a branch stand for, to come back to it with [#rollBack].
    public Savepoint savepoint(String branch, List<TableIdentifier> names) {
        refuseMain(branch, "rolled back");
        List<Savepoint.Saved> rows = database.read(handle -> names.stream()
                .flatMap(name -> Stream.ofNullable(PointerStore.row(handle, branch, name)))
                .map(row -> new Savepoint.Saved(row.identifier(), row.pointer(), row.base()))
                .toList());
        return new Savepoint(branch, List.copyOf(names), rows);
    }

    /// Makes the names of a savepoint stand for what they stood for then, all at once.
    ///
    /// @throws TarnException `NOT_FOUND` when the branch is gone
    public void rollBack(Savepoint savepoint) {
        database.writing(handle -> {
            PointerStore.lock(handle, savepoint.branch());
            for (TableIdentifier name : savepoint.names()) {
                handle.execute(
                        "DELETE FROM catalog_entry WHERE branch = ? AND namespace = ? AND name = ?",
                        savepoint.branch(),
                        Names.encode(name.namespace()),
                        name.name());
            }
            savepoint
                    .rows()
                    .forEach(row -> PointerStore.insert(
                            handle, savepoint.branch(), row.identifier(), row.pointer(), row.base()));
        });
    }

    /// Makes a fork's origin what the fork has become, all at once, and ends the fork.
    ///
    /// @param hook runs in the same database transaction
    /// @throws TarnException `PUBLISH_CONFLICT` when the origin was changed meanwhile; `NOT_FOUND` when one
    ///     of them is gone. Nothing has happened then.
    public void adopt(Fork fork, Consumer<Handle> hook) {
        database.writing(handle -> {
            PointerStore.lock(handle, fork.origin());
            PointerStore.lock(handle, fork.name());
            if (changes(handle, fork.origin()) != fork.changes() + 1) {
                throw new TarnException(
                        ErrorCode.PUBLISH_CONFLICT,
                        "'" + fork.origin() + "' was changed by somebody else meanwhile; run again");
            }
            for (String table : List.of("catalog_entry", "catalog_namespace")) {
                handle.execute("DELETE FROM " + table + " WHERE branch = ?", fork.origin());
                handle.execute("UPDATE " + table + " SET branch = ? WHERE branch = ?", fork.origin(), fork.name());
            }
            hook.accept(handle);
            forget(handle, fork.name());
        });
    }

    /// Makes a branch that reads as main does until something is changed on it.
    ///
    /// @throws TarnException `ALREADY_EXISTS`
    public Branch create(String name, Identity identity) {
        Names.checkBranch(name);
        Branch branch = new Branch(name, Instant.ofEpochMilli(System.currentTimeMillis()), identity.user());
        database.writing(handle -> insert(handle, branch));
        return branch;
    }

    private static void insert(Handle handle, Branch branch) {
        int made = handle.createUpdate("""
                        INSERT INTO catalog_branch (name, created_at, created_by, changes) VALUES (:name, :at, :by, 0)
                        ON CONFLICT (name) DO NOTHING""")
                .bind("name", branch.name())
                .bind("at", branch.createdAt().toEpochMilli())
                .bind("by", branch.createdBy())
                .execute();
        if (made == 0) {
            throw new TarnException(ErrorCode.ALREADY_EXISTS, "there is already a branch '" + branch.name() + "'");
        }
    }

    /// Forgets a branch and all that was changed on it. Its files stay until maintenance removes them.
    ///
    /// @throws TarnException `NOT_FOUND`, or `FORBIDDEN` for main
    public void drop(String name) {
        drop(name, handle -> {});
    }

    /// Like [#drop], with a hook that runs in the same database transaction.
    public void drop(String name, Consumer<Handle> hook) {
        refuseMain(name, "dropped");
        database.writing(handle -> {
            PointerStore.lock(handle, name);
            forget(handle, name);
            hook.accept(handle);
        });
    }

    /// Whether a branch exists; main always does.
    public boolean exists(String name) {
        return name.equals(MAIN)
                || database.read(handle -> handle.createQuery("SELECT 1 FROM catalog_branch WHERE name = :name")
                        .bind("name", name)
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
    }

    /// All branches, main among them, by name.
    public List<Branch> list() {
        return database.read(handle -> handle.createQuery("SELECT * FROM catalog_branch ORDER BY name")
                .map((rs, context) -> new Branch(
                        rs.getString("name"),
                        Instant.ofEpochMilli(rs.getLong("created_at")),
                        rs.getString("created_by")))
                .list());
    }

    /// What a branch would publish, by name.
    public List<Change> changes(String branch) {
        return database.read(handle -> PointerStore.rows(handle, branch)).stream()
                .filter(row -> !Pointer.same(row.base(), row.pointer()))
                .map(row -> new Change(row.identifier(), row.base(), row.pointer()))
                .toList();
    }

    /// Moves everything that a branch changed to main, all at once, and ends the branch.
    ///
    /// @param hook runs in the same database transaction, after the pointers have moved
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was changed on main since the branch first changed it;
    ///     `NOT_FOUND` when there is no such branch. Nothing has happened then.
    public Publish publish(String branch, Identity identity, String summary, BiConsumer<Handle, Publish> hook) {
        refuseMain(branch, "published");
        return database.write(handle -> {
            // Publishes happen one after another; the branch itself stands still meanwhile.
            PointerStore.lock(handle, MAIN);
            PointerStore.lock(handle, branch);
            List<NamespaceStore.Row> namespaces = NamespaceStore.rows(handle, branch);
            List<Change> changes = PointerStore.rows(handle, branch).stream()
                    .filter(row -> !Pointer.same(row.base(), row.pointer()))
                    .map(row -> new Change(row.identifier(), row.base(), row.pointer()))
                    .toList();
            List<String> conflicts = move(handle, namespaces, changes);
            if (!conflicts.isEmpty()) {
                throw new TarnException(
                        ErrorCode.PUBLISH_CONFLICT,
                        "branch '" + branch + "' cannot be published: " + String.join(", ", conflicts)
                                + " changed on main since the branch first changed the same; drop the branch and run"
                                + " again from main's present state");
            }
            Publish publish = remember(handle, branch, identity, summary, namespaces, changes);
            hook.accept(handle, publish);
            forget(handle, branch);
            return publish;
        });
    }

    private static List<String> move(Handle handle, List<NamespaceStore.Row> namespaces, List<Change> changes) {
        List<String> conflicts = new ArrayList<>();
        for (NamespaceStore.Row row : namespaces) {
            String after = row.properties();
            if (after == null || after.equals(row.base())) {
                continue;
            }
            NamespaceStore.touch(handle, MAIN, row.namespace());
            boolean madeOnBoth = row.base() == null
                    && NamespaceStore.find(handle, MAIN, row.namespace()).isPresent();
            if (!madeOnBoth && !NamespaceStore.swap(handle, MAIN, row.namespace(), row.base(), after)) {
                conflicts.add("the properties of namespace " + row.namespace());
            }
        }
        for (Change change : changes) {
            if (change.after() != null) {
                NamespaceStore.touch(handle, MAIN, change.identifier().namespace());
                if (NamespaceStore.find(handle, MAIN, change.identifier().namespace())
                        .isEmpty()) {
                    conflicts.add("namespace " + change.identifier().namespace());
                    continue;
                }
            }
            if (!PointerStore.swapOnMain(handle, change.identifier(), change.before(), change.after())) {
                conflicts.add(change.identifier().toString());
            }
        }
        for (NamespaceStore.Row row : namespaces) {
            if (row.properties() == null && row.base() != null && !dropOnMain(handle, row)) {
                conflicts.add("namespace " + row.namespace());
            }
        }
        return conflicts;
    }

    private static boolean dropOnMain(Handle handle, NamespaceStore.Row row) {
        NamespaceStore.touch(handle, MAIN, row.namespace());
        return PointerStore.isEmpty(handle, MAIN, row.namespace())
                && NamespaceStore.children(handle, MAIN, row.namespace()).isEmpty()
                && NamespaceStore.swap(handle, MAIN, row.namespace(), row.base(), null);
    }

    private static Publish remember(
            Handle handle,
            String branch,
            Identity identity,
            String summary,
            List<NamespaceStore.Row> namespaces,
            List<Change> changes) {
        long id = handle.createQuery("SELECT COALESCE(MAX(id), 0) + 1 FROM catalog_publish")
                .mapTo(Long.class)
                .one();
        Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
        handle.createUpdate("""
                        INSERT INTO catalog_publish (id, branch, summary, published_at, published_by)
                        VALUES (:id, :branch, :summary, :at, :by)""")
                .bind("id", id)
                .bind("branch", branch)
                .bind("summary", summary)
                .bind("at", now.toEpochMilli())
                .bind("by", identity.user())
                .execute();
        for (Change change : changes) {
            Pointer before = change.before();
            Pointer after = change.after();
            handle.createUpdate("""
                            INSERT INTO catalog_publish_entry (publish_id, namespace, name,
                              before_kind, before_location, before_uuid, after_kind, after_location, after_uuid)
                            VALUES (:id, :namespace, :name, :bKind, :bLocation, :bUuid, :aKind, :aLocation, :aUuid)""")
                    .bind("id", id)
                    .bind("namespace", Names.encode(change.identifier().namespace()))
                    .bind("name", change.identifier().name())
                    .bind("bKind", before == null ? null : before.kind().name())
                    .bind("bLocation", before == null ? null : before.location())
                    .bind("bUuid", before == null ? null : before.uuid())
                    .bind("aKind", after == null ? null : after.kind().name())
                    .bind("aLocation", after == null ? null : after.location())
                    .bind("aUuid", after == null ? null : after.uuid())
                    .execute();
        }
        for (NamespaceStore.Row row : namespaces) {
            handle.createUpdate("""
                            INSERT INTO catalog_publish_namespace
                              (publish_id, namespace, before_properties, after_properties)
                            VALUES (:id, :namespace, :before, :after)""")
                    .bind("id", id)
                    .bind("namespace", Names.encode(row.namespace()))
                    .bind("before", row.base())
                    .bind("after", row.properties())
                    .execute();
        }
        return new Publish(id, branch, summary, now, identity.user(), Optional.empty(), changes);
    }

    /// Lets publishes that left main at one state of a table have left it at another, with the same rows.
    static void follow(Handle handle, Pointer from, Pointer to) {
        handle.createUpdate("UPDATE catalog_publish_entry SET after_location = :to WHERE after_location = :from")
                .bind("from", from.location())
                .bind("to", to.location())
                .execute();
    }

    /// Puts main back to where it was before a publish, all at once.
    ///
    /// @param hook runs in the same database transaction
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was changed on main since; `NOT_FOUND`; or
    ///     `BAD_REQUEST` when it was undone before. Nothing has happened then.
    public Publish undo(long publishId, Identity identity, Consumer<Handle> hook) {
        return database.write(handle -> {
            PointerStore.lock(handle, MAIN);
            Publish publish = find(handle, publishId)
                    .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "there is no publish " + publishId));
            if (publish.undoneAt().isPresent()) {
                throw new TarnException(ErrorCode.BAD_REQUEST, "publish " + publishId + " was already undone");
            }
            List<Change> back = publish.changes().stream()
                    .map(change -> new Change(change.identifier(), change.after(), change.before()))
                    .toList();
            List<String> conflicts = move(handle, namespacesBack(handle, publishId), back);
            if (!conflicts.isEmpty()) {
                throw new TarnException(
                        ErrorCode.PUBLISH_CONFLICT,
                        "publish " + publishId + " cannot be undone: " + String.join(", ", conflicts)
                                + " changed since; undo the later publishes first, or publish a correction");
            }
            Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
            handle.createUpdate("UPDATE catalog_publish SET undone_at = :at, undone_by = :by WHERE id = :id")
                    .bind("at", now.toEpochMilli())
                    .bind("by", identity.user())
                    .bind("id", publishId)
                    .execute();
            hook.accept(handle);
            return new Publish(
                    publish.id(),
                    publish.branch(),
                    publish.summary(),
                    publish.publishedAt(),
                    publish.publishedBy(),
                    Optional.of(now),
                    publish.changes());
        });
    }

    /// The namespaces of a publish, turned round. One that it made stays when others have put something into it.
    private static List<NamespaceStore.Row> namespacesBack(Handle handle, long publishId) {
        return handle
                .createQuery("SELECT * FROM catalog_publish_namespace WHERE publish_id = :id")
                .bind("id", publishId)
                .map((rs, context) -> new NamespaceStore.Row(
                        MAIN,
                        Names.decode(rs.getString("namespace")),
                        rs.getString("before_properties"),
                        rs.getString("after_properties")))
                .list()
                .stream()
                .filter(row -> row.properties() != null
                        || Objects.equals(
                                NamespaceStore.find(handle, MAIN, row.namespace())
                                        .orElse(null),
                                row.base()))
                .toList();
    }

    /// A number that every publish and every undoing changes, within its transaction.
    public long publishNumber() {
        return database.read(handle -> handle.createQuery(
                        "SELECT COALESCE(MAX(id), 0) * 1048576 + COUNT(undone_at) FROM catalog_publish")
                .mapTo(Long.class)
                .one());
    }

    /// The latest publishes, newest first.
    public List<Publish> publishes(int limit) {
        return database.read(handle -> handle
                .createQuery("SELECT id FROM catalog_publish ORDER BY id DESC LIMIT :limit")
                .bind("limit", limit)
                .mapTo(Long.class)
                .list()
                .stream()
                .flatMap(id -> find(handle, id).stream())
                .toList());
    }

    /// Forgets publishes that are older than this: they can no longer be undone, and nothing keeps the files that
    /// only they name.
    ///
    /// @return how many
    public int forgetPublishes(Instant before) {
        return database.write(handle -> {
            for (String table : List.of("catalog_publish_entry", "catalog_publish_namespace")) {
                handle.createUpdate("DELETE FROM " + table
                                + " WHERE publish_id IN (SELECT id FROM catalog_publish WHERE published_at < :before)")
                        .bind("before", before.toEpochMilli())
                        .execute();
            }
            return handle.createUpdate("DELETE FROM catalog_publish WHERE published_at < :before")
                    .bind("before", before.toEpochMilli())
                    .execute();
        });
    }

    /// One publish; empty when there is none of that number, or it was forgotten.
    public Optional<Publish> publish(long id) {
        return database.read(handle -> find(handle, id));
    }

    private static Optional<Publish> find(Handle handle, long id) {
        List<Change> changes = handle.createQuery(
                        "SELECT * FROM catalog_publish_entry WHERE publish_id = :id ORDER BY namespace, name")
                .bind("id", id)
                .map((rs, context) -> new Change(
                        TableIdentifier.of(Names.decode(rs.getString("namespace")), rs.getString("name")),
                        PointerStore.pointer(rs, "before_"),
                        PointerStore.pointer(rs, "after_")))
                .list();
        return handle.createQuery("SELECT * FROM catalog_publish WHERE id = :id")
                .bind("id", id)
                .map((rs, context) -> {
                    long undone = rs.getLong("undone_at");
                    Optional<Instant> undoneAt =
                            rs.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(undone));
                    return new Publish(
                            rs.getLong("id"),
                            rs.getString("branch"),
                            rs.getString("summary"),
                            Instant.ofEpochMilli(rs.getLong("published_at")),
                            rs.getString("published_by"),
                            undoneAt,
                            changes);
                })
                .findOne();
    }

    private static void forget(Handle handle, String branch) {
        handle.execute("DELETE FROM catalog_entry WHERE branch = ?", branch);
        handle.execute("DELETE FROM catalog_namespace WHERE branch = ?", branch);
        handle.execute("DELETE FROM catalog_branch WHERE name = ?", branch);
    }

    private static void refuseMain(String branch, String what) {
        if (branch.equals(MAIN)) {
            throw new TarnException(ErrorCode.FORBIDDEN, "main itself is not " + what);
        }
    }
}
