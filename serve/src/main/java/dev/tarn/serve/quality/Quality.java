package dev.tarn.serve.quality;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.serve.quality.Day.Counts;
import dev.tarn.serve.quality.Day.Group;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Judges the predictions of a day: how good they were where labels have come, and how far the inputs and the
/// probabilities are from those that the version was trained on. A day is judged again when something was added to it.
public final class Quality {
    /// A day with more predictions is judged on a sample of so many, drawn by the ids' random digits.
    private static final long ROWS_MAX = 1_000_000;

    private static final String TRAINING = "training";
    private static final TableIdentifier FEEDBACK = TableIdentifier.of("bronze", "prediction_feedback");

    private final Supplier<QueryEngine> engine;
    private final ServedModels models;
    private final Function<String, List<String>> slicesOf;
    private final QualityTables tables;
    private final Lake lake;
    private final ReentrantLock judging = new ReentrantLock();
    private final Map<String, Map<String, Learned>> learned = new ConcurrentHashMap<>();
    private volatile List<Measure> latest = List.of();

    /// A number of the last day that was judged.
    ///
    /// @param name such as `tarn.model.auc`
    public record Measure(String name, Map<String, String> tags, double value) {}

    /// @param slicesOf the request's fields by which a service's predictions are judged apart
    public Quality(
            Lake lake,
            Supplier<DuckDb> duckDb,
            Supplier<QueryEngine> engine,
            ServedModels models,
            Function<String, List<String>> slicesOf) {
        this.lake = lake;
        this.engine = engine;
        this.models = models;
        this.slicesOf = slicesOf;
        this.tables = new QualityTables(lake, duckDb);
    }

    /// The numbers of the newest of the days judged last.
    public List<Measure> latest() {
        return latest;
    }

    /// Judges days and replaces their rows.
    public void judge(Collection<LocalDate> days) {
        judging.lock();
        try {
            days.stream().sorted().forEach(this::judge);
        } finally {
            judging.unlock();
        }
    }

    private void judge(LocalDate day) {
        Day counted = new Day(this::bins, slicesOf);
        read(day, counted);
        List<@Nullable Object[]> quality = new ArrayList<>();
        List<@Nullable Object[]> distributions = new ArrayList<>();
        List<@Nullable Object[]> drift = new ArrayList<>();
        List<Measure> measures = new ArrayList<>();
        counted.groups().forEach((group, counts) -> {
            quality.add(quality(day, group, counts, measures));
            counts.histograms.forEach((variable, histogram) -> {
                List<String> labels = counts.bins.get(variable).labels();
                for (int bin = 0; bin < histogram.length; bin++) {
                    distributions.add(row(day, group, variable, labels.get(bin), histogram[bin]));
                }
            });
            drift.addAll(drift(day, group, counts, measures));
        });
        tables.replace(QualityTables.DISTRIBUTIONS, day, distributions);
        tables.replace(QualityTables.DRIFT, day, drift);
        tables.replace(QualityTables.QUALITY, day, quality);
        latest = List.copyOf(measures);
    }

    private static @Nullable Object[] row(LocalDate day, Group group, @Nullable Object... more) {
        @Nullable Object[] row = new Object[6 + more.length];
        row[0] = day;
        row[1] = group.service();
        row[2] = group.model();
        row[3] = group.version();
        row[4] = group.slice();
        row[5] = group.value();
        System.arraycopy(more, 0, row, 6, more.length);
        return row;
    }

    private static @Nullable Object[] quality(LocalDate day, Group group, Counts counts, List<Measure> measures) {
        Judged judged = counts.judged;
        double[] ranked = judged.ranked();
        double mean = counts.probabilities / counts.predictions;
        measure(measures, "tarn.model.predictions", group, Map.of(), (double) counts.predictions);
        measure(measures, "tarn.model.mean.probability", group, Map.of(), mean);
        measure(measures, "tarn.model.labels", group, Map.of(), (double) judged.labels());
        measure(measures, "tarn.model.auc", group, Map.of(), ranked[0]);
        measure(measures, "tarn.model.average.precision", group, Map.of(), ranked[1]);
        return row(
                day,
                group,
                counts.predictions,
                counts.saidPositive,
                mean,
                judged.labels(),
                judged.positives(),
                ranked[0],
                ranked[1],
                judged.precision(),
                judged.recall(),
                judged.logLoss(),
                judged.brier());
    }

    private List<@Nullable Object[]> drift(LocalDate day, Group group, Counts counts, List<Measure> measures) {
        List<@Nullable Object[]> rows = new ArrayList<>();
        Map<String, Map<String, Long>> firstDay = firstDay(day, group);
        Map<String, Learned> training = group.slice().isEmpty() ? learned(group) : Map.of();
        counts.histograms.forEach((variable, histogram) -> {
            Learned known = training.get(variable);
            long[] reference = known != null
                    ? known.counts().stream().mapToLong(Long::longValue).toArray()
                    : counts(firstDay.getOrDefault(variable, Map.of()), counts.bins.get(variable));
            long total = Arrays.stream(histogram).sum();
            if (Arrays.stream(reference).sum() > 0 && total > 0) {
                double stability = Drift.stability(reference, histogram);
                double divergence = Drift.jensenShannon(reference, histogram);
                rows.add(row(
                        day, group, variable, known != null ? TRAINING : "first day", total, stability, divergence));
                Map<String, String> of = Map.of("variable", variable);
                measure(measures, "tarn.model.drift.stability.index", group, of, stability);
                measure(measures, "tarn.model.drift.jensen.shannon", group, of, divergence);
            }
        });
        return rows;
    }

