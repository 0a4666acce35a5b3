package dev.tarn.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.identity.Identity;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.feast.FeastFace;
import dev.tarn.feature.online.Materializer;
import dev.tarn.feature.online.RealRedis;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole stage over a real lake and the real engine, asked as Feast's clients ask.
class LakeFeaturesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant NOW = Instant.parse("2026-03-10T12:00:00Z");

    @TempDir
    Path folder;

    private Lake lake;
    private DuckDb duckDb;
    private QueryEngine engine;
    private LakeRelations relations;
    private FeatureStage stage;

    @BeforeEach
    void open() throws Exception {
        lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        duckDb = DuckDb.open(DuckDbConfig.of(512L << 20, 2, folder.resolve("spill"), folder));
        engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults());
        relations = new LakeRelations(lake, duckDb, engine, Identity.local("test"), "main");
        relations.execute("CREATE SCHEMA silver");
        relations.execute("CREATE TABLE silver.payments (payment_id bigint, client_id integer, merchant varchar,"
                + " amount decimal(12,2), score double, paid_at timestamp(6))");
        relations.execute("INSERT INTO silver.payments VALUES"
                + " (1, 7, 'a', 10.25, 0.1, TIMESTAMP '2026-03-10 11:00:00'),"
                + " (2, 7, 'b', 20.50, 0.2, TIMESTAMP '2026-03-09 12:00:00'),"
                + " (3, 7, 'a', 40.00, 0.3, TIMESTAMP '2026-03-09 12:00:00.000001'),"
                + " (4, 8, 'c', 1.00, nan(), TIMESTAMP '2026-03-01 00:00:00')");
        Files.createDirectories(folder.resolve("features"));
        Files.writeString(folder.resolve("features/clients.yml"), """
                entities:
                  client:
                    keys: {client: bigint}
                views:
                  spending:
                    entity: client
                    from: silver.payments
                    keys: {client: client_id}
                    event-time: paid_at
                    push: true
                    features:
                      payments: {count: "*", windows: [1d, 30d]}
                      spent: {sum: amount, windows: [1d, 30d]}
                      risk: {mean: score, where: is_finite(score), windows: [30d]}
                      merchants: {count-distinct: merchant, windows: [30d]}
                      last_merchant: {last: merchant}
                on-demand:
                  jump:
                    inputs: {amount: double}
                    uses: [spending:spent_30d]
                    sql: amount / CAST(spent_30d AS double)
                services:
                  check:
                    features: [spending:payments_1d, spending:spent_30d]
                """);
        stage = start();
    }

    private FeatureStage start() {
        return FeatureStage.open(
                FeatureFiles.read(folder.resolve("features"), new Interpolation(Map.of(), Map.of())),
                relations,
                folder.resolve("online"),
                "test",
                2,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    @AfterEach
    void close() {
        stage.close();
        engine.close();
        duckDb.close();
        lake.close();
    }

    @Test
    void answersAsFeastDoes() throws Exception {
        assertThat(post("/get-online-features", """
                {"features": ["spending:payments_1d"], "entities": {"client": [7]}}""").path("detail").asText()).contains("not in the online store yet");
        assertThat(post("/materialize-incremental", "{\"end_ts\": \"2026-03-10T12:00:00\"}")
                        .isNull())
                .isTrue();
        JsonNode answer = post("/get-online-features", """
                {"features": ["spending:payments_1d", "spending:spent_30d", "spending:last_merchant"],
                 "entities": {"client": [7, 8, 99, null]}, "full_feature_names": true}""");
        assertThat(answer).isEqualTo(JSON.readTree("""
                {"metadata": {"feature_names":
                   ["client", "spending__payments_1d", "spending__spent_30d", "spending__last_merchant"]},
                 "results": [
                  {"values": [7, 8, 99, null], "statuses": ["PRESENT", "PRESENT", "PRESENT", "PRESENT"],
                   "event_timestamps": ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
                    "1970-01-01T00:00:00Z"]},
                  {"values": [2, 0, 0, 0], "statuses": ["PRESENT", "PRESENT", "NOT_FOUND", "NOT_FOUND"],
                   "event_timestamps": ["2026-03-10T11:00:00Z", "2026-03-01T00:00:00Z", "1970-01-01T00:00:00Z",
                    "1970-01-01T00:00:00Z"]},
                  {"values": [70.75, 1.00, null, null],
                   "statuses": ["PRESENT", "PRESENT", "NOT_FOUND", "NOT_FOUND"],
                   "event_timestamps": ["2026-03-10T11:00:00Z", "2026-03-01T00:00:00Z", "1970-01-01T00:00:00Z",
                    "1970-01-01T00:00:00Z"]},
                  {"values": ["a", "c", null, null], "statuses": ["PRESENT", "PRESENT", "NOT_FOUND", "NOT_FOUND"],
                   "event_timestamps": ["2026-03-10T11:00:00Z", "2026-03-01T00:00:00Z", "1970-01-01T00:00:00Z",
                    "1970-01-01T00:00:00Z"]}]}"""));
        JsonNode service = post("/get-online-features", """
                {"feature_service": "check", "entities": {"client": [7]}}""");
        assertThat(service.at("/metadata/feature_names").toString())
                .isEqualTo("[\"client\",\"payments_1d\",\"spent_30d\"]");
        JsonNode jump = post("/get-online-features", """
                {"features": ["jump"], "entities": {"client": [7], "amount": [141.5]}}""");
        assertThat(jump.at("/results/2/values/0").doubleValue()).isEqualTo(2.0);
    }

    @Test
    void saysWhatIsWrongInARequest() throws Exception {
        stage.materializer().all();
        assertThat(detail("{\"features\": [\"spendin:x\"], \"entities\": {\"client\": [1]}}"))
                .contains("no feature view 'spendin'; did you mean 'spending'?");
        assertThat(detail("{\"features\": [\"spending:x\"], \"entities\": {\"client\": [1]}}"))
                .contains("no feature of view 'spending' 'x'");
        assertThat(detail("{\"features\": [\"spending\"], \"entities\": {\"card\": [1]}}"))
                .contains("the join key 'client' is missing");
        assertThat(detail("{\"features\": [\"spending\"], \"entities\": {\"client\": [\"x\"]}}"))
                .contains("'client' is a bigint, and not 'x'");
        assertThat(detail("{\"features\": [\"spending\"], \"entities\": {\"client\": [1.5]}}"))
                .contains("'client' is a bigint");
        assertThat(detail("{\"features\": [\"spending\"], \"entities\": {\"client\": [1], \"b\": [1, 2]}}"))
                .contains("has 2 values, and the one before it 1");
        assertThat(detail("{\"features\": [\"spending\"], \"entitys\": {}}")).contains("unknown field 'entitys'");
        assertThat(detail("{\"entities\": {}}")).contains("either 'features' or 'feature_service'");
        assertThat(detail("{nonsense")).contains("the body is no JSON");
        String many = "1,".repeat(999_999) + "1";
        assertThat(detail("{\"features\": [\"spending\"], \"entities\": {\"client\": [" + many + "]}}"))
                .contains("1000000 rows are more than one request takes (10000)");
        assertThat(post("/push", "{\"push_source_name\": \"spending\", \"df\": {\"client_id\": [7], \"paid\": [1]}}")
                        .path("detail")
                        .asText())
                .contains("no column 'paid'");
    }

    @Test
    void followsTheTable() throws Exception {
        FeatureView view = stage.definitions().view("spending");
        assertThat(stage.materializer().upToDate(view).way()).isEqualTo(Materializer.Way.REFILLED);
        relations.execute("INSERT INTO silver.payments VALUES (5, 7, 'd', 5.00, 0.5, TIMESTAMP '2026-03-10 11:30:00')");
        Materializer.Report added = stage.materializer().upToDate(view);
        assertThat(added.way()).isEqualTo(Materializer.Way.ADDED);
        assertThat(added.rows()).isEqualTo(1);
        assertThat(lake.branches()).hasSize(1);
        same(view);
        // Pushed: there at once, in its table afterwards, in training too, and still once after a restart.
        post("/push", """
                {"push_source_name": "spending", "to": "online_and_offline", "df": {"payment_id": [6], "client_id": [7],
                 "merchant": ["e"], "amount": [2.5], "score": [null], "paid_at": ["2026-03-10T11:59:00+00:00"]}}""");
        assertThat(spent(7)).isEqualTo(78.25);
        same(view);
        assertThat(relations
                        .compile("SELECT * FROM bronze.pushed_spending", Map.of())
                        .snapshots())
                .isNotEmpty();
        stage.close();
        stage = start();
        assertThat(spent(7)).isEqualTo(78.25);
        lake.main()
                .loadTable(TableIdentifier.of("silver", "payments"))
                .newDelete()
                .deleteFromRowFilter(Expressions.equal("payment_id", 5))
                .commit();
        assertThat(stage.materializer().upToDate(view).way()).isEqualTo(Materializer.Way.REFILLED);
        assertThat(spent(7)).isEqualTo(73.25);
        same(view);
    }

    @Test
    void theContinuousCheckCountsWhatDiffers() {
        FeatureView view = stage.definitions().view("spending");
        stage.materializer().upToDate(view);
        stage.compare(view, 1);
        long values = stage.verified().values();
        assertThat(values).isPositive();
        assertThat(stage.verified().differences()).isZero();
        // An event that is in no table, as damage would leave one.
        stage.pushes()
                .push(
                        view,
                        List.of(Map.of(
                                "payment_id",
                                9,
                                "client_id",
                                7,
                                "merchant",
                                "x",
                                "amount",
                                1.5,
                                "paid_at",
                                "2026-03-10T11:00:00")));
        stage.pushes().flush();
        relations.execute("DROP TABLE bronze.pushed_spending");
        stage.compare(view, 2);
        assertThat(stage.verified().values()).isEqualTo(2 * values);
        assertThat(stage.verified().differences()).isPositive();
    }

    @Test
    void trainsOnAnOldSnapshotAgain() {
        OfflineFeatures.Request now = request(Map.of());
        Map<String, Long> snapshots;
        double[] before;
        try (TrainingFrame frame = stage.offline().join(now)) {
            snapshots = frame.snapshots();
            before = frame.doubles("spending__spent_30d");
        }
        assertThat(snapshots).containsKey("silver.payments");
        relations.execute("INSERT INTO silver.payments VALUES (9, 7, 'z', 9.00, 1, TIMESTAMP '2026-03-08 00:00:00')");
        try (TrainingFrame frame = stage.offline().join(now);
                TrainingFrame again = stage.offline().join(request(snapshots))) {
            assertThat(frame.doubles("spending__spent_30d")).isNotEqualTo(before);
            assertThat(again.doubles("spending__spent_30d")).isEqualTo(before);
        }
    }

    @Test
    void namesTheLineOfAnUnknownColumn() throws Exception {
        Path file = folder.resolve("features/clients.yml");
        String good = Files.readString(file);
        stage.close();
        Files.writeString(file, good.replace("sum: amount", "sum: amout"));
        stage = start();
        assertThatThrownBy(() -> stage.materializer().all())
                .hasMessageContaining("clients.yml:13: spent_1d: ")
                .hasMessageContaining("amout");
        stage.close();
        Files.writeString(file, good.replace("sum: amount", "sum: merchant"));
        stage = start();
        assertThatThrownBy(() -> stage.materializer().all())
                .hasMessageContaining("clients.yml:13: sum needs a number, and merchant is varchar");
        stage.close();
        Files.writeString(file, good.replace("silver.payments", "silver.payment"));
        stage = start();
        assertThatThrownBy(() -> stage.materializer().all()).hasMessageContaining("clients.yml:6: source: ");
    }

    /// Killed under requests and started again with nothing: an answer is right, or says that there is none.
    @Test
    void whatIsServedIsNeverWrongWhileRedisIsLost() throws Exception {
        stage.close();
        try (RealRedis redis = new RealRedis(folder)) {
            Files.writeString(folder.resolve("features/store.yml"), "online-store: " + redis.address() + "\n");
            stage = start();
            stage.materializer().all();
            JsonNode right = asked();
            assertThat(right.has("results")).as(right.toString()).isTrue();
            Queue<String> wrong = new ConcurrentLinkedQueue<>();
            LongAdder rights = new LongAdder();
            LongAdder away = new LongAdder();
            LongAdder empty = new LongAdder();
            AtomicBoolean over = new AtomicBoolean();
            List<Future<?>> reading = new ArrayList<>();
            try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int reader = 0; reader < 4; reader++) {
                    reading.add(readers.submit(() -> {
                        while (!over.get()) {
                            JsonNode said = asked();
                            String detail = said.path("detail").asText();
                            if (said.equals(right)) {
                                rights.increment();
                            } else if (detail.contains("does not answer: start it")) {
                                away.increment();
                            } else if (detail.contains("not in the online store yet") || detail.contains("went away")) {
                                empty.increment();
                            } else {
                                wrong.add(said.toString());
                            }
                        }
                        return null;
                    }));
                }
                try {
                    for (int loss = 0; loss < 3; loss++) {
                        more(rights);
                        redis.kill();
                        more(away);
                        redis.restart();
                        more(empty);
                        stage.materializer().all();
                    }
                    more(rights);
                } finally {
                    over.set(true);
                }
            }
            for (Future<?> reader : reading) {
                reader.get();
            }
            assertThat(wrong).isEmpty();
        } finally {
            Files.deleteIfExists(folder.resolve("features/store.yml"));
        }
    }

    private JsonNode asked() throws Exception {
        return post(
                "/get-online-features",
                "{\"features\": [\"spending:payments_1d\", \"spending:spent_30d\"], \"entities\": {\"client\": [7, 8]}}");
    }

    private static void more(LongAdder counter) throws InterruptedException {
        long wanted = counter.sum() + 20;
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (counter.sum() < wanted) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(5);
        }
    }

    @Test
    void anOnlineStoreWhoseFolderIsLostServesOnAndIsFilledAgain() throws Exception {
        FeatureView view = stage.definitions().view("spending");
        stage.materializer().upToDate(view);
        JsonNode right = asked();
        try (Stream<Path> files = Files.walk(folder.resolve("online"))) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        assertThat(asked()).isEqualTo(right);
        stage.close();
        stage = start();
        assertThat(asked().path("detail").asText()).contains("not in the online store yet");
        assertThat(stage.materializer().upToDate(view).way()).isEqualTo(Materializer.Way.REFILLED);
        assertThat(asked()).isEqualTo(right);
        same(view);
    }

    @Test
    void aViewOverADroppedColumnIsNamed() throws Exception {
        FeatureView view = stage.definitions().view("spending");
        stage.materializer().upToDate(view);
        JsonNode before = asked();
        relations.execute("ALTER TABLE silver.payments DROP COLUMN score");
        relations.execute("INSERT INTO silver.payments VALUES (5, 7, 'd', 5.00, TIMESTAMP '2026-03-10 11:30:00')");
        stage.close();
        stage = start();
        assertThatThrownBy(() -> stage.materializer().upToDate(view))
                .hasMessageContaining("clients.yml:14: risk_30d")
                .hasMessageContaining("score");
        assertThat(post("/materialize-incremental", "{}").path("detail").asText())
                .contains("clients.yml:14");
        assertThat(post("/push", "{\"push_source_name\": \"spending\", \"df\": {\"client_id\": [7]}}")
                        .path("detail")
                        .asText())
                .contains("score");
        assertThat(asked().path("detail").asText()).as(before.toString()).contains("score");
    }

    @Test
    void aCallWithNumbersThatAreNoneIsRefused() throws Exception {
        stage.materializer().all();
        String asked = "{\"features\": [\"spending:payments_1d\"], \"entities\": {\"client\": [%s]}}";
        for (String key : List.of("1e999", "-1e999", "\"Infinity\"", "true", "99999999999999999999")) {
            assertThat(detail(asked.formatted(key))).as(key).contains("'client' is a bigint");
        }
        assertThat(detail(asked.formatted("NaN"))).contains("the body is no JSON");
        assertThat(detail(asked.formatted("[1]"))).contains("expected plain values, not lists or objects");
        assertThat(detail("{\"features\": [\"jump\"], \"entities\": {\"client\": [7], \"amount\": [\"much\"]}}"))
                .contains("amount");
        assertThat(post("/get-online-features", asked.formatted("")).at("/results/0/values"))
                .isEmpty();
    }

    private OfflineFeatures.Request request(Map<String, Long> snapshots) {
        return new OfflineFeatures.Request(
                "SELECT BIGINT '7' AS client, TIMESTAMP '2026-03-10 12:00:00' AS at_time",
                "at_time",
                new FeatureSelection.Names(List.of("spending")),
                snapshots);
    }

    private void same(FeatureView view) {
        assertThat(stage.verifier().verify(view, NOW, 100, 1).differences()).isEmpty();
        assertThat(stage.verifier().verify(view, NOW, 100, 1).entities()).isEqualTo(2);
    }

    private double spent(long client) throws Exception {
        return post(
                        "/get-online-features",
                        "{\"features\": [\"spending:spent_30d\"], \"entities\": {\"client\": [" + client + "]}}")
                .at("/results/1/values/0")
                .doubleValue();
    }

    private String detail(String body) throws Exception {
        return post("/get-online-features", body).path("detail").asText();
    }

    private JsonNode post(String path, String body) throws Exception {
        FeastFace face = new FeastFace(() -> stage, Clock.fixed(NOW, ZoneOffset.UTC));
        Request request = new Posted(path, body);
        Route route = face.routes().stream()
                .filter(each -> each.pattern().equals(path))
                .findFirst()
                .orElseThrow();
        Response response;
        try {
            response = route.handler().handle(request);
        } catch (Exception e) {
            response = face.error(request, e);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        response.body().writeTo(out);
        return JSON.readTree(out.toByteArray());
    }

    private record Posted(String path, String text) implements Request {
        @Override
        public String method() {
            return "POST";
        }

        @Override
        public String pathParam(String name) {
            throw new IllegalArgumentException(name);
        }

        @Override
        public Map<String, List<String>> query() {
            return Map.of();
        }

        @Override
        public List<String> headers(String name) {
            return List.of();
        }

        @Override
        public String baseUrl() {
            return "http://127.0.0.1";
        }

        @Override
        public Identity identity() {
            return Identity.local("test");
        }

        @Override
        public InputStream body() {
            return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
