package dev.tarn.feature.online;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.DuckRelations;
import dev.tarn.feature.Events;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.OnDemandFeature;
import dev.tarn.feature.offline.PointInTimeJoin;
import dev.tarn.feature.ondemand.OnDemand;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is served is what training sees, whatever way the events took into the store.
@SuppressWarnings("InlineFormatString") // the view is the fixture of every test
class OnlineEqualsOfflineTest {
    private static final long DAY = 86_400_000_000L;

    private static final String VIEW = """
            entities:
              client:
                keys: {client: bigint}
            views:
              activity:
                entity: client
                from: events
                event-time: happened
                created-time: seen
                push: true
                delay: 1h
                %s
                features:
                  rows: {count: "*", windows: [6h, 1d, 7d]}
                  total: {sum: amount, windows: [6h, 7d]}
                  mean: {mean: amount, windows: [1d]}
                  spread: {stddev: amount, windows: [7d]}
                  units: {sum: n, windows: [1d], default: 0}
                  prices: {sum: price, windows: [7d]}
                  least: {min: amount, windows: [1d]}
                  words: {count-distinct: word, windows: [6h, 7d]}
                  latest: {last: word, windows: [7d]}
                  share: {ratio: [rows_6h, rows_7d]}
            """;

    /// Values that may be older than every window that is summed up.
    private static final String OLDER = List.of(
                    "ever: {last: word}",
                    "price_ever: {last: price}",
                    "highest: {max: word, windows: [1d, 7d]}",
                    "amounts: {count-distinct: amount, windows: [6h, 7d]}",
                    "numbers: {count-distinct: n, windows: [7d]}")
            .stream()
            .map(feature -> "      " + feature + "\n")
            .collect(Collectors.joining());

    private static final FeatureSelection ALL = new FeatureSelection.Names(List.of("activity"));

    @TempDir
    Path folder;

    private final DuckRelations relations = new DuckRelations();
    private @Nullable OnlineStore opened;
    private final Clock clock = Clock.fixed(at(0), ZoneOffset.UTC);

    @BeforeEach
    void openStore() {
        opened = EmbeddedStore.open(folder.resolve("online"), 1L << 30);
    }

    @AfterEach
    void close() {
        store().close();
        relations.close();
    }

    @Test
    void afterEverySnapshotAsTimePasses() throws IOException {
        Random random = new Random(5);
        Events.load(relations, Events.random(random, 500, 5, 12 * DAY));
        Stage stage = stage("owner: me", store());
        assertThat(stage.materializer.upToDate(stage.view).way()).isEqualTo(Materializer.Way.REFILLED);
        compare(stage);
        assertThat(stage.materializer.upToDate(stage.view).way()).isEqualTo(Materializer.Way.UP_TO_DATE);
        for (int i = 0; i < 3; i++) {
            relations.nextSnapshot();
            Events.insert(relations, Events.random(random, 100, 5, 12 * DAY));
            assertThat(stage.materializer.upToDate(stage.view).way()).isEqualTo(Materializer.Way.ADDED);
            compare(stage);
        }
        relations.delete("client = 1 OR word = 'w2'");
        assertThat(stage.materializer.upToDate(stage.view).way()).isEqualTo(Materializer.Way.REFILLED);
        compare(stage);
        assertThat(store().spaces()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"id: id", "owner: me"})
    void ofValuesOlderThanAllSums(String id) throws IOException {
        Events.load(relations, Events.random(new Random(7), 2_000, 5, 90 * DAY));
        Stage stage = stage(id, VIEW + OLDER, store());
        stage.materializer.upToDate(stage.view);
        compare(stage);
    }

    @Test
    void withIdsThatRepeatAndATimeToLive() throws IOException {
        Random random = new Random(6);
        Events.load(relations, Events.random(random, 500, 5, 12 * DAY));
        Stage stage = stage("id: id\n    ttl: 12h", store());
        stage.materializer.upToDate(stage.view);
        relations.nextSnapshot();
        Events.insert(relations, Events.random(random, 300, 5, 12 * DAY));
        stage.materializer.upToDate(stage.view);
        compare(stage);
    }

