package dev.tarn.model.registry;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import dev.tarn.model.search.Comparison.Entity;
import dev.tarn.model.search.Page;
import dev.tarn.model.search.PageToken;
import dev.tarn.model.search.SearchSql;
import dev.tarn.model.search.SearchTarget;
import dev.tarn.model.search.SearchTarget.Attribute;
import dev.tarn.model.search.SearchTarget.Keyed;
import dev.tarn.model.tracking.Ids;
import dev.tarn.model.tracking.KeyValues;
import dev.tarn.model.tracking.Limits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Registered models, their tags and aliases. Versions are [VersionStore]'s.
public final class ModelRegistry {
    private static final SearchTarget SEARCH = new SearchTarget(
            "SELECT s.no FROM ml_model s",
            Map.of(
                    "name", new Attribute("s.name", false),
                    "creation_timestamp", new Attribute("s.creation_timestamp", true),
                    "last_updated_timestamp", new Attribute("s.last_updated_timestamp", true),
                    "timestamp", new Attribute("s.last_updated_timestamp", true)),
            Map.of(Entity.TAG, new Keyed("ml_model_tag", "model_no", "s.no", false)),
            "s.name, s.no");

    private final Database database;
    private final VersionStore versions;

    /// Opens the registry on a migrated database.
    public ModelRegistry(Database database) {
        this.database = database;
        this.versions = new VersionStore(database);
    }

    /// A number that is another one whenever an alias may have moved, by this process or another.
    public long changes() {
        return database.version();
    }

    public VersionStore versions() {
        return versions;
    }

    /// @throws TarnException `ALREADY_EXISTS`
    public RegisteredModel create(String name, String description, Map<String, String> tags) {
        Limits.checkModelName(name);
        Limits.checkTags(tags, Limits.MODEL_TAG_LENGTH);
        return database.write(handle -> {
            if (!insert(handle, name, description)) {
                throw new TarnException(
                        ErrorCode.ALREADY_EXISTS, "Registered Model (name=" + name + ") already exists.");
            }
            long no = number(handle, name);
            KeyValues.MODEL_TAGS.put(handle, no, tags);
            return get(handle, no);
        });
    }

    /// Makes the name when it is not there, inside the caller's transaction.
    public static void ensure(Handle handle, String name) {
        Limits.checkModelName(name);
        insert(handle, name, "");
    }

    private static boolean insert(Handle handle, String name, String description) {
        return handle.createUpdate("INSERT INTO ml_model (no, name, description, creation_timestamp, "
                                + "last_updated_timestamp, versions) VALUES (:no, :name, :description, :now, :now, 0) "
                                + "ON CONFLICT (name) DO NOTHING")
                        .bind("no", Ids.number())
                        .bind("name", name)
                        .bind("description", description)
                        .bind("now", System.currentTimeMillis())
                        .execute()
                > 0;
    }

    /// @throws TarnException `NOT_FOUND`
    public RegisteredModel get(String name) {
        return database.read(handle -> get(handle, number(handle, name)));
    }

