package dev.tarn.server;

import static dev.tarn.server.ScriptedServer.await;
import static dev.tarn.server.ScriptedServer.once;
import static dev.tarn.server.ScriptedServer.page;
import static dev.tarn.server.ScriptedServer.row;
import static io.trino.spi.type.BigintType.BIGINT;
import static io.trino.spi.type.BooleanType.BOOLEAN;
import static io.trino.spi.type.DateType.DATE;
import static io.trino.spi.type.DecimalType.createDecimalType;
import static io.trino.spi.type.DoubleType.DOUBLE;
import static io.trino.spi.type.TimestampType.TIMESTAMP_MICROS;
import static io.trino.spi.type.TimestampWithTimeZoneType.TIMESTAMP_TZ_MILLIS;
import static io.trino.spi.type.VarbinaryType.VARBINARY;
import static io.trino.spi.type.VarcharType.VARCHAR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.project.SpoolingSetting;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SessionChanges;
import dev.tarn.query.StatementInfo;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.TypeOperators;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// The protocol itself, by trino-jdbc and by hand, over an engine whose statements do as they are told: with rows
/// within the answers, and in every encoding of segments.
@ParameterizedClass
@ValueSource(strings = {"", "json", "json+zstd", "json+lz4"})
final class TrinoProtocolTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Parameter
    private String encoding;

    @TempDir
    private Path segments;

    private ScriptedServer server;
    private ScriptedEngine engine;
    private List<StatementInfo> ended;

    @BeforeEach
    void start() {
        start(Duration.ofMinutes(5));
    }

    private void start(Duration abandonedAfter) {
        // trino-jdbc always asks for segments, and gets none where there are none.
        SpoolingSetting spooling = encoding.isEmpty()
                ? new SpoolingSetting(List.of(), 0, Duration.ofHours(1))
                : SpoolingSetting.defaults();
        server = new ScriptedServer(encoding, abandonedAfter, spooling, segments, List.of());
        engine = server.engine;
        ended = server.ended;
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void jdbcReadsEveryKindOfValue() throws SQLException {
        RowType row = RowType.rowType(RowType.field("a", BIGINT), RowType.field("b", VARCHAR));
        MapType map = new MapType(VARCHAR, BIGINT, new TypeOperators());
        engine.rows(
                "types",
                List.of(
                        new ResultColumn("i", BIGINT),
                        new ResultColumn("b", BOOLEAN),
                        new ResultColumn("d", DOUBLE),
                        new ResultColumn("m", createDecimalType(38, 2)),
                        new ResultColumn("t", VARCHAR),
                        new ResultColumn("day", DATE),
                        new ResultColumn("ts", TIMESTAMP_MICROS),
                        new ResultColumn("tz", TIMESTAMP_TZ_MILLIS),
                        new ResultColumn("bytes", VARBINARY),
                        new ResultColumn("list", new ArrayType(BIGINT)),
                        new ResultColumn("map", map),
                        new ResultColumn("row", row)),
                once(List.of(
                        row(
                                Long.MAX_VALUE,
                                true,
                                Double.NaN,
                                "123456789012345678901234567890123456.78",
                                "grüß \"dich\" \n",
                                "2010-01-31",
                                "2010-01-31 12:34:56.123456",
                                "2010-01-31 12:34:56.123 Europe/Paris",
                                "AAEC/w==",
                                Arrays.asList(1L, null, 3L),
                                Map.of("one", 1L),
                                Arrays.asList(7L, "x")),
                        row(
                                null,
                                null,
                                Double.NEGATIVE_INFINITY,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null))));

        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("types")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong("i")).isEqualTo(Long.MAX_VALUE);
            assertThat(rows.getBoolean("b")).isTrue();
            assertThat(rows.getDouble("d")).isNaN();
            assertThat(rows.getBigDecimal("m")).isEqualTo(new BigDecimal("123456789012345678901234567890123456.78"));
            assertThat(rows.getString("t")).isEqualTo("grüß \"dich\" \n");
            assertThat(rows.getDate("day")).isEqualTo("2010-01-31");
            assertThat(rows.getTimestamp("ts").toLocalDateTime()).hasToString("2010-01-31T12:34:56.123456");
            assertThat(rows.getString("tz")).isEqualTo("2010-01-31 12:34:56.123 Europe/Paris");
            assertThat(rows.getBytes("bytes")).containsExactly(0, 1, 2, 0xff);
            assertThat((Object[]) rows.getArray("list").getArray()).containsExactly(1L, null, 3L);
            assertThat(rows.getObject("map")).isEqualTo(Map.of("one", 1L));
            assertThat(rows.getObject("row").toString()).contains("a=7").contains("b=x");
            assertThat(rows.getMetaData().getColumnTypeName(7)).isEqualTo("timestamp(6)");
            assertThat(rows.next()).isTrue();
            assertThat(rows.getDouble("d")).isEqualTo(Double.NEGATIVE_INFINITY);
            assertThat(rows.getObject("m")).isNull();
            assertThat(rows.next()).isFalse();
        }
    }

    @Test
    void manyPagesArriveInOrderAndOnce() throws Exception {
        engine.rows("count", List.of(new ResultColumn("n", BIGINT)), n -> n < 500 ? page(n * 1000, 1000) : List.of());

        try (Connection connection = server.connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("count")) {
            for (long expected = 0; expected < 500_000; expected++) {
                assertThat(rows.next()).isTrue();
                if (rows.getLong(1) != expected) {
                    throw new AssertionError("expected " + expected + ", got " + rows.getLong(1));
                }
            }
            assertThat(rows.next()).isFalse();
        }
        await(() -> engine.closed.get() == 1);
    }

    @Test
    void aClientThatStopsReadingHoldsNoMoreThanABuffer() throws Exception {
        engine.rows("endless", List.of(new ResultColumn("n", BIGINT)), n -> page(n * 1000, 1000));
        JsonNode first = server.answered("endless");
        assertThat(server.rows(first)).isNotEmpty();

        long made = server.settled();
        // One page of 1,000 rows is some 8 kB of JSON; the buffer holds 64 kB, and one answer was taken. Two segments
        // of 64 kB wait beside the buffer, and as many were taken.
        assertThat(made).isLessThan(60);
        Thread.sleep(200);
        assertThat(engine.pagesMade.get()).isEqualTo(made);
    }

    @Test
    void anAnswerCanBeAskedForAgainUntilTheNextIs() throws Exception {
        engine.rows("endless", List.of(new ResultColumn("n", BIGINT)), n -> page(n * 1000, 1000));
        JsonNode start = server.post("endless");
        String firstUri = start.path("nextUri").asText();
        JsonNode first = server.fetch(firstUri);
        JsonNode again = server.fetch(firstUri);
        assertThat(again.path("data")).isEqualTo(first.path("data"));
        List<JsonNode> rows = server.rows(first);

        JsonNode second = server.get(first);
        assertThat(server.rows(second).getFirst().get(0).asLong())
                .isEqualTo(rows.getLast().get(0).asLong() + 1);
        assertThat(server.request("GET", firstUri).statusCode()).isEqualTo(410);
        assertThat(server.request("GET", second.path("nextUri").asText().replaceAll("/x[0-9a-f]+/", "/xabc/"))
                        .statusCode())
                .isEqualTo(410);
    }

    @Test
    void theSameRequestTwiceAtOnceLosesNoRows() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        engine.rows("gated", List.of(new ResultColumn("n", BIGINT)), n -> {
            awaitLatch(go);
            return n < 1 ? page(0, 10) : List.of();
        });
        String uri = server.post("gated").path("nextUri").asText();
        List<JsonNode> answers = new CopyOnWriteArrayList<>();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            clients.add(Thread.startVirtualThread(() -> answers.add(server.fetch(uri))));
        }
        Thread.sleep(50);
        go.countDown();
        for (Thread client : clients) {
            client.join();
        }
        assertThat(answers).hasSize(2);
        assertThat(answers.get(0).path("data")).isEqualTo(answers.get(1).path("data"));
        assertThat(server.rows(answers.getFirst())).hasSize(10);
    }

    @Test
    void aStatementNobodyAsksForIsCancelledAndForgotten() throws Exception {
        stop();
        start(Duration.ofSeconds(2));
        engine.rows("endless", List.of(new ResultColumn("n", BIGINT)), n -> page(n * 1000, 1000));
        JsonNode first = server.answered("endless");
        await(() -> engine.closed.get() == 1);
        await(() -> ended.size() == 1);

        assertThat(ended.getFirst().state()).isEqualTo("FAILED");
        assertThat(ended.getFirst().error().orElseThrow().message()).contains("its client asked for nothing");
        JsonNode last = server.get(first);
        assertThat(last.path("error").path("errorName").asText()).isEqualTo("USER_CANCELED");
        assertThat(last.has("nextUri")).isFalse();
    }

    @Test
    void aStatementIsCancelledByItsClient() throws Exception {
        engine.rows("endless", List.of(new ResultColumn("n", BIGINT)), n -> page(n * 1000, 1000));
        JsonNode first = server.answered("endless");
        assertThat(server.request("DELETE", first.path("nextUri").asText()).statusCode())
                .isEqualTo(204);
        await(() -> engine.closed.get() == 1);
        assertThat(server.get(first).path("error").path("message").asText()).isEqualTo("Query was canceled");
    }

    @Test
    void moreStatementsThanMayRunWaitAndMoreThanMayWaitAreRefused() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        engine.rows("gated", List.of(new ResultColumn("n", BIGINT)), n -> {
            awaitLatch(go);
            return n < 1 ? page(0, 1) : List.of();
        });
        for (int i = 0; i < 7; i++) {
            server.get(server.post("gated"));
        }
        await(() -> server.face.statements().stream()
                        .filter(s -> s.state().equals("RUNNING"))
                        .count()
                == 4);
        assertThat(server.face.statements().stream().filter(s -> s.state().equals("QUEUED")))
                .hasSize(3);
        assertThat(server.send(server.postRequest("gated")).statusCode()).isEqualTo(429);
        go.countDown();
        await(() -> server.face.statements().stream().allMatch(s -> s.state().equals("FINISHED")));
    }

    @Test
    void statementsThatEndedTakeNobodysPlace() throws Exception {
        engine.rows("quick", List.of(new ResultColumn("n", BIGINT)), once(List.of(row(1L))));
        for (int i = 0; i < 30; i++) { // more than may run, wait and be remembered together
            JsonNode answer = server.post("quick");
            while (answer.has("nextUri")) {
                answer = server.get(answer);
            }
            assertThat(answer.path("error").isMissingNode()).isTrue();
        }
        assertThat(server.face.statements()).hasSizeBetween(10, 20);
    }

    @Test
    void errorsHaveTrinosCodes() throws SQLException {
        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("nonsense"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getErrorCode())
                                    .isEqualTo(io.trino.spi.StandardErrorCode.NOT_SUPPORTED
                                            .toErrorCode()
                                            .getCode()))
                    .hasMessageContaining("no script for: nonsense");
        }
    }

    @Test
    void jdbcFollowsChangesOfTheSession() throws SQLException {
        engine.changes("USE tarn.gold", "USE", SessionChanges.use(Optional.of("tarn"), "gold"));
        engine.changes("SET SESSION x = 'a b'", "SET SESSION", SessionChanges.set("x", "a b"));
        engine.changes("PREPARE p FROM SELECT 1, ','", "PREPARE", SessionChanges.prepare("p", "SELECT 1, ','"));
        String longStatement = "SELECT '" + "long ".repeat(2_000) + "'";
        engine.changes("PREPARE q", "PREPARE", SessionChanges.prepare("q", longStatement));
        engine.changes("DEALLOCATE", "DEALLOCATE", SessionChanges.deallocate("p"));
        engine.changes("look", "LOOK", SessionChanges.NONE);

        try (Connection connection = server.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("USE tarn.gold");
            statement.execute("SET SESSION x = 'a b'");
            statement.execute("PREPARE p FROM SELECT 1, ','");
            statement.execute("PREPARE q");
            statement.execute("look");
            assertThat(connection.getSchema()).isEqualTo("gold");
            assertThat(engine.lastSession.schema()).contains("gold");
            assertThat(engine.lastSession.identity().user()).isEqualTo("ada");
            assertThat(engine.lastSession.properties()).containsEntry("x", "a b");
            assertThat(engine.lastSession.prepared())
                    .containsEntry("p", "SELECT 1, ','")
                    .containsEntry("q", longStatement);
            statement.execute("DEALLOCATE");
            statement.execute("look");
            assertThat(engine.lastSession.prepared()).doesNotContainKey("p");
        }
    }

    @Test
    void clientsThatKnowOnlyMillisecondsGetThem() throws Exception {
        engine.rows(
                "ts",
                List.of(new ResultColumn("ts", TIMESTAMP_MICROS)),
                once(List.of(row("2010-12-31 23:59:59.999600"))));
        JsonNode answer = server.answered("ts");
        assertThat(answer.path("columns").get(0).path("type").asText()).isEqualTo("timestamp");
        assertThat(server.rows(answer).getFirst().get(0).asText()).isEqualTo("2011-01-01 00:00:00.000");
    }

    @Test
    void wrongRequestsAreToldSo() throws Exception {
        assertThat(server.send(server.postRequest("")).statusCode()).isEqualTo(400);
        assertThat(server.send(server.postRequest("x".repeat(10_001))).body()).contains("longer than 10000 bytes");
        HttpRequest zone = HttpRequest.newBuilder(URI.create(server.url() + "/v1/statement"))
                .header("X-Trino-Time-Zone", "Mars/Base")
                .POST(HttpRequest.BodyPublishers.ofString("look"))
                .build();
        assertThat(server.send(zone).statusCode()).isEqualTo(400);
        assertThat(server.send(zone).body()).contains("'Mars/Base' is not a time zone");
        HttpRequest session = HttpRequest.newBuilder(URI.create(server.url() + "/v1/statement"))
                .header("X-Trino-Session", "novalue")
                .POST(HttpRequest.BodyPublishers.ofString("look"))
                .build();
        assertThat(server.send(session).body()).contains("expected name=value");
    }

    @Test
    void infoIsWhatClientsCheck() throws Exception {
        JsonNode info = server.fetch(server.url() + "/v1/info");
        assertThat(info.path("nodeVersion").path("version").asText()).isEqualTo("483");
        assertThat(info.path("starting").asBoolean()).isFalse();
        engine.changes("look", "LOOK", SessionChanges.NONE);
        server.get(server.post("look"));
        JsonNode history =
                JSON.readTree(server.request("GET", server.url() + "/v1/query").body());
        assertThat(history.get(0).path("query").asText()).isEqualTo("look");
    }

    private static void awaitLatch(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
