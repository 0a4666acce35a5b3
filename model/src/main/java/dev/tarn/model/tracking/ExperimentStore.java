package dev.tarn.model.tracking;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/// Experiments: named groups of runs.
public final class ExperimentStore {
    /// The experiment of runs that name none; always there.
    public static final long DEFAULT_ID = 0;

    private static final String SELECT =
            "SELECT s.id, s.name, s.artifact_location, s.lifecycle_stage, s.creation_time, s.last_update_time FROM ml_experiment s";
    private static final RowMapper<Experiment> MAPPER = (row, context) -> new Experiment(
            row.getLong(1),
            row.getString(2),
            row.getString(3),
            row.getString(4),
            row.getLong(5),
            row.getLong(6),
            Map.of());
    private static final SearchTarget SEARCH = new SearchTarget(
            SELECT,
            Map.of(
                    "name", new Attribute("s.name", false),
                    "experiment_id", new Attribute("s.id", true),
                    "creation_time", new Attribute("s.creation_time", true),
                    "last_update_time", new Attribute("s.last_update_time", true)),
            Map.of(Entity.TAG, new Keyed("ml_experiment_tag", "experiment_id", "s.id", false)),
            "s.last_update_time DESC, s.id");

    private final Database database;

    /// Opens the store on a migrated database and makes the experiment `Default`.
    public ExperimentStore(Database database) {
        this.database = database;
        database.writing(handle -> insert(handle, DEFAULT_ID, "Default", ArtifactUri.ofExperiment(DEFAULT_ID), true));
    }

    /// Makes an experiment.
    ///
    /// @param artifactLocation where its runs' files go, or null for the usual place
    /// @throws TarnException `ALREADY_EXISTS` when one has the name, deleted or not
    public long create(String name, @Nullable String artifactLocation, Map<String, String> tags) {
        Limits.checkName("experiment", name);
        Limits.checkTags(tags, Limits.EXPERIMENT_TAG_LENGTH);
        if (artifactLocation != null) {
            ArtifactUri.checkLocation(artifactLocation);
        }
        return database.write(handle -> {
            long id = Ids.number();
            String location = artifactLocation == null ? ArtifactUri.ofExperiment(id) : artifactLocation;
            if (!insert(handle, id, name, location, false)) {
                throw new TarnException(ErrorCode.ALREADY_EXISTS, "Experiment '" + name + "' already exists.");
            }
            KeyValues.EXPERIMENT_TAGS.put(handle, id, tags);
            return id;
        });
    }

    /// The experiment of this name, made when there is none.
    public long getOrCreate(String name) {
        Optional<Experiment> known = byName(name);
        if (known.isPresent()) {
            return known.get().id();
        }
        try {
            return create(name, null, Map.of());
        } catch (TarnException e) {
            // Somebody else made it in between.
            return byName(name).orElseThrow(() -> e).id();
        }
    }

    private static boolean insert(Handle handle, long id, String name, String location, boolean unlessThere) {
        long now = System.currentTimeMillis();
        return handle.createUpdate("INSERT INTO ml_experiment (id, name, artifact_location, lifecycle_stage, "
                                + "creation_time, last_update_time) VALUES (:id, :name, :location, 'active', :now, :now) "
                                + "ON CONFLICT (" + (unlessThere ? "id" : "name") + ") DO NOTHING")
                        .bind("id", id)
                        .bind("name", name)
                        .bind("location", location)
                        .bind("now", now)
                        .execute()
                > 0;
    }

    /// @throws TarnException `NOT_FOUND`
    public Experiment get(long id) {
        return database.read(handle -> get(handle, id));
    }