    static long number(Handle handle, String name) {
        return handle.createQuery("SELECT no FROM ml_model WHERE name = :name")
                .bind("name", name)
                .mapTo(Long.class)
                .findOne()
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "Registered Model with name=" + name + " not found"));
    }

    private static RegisteredModel get(Handle handle, long no) {
        return handle.createQuery(
                        "SELECT name, description, creation_timestamp, last_updated_timestamp FROM ml_model WHERE no = :no")
                .bind("no", no)
                .map((row, context) -> new RegisteredModel(
                        no,
                        row.getString(1),
                        row.getString(2),
                        row.getLong(3),
                        row.getLong(4),
                        VersionStore.latest(handle, no, List.of()),
                        KeyValues.MODEL_TAGS.of(handle, no),
                        aliases(handle, no)))
                .one();
    }

    private static Map<String, Long> aliases(Handle handle, long no) {
        Map<String, Long> aliases = new LinkedHashMap<>();
        handle.createQuery("SELECT alias, version FROM ml_alias WHERE model_no = :no ORDER BY alias")
                .bind("no", no)
                .map((row, context) -> aliases.put(row.getString(1), row.getLong(2)))
                .list();
        return aliases;
    }

    public RegisteredModel describe(String name, String description) {
        return database.write(handle -> {
            long no = number(handle, name);
            handle.execute("UPDATE ml_model SET description = ? WHERE no = ?", description, no);
            touch(handle, no);
            return get(handle, no);
        });
    }

    public RegisteredModel rename(String name, String newName) {
        Limits.checkModelName(newName);
        return database.write(handle -> {
            long no = number(handle, name);
            boolean taken = handle.createQuery("SELECT 1 FROM ml_model WHERE name = :name AND no <> :no")
                    .bind("name", newName)
                    .bind("no", no)
                    .mapTo(Integer.class)
                    .findOne()
                    .isPresent();
            if (taken) {
                throw new TarnException(
                        ErrorCode.ALREADY_EXISTS, "Registered Model (name=" + newName + ") already exists.");
            }
            handle.execute("UPDATE ml_model SET name = ? WHERE no = ?", newName, no);
            touch(handle, no);
            return get(handle, no);
        });
    }

    /// Forgets a model with its versions and aliases; the files stay with their runs.
    public void delete(String name) {
        database.writing(handle -> {
            long no = number(handle, name);
            handle.execute(
                    "DELETE FROM ml_version_tag WHERE version_no IN (SELECT no FROM ml_version WHERE model_no = ?)",
                    no);
            handle.execute("DELETE FROM ml_alias WHERE model_no = ?", no);
            handle.execute("DELETE FROM ml_version WHERE model_no = ?", no);
            handle.execute("DELETE FROM ml_model_tag WHERE model_no = ?", no);
            handle.execute("DELETE FROM ml_model WHERE no = ?", no);
        });
    }

    public void setTag(String name, String key, String value) {
        Limits.checkTags(Map.of(key, value), Limits.MODEL_TAG_LENGTH);
        database.writing(handle -> KeyValues.MODEL_TAGS.put(handle, number(handle, name), Map.of(key, value)));
    }

    public void deleteTag(String name, String key) {
        database.writing(handle -> KeyValues.MODEL_TAGS.remove(handle, number(handle, name), key));
    }

    /// Points an alias at a version.
    ///
    /// @throws TarnException `NOT_FOUND` when the model has no such version
    public void setAlias(String name, String alias, long version) {
        Limits.checkAlias(alias);
        database.writing(handle -> setAlias(handle, name, alias, version));
    }

    /// Points an alias at a version inside the caller's transaction, so that it moves together with what else that
    /// does.
    public static void setAlias(Handle handle, String name, String alias, long version) {
        long no = number(handle, name);
        VersionStore.get(handle, no, name, version);
        handle.createUpdate("INSERT INTO ml_alias (model_no, alias, version) VALUES (:no, :alias, :version) "
                        + "ON CONFLICT (model_no, alias) DO UPDATE SET version = excluded.version")
                .bind("no", no)
                .bind("alias", alias)
                .bind("version", version)
                .execute();
    }

    public void deleteAlias(String name, String alias) {
        database.writing(handle ->
                handle.execute("DELETE FROM ml_alias WHERE model_no = ? AND alias = ?", number(handle, name), alias));
    }

    /// The version that an alias points at, inside the caller's transaction; empty when it points nowhere.
    public static OptionalLong alias(Handle handle, String name, String alias) {
        return handle.createQuery("SELECT a.version FROM ml_alias a JOIN ml_model m ON m.no = a.model_no "
                        + "WHERE m.name = :name AND a.alias = :alias")
                .bind("name", name)
                .bind("alias", alias)
                .mapTo(Long.class)
                .findOne()
                .map(OptionalLong::of)
                .orElse(OptionalLong.empty());
    }

    /// Puts an alias back to where [#alias] said that it pointed, inside the caller's transaction.
    public static void restoreAlias(Handle handle, String name, String alias, OptionalLong version) {
        if (version.isPresent()) {
            setAlias(handle, name, alias, version.getAsLong());
        } else {
            handle.execute("DELETE FROM ml_alias WHERE model_no = ? AND alias = ?", number(handle, name), alias);
        }
    }

    /// The version an alias points at, or empty when it points nowhere.
    public Optional<ModelVersion> byAlias(String name, String alias) {
        return database.read(handle -> handle.createQuery("SELECT a.version FROM ml_alias a JOIN ml_model m "
                        + "ON m.no = a.model_no WHERE m.name = :name AND a.alias = :alias")
                .bind("name", name)
                .bind("alias", alias)
                .mapTo(Long.class)
                .findOne()
                .map(version -> VersionStore.get(handle, number(handle, name), name, version)));
    }

    public Page<RegisteredModel> search(String filter, List<String> orderBy, int limit, @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        SearchSql search =
                new SearchSql(SEARCH, database.isSqlite()).filter(filter).orderBy(orderBy);
        return database.read(handle -> {
            List<Long> found = search.page(handle, offset, limit + 1, (row, context) -> row.getLong(1));
            return Page.of(found.stream().map(no -> get(handle, no)).toList(), offset, limit);
        });
    }

    static void touch(Handle handle, long no) {
        handle.execute("UPDATE ml_model SET last_updated_timestamp = ? WHERE no = ?", System.currentTimeMillis(), no);
    }
}
