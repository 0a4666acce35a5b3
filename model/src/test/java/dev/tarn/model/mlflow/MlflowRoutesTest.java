package dev.tarn.model.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mlflow.api.proto.ModelRegistry;
import org.mlflow.api.proto.Service;

/// MLflow's own list of calls, and those of its web pages and newer clients.
class MlflowRoutesTest {
    private static final Pattern ENDPOINT = Pattern.compile("method: \"([A-Z]+)\"\\s+path: \"/?([^\"]+)\"");

    @TempDir
    Path folder;

    private MlflowFixture mlflow;
    private String run = "";

    @BeforeEach
    void start() throws Exception {
        mlflow = new MlflowFixture(folder);
        run = mlflow.post("/runs/create", "{}").json().at("/run/info/run_id").asText();
    }

    @AfterEach
    void stop() {
        mlflow.close();
    }

    @Test
    void everyCallOfTheProtocolIsAnsweredOrRefusedInItsShape() throws Exception {
        List<MatchResult> calls = Stream.of(Service.getDescriptor(), ModelRegistry.getDescriptor())
                .flatMap(file -> file.getServices().stream())
                .flatMap(service -> service.getMethods().stream())
                .flatMap(method ->
                        ENDPOINT.matcher(method.getOptions().toString()).results())
                .toList();
        assertThat(calls).hasSizeGreaterThan(50);
        for (MatchResult call : calls) {
            String path = "/api/2.0/" + call.group(2).replaceAll("\\{\\w+}", "x");
            MlflowFixture.Answer answer =
                    mlflow.send(call.group(1), path, call.group(1).equals("GET") ? "" : "{}");
            String what = call.group(1) + " " + path + ": " + answer;
            assertThat(answer.json().isObject()).as(what).isTrue();
            if (path.contains("/traces")) {
                assertThat(answer.status()).as(what).isEqualTo(501);
                assertThat(answer.errorCode()).as(what).isEqualTo("NOT_IMPLEMENTED");
            } else {
                assertThat(answer.status()).as(what).isIn(200, 400, 404);
                assertThat(answer.body()).as(what).doesNotContain("ENDPOINT_NOT_FOUND");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /api/2.0/mlflow/nothing 404",
                "POST /api/2.0/mlflow/runs/nothing 404",
                "PUT /api/2.0/mlflow/runs/get 404",
                "GET /ajax-api/2.0/mlflow/nothing 404",
                "GET /api/2.0/mlflow-artifacts/nothing 404",
                "GET /api/3.0/mlflow/nothing 404",
                "POST /api/3.0/mlflow/traces/search 501",
                "POST /api/2.0/mlflow/webhooks 501",
                "POST /api/2.0/mlflow/artifacts/presigned-upload-url 501",
                "GET /ajax-api/2.0/mlflow/gateway-proxy 501",
            })
    void whatIsNotThereIsSaidInMlflowsShape(String call) throws Exception {
        String[] words = call.split(" ", -1);
        MlflowFixture.Answer answer = mlflow.send(words[0], words[1], "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(Integer.parseInt(words[2]));
        assertThat(answer.errorCode()).isEqualTo(words[2].equals("404") ? "ENDPOINT_NOT_FOUND" : "NOT_IMPLEMENTED");
        assertThat(answer.json().path("message").asText()).contains(words[1]);
    }

    @Test
    void aLargeFileComesInParts() throws Exception {
        String below = "/api/2.0/mlflow-artifacts/mpu";
        String artifacts = "/0/" + run + "/artifacts/model";
        JsonNode begun = mlflow.send(
                        "POST", below + "/create" + artifacts, "{\"path\": \"/home/me/weights.bin\", \"num_parts\": 3}")
                .json();
        String id = begun.path("upload_id").asText();
        assertThat(begun.path("credentials")).hasSize(3);
        List<String> tags = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (JsonNode credential : begun.path("credentials")) {
                HttpResponse<String> answer = client.send(
                        HttpRequest.newBuilder(URI.create(credential.path("url").asText()))
                                .PUT(BodyPublishers.ofString("part" + credential.path("part_number")))
                                .build(),
                        BodyHandlers.ofString());
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                tags.add(answer.headers().firstValue("ETag").orElseThrow());
            }
        }
        String file = "/api/2.0/mlflow-artifacts/artifacts" + artifacts + "/weights.bin";
        assertThat(mlflow.send("GET", file, "").status()).isEqualTo(404);
        assertThat(complete(below, artifacts, id, List.of(tags.get(0), tags.get(1))))
                .contains("2 parts are named, and 3 came");
        assertThat(complete(below, artifacts, id, List.of(tags.get(1), tags.get(0), tags.get(2))))
                .contains("part 1 is not the one that has the tag");
        assertThat(complete(below, "/0/" + run + "/artifacts/other", id, tags)).contains("is not one of");
        assertThat(complete(below, artifacts, "0".repeat(32), tags)).contains("RESOURCE_DOES_NOT_EXIST");
        assertThat(complete(below, artifacts, id, tags)).isEqualTo("{}");
        assertThat(mlflow.send("GET", file, "").body()).isEqualTo("part1part2part3");
        assertThat(mlflow.send("GET", "/api/2.0/mlflow-artifacts/artifacts", "").body())
                .doesNotContain(".part-");

        String second = mlflow.send("POST", below + "/create" + artifacts, "{\"path\": \"b\", \"num_parts\": 1}")
                .json()
                .path("upload_id")
                .asText();
        String abort = "{\"path\": \"b\", \"upload_id\": \"" + second + "\"}";
        assertThat(mlflow.send("POST", below + "/abort" + artifacts, abort).status())
                .isEqualTo(200);
        assertThat(mlflow.send("PUT", below + "/parts/" + second + "/1", "x").errorCode())
                .isEqualTo("RESOURCE_DOES_NOT_EXIST");
        for (String wrong :
                List.of("{\"path\": \"b\", \"num_parts\": 0}", "{\"path\": \"b\", \"num_parts\": 10001}", "{}")) {
            assertThat(mlflow.send("POST", below + "/create" + artifacts, wrong).errorCode())
                    .isEqualTo("INVALID_PARAMETER_VALUE");
        }
    }

    private String complete(String below, String artifacts, String id, List<String> tags) throws Exception {
        List<String> parts = new ArrayList<>();
        for (String tag : tags) {
            parts.add("{\"part_number\": " + (parts.size() + 1) + ", \"etag\": " + Call.JSON.writeValueAsString(tag)
                    + "}");
        }
        return mlflow.send(
                        "POST",
                        below + "/complete" + artifacts,
                        "{\"path\": \"weights.bin\", \"upload_id\": \"" + id + "\", \"parts\": " + parts + "}")
                .body();
    }

    @Test
    void metricsOfSeveralRunsAreSampledForCharts() throws Exception {
        String other =
                mlflow.post("/runs/create", "{}").json().at("/run/info/run_id").asText();
        for (int step = 0; step < 50; step++) {
            mlflow.post(
                    "/runs/log-metric",
                    "{'run_id': '" + run + "', 'key': 'loss', 'value': " + (50 - step) + ", 'timestamp': 1, 'step': "
                            + step + "}");
        }
        mlflow.post(
                "/runs/log-metric",
                "{'run_id': '" + other + "', 'key': 'loss', 'value': 9, 'timestamp': 1, 'step': 49}");
        String address = "/metrics/get-history-bulk-interval?metric_key=loss&run_ids=" + run + "&run_ids=" + other;
        assertThat(steps(address + "&max_results=5")).containsExactly(0, 12, 24, 36, 49, 49);
        assertThat(steps(address + "&max_results=3&start_step=10&end_step=12")).containsExactly(10, 11, 12);
        assertThat(steps(address)).hasSize(51);
        assertThat(mlflow.call("GET", address + "&start_step=3", "").errorCode())
                .isEqualTo("INVALID_PARAMETER_VALUE");
        assertThat(mlflow.call("GET", address + "&max_results=2501", "").status())
                .isEqualTo(400);
        assertThat(mlflow.call("GET", "/metrics/get-history-bulk-interval?metric_key=loss", "")
                        .status())
                .isEqualTo(400);
    }

    private List<Integer> steps(String address) throws Exception {
        return mlflow.call("GET", address, "")
                .json()
                .path("metrics")
                .valueStream()
                .map(metric -> metric.path("step").asInt())
                .toList();
    }

    @Test
    void webPagesFindDataSetsFilesAndModels() throws Exception {
        mlflow.post("/runs/log-inputs", """
                {'run_id': '%s', 'datasets': [{'tags': [{'key': 'mlflow.data.context', 'value': 'train'}],
                 'dataset': {'name': 'gold.payments', 'digest': 'abc', 'source_type': 'tarn', 'source': '{}'}}]}
                """.formatted(run));
        assertThat(mlflow.post("/experiments/search-datasets", "{'experiment_ids': ['0']}")
                        .json())
                .hasToString("{\"dataset_summaries\":[{\"experiment_id\":\"0\",\"name\":\"gold.payments\","
                        + "\"digest\":\"abc\",\"context\":\"train\"}]}");
        assertThat(mlflow.post("/experiments/search-datasets", "{'experiment_ids': ['x']}")
                        .status())
                .isEqualTo(400);
        assertThat(mlflow.send(
                                "POST",
                                "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=" + run + "&path=notes/a.txt",
                                "hello")
                        .status())
                .isEqualTo(200);
        assertThat(mlflow.send("GET", "/get-artifact?run_uuid=" + run + "&path=notes/a.txt", "")
                        .body())
                .isEqualTo("hello");
        String id = mlflow.post("/logged-models", "{'experiment_id': '0', 'name': 'm'}")
                .json()
                .at("/model/info/model_id")
                .asText();
        mlflow.send("PUT", "/api/2.0/mlflow-artifacts/artifacts/0/models/" + id + "/artifacts/MLmodel", "flavors: {}");
        assertThat(mlflow.send(
                                "GET",
                                "/ajax-api/2.0/mlflow/logged-models/" + id
                                        + "/artifacts/files?artifact_file_path=MLmodel",
                                "")
                        .body())
                .isEqualTo("flavors: {}");
        assertThat(mlflow.call("GET", "/logged-models:batchGet?model_ids=" + id, "")
                        .json()
                        .path("models"))
                .hasSize(1);
        assertThat(mlflow.call("GET", "/logged-models:batchGet?model_ids=none", "")
                        .errorCode())
                .isEqualTo("RESOURCE_DOES_NOT_EXIST");
    }
}
