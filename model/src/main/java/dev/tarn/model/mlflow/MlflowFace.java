package dev.tarn.model.mlflow;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.RunStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// MLflow's REST API 2.0 at `/api/2.0/mlflow`, and its artifact proxy at `/api/2.0/mlflow-artifacts`.
public final class MlflowFace implements Face {
    static final List<String> PREFIXES = List.of("/api/2.0/mlflow", "/ajax-api/2.0/mlflow");
    /// Below which every path is answered in MLflow's shape, also one that MLflow does not know.
    private static final List<String> ROOTS = List.of(
            "/api/2.0/mlflow",
            "/api/2.0/mlflow-artifacts",
            "/api/3.0/mlflow",
            "/ajax-api/2.0/mlflow",
            "/ajax-api/2.0/mlflow-artifacts",
            "/ajax-api/3.0/mlflow");

    private static final List<String> METHODS = List.of("DELETE", "GET", "PATCH", "POST", "PUT");
    /// What MLflow has and Tarn has not, by the start of the path.
    private static final Map<String, String> REFUSED = Map.of(
            "traces", "traces of prompts are not kept here",
            "assessments", "traces of prompts are not kept here",
            "gateway", "calls of language models do not go through here",
            "webhooks", "nobody is called when a model changes: follow /api/2.0/mlflow/registered-models/alias",
            "artifacts/presigned", "files go through the server: use /api/2.0/mlflow-artifacts/artifacts",
            "runs/create-promptlab-run", "calls of language models do not go through here",
            "scorers", "judges of language models are not kept here",
            "prompts", "prompts are not kept here");

    private final List<Route> routes = new ArrayList<>();

    public MlflowFace(
            ExperimentStore experiments,
            RunStore runs,
            LoggedModelStore models,
            ModelRegistry registry,
            ArtifactStore artifacts) {
        for (String prefix : PREFIXES) {
            Routes table = new Routes(prefix);
            new ExperimentRoutes(experiments, runs).addTo(table);
            new RunRoutes(runs, models, artifacts).addTo(table);
            new RegistryRoutes(registry, runs, models).addTo(table);
            new LoggedModelRoutes(models, artifacts).addTo(table);
            routes.addAll(table.all());
        }
        routes.addAll(new ArtifactRoutes(artifacts, runs, registry, models).all());
        for (String root : ROOTS) {
            for (String method : METHODS) {
                routes.add(new Route(method, root + "/<path>", MlflowFace::unknown));
            }
        }
    }

    private static Response unknown(Request request) {
        String path = request.pathParam("path");
        for (Map.Entry<String, String> refused : REFUSED.entrySet()) {
            if (path.startsWith(refused.getKey())) {
                // Clients know this status as "the server cannot", and go another way where they have one.
                return error(501, "NOT_IMPLEMENTED", request.path() + ": " + refused.getValue());
            }
        }
        return error(
                404,
                "ENDPOINT_NOT_FOUND",
                "no " + request.method() + " " + request.path() + " in MLflow's API as it is here");
    }

    @Override
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    /// `{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "…"}`
    @Override
    public Response error(Request request, Throwable failure) {
        if (!(failure instanceof TarnException e) || e.code().blame() == Blame.INTERNAL) {
            return error(500, "INTERNAL_ERROR", "an internal error; the server's log says more");
        }
        String message = e.describe();
        return switch (e.code()) {
            case NOT_FOUND -> error(404, "RESOURCE_DOES_NOT_EXIST", message);
            case ALREADY_EXISTS -> error(400, "RESOURCE_ALREADY_EXISTS", message);
            case FORBIDDEN -> error(403, "PERMISSION_DENIED", message);
            case UNAUTHENTICATED -> error(401, "UNAUTHENTICATED", message);
            case LIMIT_EXCEEDED -> error(429, "REQUEST_LIMIT_EXCEEDED", message);
            case UNAVAILABLE, DATABASE_FAILED, STORAGE_FAILED -> error(503, "TEMPORARILY_UNAVAILABLE", message);
            default ->
                e.code().blame() == Blame.USER
                        ? error(400, "INVALID_PARAMETER_VALUE", message)
                        : error(500, ErrorCode.INTERNAL_ERROR.name(), message);
        };
    }

    private static Response error(int status, String code, String message) {
        return Response.json(
                status,
                Json.object().put("error_code", code).put("message", message).toString());
    }
}
