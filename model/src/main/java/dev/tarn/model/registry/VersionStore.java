package dev.tarn.model.registry;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import dev.tarn.model.artifact.ArtifactUri;
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
import java.util.Locale;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/// Versions of registered models.
public final class VersionStore {
    private static final List<String> STAGES = List.of("None", "Staging", "Production", "Archived");
    private static final String SELECT =
            "SELECT s.no, m.name, s.version, s.creation_timestamp, s.last_updated_timestamp, "
                    + "s.user_id, s.current_stage, s.description, s.source, s.run_id, s.run_link, s.model_id, s.model_no "
                    + "FROM ml_version s JOIN ml_model m ON m.no = s.model_no";
    private static final RowMapper<ModelVersion> MAPPER = (row, context) -> new ModelVersion(
            row.getLong(1),
            row.getString(2),
            row.getLong(3),
            row.getLong(4),
            row.getLong(5),
            row.getString(6),
            row.getString(7),
            row.getString(8),
            row.getString(9),
            row.getString(10),
            row.getString(11),
            row.getString(12),
            Map.of(),
            List.of());
    private static final SearchTarget SEARCH = new SearchTarget(
            SELECT,
            Map.ofEntries(
                    Map.entry("name", new Attribute("m.name", false)),
                    Map.entry("version_number", new Attribute("s.version", true)),
                    Map.entry("version", new Attribute("s.version", true)),
                    Map.entry("run_id", new Attribute("s.run_id", false)),
                    Map.entry("source_path", new Attribute("s.source", false)),
                    Map.entry("source", new Attribute("s.source", false)),
                    Map.entry("current_stage", new Attribute("s.current_stage", false)),
                    Map.entry("user_id", new Attribute("s.user_id", false)),
                    Map.entry("creation_timestamp", new Attribute("s.creation_timestamp", true)),
                    Map.entry("last_updated_timestamp", new Attribute("s.last_updated_timestamp", true))),
            Map.of(Entity.TAG, new Keyed("ml_version_tag", "version_no", "s.no", false)),
            "s.last_updated_timestamp DESC, m.name, s.version DESC");

    private final Database database;

    VersionStore(Database database) {
        this.database = database;
    }

    /// What a new version is given.
    public record NewVersion(
            String name,
            String source,
            String runId,
            String runLink,
            String modelId,
            String description,
            String userId,
            Map<String, String> tags) {}

    public ModelVersion create(NewVersion wanted) {
        return database.write(handle -> create(handle, wanted));
    }

    /// Makes a version inside the caller's transaction.
    ///
    /// @throws TarnException `NOT_FOUND` without such a model, `BAD_REQUEST` for a file of this machine
    public static ModelVersion create(Handle handle, NewVersion wanted) {
        ArtifactUri.checkLocation(wanted.source());
        Limits.checkTags(wanted.tags(), Limits.MODEL_TAG_LENGTH);
        long model = ModelRegistry.number(handle, wanted.name());
        // Counts on even when versions were deleted, and makes other writers wait.
        handle.execute("UPDATE ml_model SET versions = versions + 1 WHERE no = ?", model);
        long version = handle.createQuery("SELECT versions FROM ml_model WHERE no = :no")
                .bind("no", model)
                .mapTo(Long.class)
                .one();
        long no = Ids.number();
        handle.createUpdate(
                        "INSERT INTO ml_version (no, model_no, version, creation_timestamp, last_updated_timestamp, "
                                + "user_id, current_stage, description, source, run_id, run_link, model_id) VALUES (:no, :model, "
                                + ":version, :now, :now, :user, 'None', :description, :source, :run, :link, :logged)")
                .bind("no", no)
                .bind("model", model)
                .bind("version", version)
                .bind("now", System.currentTimeMillis())
                .bind("user", wanted.userId())
                .bind("description", wanted.description())
                .bind("source", wanted.source())
                .bind("run", wanted.runId())
                .bind("link", wanted.runLink())
                .bind("logged", wanted.modelId())
                .execute();
        KeyValues.VERSION_TAGS.put(handle, no, wanted.tags());
        ModelRegistry.touch(handle, model);
        return get(handle, model, wanted.name(), version);
    }

    /// @throws TarnException `NOT_FOUND`
    public ModelVersion get(String name, long version) {
        return database.read(handle -> get(handle, ModelRegistry.number(handle, name), name, version));
    }

    static ModelVersion get(Handle handle, long model, String name, long version) {
        return handle.createQuery(SELECT + " WHERE s.model_no = :model AND s.version = :version")
                .bind("model", model)
                .bind("version", version)
                .map(MAPPER)
                .findOne()
                .map(found -> full(handle, found))
                .orElseThrow(() -> new TarnException(
                        ErrorCode.NOT_FOUND, "Model Version (name=" + name + ", version=" + version + ") not found"));
    }