    static Experiment get(Handle handle, long id) {
        return handle.createQuery(SELECT + " WHERE s.id = :id")
                .bind("id", id)
                .map(MAPPER)
                .findOne()
                .map(found -> withTags(found, KeyValues.EXPERIMENT_TAGS.of(handle, id)))
                .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "No Experiment with id=" + id + " exists"));
    }

    /// An experiment that takes new runs.
    static Experiment getActive(Handle handle, long id) {
        Experiment experiment = get(handle, id);
        if (!experiment.stage().equals("active")) {
            throw Limits.bad("The experiment " + id + " must be in the 'active' state. Current state is "
                    + experiment.stage() + ".");
        }
        return experiment;
    }

    public Optional<Experiment> byName(String name) {
        return database.read(handle -> handle.createQuery(SELECT + " WHERE s.name = :name")
                .bind("name", name)
                .map(MAPPER)
                .findOne()
                .map(found -> withTags(found, KeyValues.EXPERIMENT_TAGS.of(handle, found.id()))));
    }

    /// Renames an active experiment.
    public void rename(long id, String name) {
        Limits.checkName("experiment", name);
        if (byName(name).filter(other -> other.id() != id).isPresent()) {
            throw new TarnException(ErrorCode.ALREADY_EXISTS, "Experiment '" + name + "' already exists.");
        }
        database.writing(handle -> {
            getActive(handle, id);
            update(handle, id, "name", name);
        });
    }

    /// Marks an experiment and its runs as deleted; nothing is lost.
    public void delete(long id) {
        move(id, "active", "deleted");
    }

    /// Undoes [#delete].
    public void restore(long id) {
        move(id, "deleted", "active");
    }

    private void move(long id, String from, String to) {
        database.writing(handle -> {
            Experiment experiment = get(handle, id);
            if (!experiment.stage().equals(from)) {
                throw Limits.bad("The experiment " + id + " is " + experiment.stage() + " already");
            }
            update(handle, id, "lifecycle_stage", to);
            handle.createUpdate("UPDATE ml_run SET lifecycle_stage = :to WHERE experiment_id = :id")
                    .bind("to", to)
                    .bind("id", id)
                    .execute();
        });
    }

    /// @param column one of this class's own literals
    private static void update(Handle handle, long id, String column, String value) {
        handle.createUpdate("UPDATE ml_experiment SET " + column + " = :value, last_update_time = :now WHERE id = :id")
                .bind("value", value)
                .bind("now", System.currentTimeMillis())
                .bind("id", id)
                .execute();
    }

    public void setTag(long id, String key, String value) {
        Limits.checkTags(Map.of(key, value), Limits.EXPERIMENT_TAG_LENGTH);
        database.writing(handle -> {
            getActive(handle, id);
            KeyValues.EXPERIMENT_TAGS.put(handle, id, Map.of(key, value));
        });
    }

    public void deleteTag(long id, String key) {
        database.writing(handle -> {
            getActive(handle, id);
            if (!KeyValues.EXPERIMENT_TAGS.remove(handle, id, key)) {
                throw new TarnException(
                        ErrorCode.NOT_FOUND, "No tag with name: " + key + " in experiment with id " + id);
            }
        });
    }

    /// @param view `ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`
    public Page<Experiment> search(
            String view, String filter, List<String> orderBy, int limit, @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        SearchSql search = new SearchSql(SEARCH, database.isSqlite());
        Views.restrict(search, view);
        search.filter(filter).orderBy(orderBy);
        return database.read(handle -> {
            List<Experiment> found = search.page(handle, offset, limit + 1, MAPPER);
            Map<Long, Map<String, String>> tags = KeyValues.EXPERIMENT_TAGS.of(
                    handle, found.stream().map(Experiment::id).toList());
            return Page.of(
                    found.stream()
                            .map(one -> withTags(one, tags.getOrDefault(one.id(), Map.of())))
                            .toList(),
                    offset,
                    limit);
        });
    }

    private static Experiment withTags(Experiment e, Map<String, String> tags) {
        return new Experiment(e.id(), e.name(), e.artifactLocation(), e.stage(), e.createdMs(), e.updatedMs(), tags);
    }
}
