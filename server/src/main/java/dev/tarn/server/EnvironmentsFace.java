package dev.tarn.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.lake.catalog.Branches.Change;
import dev.tarn.orchestrate.Environments;
import dev.tarn.orchestrate.Environments.Environment;
import dev.tarn.orchestrate.Environments.Moved;
import dev.tarn.server.pipeline.DiffJson;
import dev.tarn.server.pipeline.Pipeline;
import java.util.List;

/// Environments over HTTP: listed, compared, published, dropped; and runs undone.
final class EnvironmentsFace implements Face {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Lakehouse lakehouse;
    private final Environments environments;

    EnvironmentsFace(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
        this.environments = new Environments(lakehouse.lake(), lakehouse.audit());
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/api/environments", this::list),
                new Route("GET", "/api/environments/{name}", this::get),
                new Route("GET", "/api/environments/{name}/diff", this::diff),
                new Route("POST", "/api/environments/{name}/publish", this::publish),
                new Route("DELETE", "/api/environments/{name}", this::drop),
                new Route("POST", "/api/runs/{id}/undo", this::undo));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response list(Request request) {
        ArrayNode json = JSON.createArrayNode();
        environments.list().forEach(environment -> add(json.addObject(), environment));
        return Response.json(200, json.toString());
    }

    private Response get(Request request) {
        ObjectNode json = JSON.createObjectNode();
        add(json, environments.get(request.pathParam("name")));
        return Response.json(200, json.toString());
    }

    private static void add(ObjectNode json, Environment environment) {
        json.put("name", environment.name());
        json.put("createdAt", environment.createdAt().toString());
        json.put("createdBy", environment.createdBy());
        changed(json, environment.changes());
    }

    private static void changed(ObjectNode json, List<Change> changes) {
        ArrayNode changed = json.putArray("changed");
        changes.forEach(change -> changed.add(change.identifier().toString()));
    }

    private Response diff(Request request) {
        List<String> key = request.query().getOrDefault("key", List.of());
        Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
        return Response.json(
                200,
                DiffJson.of(pipeline.diff(request.pathParam("name"), key, request.identity()))
                        .toString());
    }

    private Response publish(Request request) {
        return moved(environments.publish(request.pathParam("name"), request.identity()));
    }

    private Response drop(Request request) {
        environments.drop(request.pathParam("name"), request.identity());
        return Response.of(204);
    }

    private Response undo(Request request) {
        return moved(Pipeline.undo(lakehouse, request.pathParam("id"), request.identity()));
    }

    private static Response moved(Moved moved) {
        ObjectNode json = JSON.createObjectNode();
        json.put("run", moved.runId());
        json.put("publishId", moved.publish().id());
        changed(json, moved.publish().changes());
        return Response.json(200, json.toString());
    }
}
