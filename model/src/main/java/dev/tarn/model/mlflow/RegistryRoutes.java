package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Request;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.registry.ModelVersion;
import dev.tarn.model.registry.RegisteredModel;
import dev.tarn.model.registry.VersionStore;
import dev.tarn.model.search.Page;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.RunStore;

/// `registered-models/…` and `model-versions/…`
final class RegistryRoutes {
    private static final int MODELS_PAGE = 100;
    private static final int MODELS_PAGE_MAX = 1000;
    private static final int VERSIONS_PAGE = 10_000;
    private static final int VERSIONS_PAGE_MAX = 200_000;

    private final ModelRegistry registry;
    private final VersionStore versions;
    private final RunStore runs;
    private final LoggedModelStore logged;

    RegistryRoutes(ModelRegistry registry, RunStore runs, LoggedModelStore logged) {
        this.registry = registry;
        this.versions = registry.versions();
        this.runs = runs;
        this.logged = logged;
    }

    void addTo(Routes routes) {
        addModels(routes);
        addVersions(routes);
    }

    private void addModels(Routes routes) {
        routes.post(
                        "/registered-models/create",
                        (call, request) -> wrapped(registry.create(
                                call.string("name"), call.optional("description", ""), call.pairs("tags"))))
                .get("/registered-models/get", (call, request) -> wrapped(registry.get(call.string("name"))))
                .patch(
                        "/registered-models/update",
                        (call, request) ->
                                wrapped(registry.describe(call.string("name"), call.optional("description", ""))))
                .post(
                        "/registered-models/rename",
                        (call, request) -> wrapped(registry.rename(call.string("name"), call.string("new_name"))))
                .delete("/registered-models/delete", (call, request) -> {
                    registry.delete(call.string("name"));
                    return Json.object();
                })
                .get("/registered-models/search", (call, request) -> searchModels(call))
                .get("/registered-models/get-latest-versions", (call, request) -> latest(call))
                .post("/registered-models/get-latest-versions", (call, request) -> latest(call))
                .post("/registered-models/set-tag", (call, request) -> {
                    registry.setTag(call.string("name"), call.string("key"), call.text("value"));
                    return Json.object();
                })
                .delete("/registered-models/delete-tag", (call, request) -> {
                    registry.deleteTag(call.string("name"), call.string("key"));
                    return Json.object();
                })
                .post("/registered-models/alias", (call, request) -> {
                    registry.setAlias(call.string("name"), call.string("alias"), version(call));
                    return Json.object();
                })
                .delete("/registered-models/alias", (call, request) -> {
                    registry.deleteAlias(call.string("name"), call.string("alias"));
                    return Json.object();
                })
                .get("/registered-models/alias", (call, request) -> byAlias(call));
    }

    private void addVersions(Routes routes) {
        routes.post("/model-versions/create", this::createVersion)
                .get(
                        "/model-versions/get",
                        (call, request) -> wrapped(versions.get(call.string("name"), version(call))))
                .patch(
                        "/model-versions/update",
                        (call, request) -> wrapped(versions.describe(
                                call.string("name"), version(call), call.optional("description", ""))))
                .delete("/model-versions/delete", (call, request) -> {
                    versions.delete(call.string("name"), version(call));
                    return Json.object();
                })
                .get("/model-versions/search", (call, request) -> searchVersions(call))
                .get(
                        "/model-versions/get-download-uri",
                        (call, request) -> Json.object()
                                .put(
                                        "artifact_uri",
                                        versions.get(call.string("name"), version(call))
                                                .source()))
                .post(
                        "/model-versions/transition-stage",
                        (call, request) -> wrapped(versions.transition(
                                call.string("name"),
                                version(call),
                                call.string("stage"),
                                call.bool("archive_existing_versions"))))
                .post("/model-versions/set-tag", (call, request) -> {
                    versions.setTag(call.string("name"), version(call), call.string("key"), call.text("value"));
                    return Json.object();
                })
                .delete("/model-versions/delete-tag", (call, request) -> {
                    versions.deleteTag(call.string("name"), version(call), call.string("key"));
                    return Json.object();
                });
    }

    private ObjectNode createVersion(Call call, Request request) {
        String source = resolve(call.string("source"));
        return wrapped(versions.create(new VersionStore.NewVersion(
                call.string("name"),
                source,
                call.optional("run_id", ""),
                call.optional("run_link", ""),
                call.optional("model_id", ""),
                call.optional("description", ""),
                request.identity().user(),
                call.pairs("tags"))));
    }

    /// `runs:/RUN/path` and `models:/m-ID` as the place that the server keeps.
    private String resolve(String source) {
        if (source.startsWith("runs:/")) {
            String rest = source.substring("runs:/".length()).replaceFirst("^/+", "");
            int slash = rest.indexOf('/');
            String runId = slash < 0 ? rest : rest.substring(0, slash);
            return runs.info(runId).artifactUri() + (slash < 0 ? "" : rest.substring(slash));
        }
        if (source.startsWith("models:/m-")) {
            return logged.get(source.substring("models:/".length())).artifactUri();
        }
        return source;
    }

    private ObjectNode searchModels(Call call) {
        Page<RegisteredModel> page = registry.search(
                call.optional("filter", ""),
                call.strings("order_by"),
                call.limit(MODELS_PAGE, MODELS_PAGE_MAX),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        ArrayNode list = json.putArray("registered_models");
        page.items().forEach(model -> list.add(Json.registeredModel(model)));
        return Json.withToken(json, page.nextToken());
    }

    private ObjectNode searchVersions(Call call) {
        Page<ModelVersion> page = versions.search(
                call.optional("filter", ""),
                call.strings("order_by"),
                call.limit(VERSIONS_PAGE, VERSIONS_PAGE_MAX),
                call.optional("page_token"));
        ObjectNode json = Json.object();
        json.set("model_versions", Json.versions(page.items()));
        return Json.withToken(json, page.nextToken());
    }

    private ObjectNode latest(Call call) {
        ObjectNode json = Json.object();
        json.set("model_versions", Json.versions(versions.latest(call.string("name"), call.strings("stages"))));
        return json;
    }

    private ObjectNode byAlias(Call call) {
        String name = call.string("name");
        String alias = call.string("alias");
        registry.get(name);
        return wrapped(registry.byAlias(name, alias)
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "Registered model alias " + alias + " not found.")));
    }

    /// Versions are text in MLflow's API; what is no number is no version.
    private static long version(Call call) {
        String text = call.string("version");
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Call.bad("Not a valid model version: '" + text + "'. Please provide an integer.");
        }
    }

    private static ObjectNode wrapped(RegisteredModel model) {
        ObjectNode json = Json.object();
        json.set("registered_model", Json.registeredModel(model));
        return json;
    }

    private static ObjectNode wrapped(ModelVersion version) {
        ObjectNode json = Json.object();
        json.set("model_version", Json.version(version));
        return json;
    }
}
