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
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/// Runs and what they record.
public final class RunStore {
    private static final Set<String> STATUSES = Set.of("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED");
    private static final String NAME_TAG = "mlflow.runName";
    private static final String COLUMNS = "s.no, s.run_id, s.experiment_id, s.run_name, s.user_id, s.status, "
            + "s.start_time, s.end_time, s.artifact_uri, s.lifecycle_stage";
    private static final String SELECT = "SELECT " + COLUMNS + " FROM ml_run s";
    private static final RowMapper<RunInfo> MAPPER = (row, context) -> {
        long end = row.getLong(8);
        Long endMs = row.wasNull() ? null : end;
        return new RunInfo(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getString(4),
                row.getString(5),
                row.getString(6),
                row.getLong(7),
                endMs,
                row.getString(9),
                row.getString(10));
    };
    private static final SearchTarget SEARCH = new SearchTarget(
            SELECT,
            Map.ofEntries(
                    Map.entry("run_id", new Attribute("s.run_id", false)),
                    Map.entry("run_uuid", new Attribute("s.run_id", false)),
                    Map.entry("experiment_id", new Attribute("s.experiment_id", true)),
                    Map.entry("run_name", new Attribute("s.run_name", false)),
                    Map.entry("user_id", new Attribute("s.user_id", false)),
                    Map.entry("status", new Attribute("s.status", false)),
                    Map.entry("artifact_uri", new Attribute("s.artifact_uri", false)),
                    Map.entry("start_time", new Attribute("s.start_time", true)),
                    Map.entry("created", new Attribute("s.start_time", true)),
                    Map.entry("end_time", new Attribute("s.end_time", true)),
                    Map.entry("lifecycle_stage", new Attribute("s.lifecycle_stage", false))),
            Map.of(
                    Entity.METRIC, new Keyed("ml_latest_metric", "run_no", "s.no", true),
                    Entity.PARAM, new Keyed("ml_param", "run_no", "s.no", false),
                    Entity.TAG, new Keyed("ml_run_tag", "run_no", "s.no", false),
                    Entity.DATASET, new Keyed("ml_input", "run_no", "s.no", false)),
            "s.start_time DESC, s.run_id");

    private final Database database;

    /// Opens the store on a migrated database.
    public RunStore(Database database) {
        this.database = database;
    }

    /// What a new run is given.
    ///
    /// @param name null or empty for a name made up from the id
    public record NewRun(
            long experimentId, String userId, @Nullable String name, long startMs, Map<String, String> tags) {}

    public Run create(NewRun wanted) {
        Limits.checkTags(wanted.tags(), Limits.TAG_LENGTH);
        Map<String, String> tags = new LinkedHashMap<>(wanted.tags());
        String runId = Ids.hex();
        String given = wanted.name() == null || wanted.name().isEmpty() ? tags.get(NAME_TAG) : wanted.name();
        String name = given == null || given.isEmpty() ? "run-" + runId.substring(0, 8) : given;
        Limits.checkLength("the run's name", name, Limits.KEY_LENGTH);
        tags.put(NAME_TAG, name);
        return database.write(handle -> {
            Experiment experiment = ExperimentStore.getActive(handle, wanted.experimentId());
            long no = Ids.number();
            handle.createUpdate("INSERT INTO ml_run (no, run_id, experiment_id, run_name, user_id, status, start_time, "
                            + "artifact_uri, lifecycle_stage) VALUES (:no, :run, :experiment, :name, :user, 'RUNNING', "
                            + ":start, :uri, 'active')")
                    .bind("no", no)
                    .bind("run", runId)
                    .bind("experiment", experiment.id())
                    .bind("name", name)
                    .bind("user", wanted.userId())
                    .bind("start", wanted.startMs())
                    .bind("uri", ArtifactUri.ofRun(experiment.artifactLocation(), runId))
                    .execute();
            KeyValues.RUN_TAGS.put(handle, no, tags);
            return full(handle, info(handle, runId));
        });
    }

    /// @throws TarnException `NOT_FOUND`
    public Run get(String runId) {
        return database.read(handle -> full(handle, info(handle, runId)));
    }

    /// @throws TarnException `NOT_FOUND`
    public RunInfo info(String runId) {
        return database.read(handle -> info(handle, runId));
    }

