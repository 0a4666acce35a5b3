package dev.tarn.model.mlflow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.ExperimentStore;
import dev.tarn.model.tracking.LoggedModelStore;
import dev.tarn.model.tracking.RunStore;
import dev.tarn.model.tracking.TrackingTables;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;

/// MLflow's API on a database and folder of its own, behind a real HTTP server.
final class MlflowFixture implements AutoCloseable {
    final Database database;
    final RunStore runs;
    final FaceServer server;
    private final HttpClient http = HttpClient.newHttpClient();

    MlflowFixture(Path folder) throws IOException {
        database = Database.open(new DatabaseConfig.Sqlite(folder.resolve("tarn.db")));
        TrackingTables.migrate(database);
        runs = new RunStore(database);
        server = new FaceServer(new MlflowFace(
                new ExperimentStore(database),
                runs,
                new LoggedModelStore(database),
                new ModelRegistry(database),
                new ArtifactStore(folder.resolve("artifacts"))));
    }

    record Answer(int status, String body) {
        JsonNode json() {
            try {
                return new JsonMapper().readTree(body);
            } catch (IOException e) {
                throw new AssertionError(body, e);
            }
        }

        String errorCode() {
            return json().path("error_code").asText();
        }
    }

    /// @param path below `/api/2.0/mlflow`
    Answer call(String method, String path, String body) throws Exception {
        return send(method, "/api/2.0/mlflow" + path, body);
    }

    Answer post(String path, String body) throws Exception {
        return call("POST", path, body.replace('\'', '"'));
    }

    Answer send(String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body());
    }

    @Override
    public void close() {
        http.close();
        server.close();
        database.close();
    }
}
