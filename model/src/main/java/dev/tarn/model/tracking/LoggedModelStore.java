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
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/// Logged models (MLflow 3).
public final class LoggedModelStore {
    private static final Set<String> FINAL = Set.of("LOGGED_MODEL_READY", "LOGGED_MODEL_UPLOAD_FAILED");
    private static final String SELECT = "SELECT s.no, s.model_id, s.experiment_id, s.name, s.artifact_uri, "
            + "s.creation_time, s.last_update_time, s.status, s.status_message, s.model_type, s.source_run_id "
            + "FROM ml_logged_model s";
    private static final RowMapper<LoggedModel> MAPPER = (row, context) -> new LoggedModel(
            row.getLong(1),
            row.getString(2),
            row.getLong(3),
            row.getString(4),
            row.getString(5),
            row.getLong(6),
            row.getLong(7),
            row.getString(8),
            row.getString(9),
            row.getString(10),
            row.getString(11),
            Map.of(),
            Map.of(),
            List.of());
    private static final SearchTarget SEARCH = new SearchTarget(
            SELECT,
            Map.of(
                    "name", new Attribute("s.name", false),
                    "model_id", new Attribute("s.model_id", false),
                    "model_type", new Attribute("s.model_type", false),
                    "status", new Attribute("s.status", false),
                    "source_run_id", new Attribute("s.source_run_id", false),
                    "creation_time", new Attribute("s.creation_time", true),
                    "creation_timestamp", new Attribute("s.creation_time", true),
                    "last_updated_timestamp", new Attribute("s.last_update_time", true)),
            Map.of(
                    Entity.METRIC, new Keyed("ml_logged_model_metric", "model_no", "s.no", true),
                    Entity.PARAM, new Keyed("ml_logged_model_param", "model_no", "s.no", false),
                    Entity.TAG, new Keyed("ml_logged_model_tag", "model_no", "s.no", false)),
            "s.creation_time DESC, s.model_id");

    private final Database database;

    /// Opens the store on a migrated database.
    public LoggedModelStore(Database database) {
        this.database = database;
    }

    /// What a new logged model is given.
    public record NewModel(
            long experimentId,
            String name,
            String modelType,
            String sourceRunId,
            Map<String, String> params,
            Map<String, String> tags) {}

    public LoggedModel create(NewModel wanted) {
        Limits.checkParams(wanted.params());
        Limits.checkTags(wanted.tags(), Limits.TAG_LENGTH);
        String id = "m-" + Ids.hex();
        String name = wanted.name().isEmpty() ? "model-" + id.substring(2, 10) : wanted.name();
        Limits.checkModelName(name);
        return database.write(handle -> {
            Experiment experiment = ExperimentStore.getActive(handle, wanted.experimentId());
            long no = Ids.number();
            handle.createUpdate(
                            "INSERT INTO ml_logged_model (no, model_id, experiment_id, name, artifact_uri, "
                                    + "creation_time, last_update_time, status, status_message, model_type, source_run_id) VALUES "
                                    + "(:no, :id, :experiment, :name, :uri, :now, :now, 'LOGGED_MODEL_PENDING', '', :type, :run)")
                    .bind("no", no)
                    .bind("id", id)
                    .bind("experiment", experiment.id())
                    .bind("name", name)
                    .bind("uri", ArtifactUri.ofModel(experiment.artifactLocation(), id))
                    .bind("now", System.currentTimeMillis())
                    .bind("type", wanted.modelType())
                    .bind("run", wanted.sourceRunId())
                    .execute();
            KeyValues.LOGGED_MODEL_PARAMS.put(handle, no, wanted.params());
            KeyValues.LOGGED_MODEL_TAGS.put(handle, no, wanted.tags());
            return get(handle, id);
        });
    }

    /// @throws TarnException `NOT_FOUND`
    public LoggedModel get(String modelId) {
        return database.read(handle -> get(handle, modelId));
    }

