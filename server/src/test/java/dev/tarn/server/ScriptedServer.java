package dev.tarn.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.project.Limits;
import dev.tarn.core.project.ServerSetting;
import dev.tarn.core.project.SpoolingSetting;
import dev.tarn.query.StatementInfo;
import dev.tarn.query.protocol.ProtocolLimits;
import dev.tarn.query.protocol.TrinoFace;
import dev.tarn.server.http.Access;
import dev.tarn.server.http.HttpServer;
import io.airlift.compress.v3.Decompressor;
import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import io.airlift.compress.v3.zstd.ZstdJavaDecompressor;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// The Trino protocol alone, served over an engine whose statements do as they are told; and a client of it by hand.
final class ScriptedServer implements AutoCloseable {
    static final int BUFFER_BYTES = 64 << 10;

    private static final ObjectMapper JSON = new ObjectMapper();

    final ScriptedEngine engine = new ScriptedEngine();
    final List<StatementInfo> ended = new CopyOnWriteArrayList<>();
    final TrinoFace face;
    private final String encoding;
    private final HttpServer server;
    private final HttpClient http = HttpClient.newHttpClient();

    /// @param encoding what its clients ask for; empty for rows within the answers
    ScriptedServer(
            String encoding,
            Duration abandonedAfter,
            SpoolingSetting spooling,
            Path segments,
            List<ServerSetting.Token> tokens) {
        this.encoding = encoding;
        ProtocolLimits limits = new ProtocolLimits(
                4,
                3,
                BUFFER_BYTES,
                BUFFER_BYTES,
                2,
                BUFFER_BYTES / 4,
                Duration.ofMillis(500),
                Duration.ofMillis(5),
                abandonedAfter,
                abandonedAfter,
                10_000,
                10);
        face = new TrinoFace(() -> engine, () -> true, limits, spooling, segments, ended::add);
        ServerSetting setting = new ServerSetting("127.0.0.1", 0, Optional.empty(), tokens);
        server = HttpServer.start(
                setting,
                Limits.defaults(),
                new Access(setting, Map.of()),
                List.of(new HttpServer.NamedFace("trino", face)),
                (named, route, request, status, nanos) -> {});
    }

    @Override
    public void close() {
        face.close();
        server.close();
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    Connection connect() throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", "ada");
        if (!encoding.isEmpty()) {
            properties.setProperty("encoding", encoding);
        }
        return DriverManager.getConnection("jdbc:trino://127.0.0.1:" + server.port() + "/tarn", properties);
    }

    HttpRequest postRequest(String sql) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + "/v1/statement"))
                .header("X-Trino-User", "ada")
                .POST(HttpRequest.BodyPublishers.ofString(sql));
        if (!encoding.isEmpty()) {
            request.header("X-Trino-Query-Data-Encoding", encoding);
        }
        return request.build();
    }

    JsonNode post(String sql) throws Exception {
        return json(send(postRequest(sql)).body());
    }

    JsonNode json(String text) throws IOException {
        return JSON.readTree(text);
    }

    /// The next answer.
    JsonNode get(JsonNode answer) {
        return fetch(answer.path("nextUri").asText());
    }

    /// A statement's first answer with rows.
    JsonNode answered(String sql) throws Exception {
        JsonNode answer = get(post(sql));
        while (answer.path("data").isMissingNode() && answer.has("nextUri")) {
            answer = get(answer);
        }
        return answer;
    }

    JsonNode fetch(String uri) {
        try {
            return JSON.readTree(request("GET", uri).body());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    HttpResponse<String> request(String method, String uri) throws Exception {
        return send(HttpRequest.newBuilder(URI.create(uri))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build());
    }

    HttpResponse<String> send(HttpRequest request) throws Exception {
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }

    /// The rows of an answer, in whatever encoding; segments are not acknowledged.
    List<JsonNode> rows(JsonNode answer) throws Exception {
        List<JsonNode> rows = new ArrayList<>();
        JsonNode data = answer.path("data");
        if (data.isArray()) {
            data.forEach(rows::add);
        }
        for (JsonNode segment : data.path("segments")) {
            JSON.readTree(plain(data.path("encoding").asText(), segment)).forEach(rows::add);
        }
        return rows;
    }

    private byte[] plain(String encoding, JsonNode segment) throws Exception {
        byte[] bytes = bytes(segment);
        assertThat(bytes).hasSize(segment.path("metadata").path("segmentSize").asInt());
        JsonNode plainBytes = segment.path("metadata").path("uncompressedSize");
        if (plainBytes.isMissingNode()) {
            return bytes;
        }
        Decompressor decompressor =
                encoding.equals("json+zstd") ? new ZstdJavaDecompressor() : new Lz4JavaDecompressor();
        byte[] plain = new byte[plainBytes.asInt()];
        int length = decompressor.decompress(bytes, 0, bytes.length, plain, 0, plain.length);
        assertThat(length).isEqualTo(plain.length);
        return plain;
    }

    /// A segment as it is sent, fetched as Trino's clients do: without a user.
    byte[] bytes(JsonNode segment) throws IOException, InterruptedException {
        if (segment.path("type").asText().equals("inline")) {
            return segment.path("data").binaryValue();
        }
        URI uri = URI.create(segment.path("uri").asText());
        HttpResponse<byte[]> answer =
                http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    /// How many pages the engine made, once it makes no more.
    long settled() throws InterruptedException {
        long before = -1;
        for (long now = engine.pagesMade.get(); now != before; now = engine.pagesMade.get()) {
            before = now;
            Thread.sleep(100);
        }
        return before;
    }

    static void await(BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + Duration.ofMinutes(1).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited a minute").isLessThan(until);
            Thread.sleep(10);
        }
    }

    static List<@Nullable Object> row(@Nullable Object... values) {
        return Arrays.asList(values);
    }

    static LongFunction<List<List<@Nullable Object>>> once(List<List<@Nullable Object>> rows) {
        return n -> n == 0 ? rows : List.of();
    }

    static List<List<@Nullable Object>> page(long from, int rows) {
        List<List<@Nullable Object>> page = new ArrayList<>();
        for (long n = from; n < from + rows; n++) {
            page.add(List.of(n));
        }
        return page;
    }
}
