package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Request;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.search.Page;
import dev.tarn.model.tracking.LoggedModel;
import dev.tarn.model.tracking.LoggedModelStore;
import java.util.ArrayList;
import java.util.List;

/// `logged-models/…`
final class LoggedModelRoutes {
    private static final int PAGE = 50;
    private static final int PAGE_MAX = 1000;
    private static final int BATCH_MAX = 100;

    private final LoggedModelStore models;
    private final ArtifactStore artifacts;

    LoggedModelRoutes(LoggedModelStore models, ArtifactStore artifacts) {
        this.models = models;
        this.artifacts = artifacts;
    }

    void addTo(Routes routes) {
        routes.post("/logged-models", (call, request) -> create(call))
                .post("/logged-models/search", (call, request) -> search(call))
                .get("/logged-models:batchGet", (call, request) -> batch(call))
                .get("/logged-models/{id}", (call, request) -> wrapped(models.get(request.pathParam("id"))))
                .patch(
                        "/logged-models/{id}",
                        (call, request) -> wrapped(models.complete(request.pathParam("id"), call.string("status"))))
                .delete("/logged-models/{id}", (call, request) -> {
                    models.delete(request.pathParam("id"));
                    return Json.object();
                })
                .post("/logged-models/{id}/params", (call, request) -> {
                    models.addParams(request.pathParam("id"), call.pairs("params"));
                    return Json.object();
                })
                .patch(
                        "/logged-models/{id}/tags",
                        (call, request) -> wrapped(models.setTags(request.pathParam("id"), call.pairs("tags"))))
                .delete("/logged-models/{id}/tags/{key}", (call, request) -> {
                    models.deleteTag(request.pathParam("id"), request.pathParam("key"));
                    return Json.object();
                })
                .get("/logged-models/{id}/artifacts/directories", this::list);
    }

    private ObjectNode create(Call call) {
        return wrapped(models.create(new LoggedModelStore.NewModel(
                call.experimentId(),
                call.optional("name", ""),
                call.optional("model_type", ""),
                call.optional("source_run_id", ""),
                call.pairs("params"),
                call.pairs("tags"))));
    }

    private ObjectNode batch(Call call) {
        List<String> ids = call.strings("model_ids");
        if (ids.size() > BATCH_MAX) {
            throw Call.bad("At most " + BATCH_MAX + " model_ids are read at once, not " + ids.size());
        }
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("models");
        ids.forEach(id -> list.add(Json.loggedModel(models.get(id))));
        return json;
    }

    private ObjectNode search(Call call) {
        List<String> order = new ArrayList<>();
        for (Call item : call.items("order_by")) {
            boolean ascending = Boolean.parseBoolean(item.optional("ascending", "true"));
            order.add(item.string("field_name") + (ascending ? " ASC" : " DESC"));
        }
        Page<LoggedModel> page = models.search(
                call.ids("experiment_ids"),
                call.optional("filter", ""),
                order,
                call.limit(PAGE, PAGE_MAX),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("models");
        page.items().forEach(model -> list.add(Json.loggedModel(model)));
        return Json.withToken(json, page.nextToken());
    }

    private ObjectNode list(Call call, Request request) {
        LoggedModel model = models.get(request.pathParam("id"));
        ArtifactPath below = ArtifactPath.parse(call.optional("artifact_directory_path", ""));
        ObjectNode json = Json.object().put("root_uri", model.artifactUri());
        json.set("files", Json.files(artifacts.list(ArtifactUri.path(model.artifactUri()), below)));
        return json;
    }

    private static ObjectNode wrapped(LoggedModel model) {
        ObjectNode json = Json.object();
        json.set("model", Json.loggedModel(model));
        return json;
    }
}
