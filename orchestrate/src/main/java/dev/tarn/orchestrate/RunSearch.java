package dev.tarn.orchestrate;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;

/// What runs to look for; what is empty does not restrict.
///
/// @param step one of its steps has this name
/// @param text stands in its error, in a step's message or in what a step said
public record RunSearch(
        Optional<RunStatus> status,
        Optional<String> environment,
        Optional<String> schedule,
        Optional<String> step,
        Optional<String> text,
        Optional<Instant> since,
        Optional<Instant> until,
        int limit) {
    /// The greatest number of runs that one search finds.
    public static final int LIMIT_MAX = 1_000;

    /// The latest runs.
    public static RunSearch latest(int limit) {
        return new RunSearch(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                limit);
    }

    /// A run without its steps.
    ///
    /// @param environment what it was for, or `main`
    /// @param steps how many ended in which way
    public record Found(
            String id,
            String environment,
            RunStatus status,
            Instant started,
            Duration took,
            String by,
            RunCause cause,
            Optional<String> publishId,
            Optional<String> error,
            Map<StepReport.Status, Integer> steps) {}

    List<Found> find(Handle handle) {
        StringBuilder sql = new StringBuilder("SELECT * FROM run r WHERE 1 = 1");
        Map<String, Object> values = new LinkedHashMap<>();
        status.ifPresent(value -> and(sql, values, "status = :status", "status", value.name()));
        environment.ifPresent(value -> and(sql, values, "lane = :lane", "lane", value));
        schedule.ifPresent(value -> and(sql, values, "schedule = :schedule", "schedule", value));
        since.ifPresent(value -> and(sql, values, "started_at >= :since", "since", value.toEpochMilli()));
        until.ifPresent(value -> and(sql, values, "started_at < :until", "until", value.toEpochMilli()));
        step.ifPresent(value -> and(
                sql,
                values,
                "EXISTS (SELECT 1 FROM run_step s WHERE s.run_id = r.id AND s.step = :step)",
                "step",
                value));
        text.ifPresent(value -> and(
                sql,
                values,
                """
                (LOWER(COALESCE(error, '')) LIKE :text ESCAPE '!'
                  OR EXISTS (SELECT 1 FROM run_step s WHERE s.run_id = r.id AND LOWER(s.message) LIKE :text ESCAPE '!')
                  OR EXISTS (SELECT 1 FROM run_log l WHERE l.run_id = r.id AND LOWER(l.message) LIKE :text ESCAPE '!'))""",
                "text",
                "%" + value.toLowerCase(java.util.Locale.ROOT).replaceAll("[!%_]", "!$0") + "%"));
        sql.append(" ORDER BY started_at DESC, id DESC LIMIT :limit");
        return handle.createQuery(sql)
                .bindMap(values)
                .bind("limit", Math.clamp(limit, 1, LIMIT_MAX))
                .reduceRows(new java.util.ArrayList<Found>(), (all, row) -> {
                    all.add(found(handle, row));
                    return all;
                });
    }

    private static void and(
            StringBuilder sql, Map<String, Object> values, String condition, String name, Object value) {
        sql.append(" AND ").append(condition);
        values.put(name, value);
    }

    /// One run.
    static Optional<Found> one(Handle handle, String id) {
        return handle.createQuery("SELECT * FROM run WHERE id = :id")
                .bind("id", id)
                .reduceRows(Optional.<Found>empty(), (none, row) -> Optional.of(found(handle, row)));
    }

    private static Found found(Handle handle, RowView row) {
        String id = row.getColumn("id", String.class);
        Instant started = Instant.ofEpochMilli(row.getColumn("started_at", Long.class));
        Instant ended = time(row, "ended_at").orElseGet(Instant::now);
        Map<StepReport.Status, Integer> steps = new LinkedHashMap<>();
        handle.createQuery("SELECT status, COUNT(*) FROM run_step WHERE run_id = :id GROUP BY status ORDER BY status")
                .bind("id", id)
                .map((each, context) -> steps.put(StepReport.Status.valueOf(each.getString(1)), each.getInt(2)))
                .forEach(replaced -> {});
        return new Found(
                id,
                row.getColumn("lane", String.class),
                RunStatus.valueOf(row.getColumn("status", String.class)),
                started,
                Duration.between(started, ended),
                row.getColumn("started_by", String.class),
                new RunCause(
                        text(row, "request"),
                        text(row, "schedule"),
                        text(row, "reason").orElse("by hand"),
                        text(row, "partition_key"),
                        time(row, "nominal_at")),
                Optional.ofNullable(row.getColumn("publish_id", Long.class)).map(String::valueOf),
                text(row, "error"),
                steps);
    }

    private static Optional<String> text(RowView row, String column) {
        return Optional.ofNullable(row.getColumn(column, String.class));
    }

    private static Optional<Instant> time(RowView row, String column) {
        return Optional.ofNullable(row.getColumn(column, Long.class)).map(Instant::ofEpochMilli);
    }
}
