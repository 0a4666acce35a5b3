package dev.tarn.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.config.Interpolation;
import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.core.model.ServedModel;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.packaging.ModelPackage;
import dev.tarn.model.packaging.RegistryModels;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.registry.ModelVersion;
import dev.tarn.model.registry.VersionStore;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.Metric;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.tracking.RunInfo;
import dev.tarn.model.tracking.RunStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;

/// Trains what a file asks for: every candidate is a run with its metrics, plots and model; the best one that
/// passes the gate is registered, and the alias moves, when the caller publishes.
public final class Training {
    static final String SPECIFICATION = "training.json";
    static final String TRAINING_FILE = "training.yml";
    private static final String PROFILE = "profile.json";

    private final ExperimentStore experiments;
    private final RunStore runs;
    private final ModelRegistry registry;
    private final ArtifactStore artifacts;
    private final SnapshotPins pins;
    private final TrainingLease lease;

    /// Keeps the snapshots that a run read for as long as the run is there.
    @FunctionalInterface
    public interface SnapshotPins {
        /// @param snapshots by `schema.table`
        void pin(String runId, Map<String, Long> snapshots);
    }

    public Training(
            ExperimentStore experiments,
            RunStore runs,
            ModelRegistry registry,
            ArtifactStore artifacts,
            SnapshotPins pins,
            TrainingLease lease) {
        this.experiments = experiments;
        this.runs = runs;
        this.registry = registry;
        this.artifacts = artifacts;
        this.pins = pins;
        this.lease = lease;
    }

    /// Who trains, with what.
    ///
    /// @param features reads the data, on the branch that the run works on
    /// @param values what the file's references stand for; kept for a replay
    /// @param code a commit, or a hash of the project's files
    /// @param reason why now, in words; a tag of every run
    /// @param threads how many candidates to try at once
    public record Request(
            TrainingFile training,
            OfflineFeatures features,
            Interpolation values,
            String user,
            String code,
            String reason,
            int threads) {}

    /// @param metrics of the run's candidate
    public record Tried(String candidate, String runId, Map<String, Double> metrics) {}

    /// What came out.
    ///
    /// @param tried every candidate, the best first
    /// @param promote registers the best and moves the alias, inside the caller's transaction; does nothing
    ///     when the gate was not passed
    public record Result(List<Tried> tried, GateReport gate, Consumer<Handle> promote) {
        public Tried best() {
            return tried.getFirst();
        }
    }

    /// Trains, while no other training of the same file does.
    ///
    /// @throws TarnException `BAD_REQUEST` when the data is not what the file says, `RUN_IN_PROGRESS`
    public Result train(Request request) {
        return lease.holding(request.training().name(), () -> alone(request));
    }

    /// When the file was last trained, whatever became of it.
    public Optional<Instant> lastTrained(String training) {
        return lastRuns(training, "").map(run -> Instant.ofEpochMilli(run.info().startMs()));
    }

    /// Looks at the labelled rows there are now.
    public Checkup checkup(TrainingFile training, OfflineFeatures features) {
        try (TrainingFrame frame = features.join(dataOf(training, Map.of()))) {
            Examples examples = Examples.read(training, frame);
            long seen = lastRuns(training.name(), "attributes.status = 'FINISHED'")
                    .map(run -> until(profile(run.info())))
                    .orElse(Long.MIN_VALUE);
            long newRows =
                    Arrays.stream(examples.timeMs).filter(time -> time > seen).count();
            Optional<ModelVersion> version = registry.byAlias(training.model(), training.alias());
            if (version.isEmpty() || version.get().runId().isEmpty()) {
                return Checkup.nothing(training, newRows);
            }
            Run run = runs.get(version.get().runId());
            JsonNode profile = profile(run.info());
            long until = until(profile);
            int[] newer = IntStream.range(0, examples.rows())
                    .filter(row -> examples.timeMs[row] > until)
                    .toArray();
            double then = run.metrics().stream()
                    .filter(metric -> metric.key().equals(Scores.key(training.metric())))
                    .mapToDouble(Metric::value)
                    .findFirst()
                    .orElse(Double.NaN);
            ServedModel model = new RegistryModels(registry, artifacts)
                    .load(training.model(), version.get().version());
            return Checkup.of(training, newRows, examples.pick(newer), profile, model, then);
        } catch (TarnException e) {
            throw e.in("training", training.name());
        }
    }

    private Optional<Run> lastRuns(String training, String filter) {
        return experiments
                .byName(training)
                .flatMap(experiment -> runs
                        .search(
                                List.of(experiment.id()),
                                "ACTIVE_ONLY",
                                filter,
                                List.of("attributes.start_time DESC"),
                                1,
                                null)
                        .items()
                        .stream()
                        .findFirst());
    }