    private static ModelVersion full(Handle handle, ModelVersion version) {
        List<String> aliases = handle.createQuery("SELECT a.alias FROM ml_alias a JOIN ml_version v ON v.model_no = "
                        + "a.model_no AND v.version = a.version WHERE v.no = :no ORDER BY a.alias")
                .bind("no", version.no())
                .mapTo(String.class)
                .list();
        return version.with(KeyValues.VERSION_TAGS.of(handle, version.no()), aliases);
    }

    /// The newest version of each of the stages; of every stage when none is named.
    public List<ModelVersion> latest(String name, List<String> stages) {
        List<String> wanted = stages.stream().map(VersionStore::stage).toList();
        return database.read(handle -> latest(handle, ModelRegistry.number(handle, name), wanted));
    }

    static List<ModelVersion> latest(Handle handle, long model, List<String> stages) {
        Map<String, ModelVersion> newest = new LinkedHashMap<>();
        handle.createQuery(SELECT + " WHERE s.model_no = :model AND s.version IN (SELECT MAX(version) FROM ml_version "
                        + "WHERE model_no = :model GROUP BY current_stage) ORDER BY s.version")
                .bind("model", model)
                .map(MAPPER)
                .forEach(version -> newest.put(version.stage(), version));
        return newest.values().stream()
                .filter(version -> stages.isEmpty() || stages.contains(version.stage()))
                .map(version -> full(handle, version))
                .toList();
    }

    public ModelVersion describe(String name, long version, String description) {
        return change(
                name,
                version,
                (handle, found) ->
                        handle.execute("UPDATE ml_version SET description = ? WHERE no = ?", description, found.no()));
    }

    /// Moves a version to a stage.
    ///
    /// @param archiveOthers whether those that are there go to `Archived`
    public ModelVersion transition(String name, long version, String wantedStage, boolean archiveOthers) {
        String stage = stage(wantedStage);
        if (archiveOthers && !stage.equals("Staging") && !stage.equals("Production")) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "Model version transition cannot archive existing model versions because '" + stage
                            + "' is not an Active stage. Valid stages are Staging, Production");
        }
        return change(name, version, (handle, found) -> {
            if (archiveOthers) {
                handle.createUpdate("UPDATE ml_version SET current_stage = 'Archived', last_updated_timestamp = :now "
                                + "WHERE current_stage = :stage AND version <> :version AND model_no = "
                                + "(SELECT no FROM ml_model WHERE name = :name)")
                        .bind("now", System.currentTimeMillis())
                        .bind("stage", stage)
                        .bind("version", version)
                        .bind("name", name)
                        .execute();
            }
            handle.execute("UPDATE ml_version SET current_stage = ? WHERE no = ?", stage, found.no());
        });
    }

    private static String stage(String wanted) {
        String lower = wanted.toLowerCase(Locale.ROOT);
        return STAGES.stream()
                .filter(stage -> stage.toLowerCase(Locale.ROOT).equals(lower))
                .findFirst()
                .orElseThrow(() -> new TarnException(
                        ErrorCode.BAD_REQUEST,
                        "Invalid Model Version stage: " + wanted + ". Value must be one of " + String.join(", ", STAGES)
                                + "."));
    }

    public void setTag(String name, long version, String key, String value) {
        Limits.checkTags(Map.of(key, value), Limits.MODEL_TAG_LENGTH);
        change(name, version, (handle, found) -> KeyValues.VERSION_TAGS.put(handle, found.no(), Map.of(key, value)));
    }

    public void deleteTag(String name, long version, String key) {
        change(name, version, (handle, found) -> KeyValues.VERSION_TAGS.remove(handle, found.no(), key));
    }

    /// Forgets a version with its aliases; its files stay with their run.
    public void delete(String name, long version) {
        database.writing(handle -> {
            long model = ModelRegistry.number(handle, name);
            ModelVersion found = get(handle, model, name, version);
            KeyValues.VERSION_TAGS.removeAll(handle, found.no());
            handle.execute("DELETE FROM ml_alias WHERE model_no = ? AND version = ?", model, version);
            handle.execute("DELETE FROM ml_version WHERE no = ?", found.no());
            ModelRegistry.touch(handle, model);
        });
    }

    public Page<ModelVersion> search(String filter, List<String> orderBy, int limit, @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        SearchSql search =
                new SearchSql(SEARCH, database.isSqlite()).filter(filter).orderBy(orderBy);
        return database.read(handle -> {
            List<ModelVersion> found = search.page(handle, offset, limit + 1, MAPPER);
            return Page.of(found.stream().map(version -> full(handle, version)).toList(), offset, limit);
        });
    }

    private interface Change {
        void apply(Handle handle, ModelVersion found);
    }

    private ModelVersion change(String name, long version, Change change) {
        return database.write(handle -> {
            long model = ModelRegistry.number(handle, name);
            ModelVersion found = get(handle, model, name, version);
            change.apply(handle, found);
            handle.execute(
                    "UPDATE ml_version SET last_updated_timestamp = ? WHERE no = ?",
                    System.currentTimeMillis(),
                    found.no());
            return get(handle, model, name, version);
        });
    }
}
