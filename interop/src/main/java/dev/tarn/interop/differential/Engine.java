package dev.tarn.interop.differential;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tarn.interop.differential.Answer.Column;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// A server that speaks the Trino client protocol, asked in the plainest way so that what is compared is the wire.
///
/// @param name how it is called in reports
/// @param address such as `http://127.0.0.1:7700`
/// @param catalog where tables are looked for
/// @param spent nanoseconds spent in its statements so far
public record Engine(String name, String address, HttpClient http, String catalog, String schema, LongAdder spent) {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final Duration REQUEST_MAX = Duration.ofMinutes(5);
    private static final int PAGES_MAX = 1_000_000;
    private static final int BUSY_TRIES_MAX = 50;

    public Engine(String name, String address, String schema) {
        this(name, address, "tarn", schema);
    }

    public Engine(String name, String address, String catalog, String schema) {
        this(name, address, HttpClient.newHttpClient(), catalog, schema, new LongAdder());
    }

    /// Runs a statement to its end.
    public Answer run(String statement) throws IOException, InterruptedException {
        long start = System.nanoTime();
        try {
            return answer(statement);
        } finally {
            spent.add(System.nanoTime() - start);
        }
    }

    private Answer answer(String statement) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + "/v1/statement"))
                .timeout(REQUEST_MAX)
                .header("X-Trino-User", "differential")
                .header("X-Trino-Catalog", catalog)
                .header("X-Trino-Schema", schema)
                .header("X-Trino-Time-Zone", "UTC")
                .header("X-Trino-Client-Capabilities", "PARAMETRIC_DATETIME,NUMBER")
                .POST(HttpRequest.BodyPublishers.ofString(statement));
        List<Column> columns = List.of();
        List<List<JsonNode>> rows = new ArrayList<>();
        JsonNode page = send(request.build());
        for (int i = 0; i < PAGES_MAX; i++) {
            JsonNode error = page.get("error");
            if (error != null && !error.isNull()) {
                return new Answer.Failure(
                        error.path("errorName").asText(), error.path("message").asText());
            }
            if (page.hasNonNull("columns")) {
                columns = columns(page.get("columns"));
            }
            page.path("data").forEach(row -> rows.add(row.valueStream().toList()));
            if (!page.hasNonNull("nextUri")) {
                return new Answer.Rows(columns, rows, text(page.get("updateType")), number(page.get("updateCount")));
            }
            page = send(HttpRequest.newBuilder(URI.create(page.get("nextUri").asText()))
                    .timeout(REQUEST_MAX)
                    .header("X-Trino-User", "differential")
                    .build());
        }
        throw new IOException(name + " answered " + PAGES_MAX + " pages to " + statement);
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        for (int i = 0; i < BUSY_TRIES_MAX; i++) {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                return JSON.readTree(response.body());
            }
            // Too many requests, or not ready: what the protocol says to try again.
            boolean busy =
                    response.statusCode() == 429 || (response.statusCode() >= 502 && response.statusCode() <= 504);
            if (!busy) {
                throw new IOException(
                        name + " answered " + response.statusCode() + " to " + request.uri() + ": " + response.body());
            }
            Thread.sleep(100);
        }
        throw new IOException(name + " stayed busy: " + request.uri());
    }

    private static List<Column> columns(JsonNode columns) {
        return columns.valueStream()
                .map(column -> new Column(
                        column.path("name").asText(), column.path("type").asText()))
                .toList();
    }

    private static @Nullable String text(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node.asText();
    }

    private static @Nullable Long number(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node.asLong();
    }
}