    private JsonNode profile(RunInfo run) {
        try {
            ArtifactPath root = ArtifactUri.path(run.artifactUri());
            return new JsonMapper()
                    .readTree(Files.readString(artifacts.file(root.resolve(ArtifactPath.parse(PROFILE)))));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.DATA_CORRUPT, PROFILE + " cannot be read: " + e.getMessage(), e)
                    .in("run", run.runId());
        }
    }

    /// Runs of earlier versions did not say.
    private static long until(JsonNode profile) {
        return profile.path("until").asLong(Long.MAX_VALUE);
    }

    private Result alone(Request request) {
        TrainingFile training = request.training();
        try (TrainingFrame frame = request.features().join(dataOf(training, Map.of()))) {
            Examples examples = Examples.read(training, frame);
            List<Splits.Fold> folds = Splits.of(training.split(), examples, training.seed());
            long experiment = experiments.getOrCreate(training.name());
            List<Attempt> attempts = new ArrayList<>(AtOnce.all(
                    training.candidates(),
                    request.threads(),
                    candidate -> attempt(experiment, request, candidate, examples, folds)));
            attempts.sort(Comparator.comparing(Attempt::judged, bestFirst(training)));
            Judged best = attempts.getFirst().judged();
            String bestRun = attempts.getFirst().runId();
            GateReport gate = GateReport.of(training, best, examples, current(training, examples, folds));
            runs.log(bestRun, List.of(), Map.of(), gateTags(gate));
            List<Tried> tried = attempts.stream()
                    .map(one -> new Tried(
                            one.judged().candidate().name(),
                            one.runId(),
                            one.judged().metrics()))
                    .toList();
            return new Result(tried, gate, promotion(request, bestRun, gate));
        } catch (TarnException e) {
            throw e.in("training", training.name());
        }
    }

    private record Attempt(String runId, Judged judged) {}

    private Attempt attempt(
            long experiment,
            Request request,
            TrainingFile.Candidate candidate,
            Examples examples,
            List<Splits.Fold> folds) {
        String runId = start(experiment, candidate, request);
        try {
            // From here on, what was read stays readable for a replay.
            pins.pin(runId, examples.snapshots);
            Judged judged = Judged.of(request.training(), candidate, examples, folds);
            record(runId, request, judged, examples);
            return new Attempt(runId, judged);
        } catch (RuntimeException e) {
            runs.log(runId, List.of(), Map.of(), Map.of("tarn.error", cut(String.valueOf(e.getMessage()))));
            runs.update(runId, "FAILED", System.currentTimeMillis(), null);
            throw e;
        }
    }

    static OfflineFeatures.Request dataOf(TrainingFile training, Map<String, Long> snapshots) {
        TrainingFile.Data data = training.data();
        return new OfflineFeatures.Request(
                data.query(), data.time(), new FeatureSelection.Names(data.features()), snapshots);
    }

    private static Comparator<Judged> bestFirst(TrainingFile training) {
        String key = Scores.key(training.metric());
        Comparator<Judged> byMetric =
                Comparator.comparingDouble(one -> one.metrics().get(key));
        return training.metric().isLoss() ? byMetric : byMetric.reversed();
    }

    private String start(long experiment, TrainingFile.Candidate candidate, Request request) {
        Run run = runs.create(new RunStore.NewRun(
                experiment, request.user(), candidate.name(), System.currentTimeMillis(), Map.of()));
        return run.info().runId();
    }

    /// The current version, tried on the same rows: what made it learns from the same parts.
    private OptionalDouble current(TrainingFile training, Examples examples, List<Splits.Fold> folds) {
        Optional<ModelVersion> version = registry.byAlias(training.model(), training.alias());
        if (version.isEmpty() || version.get().runId().isEmpty()) {
            return OptionalDouble.empty();
        }
        TrainingFile.Candidate candidate =
                Specification.read(artifacts, runs.info(version.get().runId())).candidate();
        Judged again = Judged.of(training, candidate, examples, folds);
        return OptionalDouble.of(again.metrics().get(Scores.key(training.metric())));
    }

    private void record(String runId, Request request, Judged judged, Examples examples) {
        TrainingFile training = request.training();
        List<Metric> metrics = new ArrayList<>();
        long now = System.currentTimeMillis();
        judged.metrics().forEach((key, value) -> metrics.add(new Metric(key, value, now, 0)));
        metrics.add(new Metric("auc_pooled", judged.scores().auc(), now, 0));
        metrics.add(new Metric("average_precision_pooled", judged.scores().averagePrecision(), now, 0));
        Map<String, String> params = new LinkedHashMap<>(Hyperparameters.complete(
                judged.candidate().algorithm(), judged.candidate().parameters()));
        params.put("algorithm", judged.candidate().algorithm().name().toLowerCase(java.util.Locale.ROOT));
        params.put("seed", String.valueOf(training.seed()));
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("tarn.training", training.name());
        tags.put("tarn.reason", cut(request.reason()));
        tags.put("tarn.code", request.code());
        tags.put("tarn.environment", environment());
        tags.put("mlflow.source.name", training.file().getFileName().toString());
        String sha = Sha256.hex(judged.model().file());
        tags.put("tarn.model.sha256", sha);
        runs.log(runId, metrics, params, tags);
        runs.addInputs(runId, inputs(examples));

        Map<String, Double> importance = Evidence.importance(judged, examples);
        ModelPackage description = new ModelPackage(
                Judged.format(judged.candidate()),
                judged.model().encoder(),
                OptionalDouble.of(judged.threshold()),
                request.code(),
                Evidence.typical(judged, examples));
        write(runId, "model/" + description.file(), judged.model().file());
        write(runId, "model/" + ModelPackage.DESCRIPTION_FILE, description.toJson());
        write(runId, "model/MLmodel", description.mlmodel(runId, Instant.now().toString()));
        write(runId, "plots/roc.svg", Plots.roc(judged.scores()));
        write(runId, "plots/precision_recall.svg", Plots.precisionRecall(judged.scores()));
        write(runId, "plots/calibration.svg", Plots.calibration(judged.scores()));
        write(runId, "plots/importance.svg", Plots.importance(importance));
        write(runId, PROFILE, Evidence.profile(examples));
        write(runId, "model_card.md", Evidence.card(training, judged, examples, importance, request.code()));
        write(runId, TRAINING_FILE, text(training));
        if (!judged.model().said().isEmpty()) {
            write(runId, "trainer.log", judged.model().said());
        }
        write(
                runId,
                SPECIFICATION,
                new Specification(
                                judged.candidate(),
                                examples.snapshots,
                                request.values().vars(),
                                sha,
                                training.name())
                        .toJson());
        runs.update(runId, "FINISHED", System.currentTimeMillis(), null);
    }

    private static String text(TrainingFile training) {
        try {
            return Files.readString(training.file());
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, training.file() + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static List<Run.Input> inputs(Examples examples) {
        List<Run.Input> inputs = new ArrayList<>();
        examples.snapshots.forEach((table, snapshot) -> {
            ObjectNode source =
                    new JsonMapper().createObjectNode().put("table", table).put("snapshot_id", snapshot);
            inputs.add(new Run.Input(
                    new Run.Dataset(table, Long.toHexString(snapshot), "iceberg", source.toString(), null, null),
                    Map.of("mlflow.data.context", "training")));
        });
        return inputs;
    }

    private void write(String runId, String path, String text) {
        write(runId, path, text.getBytes(StandardCharsets.UTF_8));
    }

    private void write(String runId, String path, byte[] bytes) {
        ArtifactPath root = ArtifactUri.path(runs.info(runId).artifactUri());
        artifacts.write(root.resolve(ArtifactPath.parse(path)), bytes);
    }

    private Consumer<Handle> promotion(Request request, String runId, GateReport gate) {
        TrainingFile training = request.training();
        String source = runs.info(runId).artifactUri() + "/model";
        return handle -> {
            if (!gate.passed()) {
                return;
            }
            ModelRegistry.ensure(handle, training.model());
            ModelVersion version = VersionStore.create(
                    handle,
                    new VersionStore.NewVersion(
                            training.model(),
                            source,
                            runId,
                            "",
                            "",
                            training.description(),
                            request.user(),
                            Map.of("tarn.training", training.name(), "tarn.code", request.code())));
            ModelRegistry.setAlias(handle, training.model(), training.alias(), version.version());
        };
    }

    private static Map<String, String> gateTags(GateReport gate) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("tarn.gate", gate.passed() ? "passed" : "failed");
        StringBuilder all = new StringBuilder();
        for (GateReport.Check check : gate.checks()) {
            all.append(check.passed() ? "passed " : "FAILED ")
                    .append(check.what())
                    .append(": ")
                    .append(check.said())
                    .append('\n');
        }
        tags.put("tarn.gate.checks", cut(all.toString()));
        return tags;
    }

    private static String cut(String text) {
        return text.length() > 5000 ? text.substring(0, 5000) + "…" : text;
    }

    static String environment() {
        return "java " + Runtime.version() + ", " + System.getProperty("os.name") + " " + System.getProperty("os.arch")
                + ", xgboost 3.0.4";
    }
}