    private static RunInfo info(Handle handle, String runId) {
        return handle.createQuery(SELECT + " WHERE s.run_id = :run")
                .bind("run", runId)
                .map(MAPPER)
                .findOne()
                .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "Run with id=" + runId + " not found"));
    }

    /// A run that may be written to.
    static RunInfo active(Handle handle, String runId) {
        RunInfo info = info(handle, runId);
        if (!info.isActive()) {
            throw Limits.bad(
                    "The run " + runId + " must be in the 'active' state. Current state is " + info.stage() + ".");
        }
        return info;
    }

    private static Run full(Handle handle, RunInfo info) {
        return new Run(
                info,
                KeyValues.RUN_PARAMS.of(handle, info.no()),
                KeyValues.RUN_TAGS.of(handle, info.no()),
                MetricStore.latest(handle, info.no()),
                InputStore.inputs(handle, info.no()),
                InputStore.models(handle, info.no()));
    }

    /// Changes status, end and name; null leaves a thing as it is.
    public RunInfo update(String runId, @Nullable String status, @Nullable Long endMs, @Nullable String name) {
        if (status != null && !STATUSES.contains(status)) {
            throw Limits.bad("Invalid run status '" + status + "': one of "
                    + String.join(", ", STATUSES.stream().sorted().toList()));
        }
        if (name != null) {
            Limits.checkLength("the run's name", name, Limits.KEY_LENGTH);
        }
        return database.write(handle -> {
            RunInfo info = active(handle, runId);
            handle.createUpdate("UPDATE ml_run SET status = :status, end_time = :end, run_name = :name WHERE no = :no")
                    .bind("status", Objects.requireNonNullElse(status, info.status()))
                    .bind("end", endMs == null ? info.endMs() : endMs)
                    .bind("name", name == null || name.isEmpty() ? info.name() : name)
                    .bind("no", info.no())
                    .execute();
            if (name != null && !name.isEmpty()) {
                KeyValues.RUN_TAGS.put(handle, info.no(), Map.of(NAME_TAG, name));
            }
            return info(handle, runId);
        });
    }

    /// Marks a run as deleted; nothing is lost.
    public void delete(String runId) {
        move(runId, "deleted");
    }

    /// Undoes [#delete].
    public void restore(String runId) {
        move(runId, "active");
    }

    private void move(String runId, String stage) {
        database.writing(handle -> {
            RunInfo info = info(handle, runId);
            handle.createUpdate("UPDATE ml_run SET lifecycle_stage = :stage WHERE no = :no")
                    .bind("stage", stage)
                    .bind("no", info.no())
                    .execute();
        });
    }

    /// Records metrics, parameters and tags in one transaction: all of them, durably, or none.
    ///
    /// @throws TarnException `BAD_REQUEST` when a parameter was recorded before with another value
    public void log(String runId, Collection<Metric> metrics, Map<String, String> params, Map<String, String> tags) {
        metrics.stream().map(Metric::key).distinct().forEach(key -> Limits.checkKey("metric", key));
        Limits.checkParams(params);
        Limits.checkTags(tags, Limits.TAG_LENGTH);
        database.writing(handle -> {
            RunInfo info = active(handle, runId);
            if (!params.isEmpty()) {
                addParams(handle, info, params);
            }
            if (!tags.isEmpty()) {
                KeyValues.RUN_TAGS.put(handle, info.no(), tags);
                String name = tags.get(NAME_TAG);
                if (name != null) {
                    handle.createUpdate("UPDATE ml_run SET run_name = :name WHERE no = :no")
                            .bind("name", name)
                            .bind("no", info.no())
                            .execute();
                }
            }
            if (!metrics.isEmpty()) {
                MetricStore.add(handle, info.no(), metrics);
            }
        });
    }

    private static void addParams(Handle handle, RunInfo info, Map<String, String> params) {
        Map<String, String> known = KeyValues.RUN_PARAMS.of(handle, info.no());
        params.forEach((key, value) -> {
            String before = known.get(key);
            if (before != null && !before.equals(value)) {
                throw Limits.bad("Changing param values is not allowed. Param with key='" + key
                        + "' was already logged with value='" + before + "' for run ID='" + info.runId()
                        + "'. Attempted logging new value '" + value + "'.");
            }
        });
        KeyValues.RUN_PARAMS.put(handle, info.no(), params);
    }

    public void deleteTag(String runId, String key) {
        database.writing(handle -> {
            RunInfo info = active(handle, runId);
            if (!KeyValues.RUN_TAGS.remove(handle, info.no(), key)) {
                throw new TarnException(ErrorCode.NOT_FOUND, "No tag with name: " + key + " in run with id " + runId);
            }
        });
    }

    /// Records data sets that a run read.
    public void addInputs(String runId, List<Run.Input> inputs) {
        database.writing(handle -> {
            RunInfo info = active(handle, runId);
            inputs.forEach(input -> InputStore.add(handle, info, input));
        });
    }

    /// Records logged models that a run read or made.
    public void addModels(String runId, List<Run.ModelLink> models) {
        database.writing(handle -> {
            RunInfo info = active(handle, runId);
            models.forEach(model -> InputStore.add(handle, info, model));
        });
    }

    /// All values of a metric, oldest first.
    public Page<Metric> history(String runId, String key, int limit, @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        return database.read(handle -> {
            RunInfo info = info(handle, runId);
            return Page.of(MetricStore.history(handle, info.no(), key, offset, limit + 1), offset, limit);
        });
    }

    /// A metric's values of several runs, by run, at no more than so many of the steps that any of them has between
    /// two, both included: the first, the last, and others at equal distances.
    public Map<String, List<Metric>> sampled(List<String> runIds, String key, long start, long end, int most) {
        return database.read(handle -> {
            Map<Long, String> ids = new LinkedHashMap<>();
            runIds.forEach(id -> ids.put(info(handle, id).no(), id));
            List<Long> steps = MetricStore.steps(handle, ids.keySet(), key, start, end);
            List<Long> chosen = steps.size() <= most
                    ? steps
                    : java.util.stream.IntStream.range(0, most)
                            .mapToObj(i -> steps.get((int) (i * (steps.size() - 1L) / Math.max(1, most - 1))))
                            .toList();
            Map<String, List<Metric>> found = new LinkedHashMap<>();
            ids.forEach((no, id) -> found.put(id, MetricStore.at(handle, no, key, chosen)));
            return found;
        });
    }

    /// A data set that runs of an experiment read.
    ///
    /// @param context such as `training`; empty when none was given
    public record DatasetSummary(long experimentId, String name, String digest, String context) {}

    /// The data sets that runs of these experiments read, by name.
    public List<DatasetSummary> datasets(List<Long> experiments, int limit) {
        return experiments.isEmpty()
                ? List.of()
                : database.read(handle -> InputStore.datasets(handle, experiments, limit));
    }

    /// @param view `ACTIVE_ONLY`, `DELETED_ONLY` or `ALL`
    public Page<Run> search(
            List<Long> experiments,
            String view,
            String filter,
            List<String> orderBy,
            int limit,
            @Nullable String pageToken) {
        long offset = PageToken.offset(pageToken);
        if (experiments.isEmpty()) {
            return new Page<>(List.of(), null);
        }
        SearchSql search = new SearchSql(SEARCH, database.isSqlite());
        // Numbers of our own making: parsed from text before they come here.
        String ids = experiments.stream()
                .map(String::valueOf)
                .reduce((a, b) -> a + ", " + b)
                .orElseThrow();
        search.where("s.experiment_id IN (" + ids + ")", Map.of());
        Views.restrict(search, view);
        search.filter(filter).orderBy(orderBy);
        return database.read(handle -> {
            Page<RunInfo> page = Page.of(search.page(handle, offset, limit + 1, MAPPER), offset, limit);
            List<Long> numbers = page.items().stream().map(RunInfo::no).toList();
            Map<Long, Map<String, String>> params = KeyValues.RUN_PARAMS.of(handle, numbers);
            Map<Long, Map<String, String>> tags = KeyValues.RUN_TAGS.of(handle, numbers);
            Map<Long, List<Metric>> metrics = MetricStore.latest(handle, numbers);
            List<Run> runs = page.items().stream()
                    .map(info -> new Run(
                            info,
                            params.getOrDefault(info.no(), Map.of()),
                            tags.getOrDefault(info.no(), Map.of()),
                            metrics.getOrDefault(info.no(), List.of()),
                            InputStore.inputs(handle, info.no()),
                            InputStore.models(handle, info.no())))
                    .toList();
            return new Page<>(runs, page.nextToken());
        });
    }
}
