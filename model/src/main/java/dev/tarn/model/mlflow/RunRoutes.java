package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Request;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.search.Page;
import dev.tarn.model.tracking.Limits;
import dev.tarn.model.tracking.LoggedModel;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.Metric;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.tracking.RunInfo;
import dev.tarn.model.tracking.RunStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// `runs/…`, `metrics/…` and `artifacts/list`
final class RunRoutes {
    private static final String HISTORY_TAG = "mlflow.log-model.history";
    private static final int PAGE = 1000;
    private static final int PAGE_MAX = 50_000;
    private static final int HISTORY_PAGE = 25_000;
    private static final int BULK_RUNS_MAX = 100;
    private static final int SAMPLED_DEFAULT = 320;
    private static final int SAMPLED_MAX = 2500;

    private final RunStore runs;
    private final LoggedModelStore models;
    private final ArtifactStore artifacts;

    RunRoutes(RunStore runs, LoggedModelStore models, ArtifactStore artifacts) {
        this.runs = runs;
        this.models = models;
        this.artifacts = artifacts;
    }

    void addTo(Routes routes) {
        routes.post("/runs/create", this::create)
                .get("/runs/get", (call, request) -> wrapped(runs.get(call.runId())))
                .post("/runs/update", (call, request) -> update(call))
                .post("/runs/delete", (call, request) -> {
                    runs.delete(call.runId());
                    return Json.object();
                })
                .post("/runs/restore", (call, request) -> {
                    runs.restore(call.runId());
                    return Json.object();
                })
                .post("/runs/search", (call, request) -> search(call))
                .post("/runs/log-metric", (call, request) -> logMetric(call))
                .post("/runs/log-parameter", (call, request) -> {
                    runs.log(call.runId(), List.of(), Map.of(call.string("key"), call.text("value")), Map.of());
                    return Json.object();
                })
                .post("/runs/set-tag", (call, request) -> {
                    runs.log(call.runId(), List.of(), Map.of(), Map.of(call.string("key"), call.text("value")));
                    return Json.object();
                })
                .post("/runs/delete-tag", (call, request) -> {
                    runs.deleteTag(call.runId(), call.string("key"));
                    return Json.object();
                })
                .post("/runs/log-batch", (call, request) -> logBatch(call))
                .post("/runs/log-model", (call, request) -> logModel(call))
                .post("/runs/log-inputs", (call, request) -> logInputs(call))
                .post("/runs/outputs", (call, request) -> logOutputs(call))
                .get("/metrics/get-history", (call, request) -> history(call))
                .get("/metrics/get-history-bulk", (call, request) -> historyBulk(call))
                .get("/metrics/get-history-bulk-interval", (call, request) -> historySampled(call))
                .get("/artifacts/list", (call, request) -> listArtifacts(call));
    }

    private ObjectNode create(Call call, Request request) {
        Run run = runs.create(new RunStore.NewRun(
                call.experimentId(),
                call.optional("user_id", request.identity().user()),
                call.optional("run_name"),
                call.number("start_time", System.currentTimeMillis()),
                call.pairs("tags")));
        return wrapped(run);
    }

    private ObjectNode update(Call call) {
        String status = call.optional("status", "");
        RunInfo info = runs.update(
                call.runId(),
                status.isEmpty() ? null : status,
                call.optionalNumber("end_time"),
                call.optional("run_name"));
        ObjectNode json = Json.object();
        json.set("run_info", Json.info(info));
        return json;
    }

