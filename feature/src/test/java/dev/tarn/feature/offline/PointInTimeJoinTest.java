package dev.tarn.feature.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.DuckRelations;
import dev.tarn.feature.Events;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.Reference;
import dev.tarn.feature.definition.FeatureFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PointInTimeJoinTest {
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
                delay: 3h
                %s
                features:
                  rows: {count: "*", windows: [6h, 1d, 7d]}
                  positive: {count: n, where: n > 0, windows: [1d]}
                  total: {sum: amount, windows: [6h, 1d, 7d]}
                  mean: {mean: amount, windows: [1d]}
                  spread: {stddev: amount, windows: [1d, 7d]}
                  units: {sum: n, windows: [1d]}
                  prices: {sum: price, windows: [1d]}
                  least: {min: amount, windows: [1d]}
                  greatest: {max: n, windows: [7d]}
                  words: {count-distinct: word, windows: [6h, 7d]}
                  ever: {count-distinct: word}
                  latest: {last: word, windows: [1d]}
                  last_price: {last: price}
                  share: {ratio: [rows_6h, rows_7d]}
            """;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void equalsBruteForceForLateRowsTiesNullsAndEdges(int seed) throws IOException {
        Random random = new Random(seed);
        boolean byId = seed % 2 == 0;
        List<Reference.Row> rows = Events.random(random, 400, 3, 12 * DAY);
        Reference reference = new Reference(rows, 3 * Events.HOUR, byId);
        try (DuckRelations relations = new DuckRelations()) {
            Events.load(relations, rows);
            // One label for each hour, and some twice: every edge of every window is met.
            relations.run("CREATE TABLE marks AS SELECT client, make_timestamp(" + Events.START
                    + " + h * 3600000000) AS moment, h AS h FROM range(0, 400, 3) hours(h), (VALUES (0), (1), (2), (9), (NULL)) "
                    + "clients(client) UNION ALL SELECT 1, make_timestamp(" + (Events.START + DAY) + "), 24");
            PointInTimeJoin join = join(relations, VIEW.formatted(byId ? "id: id" : "description: no id"));
            try (TrainingFrame frame = join.join(request())) {
                assertThat(frame.rows()).isEqualTo(134 * 5 + 1);
                @Nullable String[] clients = frame.strings("client");
                @Nullable String[] hours = frame.strings("h");
                for (int row = 0; row < frame.rows(); row++) {
                    compare(frame, row, clients[row], Objects.requireNonNull(hours[row]), reference);
                }
            }
        }
    }

    @Test
    void givesTheSameInManySmallPasses() throws IOException {
        List<Reference.Row> rows = Events.random(new Random(7), 2_000, 50, 12 * DAY);
        try (DuckRelations relations = new DuckRelations()) {
            Events.load(relations, rows);
            relations.run(
                    "CREATE TABLE marks AS SELECT client, happened AS moment, n AS h FROM events WHERE happened IS NOT NULL");
            FeatureCatalog catalog = catalog(relations, VIEW.formatted("ttl: 1d"));
            try (TrainingFrame once = new PointInTimeJoin(catalog, relations, 1 << 30, 2).join(request());
                    TrainingFrame often = new PointInTimeJoin(catalog, relations, 1 << 14, 2).join(request())) {
                for (TrainingFrame.Column column : once.columns()) {
                    assertThat(often.strings(column.name())).isEqualTo(once.strings(column.name()));
                }
            }
        }
    }

    @Test
    void writesWhatItHolds() throws IOException {
        List<Reference.Row> rows = Events.random(new Random(8), 300, 3, 12 * DAY);
        try (DuckRelations relations = new DuckRelations()) {
            Events.load(relations, rows);
            relations.run(
                    "CREATE TABLE marks AS SELECT client, happened AS moment, n AS h FROM events WHERE happened IS NOT NULL");
            PointInTimeJoin join = join(relations, VIEW.formatted("owner: me"));
            Path file = folder.resolve("set.parquet");
            try (TrainingFrame frame = join.join(request())) {
                frame.writeParquet(file);
                assertThatThrownBy(() -> frame.writeParquet(file)).hasMessageContaining("exists");
                relations.run("CREATE TABLE written AS SELECT *, row_number() OVER () AS r FROM '" + file + "'");
                try (TrainingFrame back = join.join(new OfflineFeatures.Request(
                        "SELECT * FROM written ORDER BY r",
                        "moment",
                        new FeatureSelection.Names(List.of("activity:rows_1d")),
                        Map.of()))) {
                    for (TrainingFrame.Column column : frame.columns()) {
                        if (column.type().matches("varchar|timestamp.*")) {
                            assertThat(back.strings(column.name())).isEqualTo(frame.strings(column.name()));
                        } else {
                            assertThat(back.doubles(column.name())).isEqualTo(frame.doubles(column.name()));
                        }
                    }
                }
            }
        }
    }

    @Test
    void refusesWhatCannotBeSummed() throws IOException {
        try (DuckRelations relations = new DuckRelations()) {
            Events.load(
                    relations, List.of(new Reference.Row(1L, Events.START, null, null, Double.NaN, 1L, null, null)));
            relations.run(
                    "CREATE TABLE marks AS SELECT client, happened + INTERVAL 4 HOUR AS moment, n AS h FROM events");
            PointInTimeJoin join = join(relations, VIEW.formatted("owner: me"));
            assertThatThrownBy(() -> join.join(request()).close())
                    .hasMessageContaining("NaN cannot be summed")
                    .hasMessageContaining("where: is_finite");
        }
    }

    @Test
    void namesWhatTheLabelsLack() throws IOException {
        try (DuckRelations relations = new DuckRelations()) {
            Events.load(relations, List.of(new Reference.Row(1L, Events.START, null, null, 1.0, 1L, null, null)));
            PointInTimeJoin join = join(relations, VIEW.formatted("owner: me"));
            FeatureSelection all = new FeatureSelection.Names(List.of("activity"));
            assertThatThrownBy(() -> join.join(new OfflineFeatures.Request(
                                    "SELECT client, happened FROM events", "hapened", all, Map.of()))
                            .close())
                    .hasMessageContaining("'hapened' for the time; did you mean 'happened'?");
            assertThatThrownBy(() -> join.join(new OfflineFeatures.Request(
                                    "SELECT n, happened FROM events", "happened", all, Map.of()))
                            .close())
                    .hasMessageContaining("no column 'client' for the join key of view 'activity'");
        }
    }

    private void compare(TrainingFrame frame, int row, @Nullable String client, String hour, Reference reference) {
        long key = client == null ? -1 : Long.parseLong(client);
        long t = Events.START + Long.parseLong(hour) * Events.HOUR;
        List<Reference.Row> six = reference.window(key, t, 6 * Events.HOUR);
        List<Reference.Row> day = reference.window(key, t, DAY);
        List<Reference.Row> week = reference.window(key, t, 7 * DAY);
        List<Reference.Row> ever = reference.window(key, t, Long.MAX_VALUE / 4);
        String at = "client " + client + " at hour " + hour;
        check(frame, row, at, "rows_6h", (long) six.size());
        check(frame, row, at, "rows_1d", (long) day.size());
        check(frame, row, at, "rows_7d", (long) week.size());
        check(
                frame,
                row,
                at,
                "positive_1d",
                day.stream()
                        .filter(each -> each.count() != null && each.count() > 0)
                        .count());
        check(frame, row, at, "total_6h", Reference.sum(amounts(six)));
        check(frame, row, at, "total_1d", Reference.sum(amounts(day)));
        check(frame, row, at, "total_7d", Reference.sum(amounts(week)));
        check(frame, row, at, "mean_1d", Reference.mean(amounts(day)));
        check(frame, row, at, "spread_1d", Reference.deviation(amounts(day)));
        check(frame, row, at, "spread_7d", Reference.deviation(amounts(week)));
        check(frame, row, at, "units_1d", counts(day).stream().reduce(Long::sum).orElse(null));
        check(
                frame,
                row,
                at,
                "prices_1d",
                day.stream()
                        .map(Reference.Row::price)
                        .filter(Objects::nonNull)
                        .reduce(java.math.BigDecimal::add)
                        .orElse(null));
        check(
                frame,
                row,
                at,
                "least_1d",
                amounts(day).stream().min(Double::compare).orElse(null));
        check(
                frame,
                row,
                at,
                "greatest_7d",
                counts(week).stream().max(Long::compare).orElse(null));
        check(frame, row, at, "words_6h", Reference.distinct(words(six)));
        check(frame, row, at, "words_7d", Reference.distinct(words(week)));
        check(frame, row, at, "ever", Reference.distinct(words(ever)));
        check(
                frame,
                row,
                at,
                "latest_1d",
                Reference.last(
                                day.stream().filter(each -> each.word() != null).toList(),
                                Comparator.comparing(each -> Objects.requireNonNull(each.word())))
                        .map(Reference.Row::word)
                        .orElse(null));
        check(
                frame,
                row,
                at,
                "last_price",
                Reference.last(
                                ever.stream()
                                        .filter(each -> each.price() != null)
                                        .toList(),
                                Comparator.comparing(each -> Objects.requireNonNull(each.price())))
                        .map(Reference.Row::price)
                        .orElse(null));
        check(frame, row, at, "share", week.isEmpty() ? null : six.size() / (double) week.size());
    }

    private static void check(TrainingFrame frame, int row, String at, String feature, @Nullable Object expected) {
        assertThat(frame.strings("activity__" + feature)[row])
                .as(feature + " of " + at)
                .isEqualTo(expected == null ? null : expected.toString());
    }

    private static List<Double> amounts(List<Reference.Row> rows) {
        return rows.stream().map(Reference.Row::amount).filter(Objects::nonNull).toList();
    }

    private static List<Long> counts(List<Reference.Row> rows) {
        return rows.stream().map(Reference.Row::count).filter(Objects::nonNull).toList();
    }

    private static List<String> words(List<Reference.Row> rows) {
        return rows.stream().map(Reference.Row::word).filter(Objects::nonNull).toList();
    }

    private static OfflineFeatures.Request request() {
        return new OfflineFeatures.Request(
                "SELECT client, moment, h FROM marks",
                "moment",
                new FeatureSelection.Names(List.of("activity")),
                Map.of());
    }

    private PointInTimeJoin join(DuckRelations relations, String yaml) throws IOException {
        return new PointInTimeJoin(catalog(relations, yaml), relations, 1 << 28, 2);
    }

    private FeatureCatalog catalog(DuckRelations relations, String yaml) throws IOException {
        Path features = Files.createDirectories(folder.resolve("features"));
        Files.writeString(features.resolve("f.yml"), yaml);
        return new FeatureCatalog(FeatureFiles.read(features, new Interpolation(Map.of(), Map.of())), relations);
    }
}
