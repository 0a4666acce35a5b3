package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.artifact.MultipartUploads;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.RunStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Files up and down through the server: `/api/2.0/mlflow-artifacts/…`, and the older addresses that MLflow's web
/// pages use. A file is always an attachment of unknown kind, so that no
/// browser runs what someone uploaded.
final class ArtifactRoutes {
    private static final List<String> PREFIXES = List.of("/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts");

    private final ArtifactStore artifacts;
    private final MultipartUploads uploads;
    private final RunStore runs;
    private final ModelRegistry registry;
    private final LoggedModelStore models;

    ArtifactRoutes(ArtifactStore artifacts, RunStore runs, ModelRegistry registry, LoggedModelStore models) {
        this.artifacts = artifacts;
        this.uploads = artifacts.uploads();
        this.models = models;
        this.runs = runs;
        this.registry = registry;
    }

    List<Route> all() {
        List<Route> all = new ArrayList<>(List.of(
                new Route("GET", "/get-artifact", this::ofRun),
                new Route("GET", "/model-versions/get-artifact", this::ofVersion)));
        for (String prefix : PREFIXES) {
            String files = prefix + "/artifacts";
            String parts = prefix + "/mpu";
            all.add(new Route("GET", files, this::list));
            all.add(new Route("GET", files + "/<path>", request -> download(path(request))));
            all.add(Route.upload("PUT", files + "/<path>", this::upload));
            all.add(new Route("DELETE", files + "/<path>", this::delete));
            all.add(new Route("POST", parts + "/create/<path>", this::createUpload));
            all.add(Route.upload("PUT", parts + "/parts/{id}/{number}", this::uploadPart));
            all.add(new Route("POST", parts + "/complete/<path>", this::completeUpload));
            all.add(new Route("POST", parts + "/abort/<path>", this::abortUpload));
        }
        for (String prefix : MlflowFace.PREFIXES) {
            all.add(Route.upload("POST", prefix + "/upload-artifact", this::uploadOfRun));
            all.add(new Route("GET", prefix + "/logged-models/{id}/artifacts/files", this::ofModel));
        }
        return all;
    }

    /// The file of an upload in parts: the call's `path` is the client's own, of which only the name counts.
    private static ArtifactPath target(Request request, Call call) {
        String name = call.string("path").replaceFirst("^.*[/\\\\]", "");
        return path(request).resolve(ArtifactPath.parse(name));
    }

    private Response createUpload(Request request) throws IOException {
        Call call = Call.of(request);
        long parts = call.number("num_parts", 1);
        String id = uploads.create(target(request, call), parts);
        ObjectNode json = Json.object().put("upload_id", id);
        ArrayNode credentials = json.putArray("credentials");
        for (long number = 1; number <= parts; number++) {
            ObjectNode one = credentials
                    .addObject()
                    .put("url", request.baseUrl() + PREFIXES.getFirst() + "/mpu/parts/" + id + "/" + number)
                    .put("part_number", number);
            ObjectNode headers = one.putObject("headers");
            // Clients send a part with these headers only.
            request.headers("Authorization").forEach(value -> headers.put("Authorization", value));
        }
        return Response.json(200, Call.JSON.writeValueAsBytes(json));
    }

    private Response uploadPart(Request request) throws IOException {
        try (InputStream in = request.body()) {
            String tag =
                    uploads.write(request.pathParam("id"), Call.parse("part_number", request.pathParam("number")), in);
            return new Response(
                    200,
                    Map.of("Content-Type", List.of("application/json"), "ETag", List.of(tag)),
                    out -> out.write("{}".getBytes(StandardCharsets.UTF_8)));
        }
    }

    private Response completeUpload(Request request) throws IOException {
        Call call = Call.of(request);
        uploads.complete(
                call.string("upload_id"),
                target(request, call),
                call.items("parts").stream()
                        .map(part ->
                                new MultipartUploads.Part((int) part.number("part_number"), part.optional("etag", "")))
                        .toList());
        return Response.json(200, "{}");
    }

    private Response abortUpload(Request request) throws IOException {
        uploads.abort(Call.of(request).string("upload_id"));
        return Response.json(200, "{}");
    }

    /// As MLflow's web pages upload: the run and the path in the query, the file as the body.
    private Response uploadOfRun(Request request) throws IOException {
        Call call = Call.ofQuery(request);
        ArtifactPath root = ArtifactUri.path(runs.info(call.runId()).artifactUri());
        ArtifactPath path = ArtifactPath.parse(call.string("path"));
        try (InputStream in = request.body()) {
            artifacts.write(root.resolve(path), in);
        }
        return Response.json(200, "{}");
    }

    private Response ofModel(Request request) throws IOException {
        String root = models.get(request.pathParam("id")).artifactUri();
        String path = Call.of(request).string("artifact_file_path");
        return download(ArtifactUri.path(root).resolve(ArtifactPath.parse(path)));
    }

    private static ArtifactPath path(Request request) {
        return ArtifactPath.parse(request.pathParam("path"));
    }

    private Response list(Request request) throws IOException {
        Call call = Call.of(request);
        ArtifactPath folder = ArtifactPath.parse(call.optional("path", ""));
        ObjectNode json = Json.object();
        json.set("files", Json.files(artifacts.list(folder, ArtifactPath.parse(""))));
        return Response.json(200, Call.JSON.writeValueAsBytes(json));
    }

    private Response upload(Request request) throws IOException {
        ArtifactPath path = path(request);
        try (InputStream in = request.body()) {
            artifacts.write(path, in);
        }
        return Response.json(200, "{}");
    }

    private Response delete(Request request) {
        artifacts.delete(path(request));
        return Response.json(200, "{}");
    }

    private Response ofRun(Request request) throws IOException {
        Call call = Call.of(request);
        String root = runs.info(call.runId()).artifactUri();
        return download(ArtifactUri.path(root).resolve(ArtifactPath.parse(call.string("path"))));
    }

    private Response ofVersion(Request request) throws IOException {
        Call call = Call.of(request);
        String root = registry.versions()
                .get(call.string("name"), call.number("version"))
                .source();
        return download(ArtifactUri.path(root).resolve(ArtifactPath.parse(call.string("path"))));
    }

    private Response download(ArtifactPath path) throws IOException {
        Path file = artifacts.file(path);
        String name = path.names().getLast().replaceAll("[^A-Za-z0-9._-]", "_");
        long size = Files.size(file);
        return new Response(
                200,
                Map.of(
                        "Content-Type", List.of("application/octet-stream"),
                        "Content-Length", List.of(String.valueOf(size)),
                        "Content-Disposition", List.of("attachment; filename=\"" + name + "\""),
                        "X-Content-Type-Options", List.of("nosniff")),
                out -> Files.copy(file, out));
    }
}
