package dev.tarn.lake.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.LakeFixture;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What Iceberg's compatibility kit does not ask: retried requests, users, pages, branches, bad input.
class IcebergRestFaceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SCHEMA = """
            {"type":"struct","fields":[{"id":1,"name":"id","type":"long","required":true}]}""";

    @TempDir
    Path folder;

    private Lake lake;
    private FaceServer server;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void start() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        server = new FaceServer(new IcebergRestFace(lake));
    }

    @AfterEach
    void stop() {
        server.close();
        http.close();
        lake.close();
    }

    @Test
    void aRetriedRequestHappensOnceAndGetsItsFirstAnswer() throws Exception {
        post("/namespaces", "{\"namespace\":[\"silver\"]}");
        String key = UUID.randomUUID().toString();
        String create = "{\"name\":\"payments\",\"schema\":" + SCHEMA + "}";
        var first = post("/namespaces/silver/tables", create, "Idempotency-Key", key);
        var again = post("/namespaces/silver/tables", create, "Idempotency-Key", key);
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(again.body()).isEqualTo(first.body());
        assertThat(again.headers().firstValue("ETag")).isEqualTo(first.headers().firstValue("ETag"));
        assertThat(post("/namespaces/silver/tables", create).statusCode()).isEqualTo(409);
        assertThat(post("/namespaces", "{\"namespace\":[\"gold\"]}", "Idempotency-Key", key)
                        .statusCode())
                .isEqualTo(422);
    }

    @Test
    void aRefusedRequestWithAKeyChangesNothingAndStaysRefused() throws Exception {
        String key = UUID.randomUUID().toString();
        String create = "{\"name\":\"payments\",\"schema\":" + SCHEMA + "}";
        assertThat(post("/namespaces/silver/tables", create, "Idempotency-Key", key)
                        .statusCode())
                .isEqualTo(404);
        post("/namespaces", "{\"namespace\":[\"silver\"]}");
        assertThat(post("/namespaces/silver/tables", create, "Idempotency-Key", key)
                        .statusCode())
                .isEqualTo(404);
        assertThat(lake.main().listTables(Namespace.of("silver"))).isEmpty();
    }

    @Test
    void aCommitSaysWhoMadeItWhateverTheClientSays() throws Exception {
        Table table = table("payments");
        String body = append(table, 1, "\"tarn.user\":\"mallory\"");
        assertThat(post("/namespaces/silver/tables/payments", body, "X-User", "ann")
                        .statusCode())
                .isEqualTo(200);
        table.refresh();
        assertThat(table.currentSnapshot().summary()).containsEntry("tarn.user", "ann");
    }

    @Test
    void aTransactionChangesAllItsTablesOrNone() throws Exception {
        Table payments = table("payments");
        Table cards = table("cards");
        String good = change(payments, "{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}", "");
        String stale = change(
                cards,
                "{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}",
                "{\"type\":\"assert-table-uuid\",\"uuid\":\"" + UUID.randomUUID() + "\"}");
        assertThat(post("/transactions/commit", "{\"table-changes\":[" + good + "," + stale + "]}")
                        .statusCode())
                .isEqualTo(409);
        payments.refresh();
        assertThat(payments.properties()).doesNotContainKey("a");

        String fresh = change(cards, "{\"action\":\"set-properties\",\"updates\":{\"a\":\"1\"}}", "");
        assertThat(post("/transactions/commit", "{\"table-changes\":[" + good + "," + fresh + "]}")
                        .statusCode())
                .isEqualTo(204);
        payments.refresh();
        cards.refresh();
        assertThat(payments.properties()).containsEntry("a", "1");
        assertThat(cards.properties()).containsEntry("a", "1");
    }

    @Test
    void theWarehouseOfAClientIsABranch() throws Exception {
        lake.createBranch("run-1", LakeFixture.ANN);
        assertThat(json(get("/iceberg/v1/config?warehouse=run-1"))
                        .at("/overrides/prefix")
                        .asText())
                .isEqualTo("run-1");
        assertThat(json(get("/iceberg/v1/config")).at("/overrides/prefix").asText())
                .isEqualTo("main");
        assertThat(get("/iceberg/v1/config?warehouse=elsewhere").statusCode()).isEqualTo(404);
        send("POST", "/iceberg/v1/run-1/namespaces", "{\"namespace\":[\"silver\"]}");
        assertThat(json(get("/iceberg/v1/run-1/namespaces")).at("/namespaces")).hasSize(1);
        assertThat(json(get("/iceberg/v1/main/namespaces")).at("/namespaces")).isEmpty();
    }

    @Test
    void listsComeInPagesToThoseWhoAskForThem() throws Exception {
        for (int i = 0; i < 5; i++) {
            post("/namespaces", "{\"namespace\":[\"n" + i + "\"]}");
        }
        List<String> seen = new ArrayList<>();
        String token = "";
        do {
            JsonNode page = json(get("/iceberg/v1/main/namespaces?pageSize=2&pageToken=" + token));
            page.get("namespaces")
                    .forEach(namespace -> seen.add(namespace.get(0).asText()));
            token = page.path("next-page-token").asText("");
        } while (!token.isEmpty() && !token.equals("null"));
        assertThat(seen).containsExactly("n0", "n1", "n2", "n3", "n4");
        assertThat(get("/iceberg/v1/main/namespaces?pageSize=x").statusCode()).isEqualTo(400);
    }

    @Test
    void whatTheClientHasAlreadyIsNotSentAgain() throws Exception {
        Table table = table("payments");
        var first = get("/iceberg/v1/main/namespaces/silver/tables/payments");
        String etag = first.headers().firstValue("ETag").orElseThrow();
        String path = "/iceberg/v1/main/namespaces/silver/tables/payments";
        assertThat(send("GET", path, "", "If-None-Match", etag).statusCode()).isEqualTo(304);
        table.updateProperties().set("a", "1").commit();
        assertThat(send("GET", path, "", "If-None-Match", etag).statusCode()).isEqualTo(200);
    }

    @Test
    void badInputGetsIcebergsOwnErrors() throws Exception {
        JsonNode missing = json(get("/iceberg/v1/main/namespaces/silver"));
        assertThat(missing.at("/error/code").asInt()).isEqualTo(404);
        assertThat(missing.at("/error/type").asText()).isEqualTo("NoSuchNamespaceException");
        assertThat(post("/namespaces", "{").statusCode()).isEqualTo(400);
        assertThat(post("/namespaces", "[]").statusCode()).isEqualTo(400);
        assertThat(post("/namespaces", "").statusCode()).isEqualTo(400);
        post("/namespaces", "{\"namespace\":[\"silver\"]}");
        String outside = "{\"name\":\"x\",\"location\":\"file:///etc/x\",\"schema\":" + SCHEMA + "}";
        assertThat(post("/namespaces/silver/tables", outside).statusCode()).isEqualTo(403);
        String climbing = "{\"name\":\"x\",\"location\":\"" + lake.warehouse() + "/../x\",\"schema\":" + SCHEMA + "}";
        assertThat(post("/namespaces/silver/tables", climbing).statusCode()).isEqualTo(403);
        assertThat(post("/namespaces", "{\"namespace\":[\"a\\u0001b\"]}").statusCode())
                .isEqualTo(400);
    }

    private Table table(String name) {
        Namespace silver = Namespace.of("silver");
        if (!lake.main().namespaceExists(silver)) {
            lake.main().createNamespace(silver, Map.of());
        }
        return lake.main().createTable(TableIdentifier.of(silver, name), LakeFixture.SCHEMA);
    }

    private static String change(Table table, String update, String requirement) {
        String name = table.name().substring(table.name().lastIndexOf('.') + 1);
        return "{\"identifier\":{\"namespace\":[\"silver\"],\"name\":\"" + name + "\"},\"requirements\":[" + requirement
                + "],\"updates\":[" + update + "]}";
    }

    private static String append(Table table, long id, String summary) {
        String list = table.location() + "/metadata/snap-" + id + ".avro";
        String snapshot = "{\"snapshot-id\":" + id + ",\"sequence-number\":1,\"timestamp-ms\":"
                + System.currentTimeMillis() + ",\"manifest-list\":\"" + list
                + "\",\"schema-id\":0,\"summary\":{\"operation\":\"append\"," + summary + "}}";
        TableMetadata now =
                ((org.apache.iceberg.HasTableOperations) table).operations().current();
        return "{\"requirements\":[{\"type\":\"assert-table-uuid\",\"uuid\":\"" + now.uuid()
                + "\"}],\"updates\":[{\"action\":\"add-snapshot\",\"snapshot\":" + snapshot
                + "},{\"action\":\"set-snapshot-ref\",\"ref-name\":\"main\",\"type\":\"branch\",\"snapshot-id\":" + id
                + "}]}";
    }

    private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
        return send("POST", "/iceberg/v1/main" + path, body, headers);
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send("GET", path, "");
    }

    private HttpResponse<String> send(String method, String path, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .method(method, HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> response) throws Exception {
        return JSON.readTree(response.body());
    }
}
