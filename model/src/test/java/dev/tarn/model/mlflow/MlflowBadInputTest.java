package dev.tarn.model.mlflow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlflowBadInputTest {
    @TempDir
    Path folder;

    private MlflowFixture mlflow;
    private String run = "";
    private String model = "";

    @BeforeEach
    void start() throws Exception {
        mlflow = new MlflowFixture(folder.resolve("state"));
        Files.writeString(folder.resolve("secret.txt"), "secret");
        Files.writeString(folder.resolve("state/secret.txt"), "secret");
        run = mlflow.post("/runs/create", "{}").json().at("/run/info/run_id").asText();
        model = mlflow.post("/logged-models", "{'experiment_id': '0', 'name': 'm'}")
                .json()
                .at("/model/info/model_id")
                .asText();
    }

    @AfterEach
    void stop() {
        mlflow.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.txt",
                "a/../../secret.txt",
                "..%2Fsecret.txt",
                "%2e%2e/secret.txt",
                "%2e%2e%2fsecret.txt",
                "%252e%252e%252fsecret.txt",
                "%25252e%25252e%25252fsecret.txt",
                "..%5Csecret.txt",
                "..%255csecret.txt",
                "%2Fetc%2Fpasswd",
                "%252Fetc%252Fpasswd",
                "/etc/passwd",
                "C%3A%5Cwindows",
                "C%3A/windows",
                "a%00/../secret.txt",
                "%EF%BC%8E%EF%BC%8E/secret.txt",
                "..%EF%BC%8Fsecret.txt",
                "%E2%80%A5/secret.txt",
                "./secret.txt",
                ".%20./..%20/secret.txt",
                "..;/secret.txt/../../secret.txt",
                "%c0%ae%c0%ae/%c0%ae%c0%ae/secret.txt"
            })
    void noPathLeadsOutOfTheFolder(String path) throws Exception {
        String below = "/api/2.0/mlflow-artifacts/artifacts/";
        for (String address : new String[] {
            below + path,
            below + "0/" + run + "/artifacts/" + path,
            "/get-artifact?run_uuid=" + run + "&path=" + path,
            "/api/2.0/mlflow/artifacts/list?run_id=" + run + "&path=" + path,
            "/api/2.0/mlflow-artifacts/artifacts?path=" + path,
            "/ajax-api/2.0/mlflow-artifacts/artifacts/" + path,
            "/ajax-api/2.0/mlflow/logged-models/" + model + "/artifacts/files?artifact_file_path=" + path
        }) {
            MlflowFixture.Answer answer = mlflow.send("GET", address, "");
            assertThat(answer.body()).as(address).doesNotContain("secret\"").isNotEqualTo("secret");
            boolean nothing =
                    answer.status() == 200 && answer.json().path("files").isEmpty();
            assertThat(answer.status() >= 400 || nothing)
                    .as("%s: %s", address, answer)
                    .isTrue();
        }
        mlflow.send("PUT", below + path, "overwritten");
        mlflow.send("POST", "/ajax-api/2.0/mlflow/upload-artifact?run_uuid=" + run + "&path=" + path, "overwritten");
        uploadInParts(path, "secret.txt");
        uploadInParts("0", path);
        uploadInParts("0", java.net.URLDecoder.decode(path, java.nio.charset.StandardCharsets.UTF_8));
        mlflow.send("DELETE", below + path, "");
        assertThat(folder.resolve("secret.txt")).hasContent("secret");
        assertThat(folder.resolve("state/secret.txt")).hasContent("secret");
    }

    private void uploadInParts(String folder, String name) throws Exception {
        String body = "{\"num_parts\": 1, \"path\": " + Call.JSON.writeValueAsString(name);
        MlflowFixture.Answer begun = mlflow.send("POST", "/api/2.0/mlflow-artifacts/mpu/create/" + folder, body + "}");
        if (begun.status() == 200) {
            String id = begun.json().path("upload_id").asText();
            mlflow.send("PUT", "/api/2.0/mlflow-artifacts/mpu/parts/" + id + "/1", "overwritten");
            mlflow.send(
                    "POST",
                    "/api/2.0/mlflow-artifacts/mpu/complete/" + folder,
                    body + ", \"upload_id\": \"" + id + "\", \"parts\": [{\"part_number\": 1}]}");
        }
    }

    @Test
    void partsOfUploadsAreNobodysArtifacts() throws Exception {
        String id = mlflow.send("POST", "/api/2.0/mlflow-artifacts/mpu/create/0", "{\"num_parts\": 1, \"path\": \"a\"}")
                .json()
                .path("upload_id")
                .asText();
        for (String path : new String[] {".part-uploads/" + id + "/target", "%2epart-uploads/" + id, ".part-x"}) {
            String address = "/api/2.0/mlflow-artifacts/artifacts/" + path;
            assertThat(mlflow.send("GET", address, "").errorCode()).isEqualTo("INVALID_PARAMETER_VALUE");
            assertThat(mlflow.send("PUT", address, "x").errorCode()).isEqualTo("INVALID_PARAMETER_VALUE");
            assertThat(mlflow.send("DELETE", address, "").errorCode()).isEqualTo("INVALID_PARAMETER_VALUE");
        }
        for (String part : new String[] {"0", "10001", "x", "..%2F1"}) {
            assertThat(mlflow.send("PUT", "/api/2.0/mlflow-artifacts/mpu/parts/" + id + "/" + part, "x")
                            .status())
                    .isEqualTo(400);
        }
        assertThat(mlflow.send("PUT", "/api/2.0/mlflow-artifacts/mpu/parts/..%2F" + id + "/1", "x")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void linksOutOfTheFolderAreNotFollowed() throws Exception {
        Path inside = Files.createDirectories(folder.resolve("state/artifacts/0/x"));
        Files.createSymbolicLink(inside.resolve("out"), folder);
        String below = "/api/2.0/mlflow-artifacts/artifacts/0/x/out/";
        assertThat(mlflow.send("GET", below + "secret.txt", "").status()).isEqualTo(400);
        assertThat(mlflow.send("PUT", below + "new.txt", "x").status()).isEqualTo(400);
        assertThat(folder.resolve("new.txt")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "file:///etc",
                "/etc",
                "etc",
                "file:/etc/passwd",
                "FILE:///etc",
                "mlflow-artifacts:/../../etc",
                "mlflow-artifacts:/%2e%2e/etc",
                "s3://bucket/../../x",
                "http://host/x#/../../etc",
                "http://host/x?a=/../../etc",
                "local:/x"
            })
    void noPlaceOfThisMachineIsASource(String place) throws Exception {
        mlflow.post("/registered-models/create", "{'name': 'm'}");
        MlflowFixture.Answer version =
                mlflow.post("/model-versions/create", "{'name': 'm', 'source': '" + place + "'}");
        assertThat(version.errorCode()).isEqualTo("INVALID_PARAMETER_VALUE");
        MlflowFixture.Answer experiment =
                mlflow.post("/experiments/create", "{'name': 'e', 'artifact_location': '" + place + "'}");
        assertThat(experiment.errorCode()).isEqualTo("INVALID_PARAMETER_VALUE");
    }

    @Test
    void uploadsAreNeverShownAsPages() throws Exception {
        String path = "/api/2.0/mlflow-artifacts/artifacts/0/" + run + "/artifacts/page.html";
        mlflow.send("PUT", path, "<script>alert(1)</script>");
        var response = java.net.http.HttpClient.newHttpClient()
                .send(
                        java.net.http.HttpRequest.newBuilder(java.net.URI.create(mlflow.server.url() + path))
                                .build(),
                        java.net.http.HttpResponse.BodyHandlers.ofString());
        assertThat(response.headers().firstValue("Content-Type")).contains("application/octet-stream");
        assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
        assertThat(response.headers().firstValue("Content-Disposition").orElseThrow())
                .startsWith("attachment");
    }

    @Test
    void limitsAreMlflowsOwn() throws Exception {
        String many = IntStream.range(0, 1001)
                .mapToObj(i -> "{'key': 'k', 'value': 1, 'timestamp': " + i + "}")
                .collect(Collectors.joining(","));
        assertThat(mlflow.post("/runs/log-batch", "{'run_id': '" + run + "', 'metrics': [" + many + "]}")
                        .body())
                .contains("at most 1000 metrics");
        assertBad("/runs/log-parameter", "'key': 'p', 'value': '" + "x".repeat(6001) + "'");
        assertBad("/runs/log-parameter", "'key': '" + "k".repeat(251) + "', 'value': ''");
        assertBad("/runs/set-tag", "'key': 'p', 'value': '" + "x".repeat(8001) + "'");
        assertBad("/runs/log-metric", "'key': '../x', 'value': 1, 'timestamp': 1");
        assertBad("/runs/log-metric", "'key': '/x', 'value': 1, 'timestamp': 1");
        assertBad("/runs/log-metric", "'key': 'x', 'value': 'abc', 'timestamp': 1");
        assertBad("/runs/log-metric", "'key': 'x', 'value': 1");
        assertBad("/runs/update", "'status': 'DONE'");
        assertThat(mlflow.post("/runs/search", "{'experiment_ids': ['0'], 'max_results': 50001}")
                        .status())
                .isEqualTo(400);
        assertThat(mlflow.post("/runs/search", "{'experiment_ids': ['0'], 'page_token': 'nonsense'}")
                        .status())
                .isEqualTo(400);
        assertThat(mlflow.post("/runs/search", "{'experiment_ids': ['x']}").status())
                .isEqualTo(400);
        assertThat(mlflow.post("/runs/create", "[]").status()).isEqualTo(400);
        assertThat(mlflow.post("/runs/create", "{").body()).contains("not JSON");
        assertThat(mlflow.post("/registered-models/create", "{'name': 'a/b'}").status())
                .isEqualTo(400);
    }

    private void assertBad(String path, String fields) throws Exception {
        MlflowFixture.Answer answer = mlflow.post(path, "{'run_id': '" + run + "', " + fields + "}");
        assertThat(answer.errorCode()).as("%s: %s", path, answer).isEqualTo("INVALID_PARAMETER_VALUE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metrics.x = 'a'",
                "metrics.x LIKE 'a'",
                "params.x = 3",
                "params.x > 'a'",
                "nothing = 'a'",
                "metrics. = 1",
                "metrics.x",
                "metrics.x = ",
                "params.x = 'a",
                "params.x = 'a' OR params.y = 'b'",
                "attributes.run_id IN ('a'",
                "status = 'x' AND",
                "1=1; DROP TABLE ml_run",
                "other.x = 1"
            })
    void filtersThatCannotBeReadSayWhere(String filter) throws Exception {
        MlflowFixture.Answer answer =
                mlflow.call("POST", "/runs/search", "{\"experiment_ids\": [\"0\"], \"filter\": \"" + filter + "\"}");
        assertThat(answer.errorCode()).as(answer.body()).isEqualTo("INVALID_PARAMETER_VALUE");
    }

    @Test
    void valuesInFiltersAreOnlyValues() throws Exception {
        String filter = "tags.mlflow.runName = \\\"x' OR '1'='1\\\"";
        MlflowFixture.Answer answer =
                mlflow.call("POST", "/runs/search", "{\"experiment_ids\": [\"0\"], \"filter\": \"" + filter + "\"}");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().path("runs")).isEmpty();
    }
}