    @Test
    void afterStopsInTheMiddleOfAFill() throws IOException {
        Random random = new Random(9);
        Events.load(relations, Events.random(random, 12_000, 50, 12 * DAY));
        for (int stop = 0; stop < 5; stop++) {
            int after = stop;
            Stage broken = stage("owner: me", failing(after));
            assertThatThrownBy(() -> {
                        broken.materializer.upToDate(broken.view);
                        relations.nextSnapshot();
                        Events.insert(relations, Events.random(random, 12_000, 50, 12 * DAY));
                        broken.materializer.upToDate(broken.view);
                        throw new TarnException(ErrorCode.STORAGE_FAILED, "the disk is full: late");
                    })
                    .hasMessageContaining("the disk is full");
            store().close();
            opened = EmbeddedStore.open(folder.resolve("online"), 1L << 30);
            Stage stage = stage("owner: me", store());
            stage.materializer.upToDate(stage.view);
            compare(stage);
        }
    }

    @Test
    void whenEventsArePushed() throws IOException {
        Random random = new Random(11);
        Events.load(relations, Events.random(random, 200, 3, 12 * DAY));
        Stage stage = stage("owner: me", store());
        stage.materializer.upToDate(stage.view);
        stage.pushes.push(stage.view, List.of(pushed(1, 30, 5.5), pushed(1, 30, 5.5), pushed(2, 200, -1)));
        List<FeatureValue> before =
                stage.serving.read(ALL, List.of(Map.of("client", 1)), at(31)).getFirst();
        assertThat(stage.pushes.flush()).isEqualTo(3);
        assertThat(stage.pushes.flush()).isZero();
        assertThat(stage.serving.read(ALL, List.of(Map.of("client", 1)), at(31)).getFirst())
                .isEqualTo(before);
        compare(stage);
        // Written to the table, read again from there, and once only.
        stage.pushes.push(stage.view, List.of(pushed(1, 40, 7)));
        stage.materializer.refill(stage.view);
        stage.pushes.push(stage.view, List.of(pushed(1, 41, 8)));
        stage.pushes.flush();
        compare(stage);
        relations.nextSnapshot();
        Events.insert(relations, Events.random(random, 50, 3, 12 * DAY));
        assertThat(stage.materializer.upToDate(stage.view).way()).isEqualTo(Materializer.Way.ADDED);
        compare(stage);
    }

    @Test
    void refusesPushedRowsThatDoNotFit() throws IOException {
        Events.load(relations, List.of());
        Stage stage = stage("owner: me", store());
        stage.materializer.upToDate(stage.view);
        Map<String, @Nullable Object> row = pushed(1, 1, 1);
        row.put("amout", 3);
        assertThatThrownBy(() -> stage.pushes.push(stage.view, List.of(row)))
                .hasMessageContaining("no column 'amout'; did you mean 'amount'?");
        Map<String, @Nullable Object> infinite = pushed(1, 1, Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> stage.pushes.push(stage.view, List.of(infinite)))
                .hasMessageContaining("Infinity cannot be summed");
        assertThat(store().pushed(10)).isEmpty();
    }

    @Test
    void onAMillionRows() throws IOException {
        relations.run("CREATE TABLE events AS SELECT CAST(hash(i) % 20000 AS BIGINT) AS client, make_timestamp("
                + Events.START + " + CAST(hash(i + 1) % 1036800 AS BIGINT) * 1000000) AS happened,"
                + " CAST(NULL AS TIMESTAMP) AS seen, CAST(i AS VARCHAR) AS id,"
                + " (hash(i + 2) % 1000000) / 1000.0 AS amount, CAST(hash(i + 3) % 1000 AS BIGINT) AS n,"
                + " CAST((hash(i + 4) % 10000) / 100 AS DECIMAL(12,2)) AS price, 'w' || (hash(i + 5) % 9) AS word,"
                + " CAST(1 AS BIGINT) AS snap FROM range(1000000) r(i)");
        Stage stage = stage("owner: me", store());
        stage.materializer.upToDate(stage.view);
        relations.run("CREATE TABLE marks AS SELECT client, happened + INTERVAL 1 HOUR AS moment FROM events");
        assertThat(compare(stage, "SELECT client, moment FROM marks")).isEqualTo(1_000_000);
    }

    private void compare(Stage stage) {
        relations.run(
                "CREATE OR REPLACE TABLE marks AS SELECT client, make_timestamp(" + Events.START
                        + " + h * 3600000000) AS moment FROM range(0, 500, 7) hours(h), (VALUES (0), (1), (2), (4), (77)) c(client)");
        compare(stage, "SELECT client, moment FROM marks");
    }

