package dev.tarn.server;

import static dev.tarn.server.ScriptedServer.await;
import static dev.tarn.server.ScriptedServer.once;
import static dev.tarn.server.ScriptedServer.page;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tarn.core.digest.Sha256;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.ResultEncoding;
import dev.tarn.core.project.ServerSetting;
import dev.tarn.core.project.SpoolingSetting;
import dev.tarn.query.ResultColumn;
import io.trino.spi.type.BigintType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of segments: who gets them, how long they are there, and what happens when there is no room.
final class SegmentsTest {
    private static final List<ResultColumn> COLUMNS = List.of(new ResultColumn("n", BigintType.BIGINT));
    private static final List<ServerSetting.Token> TOKENS = List.of(
            new ServerSetting.Token("ada", Sha256.hex("of-ada")), new ServerSetting.Token("eve", Sha256.hex("of-eve")));

    @TempDir
    private Path folder;

    private Path segments;
    private ScriptedServer server;

    @BeforeEach
    void start() {
        segments = folder.resolve("segments");
        start("json+zstd", SpoolingSetting.defaults());
    }

    private void start(String encoding, SpoolingSetting spooling) {
        start(encoding, spooling, List.of());
    }

    private void start(String encoding, SpoolingSetting spooling, List<ServerSetting.Token> tokens) {
        if (server != null) {
            server.close();
        }
        server = new ScriptedServer(encoding, Duration.ofMinutes(5), spooling, segments, tokens);
        server.engine.rows("few", COLUMNS, once(page(0, 10)));
        server.engine.rows("many", COLUMNS, n -> n < 100 ? page(n * 1000, 1000) : List.of());
        server.engine.rows("endless", COLUMNS, n -> page(n * 1000, 1000));
        server.engine.rows("failing", COLUMNS, n -> {
            if (n == 30) {
                throw new TarnException(ErrorCode.QUERY_FAILED, "the thirtieth page is missing");
            }
            return page(n * 1000, 1000);
        });
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void fewRowsComeWithinTheAnswer() throws Exception {
        JsonNode answer = server.answered("few");

        assertThat(answer.path("data").path("encoding").asText()).isEqualTo("json+zstd");
        JsonNode segment = answer.path("data").path("segments").get(0);
        assertThat(segment.path("type").asText()).isEqualTo("inline");
        assertThat(segment.path("metadata").path("rowsCount").asLong()).isEqualTo(10);
        assertThat(segment.path("metadata").has("uncompressedSize")).isFalse();
        assertThat(server.rows(answer)).hasSize(10);
        assertThat(files()).isEmpty();
    }

    @Test
    void manyRowsAreFetchedInOrderEachOnce() throws Exception {
        Set<String> ids = new HashSet<>();
        long next = 0;
        JsonNode answer = server.post("many");
        for (boolean more = true; more; answer = more ? server.get(answer) : answer) {
            more = answer.has("nextUri");
            for (JsonNode segment : answer.path("data").path("segments")) {
                JsonNode metadata = segment.path("metadata");
                assertThat(metadata.path("rowOffset").asLong()).isEqualTo(next);
                next += metadata.path("rowsCount").asLong();
                if (segment.path("type").asText().equals("spooled")) {
                    assertThat(metadata.path("segmentSize").asInt())
                            .isLessThan(metadata.path("uncompressedSize").asInt());
                    assertThat(Instant.parse(metadata.path("expiresAt").asText()))
                            .isAfter(Instant.now().plusSeconds(3_000));
                    assertThat(ids.add(segment.path("uri").asText())).isTrue();
                    assertThat(segment.path("uri").asText()).matches(".*/v1/spooled/download/[0-9a-f]{32}");
                }
            }
            List<JsonNode> rows = server.rows(answer);
            for (int i = 0; i < rows.size(); i++) {
                assertThat(rows.get(i).get(0).asLong()).isEqualTo(next - rows.size() + i);
            }
        }
        assertThat(next).isEqualTo(100_000);
        assertThat(ids).hasSizeGreaterThan(4);
    }

    @Test
    void jdbcAcknowledgesWhatItHas() throws Exception {
        assertThat(count("many")).isEqualTo(100_000);
        await(() -> files().isEmpty());
    }

    @Test
    void anAcknowledgedSegmentIsGone() throws Exception {
        JsonNode segment = firstSpooled("endless");
        String uri = segment.path("uri").asText();
        assertThat(server.bytes(segment)).isEqualTo(server.bytes(segment));

        assertThat(server.request("GET", segment.path("ackUri").asText()).statusCode())
                .isEqualTo(200);
        assertThat(files()).doesNotContain(uri.substring(uri.lastIndexOf('/') + 1));
        assertThat(server.request("GET", uri).statusCode()).isEqualTo(410);
        assertThat(server.request("GET", uri).body()).contains("there is no segment", "run the statement again");
        assertThat(server.request("GET", segment.path("ackUri").asText()).statusCode())
                .isEqualTo(410);
        assertThat(server.request("GET", server.url() + "/v1/spooled/download/..%2f..%2ftarn.yml")
                        .statusCode())
                .isEqualTo(410);
    }

    @Test
    void aCancelledStatementLeavesNothing() throws Exception {
        JsonNode answer = firstWithSpooled("endless");
        assertThat(files()).isNotEmpty();

        server.request("DELETE", answer.path("nextUri").asText());
        await(() -> server.ended.size() == 1);
        assertThat(files()).isEmpty();
        String uri = spooled(answer).orElseThrow().path("uri").asText();
        assertThat(server.request("GET", uri).statusCode()).isEqualTo(410);
    }

    @Test
    void aClientThatStopsReadingTakesAFewSegments() throws Exception {
        server.answered("endless");
        server.settled();
        assertThat(files()).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void whatAClientWasToldOfOutlivesTheStatementsFailure() throws Exception {
        JsonNode answer = server.post("failing");
        List<JsonNode> told = new ArrayList<>();
        while (answer.has("nextUri")) {
            answer.path("data").path("segments").forEach(told::add);
            answer = server.get(answer);
        }
        assertThat(answer.path("error").path("message").asText()).contains("the thirtieth page is missing");
        assertThat(told).isNotEmpty();
        for (JsonNode segment : told) {
            assertThat(server.bytes(segment)).isNotEmpty();
        }
        assertThat(files()).hasSize(told.size());
    }

    @Test
    void aSegmentWhoseTimeIsOverIsGone() throws Exception {
        server.close();
        server = new ScriptedServer(
                "json",
                Duration.ofSeconds(2),
                new SpoolingSetting(List.of(ResultEncoding.JSON), 1 << 20, Duration.ofMillis(1)),
                segments,
                List.of());
        server.engine.rows("endless", COLUMNS, n -> page(n * 1000, 1000));
        firstSpooled("endless");
        await(() -> files().isEmpty());
    }

    @Test
    void anotherUserIsRefused() throws Exception {
        String uri = firstSpooled("endless").path("uri").asText();

        assertThat(server.send(HttpRequest.newBuilder(URI.create(uri))
                                .header("X-Trino-User", "eve")
                                .build())
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.send(HttpRequest.newBuilder(URI.create(uri))
                                .header("X-Trino-User", "ada")
                                .build())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void withTokensTheIdIsEnoughAndAnotherTokenIsNot() throws Exception {
        start("json", SpoolingSetting.defaults(), TOKENS);
        HttpRequest post = HttpRequest.newBuilder(server.postRequest("endless"), (name, value) -> true)
                .header("Authorization", "Bearer of-ada")
                .build();
        JsonNode answer = server.json(server.send(post).body());
        while (spooled(answer).isEmpty()) {
            HttpRequest next = HttpRequest.newBuilder(
                            URI.create(answer.path("nextUri").asText()))
                    .header("Authorization", "Bearer of-ada")
                    .build();
            answer = server.json(server.send(next).body());
        }
        JsonNode segment = spooled(answer).orElseThrow();
        assertThat(server.bytes(segment)).isNotEmpty();
        URI uri = URI.create(segment.path("uri").asText());
        assertThat(server.send(HttpRequest.newBuilder(uri)
                                .header("Authorization", "Bearer of-eve")
                                .build())
                        .statusCode())
                .isEqualTo(403);
        assertThat(server.send(HttpRequest.newBuilder(uri)
                                .header("Authorization", "Bearer of-nobody")
                                .build())
                        .statusCode())
                .isEqualTo(401);
        assertThat(server.request("GET", server.url() + "/v1/query").statusCode())
                .isEqualTo(401);
    }

    @Test
    void withoutRoomRowsComeWithinTheAnswers() throws Exception {
        start("json+lz4", new SpoolingSetting(List.of(ResultEncoding.JSON_LZ4), 0, Duration.ofHours(1)));
        assertThat(count("many")).isEqualTo(100_000);
        assertThat(files()).isEmpty();

        server.answered("endless");
        // One segment of 64 kB taken, one that waits, and the buffer; a page of 1,000 rows is some 8 kB.
        assertThat(server.settled()).isLessThan(150);

        start("json+lz4", new SpoolingSetting(List.of(ResultEncoding.JSON_LZ4), 100 << 10, Duration.ofHours(1)));
        assertThat(count("many")).isEqualTo(100_000);
    }

    @Test
    void aDiskThatCannotBeWrittenIsSaid() throws Exception {
        Files.writeString(segments, "in the way");
        assertThatThrownBy(() -> count("many"))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("cannot write rows for a client to " + segments);
    }

    @Test
    void aServerBeginsAndEndsWithAnEmptyFolder() throws Exception {
        firstSpooled("endless");
        server.close();
        assertThat(files()).isEmpty();

        Files.writeString(segments.resolve("00112233445566778899aabbccddeeff"), "of a killed server");
        start("json", SpoolingSetting.defaults());
        assertThat(files()).isEmpty();
    }

    @Test
    void theFirstOfTheServersEncodingsThatTheClientNamesIsTaken() throws Exception {
        SpoolingSetting onlyLz4 = new SpoolingSetting(List.of(ResultEncoding.JSON_LZ4), 1 << 30, Duration.ofHours(1));
        start("arrow, json+zstd,json+lz4,json", onlyLz4);
        assertThat(server.answered("few").path("data").path("encoding").asText())
                .isEqualTo("json+lz4");
        start("json+zstd", onlyLz4);
        assertThat(server.answered("few").path("data").isArray()).isTrue();
        start("json+zstd,json+lz4,json", SpoolingSetting.defaults());
        assertThat(server.answered("few").path("data").path("encoding").asText())
                .isEqualTo("json");
    }

    private JsonNode firstSpooled(String sql) throws Exception {
        return spooled(firstWithSpooled(sql)).orElseThrow();
    }

    private JsonNode firstWithSpooled(String sql) throws Exception {
        JsonNode answer = server.post(sql);
        while (spooled(answer).isEmpty()) {
            answer = server.get(answer);
        }
        return answer;
    }

    /// The first segment of an answer that is to be fetched.
    private static Optional<JsonNode> spooled(JsonNode answer) {
        for (JsonNode segment : answer.path("data").path("segments")) {
            if (segment.path("type").asText().equals("spooled")) {
                return Optional.of(segment);
            }
        }
        return Optional.empty();
    }

    private long count(String sql) throws SQLException {
        long count = 0;
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                assertThat(rows.getLong(1)).isEqualTo(count++);
            }
        }
        return count;
    }

    private List<String> files() {
        if (!Files.isDirectory(segments)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(segments)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
