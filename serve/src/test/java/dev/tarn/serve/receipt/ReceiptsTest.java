package dev.tarn.serve.receipt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.serve.predict.Prediction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiptsTest {
    private static final Duration NEVER = Duration.ofDays(1);

    @TempDir
    Path folder;

    private Lake lake;
    private DuckDb duckDb;
    private QueryEngine engine;

    @BeforeEach
    void start() throws Exception {
        Path warehouse = Files.createDirectories(folder.resolve("warehouse"));
        lake = Lake.open(new LakeConfig(
                LakeConfig.DEFAULT_NAME, warehouse.toString(), new DatabaseConfig.Sqlite(folder.resolve("tarn.db"))));
        duckDb = DuckDb.open(new DuckDbConfig(
                512L << 20, 1, folder.resolve("spill"), List.of(warehouse, folder.resolve("receipts")), List.of()));
        engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults());
    }

    @AfterEach
    void stop() {
        engine.close();
        duckDb.close();
        lake.close();
    }

    private Receipts open() {
        return new Receipts(lake, () -> duckDb, () -> engine, folder.resolve("receipts"), NEVER, days -> {});
    }

    private static Prediction prediction(int i) {
        Map<String, @Nullable Object> request = new LinkedHashMap<>();
        request.put("amount", 12.5);
        request.put("word", "it's \"quoted\",\t\r\nand é");
        request.put("nothing", null);
        return new Prediction(
                String.format("%028x", i),
                Instant.parse("2026-01-02T03:04:05.123456Z"),
                "fraud",
                "card_fraud",
                3,
                "champion",
                "run",
                "code",
                request,
                List.of(
                        new Prediction.Value("amount", 12.5, null, null, 0),
                        new Prediction.Value(
                                "cards__count",
                                7L,
                                FeatureValue.Status.PRESENT,
                                Instant.parse("2026-01-01T00:00:00Z"),
                                99)),
                0.1 + 0.2,
                0.5,
                false,
                List.of("word=x"),
                List.of(new Prediction.Shadow("next", 4, 0.25)),
                "tester");
    }

    private static String line(Prediction prediction) {
        return new String(ReceiptJson.lines(List.of(prediction)), StandardCharsets.UTF_8);
    }

    private long count() {
        try (QueryResult result = engine.execute(
                QuerySession.of(Identity.local("test")),
                "SELECT count(*), count(DISTINCT prediction_id) FROM bronze.predictions")) {
            List<@Nullable Object> row = result.all().getFirst();
            assertThat(row.get(0)).isEqualTo(row.get(1));
            return row.get(0) instanceof Long count ? count : -1;
        }
    }

    @Test
    void aReceiptIsTheSameFromTheFileAndFromTheTable() {
        try (Receipts receipts = open()) {
            receipts.keep(List.of(prediction(1), prediction(2)));
            assertThat(receipts.find(prediction(1).id())).isEqualTo(prediction(1));
            receipts.flush();
            assertThat(count()).isEqualTo(2);
            assertThat(receipts.find(prediction(2).id())).isEqualTo(prediction(2));
            receipts.label(prediction(2).id(), true, "tester");
            receipts.flush();
            assertThatThrownBy(() -> receipts.label(prediction(3).id(), true, "tester"))
                    .hasMessageContaining("there is no prediction");
            assertThatThrownBy(() -> receipts.find("' OR 1=1 --")).hasMessageContaining("is not a prediction's id");
        }
    }

    @Test
    void whatWasNotLoadedIsLoadedOnceAtTheNextStart() throws Exception {
        try (Receipts receipts = open()) {
            receipts.keep(List.of(prediction(1), prediction(2)));
        }
        // As if the process had died in the middle of a line.
        Files.writeString(
                folder.resolve("receipts/predictions/0-torn.open"), line(prediction(3)) + "{\"prediction_id\":\"to");
        try (Receipts receipts = open()) {
            receipts.flush();
            receipts.flush();
            assertThat(count()).isEqualTo(3);
        }
        // As if it had died between the commit and the deletion of the file.
        Path again = Files.createFile(folder.resolve("receipts/predictions/1-again.jsonl"));
        Files.writeString(again, line(prediction(4)), StandardOpenOption.APPEND);
        lake.database().writing(handle -> handle.execute("INSERT INTO serve_segment (name) VALUES ('1-again.jsonl')"));
        try (Receipts receipts = open()) {
            receipts.flush();
            assertThat(count()).isEqualTo(3);
            assertThat(again).doesNotExist();
        }
    }
}