    private static void measure(
            List<Measure> measures, String name, Group group, Map<String, String> more, double value) {
        if (Double.isFinite(value)) {
            Map<String, String> tags = new LinkedHashMap<>();
            tags.put("service", group.service());
            tags.put("model", group.model());
            tags.put("version", Long.toString(group.version()));
            tags.put("slice", group.slice().isEmpty() ? "" : group.slice() + "=" + group.value());
            tags.putAll(more);
            measures.add(new Measure(name, tags, value));
        }
    }

    private Map<String, Bins> bins(Group group) {
        Map<String, Bins> bins = new LinkedHashMap<>();
        learned(group).forEach((name, one) -> bins.put(name, one.bins()));
        return bins;
    }

    private Map<String, Learned> learned(Group group) {
        return learned.computeIfAbsent(group.model() + "/" + group.version(), key -> {
            try {
                return models.profile(group.model(), group.version())
                        .map(Learned::read)
                        .orElse(Map.of());
            } catch (dev.tarn.core.error.TarnException e) {
                // A version that was deleted since: only its probabilities can be followed.
                return Map.of();
            }
        });
    }

    private static long[] counts(Map<String, Long> byLabel, Bins bins) {
        return bins.labels().stream()
                .mapToLong(label -> byLabel.getOrDefault(label, 0L))
                .toArray();
    }

    /// By variable and bin, the rows of the first day before this one on which the group was seen.
    private Map<String, Map<String, Long>> firstDay(LocalDate day, Group group) {
        if (!tables.exists(QualityTables.DISTRIBUTIONS)) {
            return Map.of();
        }
        String where = " FROM monitoring.distributions WHERE service = " + quoted(group.service()) + " AND model = "
                + quoted(group.model()) + " AND model_version = " + group.version() + " AND slice = "
                + quoted(group.slice()) + " AND slice_value = " + quoted(group.value()) + " AND day < DATE '" + day
                + "'";
        Map<String, Map<String, Long>> found = new HashMap<>();
        for (List<@Nullable Object> row :
                query("SELECT variable, bin, rows" + where + " AND day = (SELECT min(day)" + where + ")")) {
            found.computeIfAbsent(String.valueOf(row.get(0)), name -> new HashMap<>())
                    .put(String.valueOf(row.get(1)), (Long) row.get(2));
        }
        return found;
    }

    private void read(LocalDate day, Day into) {
        String within = " WHERE predicted_at >= TIMESTAMP '" + day + " 00:00:00 UTC' AND predicted_at < TIMESTAMP '"
                + day.plusDays(1) + " 00:00:00 UTC'";
        Object all = query("SELECT count(*) FROM bronze.predictions" + within)
                .getFirst()
                .getFirst();
        long count = all instanceof Long number ? number : 0;
        String sample = count <= ROWS_MAX
                ? ""
                : " AND substr(prediction_id, 13, 4) < '" + String.format("%04x", 0x10000 * ROWS_MAX / count) + "'";
        String labels = lake.main().tableExists(FEEDBACK)
                ? " LEFT JOIN (SELECT prediction_id AS id, label, row_number() OVER (PARTITION BY prediction_id ORDER BY"
                        + " received_at DESC) AS place FROM bronze.prediction_feedback) f ON f.id = p.prediction_id AND"
                        + " f.place = 1"
                : " CROSS JOIN (SELECT CAST(NULL AS boolean) AS label) f";
        String sql =
                "SELECT p.service, p.model, p.model_version, p.probability, p.positive, p.request, p.inputs, f.label"
                        + " FROM bronze.predictions p" + labels + within + sample;
        try (QueryResult result = engine.get().execute(session(), sql)) {
            for (List<List<@Nullable Object>> page = result.next(); !page.isEmpty(); page = result.next()) {
                page.forEach(row -> into.add(new Day.Row(
                        String.valueOf(row.get(0)),
                        String.valueOf(row.get(1)),
                        row.get(2) instanceof Long version ? version : 0,
                        row.get(3) instanceof Double p ? p : Double.parseDouble(String.valueOf(row.get(3))),
                        Boolean.TRUE.equals(row.get(4)),
                        String.valueOf(row.get(5)),
                        String.valueOf(row.get(6)),
                        row.get(7) instanceof Boolean label ? label : null)));
            }
        }
    }

    private List<List<@Nullable Object>> query(String sql) {
        try (QueryResult result = engine.get().execute(session(), sql)) {
            return result.all();
        }
    }

    private static QuerySession session() {
        return QuerySession.of(Identity.local("tarn")).withZone(ZoneOffset.UTC);
    }

    private static String quoted(String text) {
        return "'" + text.replace("'", "''") + "'";
    }
}
