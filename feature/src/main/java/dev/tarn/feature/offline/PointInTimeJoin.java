package dev.tarn.feature.offline;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.definition.FeatureDefinitions.Chosen;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.definition.OnDemandFeature;
import dev.tarn.feature.window.Measure;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Training sets over the lake's tables: events are read, filtered and matched with the labels' keys by DuckDB, on
/// all its threads, and handed in vectors to the same exact arithmetic that serves.
public final class PointInTimeJoin implements OfflineFeatures {
    /// The most labels of one training set.
    public static final int LABELS_MAX = 100_000_000;

    private final FeatureCatalog catalog;
    private final Relations relations;
    private final long memoryBytes;
    private final int threads;
    private final FoldFunctions functions = new FoldFunctions();

    /// @param memoryBytes what the arithmetic may hold at once; more labels take more passes over the events
    public PointInTimeJoin(FeatureCatalog catalog, Relations relations, long memoryBytes, int threads) {
        this.catalog = catalog;
        this.relations = relations;
        this.memoryBytes = memoryBytes;
        this.threads = threads;
    }

    @Override
    public TrainingFrame join(Request request) {
        List<Chosen> chosen = catalog.definitions().choose(request.features());
        for (Chosen one : chosen) {
            if (one instanceof Chosen.OnDemand(OnDemandFeature feature)) {
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        "'" + feature.name() + "' is computed on demand: in training, compute it from the joined"
                                + " features; its expression is " + feature.sql());
            }
        }
        Map<FeatureView, CompiledView> views = catalog.viewsOf(chosen);
        Relations.Relation labels = relations.compile(request.labels(), request.snapshots());
        Connection connection = relations.connect();
        try {
            int rows = load(connection, labels, request.timeColumn(), views.keySet());
            Map<String, Long> snapshots = new TreeMap<>(labels.snapshots());
            Map<String, TrainingColumn> values = new LinkedHashMap<>();
            for (CompiledView view : views.values()) {
                List<TrainingColumn> columns = catalog.infos(view).stream()
                        .map(info -> new TrainingColumn(info, rows))
                        .toList();
                columns.forEach(column -> values.put(column.feature().reference(), column));
                snapshots.putAll(
                        new ViewJoin(connection, functions, view, relations, request.snapshots(), memoryBytes, threads)
                                .fill(columns, rows));
            }
            List<TrainingColumn> wanted = new ArrayList<>();
            for (FeatureInfo info : catalog.infos(chosen)) {
                wanted.add(values.get(info.reference()));
            }
            return new JoinedFrame(connection, functions, labels.columns(), wanted, rows, snapshots);
        } catch (SQLException e) {
            close(connection);
            throw new TarnException(ErrorCode.BAD_REQUEST, "the labels cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            close(connection);
            throw e;
        }
    }

    private static int load(
            Connection connection, Relations.Relation labels, String timeColumn, Iterable<FeatureView> views)
            throws SQLException {
        List<String> names =
                labels.columns().stream().map(Relations.Column::name).toList();
        int time = column(names, timeColumn, "the time");
        String timeType = labels.columns().get(time).type();
        if (!timeType.equals("date") && !Measure.isTimestamp(timeType)) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the labels' '" + timeColumn + "' is " + timeType
                            + ", and must be a date or a timestamp of at most 6 digits");
        }
        String cast = timeType.contains("with time zone") ? "TIMESTAMPTZ" : "TIMESTAMP";
        StringBuilder sql = new StringBuilder("CREATE TEMP TABLE labels AS SELECT row_number() OVER () - 1 AS rid, ");
        sql.append("epoch_us(CAST(c").append(time).append(" AS ").append(cast).append(")) AS t");
        Map<String, String> keys = new LinkedHashMap<>();
        for (FeatureView view : views) {
            for (Entity.JoinKey key : view.keys()) {
                int at = column(names, key.name(), "the join key of view '" + view.name() + "',");
                keys.put(key.name(), "CAST(c" + at + " AS " + CompiledView.duckType(key.type()) + ")");
            }
        }
        keys.forEach((key, value) ->
                sql.append(", ").append(value).append(" AS \"key_").append(key).append('"'));
        for (int i = 0; i < names.size(); i++) {
            sql.append(", c").append(i);
        }
        sql.append(" FROM (").append(labels.sql()).append(")");
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql.toString());
            try (ResultSet count = statement.executeQuery("SELECT count(*), count(t) FROM labels")) {
                count.next();
                if (count.getLong(1) != count.getLong(2)) {
                    throw new TarnException(
                            ErrorCode.BAD_REQUEST,
                            count.getLong(1) - count.getLong(2) + " labels have no time in '" + timeColumn
                                    + "': leave them out with WHERE " + timeColumn + " IS NOT NULL");
                }
                if (count.getLong(1) > LABELS_MAX) {
                    throw new TarnException(
                            ErrorCode.LIMIT_EXCEEDED,
                            count.getLong(1) + " labels are more than one training set takes (" + LABELS_MAX
                                    + "): sample them");
                }
                return (int) count.getLong(1);
            }
        }
    }

    private static int column(List<String> names, String name, String what) {
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).equalsIgnoreCase(name)) {
                return i;
            }
        }
        String hint = Nearest.of(name, names)
                .map(nearest -> "; did you mean '" + nearest + "'?")
                .orElse("; there are: " + String.join(", ", names));
        throw new TarnException(ErrorCode.BAD_REQUEST, "the labels have no column '" + name + "' for " + what + hint);
    }

    private static void close(Connection connection) {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "a connection did not close: " + e.getMessage(), e);
        }
    }
}
