package dev.tarn.feature.online;

import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.FeatureView;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Computes served values again from the tables, and reports every one that is not the same in each bit.
public final class Verifier {
    /// A value that differs.
    public record Difference(String view, Map<String, String> entity, String feature, String online, String offline) {}

    /// What was compared.
    ///
    /// @param at the instant both sides were asked for
    public record Report(String view, Instant at, int entities, long values, List<Difference> differences) {}

    /// Differences reported in full; more are only a sign of the same fault.
    private static final int DIFFERENCES_MAX = 100;

    private static final int TRIES = 3;

    private static final DateTimeFormatter TIMESTAMP = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS");

    private final OnlineStore store;
    private final OnlineServing serving;
    private final OfflineFeatures offline;
    private final Pushes pushes;

    public Verifier(OnlineStore store, OnlineServing serving, OfflineFeatures offline, Pushes pushes) {
        this.store = store;
        this.serving = serving;
        this.offline = offline;
        this.pushes = pushes;
    }

    /// Compares a view's features of some entities, chosen by a hash of their keys, at one instant.
    ///
    /// @param entities how many, at most
    /// @param salt another number chooses others
    public Report verify(FeatureView view, Instant at, int entities, long salt) {
        Report report = once(view, at, entities, salt);
        for (int again = 1; again < TRIES && !report.differences().isEmpty(); again++) {
            // Rows that came between the two sides' looks are no fault; one remains however often it is looked at.
            report = once(view, at, entities, salt);
        }
        return report;
    }

    private Report once(FeatureView view, Instant at, int entities, long salt) {
        ServedView served = serving.served(view);
        // What was pushed must be where the other side looks for it.
        pushes.flush();
        Map<String, Long> snapshots = store.serving(view.name())
                .filter(served::fits)
                .flatMap(store::position)
                .map(position -> FillPosition.parse(position).snapshots())
                .orElse(Map.of());
        FeatureSelection all = new FeatureSelection.Names(List.of(view.name()));
        try (TrainingFrame frame = offline.join(new OfflineFeatures.Request(
                labels(served.view(), at, entities, salt), "verified_at", all, snapshots))) {
            return compare(view, all, frame, at);
        }
    }

    private Report compare(FeatureView view, FeatureSelection all, TrainingFrame frame, Instant at) {
        List<Entity.JoinKey> keys = view.keys();
        List<@Nullable String[]> keyValues =
                keys.stream().map(key -> frame.strings(key.name())).toList();
        List<TrainingFrame.Column> features = frame.columns().stream()
                .filter(column -> column.feature() != null)
                .toList();
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (int row = 0; row < frame.rows(); row++) {
            Map<String, @Nullable Object> entity = new HashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                entity.put(keys.get(i).name(), keyValues.get(i)[row]);
            }
            rows.add(entity);
        }
        List<Difference> differences = new ArrayList<>();
        List<List<FeatureValue>> served = serving.read(all, rows, at);
        for (int i = 0; i < features.size(); i++) {
            TrainingFrame.Column column = features.get(i);
            boolean text = !column.type().matches("(tinyint|smallint|integer|bigint|real|double|boolean|decimal.*)");
            double[] numbers = text ? new double[0] : frame.doubles(column.name());
            @Nullable String[] texts = text ? frame.strings(column.name()) : new String[0];
            for (int row = 0; row < rows.size() && differences.size() < DIFFERENCES_MAX; row++) {
                Object online = served.get(row).get(i).value();
                boolean same = text
                        ? Objects.equals(online == null ? null : online.toString(), texts[row])
                        : Double.doubleToLongBits(number(online)) == Double.doubleToLongBits(numbers[row]);
                if (!same) {
                    Map<String, String> entity = new LinkedHashMap<>();
                    rows.get(row).forEach((key, value) -> entity.put(key, String.valueOf(value)));
                    differences.add(new Difference(
                            view.name(),
                            entity,
                            Objects.requireNonNull(column.feature()).name(),
                            String.valueOf(online),
                            text ? String.valueOf(texts[row]) : String.valueOf(numbers[row])));
                }
            }
        }
        return new Report(view.name(), at, rows.size(), (long) rows.size() * features.size(), differences);
    }

    private static String labels(CompiledView view, Instant at, int entities, long salt) {
        List<String> keys = new ArrayList<>();
        List<String> order = new ArrayList<>();
        for (Entity.JoinKey key : view.view().keys()) {
            String column = '"' + view.view().keyColumns().getOrDefault(key.name(), key.name()) + '"';
            keys.add("CAST(" + column + " AS " + key.type().sql() + ") AS " + key.name());
            order.add("CAST(" + key.name() + " AS varchar)");
        }
        String hashed = order.size() == 1 ? order.getFirst() : "concat(" + String.join(", '|', ", order) + ")";
        return "SELECT *, TIMESTAMP '" + TIMESTAMP.format(LocalDateTime.ofInstant(at, ZoneOffset.UTC))
                + "' AS verified_at FROM (SELECT DISTINCT " + String.join(", ", keys) + " FROM "
                + view.view().source().from() + " AS source) AS entities ORDER BY xxhash64(to_utf8(concat('" + salt
                + "', " + hashed + "))) LIMIT " + entities;
    }

    private static double number(@Nullable Object value) {
        return switch (value) {
            case null -> Double.NaN;
            case BigDecimal decimal -> decimal.doubleValue();
            case Boolean truth -> truth ? 1 : 0;
            case Number number -> number.doubleValue();
            default -> throw new IllegalStateException("no number: " + value);
        };
    }
}
