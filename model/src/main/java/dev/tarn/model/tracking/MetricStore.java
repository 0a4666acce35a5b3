package dev.tarn.model.tracking;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.mapper.RowMapper;

/// Metrics' values: all that were logged, and the newest of each.
final class MetricStore {
    private static final int STEPS_MAX = 1_000_000;
    private static final int VALUES_MAX = 25_000;
    private static final RowMapper<Metric> MAPPER = (row, context) -> new Metric(
            row.getString("key"),
            row.getInt("is_nan") == 1 ? Double.NaN : row.getDouble("value"),
            row.getLong("timestamp"),
            row.getLong("step"));

    private MetricStore() {}

    /// Adds values; one logged before, with the same step, time and value, is not added again.
    ///
    /// Uses the connection itself: binding by name costs several times the insert.
    static void add(Handle handle, long runNo, Collection<Metric> metrics) {
        Map<String, Metric> newest = new HashMap<>();
        Connection connection = handle.getConnection();
        try {
            try (PreparedStatement insert = connection.prepareStatement(
                    "INSERT INTO ml_metric (run_no, key, step, timestamp, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) "
                            + "ON CONFLICT DO NOTHING")) {
                for (Metric metric : metrics) {
                    bind(insert, runNo, metric);
                    newest.merge(metric.key(), metric, (a, b) -> b.isNewerThan(a) ? b : a);
                }
                insert.executeBatch();
            }
            try (PreparedStatement update = connection.prepareStatement(
                    "INSERT INTO ml_latest_metric AS l (run_no, key, step, timestamp, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) "
                            + "ON CONFLICT (run_no, key) DO UPDATE SET step = excluded.step, "
                            + "timestamp = excluded.timestamp, value = excluded.value, is_nan = excluded.is_nan "
                            + "WHERE excluded.step > l.step OR (excluded.step = l.step AND (excluded.timestamp > l.timestamp "
                            + "OR (excluded.timestamp = l.timestamp AND excluded.value > l.value)))")) {
                for (Metric metric : newest.values()) {
                    bind(update, runNo, metric);
                }
                update.executeBatch();
            }
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.DATABASE_FAILED, "the metrics cannot be written: " + e.getMessage(), e);
        }
    }

    private static void bind(PreparedStatement statement, long runNo, Metric metric) throws SQLException {
        boolean nan = Double.isNaN(metric.value());
        statement.setLong(1, runNo);
        statement.setString(2, metric.key());
        statement.setLong(3, metric.step());
        statement.setLong(4, metric.timestampMs());
        statement.setDouble(5, nan ? 0 : metric.value());
        statement.setInt(6, nan ? 1 : 0);
        statement.addBatch();
    }

    static List<Metric> latest(Handle handle, long runNo) {
        return handle.createQuery("SELECT * FROM ml_latest_metric WHERE run_no = :no ORDER BY key")
                .bind("no", runNo)
                .map(MAPPER)
                .list();
    }

    static Map<Long, List<Metric>> latest(Handle handle, Collection<Long> runs) {
        Map<Long, List<Metric>> all = new HashMap<>();
        for (List<Long> part : Chunks.of(runs)) {
            handle.createQuery("SELECT * FROM ml_latest_metric WHERE run_no IN (<runs>) ORDER BY key")
                    .bindList("runs", part)
                    .map((row, context) -> all.computeIfAbsent(row.getLong("run_no"), no -> new ArrayList<>())
                            .add(MAPPER.map(row, context)))
                    .list();
        }
        return all;
    }

    /// The steps at which any of the runs has the metric, in order.
    static List<Long> steps(Handle handle, Collection<Long> runs, String key, long start, long end) {
        return handle.createQuery("SELECT DISTINCT step FROM ml_metric WHERE run_no IN (<runs>) AND key = :key "
                        + "AND step BETWEEN :first AND :last ORDER BY step LIMIT :row_limit")
                .bindList("runs", List.copyOf(runs))
                .bind("key", key)
                .bind("first", start)
                .bind("last", end)
                .bind("row_limit", STEPS_MAX)
                .mapTo(Long.class)
                .list();
    }

    /// A run's values at some steps.
    static List<Metric> at(Handle handle, long runNo, String key, List<Long> steps) {
        List<Metric> all = new ArrayList<>();
        for (List<Long> part : Chunks.of(steps)) {
            all.addAll(handle.createQuery(
                            "SELECT * FROM ml_metric WHERE run_no = :no AND key = :key AND step IN (<steps>) "
                                    + "ORDER BY step, timestamp, value LIMIT :row_limit")
                    .bind("no", runNo)
                    .bind("key", key)
                    .bindList("steps", part)
                    .bind("row_limit", VALUES_MAX)
                    .map(MAPPER)
                    .list());
        }
        return all;
    }

    static List<Metric> history(Handle handle, long runNo, String key, long offset, int limit) {
        return handle.createQuery("SELECT * FROM ml_metric WHERE run_no = :no AND key = :key "
                        + "ORDER BY timestamp, step, value LIMIT :row_limit OFFSET :row_offset")
                .bind("no", runNo)
                .bind("key", key)
                .bind("row_limit", limit)
                .bind("row_offset", offset)
                .map(MAPPER)
                .list();
    }
}