    private ObjectNode search(Call call) {
        Page<Run> page = runs.search(
                call.ids("experiment_ids"),
                call.optional("run_view_type", "ACTIVE_ONLY"),
                call.optional("filter", ""),
                call.strings("order_by"),
                call.limit(PAGE, PAGE_MAX),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("runs");
        page.items().forEach(run -> list.add(Json.run(run)));
        return Json.withToken(json, page.nextToken());
    }

    private ObjectNode logMetric(Call call) {
        Metric metric = metric(call);
        runs.log(call.runId(), List.of(metric), Map.of(), Map.of());
        String modelId = call.optional("model_id", "");
        if (!modelId.isEmpty()) {
            models.addMetric(
                    modelId,
                    new LoggedModel.ModelMetric(
                            metric,
                            call.runId(),
                            call.optional("dataset_name", ""),
                            call.optional("dataset_digest", "")));
        }
        return Json.object();
    }

    private static Metric metric(Call call) {
        return new Metric(call.string("key"), call.real("value"), call.number("timestamp"), call.number("step", 0));
    }

    private ObjectNode logBatch(Call call) {
        List<Metric> metrics =
                call.items("metrics").stream().map(RunRoutes::metric).toList();
        Map<String, String> params = call.pairs("params");
        Map<String, String> tags = call.pairs("tags");
        atMost("metrics", metrics.size(), Limits.BATCH_METRICS);
        atMost("params", params.size(), Limits.BATCH_PARAMS);
        atMost("tags", tags.size(), Limits.BATCH_TAGS);
        atMost("metrics, params, and tags", metrics.size() + params.size() + tags.size(), Limits.BATCH_TOTAL);
        runs.log(call.runId(), metrics, params, tags);
        for (Call item : call.items("metrics")) {
            String modelId = item.optional("model_id", "");
            if (!modelId.isEmpty()) {
                models.addMetric(
                        modelId,
                        new LoggedModel.ModelMetric(
                                metric(item),
                                call.runId(),
                                item.optional("dataset_name", ""),
                                item.optional("dataset_digest", "")));
            }
        }
        return Json.object();
    }

    private static void atMost(String what, int count, int most) {
        if (count > most) {
            throw Call.bad("A batch logging request can contain at most " + most + " " + what + ". Got " + count + " "
                    + what + ". Please split up " + what + " across multiple requests and try again.");
        }
    }

    private ObjectNode logModel(Call call) throws java.io.IOException {
        JsonNode model = Call.JSON.readTree(call.string("model_json"));
        if (!model.isObject() || !model.has("artifact_path") || !model.has("flavors")) {
            throw Call.bad("Model json is missing mandatory fields: artifact_path, flavors");
        }
        String before = runs.get(call.runId()).tags().get(HISTORY_TAG);
        JsonNode known = before == null ? Call.JSON.createArrayNode() : Call.JSON.readTree(before);
        ArrayNode all = known instanceof ArrayNode array ? array : Call.JSON.createArrayNode();
        all.add(model);
        runs.log(call.runId(), List.of(), Map.of(), Map.of(HISTORY_TAG, all.toString()));
        return Json.object();
    }

    private ObjectNode logInputs(Call call) {
        List<Run.Input> inputs = new ArrayList<>();
        for (Call item : call.items("datasets")) {
            JsonNode dataset = item.raw("dataset");
            if (!dataset.isObject()) {
                throw Call.bad("Missing value for required parameter 'dataset'.");
            }
            inputs.add(new Run.Input(
                    new Run.Dataset(
                            field(dataset, "name"),
                            field(dataset, "digest"),
                            field(dataset, "source_type"),
                            field(dataset, "source"),
                            dataset.hasNonNull("schema") ? dataset.get("schema").asText() : null,
                            dataset.hasNonNull("profile")
                                    ? dataset.get("profile").asText()
                                    : null),
                    item.pairs("tags")));
        }
        runs.addInputs(call.runId(), inputs);
        runs.addModels(
                call.runId(),
                call.items("models").stream()
                        .map(item -> new Run.ModelLink(item.string("model_id"), "input", 0))
                        .toList());
        return Json.object();
    }

    private static String field(JsonNode dataset, String name) {
        if (!dataset.hasNonNull(name)) {
            throw Call.bad("Missing value for required parameter 'dataset." + name + "'.");
        }
        return dataset.get(name).asText();
    }

    private ObjectNode logOutputs(Call call) {
        runs.addModels(
                call.runId(),
                call.items("models").stream()
                        .map(item -> new Run.ModelLink(item.string("model_id"), "output", item.number("step", 0)))
                        .toList());
        return Json.object();
    }

    private ObjectNode history(Call call) {
        Page<Metric> page = runs.history(
                call.runId(),
                call.string("metric_key"),
                call.limit(HISTORY_PAGE, HISTORY_PAGE),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("metrics");
        page.items().forEach(metric -> list.add(Json.metric(metric)));
        return Json.withToken(json, page.nextToken());
    }

    /// A metric's values of several runs at no more than so many steps, the first and the last among them.
    private ObjectNode historySampled(Call call) {
        List<String> ids = bulkRuns(call, "run_ids");
        Long start = call.optionalNumber("start_step");
        Long end = call.optionalNumber("end_step");
        if ((start == null) != (end == null) || (start != null && start > end)) {
            throw Call.bad("start_step and end_step go together, the smaller first");
        }
        String key = call.string("metric_key");
        int most = call.limit(SAMPLED_DEFAULT, SAMPLED_MAX);
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("metrics");
        runs.sampled(ids, key, start == null ? Long.MIN_VALUE : start, end == null ? Long.MAX_VALUE : end, most)
                .forEach((id, metrics) ->
                        metrics.forEach(metric -> list.add(Json.metric(metric).put("run_id", id))));
        return json;
    }

    private static List<String> bulkRuns(Call call, String name) {
        List<String> ids = call.strings(name);
        if (ids.isEmpty() || ids.size() > BULK_RUNS_MAX) {
            throw Call.bad("from 1 to " + BULK_RUNS_MAX + " runs are asked for as '" + name + "', not " + ids.size());
        }
        return ids;
    }

    private ObjectNode historyBulk(Call call) {
        List<String> ids = bulkRuns(call, "run_id");
        int limit = call.limit(HISTORY_PAGE, HISTORY_PAGE);
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("metrics");
        for (String id : ids) {
            if (list.size() == limit) {
                break;
            }
            runs.history(id, call.string("metric_key"), limit - list.size(), null)
                    .items()
                    .forEach(metric -> list.add(Json.metric(metric).put("run_id", id)));
        }
        return json;
    }

    private ObjectNode listArtifacts(Call call) {
        RunInfo info = runs.info(call.runId());
        ArtifactPath below = ArtifactPath.parse(call.optional("path", ""));
        ObjectNode json = Json.object().put("root_uri", info.artifactUri());
        json.set("files", Json.files(artifacts.list(ArtifactUri.path(info.artifactUri()), below)));
        return json;
    }

    private static ObjectNode wrapped(Run run) {
        ObjectNode json = Json.object();
        json.set("run", Json.run(run));
        return json;
    }
}