    private static LoggedModel get(Handle handle, String modelId) {
        return handle.createQuery(SELECT + " WHERE s.model_id = :id")
                .bind("id", modelId)
                .map(MAPPER)
                .findOne()
                .map(found -> full(handle, found))
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "Logged model with ID '" + modelId + "' not found."));
    }

    private static LoggedModel full(Handle handle, LoggedModel model) {
        List<LoggedModel.ModelMetric> metrics = handle.createQuery(
                        "SELECT * FROM ml_logged_model_metric WHERE model_no = :no ORDER BY key, step")
                .bind("no", model.no())
                .map((row, context) -> new LoggedModel.ModelMetric(
                        new Metric(
                                row.getString("key"),
                                row.getInt("is_nan") == 1 ? Double.NaN : row.getDouble("value"),
                                row.getLong("timestamp"),
                                row.getLong("step")),
                        row.getString("run_id"),
                        row.getString("dataset_name"),
                        row.getString("dataset_digest")))
                .list();
        return model.with(
                KeyValues.LOGGED_MODEL_PARAMS.of(handle, model.no()),
                KeyValues.LOGGED_MODEL_TAGS.of(handle, model.no()),
                metrics);
    }

    /// Says that the model's files are there, or that they failed to come.
    public LoggedModel complete(String modelId, String status) {
        if (!FINAL.contains(status)) {
            throw Limits.bad("Invalid model status '" + status + "': LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED");
        }
        return database.write(handle -> {
            LoggedModel model = get(handle, modelId);
            handle.createUpdate("UPDATE ml_logged_model SET status = :status, last_update_time = :now WHERE no = :no")
                    .bind("status", status)
                    .bind("now", System.currentTimeMillis())
                    .bind("no", model.no())
                    .execute();
            return get(handle, modelId);
        });
    }

    public void addParams(String modelId, Map<String, String> params) {
        Limits.checkParams(params);
        database.writing(handle ->
                KeyValues.LOGGED_MODEL_PARAMS.put(handle, get(handle, modelId).no(), params));
    }

    public LoggedModel setTags(String modelId, Map<String, String> tags) {
        Limits.checkTags(tags, Limits.TAG_LENGTH);
        return database.write(handle -> {
            KeyValues.LOGGED_MODEL_TAGS.put(handle, get(handle, modelId).no(), tags);
            return get(handle, modelId);
        });
    }

    public void deleteTag(String modelId, String key) {
        database.writing(handle -> {
            if (!KeyValues.LOGGED_MODEL_TAGS.remove(handle, get(handle, modelId).no(), key)) {
                throw new TarnException(ErrorCode.NOT_FOUND, "No tag with key '" + key + "' on model " + modelId);
            }
        });
    }

    /// Records a metric that a run measured of this model.
    public void addMetric(String modelId, LoggedModel.ModelMetric value) {
        Metric metric = value.metric();
        boolean nan = Double.isNaN(metric.value());
        database.writing(
                handle -> handle.createUpdate("INSERT INTO ml_logged_model_metric (model_no, key, value, is_nan, "
                                + "timestamp, step, run_id, dataset_name, dataset_digest) VALUES (:no, :key, :value, :nan, :time, "
                                + ":step, :run, :name, :digest) ON CONFLICT (model_no, key, step, run_id, dataset_name, "
                                + "dataset_digest) DO UPDATE SET value = excluded.value, is_nan = excluded.is_nan, "
                                + "timestamp = excluded.timestamp")
                        .bind("no", get(handle, modelId).no())
                        .bind("key", metric.key())
                        .bind("value", nan ? 0 : metric.value())
                        .bind("nan", nan ? 1 : 0)
                        .bind("time", metric.timestampMs())
                        .bind("step", metric.step())
                        .bind("run", value.runId())
                        .bind("name", value.datasetName())
                        .bind("digest", value.datasetDigest())
                        .execute());
    }

    /// Forgets a model; its files stay until they are deleted as artifacts.
    public void delete(String modelId) {
        database.writing(handle -> {
            long no = get(handle, modelId).no();
            KeyValues.LOGGED_MODEL_PARAMS.removeAll(handle, no);
            KeyValues.LOGGED_MODEL_TAGS.removeAll(handle, no);
            handle.execute("DELETE FROM ml_logged_model_metric WHERE model_no = ?", no);
            handle.execute("DELETE FROM ml_logged_model WHERE no = ?", no);
        });
    }

    public Page<LoggedModel> search(
            List<Long> experiments, String filter, List<String> orderBy, int limit, @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        if (experiments.isEmpty()) {
            return new Page<>(List.of(), null);
        }
        String ids = experiments.stream()
                .map(String::valueOf)
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        SearchSql search = new SearchSql(SEARCH, database.isSqlite())
                .where("s.experiment_id IN (" + ids + ")", Map.of())
                .filter(filter)
                .orderBy(orderBy);
        return database.read(handle -> {
            List<LoggedModel> found = search.page(handle, offset, limit + 1, MAPPER);
            return Page.of(found.stream().map(model -> full(handle, model)).toList(), offset, limit);
        });
    }
}
