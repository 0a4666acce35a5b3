package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.search.Page;
import dev.tarn.model.tracking.Experiment;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.RunStore;
import java.util.List;

/// `experiments/…`
final class ExperimentRoutes {
    private static final int PAGE = 1000;
    private static final int PAGE_MAX = 50_000;

    private static final int DATASETS_MAX = 1000;

    private final ExperimentStore experiments;
    private final RunStore runs;

    ExperimentRoutes(ExperimentStore experiments, RunStore runs) {
        this.experiments = experiments;
        this.runs = runs;
    }

    void addTo(Routes routes) {
        routes.post("/experiments/create", (call, request) -> create(call))
                .get("/experiments/get", (call, request) -> wrapped(experiments.get(call.number("experiment_id"))))
                .get("/experiments/get-by-name", (call, request) -> byName(call.string("experiment_name")))
                .get("/experiments/search", (call, request) -> search(call))
                .post("/experiments/search", (call, request) -> search(call))
                .post("/experiments/search-datasets", (call, request) -> searchDatasets(call))
                .post("/experiments/delete", (call, request) -> {
                    experiments.delete(call.number("experiment_id"));
                    return Json.object();
                })
                .post("/experiments/restore", (call, request) -> {
                    experiments.restore(call.number("experiment_id"));
                    return Json.object();
                })
                .post("/experiments/update", (call, request) -> {
                    experiments.rename(call.number("experiment_id"), call.string("new_name"));
                    return Json.object();
                })
                .post("/experiments/set-experiment-tag", (call, request) -> {
                    experiments.setTag(call.number("experiment_id"), call.string("key"), call.text("value"));
                    return Json.object();
                })
                .post("/experiments/delete-experiment-tag", (call, request) -> {
                    experiments.deleteTag(call.number("experiment_id"), call.string("key"));
                    return Json.object();
                });
    }

    private ObjectNode create(Call call) {
        String location = call.optional("artifact_location", "");
        long id = experiments.create(call.string("name"), location.isEmpty() ? null : location, call.pairs("tags"));
        return Json.object().put("experiment_id", String.valueOf(id));
    }

    private ObjectNode byName(String name) {
        return wrapped(experiments
                .byName(name)
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "Could not find experiment with name '" + name + "'")));
    }

    private ObjectNode search(Call call) {
        Page<Experiment> page = experiments.search(
                call.optional("view_type", "ACTIVE_ONLY"),
                call.optional("filter", ""),
                call.strings("order_by"),
                call.limit(PAGE, PAGE_MAX),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        var list = json.putArray("experiments");
        page.items().forEach(experiment -> list.add(Json.experiment(experiment)));
        return Json.withToken(json, page.nextToken());
    }

    private ObjectNode searchDatasets(Call call) {
        List<Long> ids = call.ids("experiment_ids");
        ObjectNode json = Json.object();
        var list = json.putArray("dataset_summaries");
        for (RunStore.DatasetSummary summary : runs.datasets(ids, DATASETS_MAX)) {
            list.addObject()
                    .put("experiment_id", String.valueOf(summary.experimentId()))
                    .put("name", summary.name())
                    .put("digest", summary.digest())
                    .put("context", summary.context());
        }
        return json;
    }

    private static ObjectNode wrapped(Experiment experiment) {
        ObjectNode json = Json.object();
        json.set("experiment", Json.experiment(experiment));
        return json;
    }
}