    private int compare(Stage stage, String labels) {
        try (TrainingFrame frame = stage.offline.join(new OfflineFeatures.Request(labels, "moment", ALL, Map.of()))) {
            double[] clients = frame.doubles("client");
            List<TrainingFrame.Column> columns = frame.columns().stream()
                    .filter(column -> column.feature() != null)
                    .toList();
            List<double[]> numbers = new ArrayList<>();
            List<@Nullable String[]> texts = new ArrayList<>();
            for (TrainingFrame.Column column : columns) {
                boolean text = column.type().equals("varchar");
                numbers.add(text ? new double[0] : frame.doubles(column.name()));
                texts.add(text ? frame.strings(column.name()) : new String[0]);
            }
            @Nullable String[] moments = frame.strings("moment");
            for (int row = 0; row < frame.rows(); row++) {
                Instant moment = Instant.parse(String.valueOf(moments[row]).replace(' ', 'T') + "Z");
                List<FeatureValue> served = stage.serving
                        .read(ALL, List.of(Map.of("client", (long) clients[row])), moment)
                        .getFirst();
                for (int i = 0; i < columns.size(); i++) {
                    Object value = served.get(i).value();
                    boolean same = columns.get(i).type().equals("varchar")
                            ? Objects.equals(value, texts.get(i)[row])
                            : Double.doubleToRawLongBits(number(value))
                                    == Double.doubleToRawLongBits(numbers.get(i)[row]);
                    if (!same) {
                        assertThat(value)
                                .as(columns.get(i).name() + " of " + clients[row] + " at " + moment)
                                .isEqualTo(numbers.get(i)[row]);
                    }
                }
            }
            return frame.rows();
        }
    }

    private static double number(@Nullable Object value) {
        return switch (value) {
            case null -> Double.NaN;
            case BigDecimal decimal -> decimal.doubleValue();
            case Number number -> number.doubleValue();
            default -> throw new IllegalStateException(value.toString());
        };
    }

    private static Map<String, @Nullable Object> pushed(long client, int hour, double amount) {
        Map<String, @Nullable Object> row = new HashMap<>();
        row.put("client", client);
        row.put("happened", at(hour).toString());
        row.put("amount", amount);
        row.put("n", 3);
        row.put("price", "12.50");
        row.put("word", "it's");
        return row;
    }

    private static Instant at(int hour) {
        return Instant.ofEpochSecond(Events.START / 1_000_000L + hour * 3_600L);
    }

    private OnlineStore store() {
        return Objects.requireNonNull(opened);
    }

    /// The store, whose appends fail after so many.
    private OnlineStore failing(int after) {
        AtomicInteger left = new AtomicInteger(after);
        return (OnlineStore) Proxy.newProxyInstance(
                OnlineStore.class.getClassLoader(), new Class<?>[] {OnlineStore.class}, (_, method, args) -> {
                    if (method.getName().equals("append") && left.getAndDecrement() <= 0) {
                        throw new TarnException(ErrorCode.STORAGE_FAILED, "the disk is full");
                    }
                    return method.invoke(store(), args);
                });
    }

    private record Stage(
            FeatureView view,
            PointInTimeJoin offline,
            OnlineServing serving,
            Materializer materializer,
            Pushes pushes) {}

    private Stage stage(String more, OnlineStore on) throws IOException {
        return stage(more, VIEW, on);
    }

    private Stage stage(String more, String definition, OnlineStore on) throws IOException {
        Path features = Files.createDirectories(folder.resolve("features"));
        Files.writeString(features.resolve("f.yml"), definition.formatted(more));
        FeatureCatalog catalog =
                new FeatureCatalog(FeatureFiles.read(features, new Interpolation(Map.of(), Map.of())), relations);
        OnlineServing serving = new OnlineServing(catalog, on, NONE);
        Pushes pushes = new Pushes(catalog, relations, on, serving);
        return new Stage(
                catalog.definitions().view("activity"),
                new PointInTimeJoin(catalog, relations, 1 << 28, 2),
                serving,
                new Materializer(catalog, relations, on, serving, pushes, clock),
                pushes);
    }

    private static final OnDemand NONE = new OnDemand() {
        @Override
        public @Nullable Object compute(OnDemandFeature feature, Map<String, ? extends @Nullable Object> inputs) {
            throw new IllegalStateException("there are none here");
        }

        @Override
        public String type(OnDemandFeature feature) {
            throw new IllegalStateException("there are none here");
        }
    };
}
