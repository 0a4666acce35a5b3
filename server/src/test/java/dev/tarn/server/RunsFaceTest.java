package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.project.Project;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// Runs that clients and schedules ask a running server for.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunsFaceTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient client = HttpClient.newHttpClient();
    private Server server;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        write(folder, "tarn.yml", "name: shop\n");
        write(folder, "sources/orders.yml", "tables:\n  orders:\n    path: data/*.csv\n");
        write(folder, "data/a.csv", "id,amount\n1,2.50\n2,3.50\n");
        // Its files are there already: it runs as soon as the server does.
        write(folder, "schedules/arrivals.yml", "files: [bronze.orders]\ncheck: 1s\n");
        write(folder, "schedules/never.yml", "cron: 0 0 29 2 *\npartitions: {by: day, from: 2026-01-01}\n");
        server = Server.start(Project.load(folder, Map.of()).withPort(0));
        server.awaitReady(LONG);
    }

    @AfterAll
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void filesThatAreThereAreLoadedByTheirSchedule() throws Exception {
        JsonNode request = await(() -> {
            JsonNode schedules = get("/api/schedules");
            return schedules.get(0).path("last");
        });
        assertThat(request.path("state").asText()).isEqualTo("DONE");
        assertThat(request.path("reason").asText()).isEqualTo("new files of bronze.orders");
        JsonNode run = get("/api/runs/" + request.path("run").asText());
        assertThat(run.path("status").asText()).isEqualTo("PUBLISHED");
        assertThat(run.path("schedule").asText()).isEqualTo("arrivals");
        assertThat(run.at("/steps/0/name").asText()).isEqualTo("bronze.orders");
        assertThat(run.at("/steps/0/rows").asInt()).isEqualTo(2);
        assertThat(get("/api/runs/" + request.path("run").asText() + "/logs?step=bronze.orders")
                        .toString())
                .contains("1 file");
        assertThat(page("/runs")).contains("arrivals").contains("29 2 *");
        assertThat(page("/runs/" + request.path("run").asText()))
                .contains("bronze.orders")
                .contains("class=bar")
                .contains("new files of");
    }

    @Test
    void aRunThatIsAskedForTwiceRunsOnce() throws Exception {
        String ask = "{\"key\": \"shop-1\", \"select\": [\"bronze.orders\"], \"environment\": \"pr-1\"}";
        assertThat(post("/api/runs", ask).statusCode()).isEqualTo(202);
        JsonNode first = await(() -> get("/api/run-request?key=shop-1"));
        assertThat(first.path("state").asText()).isEqualTo("DONE");
        JsonNode again = json.readTree(post("/api/runs", ask).body());
        assertThat(again.path("state").asText()).isEqualTo("DONE");
        assertThat(again.path("run")).isEqualTo(first.path("run"));
        assertThat(get("/api/runs?environment=pr-1")).hasSize(1);
        assertThat(post("/api/runs", "{\"key\": \"shop-1\", \"select\": [\"other\"]}")
                        .statusCode())
                .isEqualTo(400);
        assertThat(post("/api/runs", "{\"selct\": []}").body()).contains("'selct' is not known here");
    }

    @Test
    void aRunThatFailsSaysWhyAndCanBeFound() throws Exception {
        post("/api/runs", "{\"key\": \"wrong\", \"select\": [\"nothing.there\"], \"environment\": \"pr-2\"}");
        JsonNode request = await(() -> get("/api/run-request?key=wrong"));
        assertThat(request.path("state").asText()).isEqualTo("FAILED");
        assertThat(request.path("error").asText()).contains("nothing is called 'nothing.there'");
        assertThat(client.send(
                                HttpRequest.newBuilder(uri("/api/runs?status=sad"))
                                        .build(),
                                BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void schedulesArePausedAndBackfilled() throws Exception {
        assertThat(post("/api/schedules/never/pause", "").statusCode()).isEqualTo(204);
        assertThat(get("/api/schedules").get(1).path("paused").asBoolean()).isTrue();
        assertThat(post("/api/schedules/never/resume", "").statusCode()).isEqualTo(204);
        assertThat(post("/api/schedules/nowhere/pause", "").statusCode()).isEqualTo(404);
        JsonNode made = json.readTree(
                post("/api/backfills", "{\"schedule\": \"never\", \"from\": \"2026-02-01\", \"to\": \"2026-02-02\"}")
                        .body());
        String id = made.path("id").asText();
        JsonNode over = await(() -> {
            JsonNode now = get("/api/backfills/" + id);
            return now.path("state").asText().equals("OVER")
                    ? ((com.fasterxml.jackson.databind.node.ObjectNode) now).put("over", true)
                    : now;
        });
        assertThat(over.at("/counts/DONE").asInt()).isEqualTo(2);
        assertThat(over.at("/partitions/0/partition").asText()).isEqualTo("2026-02-01");
    }

    /// What is asked, once it is over.
    private JsonNode await(Asked asked) throws Exception {
        long until = System.nanoTime() + LONG.toNanos();
        while (true) {
            JsonNode now = asked.get();
            if (now.path("over").asBoolean()) {
                return now;
            }
            assertThat(System.nanoTime()).describedAs("still %s", now).isLessThan(until);
            Thread.sleep(50);
        }
    }

    private interface Asked {
        JsonNode get() throws Exception;
    }

    private JsonNode get(String path) throws IOException, InterruptedException {
        return json.readTree(page(path));
    }

    private String page(String path) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).describedAs(response.body()).isEqualTo(200);
        return response.body();
    }

    private HttpResponse<String> post(String path, String body) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(uri(path))
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create(server.url() + path);
    }

    private static void write(Path folder, String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
