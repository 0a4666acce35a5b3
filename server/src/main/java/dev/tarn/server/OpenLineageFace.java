package dev.tarn.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.lineage.LineageStore;
import dev.tarn.orchestrate.lineage.LineageStore.Edge;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// OpenLineage's events of others, and the graph of the project's steps together with theirs.
final class OpenLineageFace implements Face {
    private final Lakehouse lakehouse;
    private final LineageStore store;

    OpenLineageFace(Lakehouse lakehouse) {
        this.lakehouse = lakehouse;
        this.store = LineageStore.open(lakehouse.lake().database());
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("POST", "/api/v1/lineage", this::accept), new Route("GET", "/api/lineage", this::graph));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response accept(Request request) throws IOException {
        store.accept(new String(request.body().readAllBytes(), StandardCharsets.UTF_8));
        return Response.of(201);
    }

    /// Jobs, and edges from what is read to the job and from the job to what it makes. A table of the project is
    /// called as everywhere, what is others' by its namespace too.
    private Response graph(Request request) {
        var project = lakehouse.project();
        String named = RunSettings.read(project.folder(), project.interpolation())
                .lineage()
                .namespace();
        String namespace = named.isEmpty() ? project.name() : named;
        ObjectNode json = RunsJson.object();
        ArrayNode jobs = json.putArray("jobs");
        ArrayNode edges = json.putArray("edges");
        for (Step step : Pipeline.load(lakehouse, false, message -> {}).steps()) {
            jobs.addObject().put("name", step.name()).put("kind", step.kind().name());
            step.inputs().forEach(asset -> edge(edges, asset, step, true));
            step.outputs().forEach(asset -> edge(edges, asset, step, false));
        }
        store.jobs().stream()
                .filter(job -> !job.namespace().equals(namespace))
                .forEach(job -> jobs.addObject()
                        .put("name", job.namespace() + "/" + job.name())
                        .put("kind", "OUTSIDE")
                        .put("state", job.state())
                        .put("at", job.at().toString())
                        .put("producer", job.producer()));
        for (Edge edge : store.edges()) {
            if (!edge.jobNamespace().equals(namespace)) {
                String dataset =
                        edge.namespace().equals(namespace) ? edge.name() : edge.namespace() + "/" + edge.name();
                edge(edges, dataset, edge.jobNamespace() + "/" + edge.jobName(), edge.reads());
            }
        }
        return Response.json(200, json.toString());
    }

    private static void edge(ArrayNode edges, Asset asset, Step step, boolean reads) {
        edge(edges, asset.toString(), step.name(), reads);
    }

    private static void edge(ArrayNode edges, String dataset, String job, boolean reads) {
        edges.addObject().put("job", job).put("dataset", dataset).put("reads", reads);
    }
}
