package dev.tarn.orchestrate.schedule;

import dev.tarn.lake.state.Database;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// What was seen of each schedule's triggers, and which schedules are paused.
public final class ScheduleStates {
    private static final String SCHEMA = """
            CREATE TABLE run_schedule (
              schedule TEXT NOT NULL, trigger_name TEXT NOT NULL, seen_at BIGINT, seen TEXT NOT NULL,
              PRIMARY KEY (schedule, trigger_name));
            """;

    private static final String PAUSED = "(paused)";

    private final Database database;

    private ScheduleStates(Database database) {
        this.database = database;
    }

    public static ScheduleStates open(Database database) {
        database.migrate("schedules", SCHEMA);
        return new ScheduleStates(database);
    }

    /// What was seen last.
    ///
    /// @param at the time that was looked after last
    /// @param what inputs were
    record Seen(Optional<Instant> at, String what) {}

    /// Everything, by schedule and trigger.
    Map<String, Map<String, Seen>> all() {
        return database.read(handle -> {
            Map<String, Map<String, Seen>> all = new HashMap<>();
            handle.createQuery("SELECT * FROM run_schedule")
                    .map((row, context) -> all.computeIfAbsent(row.getString("schedule"), name -> new HashMap<>())
                            .put(
                                    row.getString("trigger_name"),
                                    new Seen(time(row.getLong("seen_at"), row.wasNull()), row.getString("seen"))))
                    .forEach(replaced -> {});
            return all;
        });
    }

    private static Optional<Instant> time(long millis, boolean isNull) {
        return isNull ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
    }

    Optional<Seen> get(String schedule, String trigger) {
        return Optional.ofNullable(all().getOrDefault(schedule, Map.of()).get(trigger));
    }

    /// Notes what was seen, if nobody else has meanwhile.
    ///
    /// @return whether that is so
    boolean move(Handle handle, String schedule, String trigger, Optional<Seen> before, Seen now) {
        Long at = now.at().map(Instant::toEpochMilli).orElse(null);
        if (before.isEmpty()) {
            return handle.createUpdate("""
                                    INSERT INTO run_schedule (schedule, trigger_name, seen_at, seen)
                                    VALUES (:schedule, :trigger, :at, :what) ON CONFLICT DO NOTHING""")
                            .bind("schedule", schedule)
                            .bind("trigger", trigger)
                            .bind("at", at)
                            .bind("what", now.what())
                            .execute()
                    == 1;
        }
        @Nullable Long was = before.get().at().map(Instant::toEpochMilli).orElse(null);
        return handle.createUpdate("UPDATE run_schedule SET seen_at = :at, seen = :what"
                                + " WHERE schedule = :schedule AND trigger_name = :trigger AND seen = :wasWhat"
                                + (was == null ? " AND seen_at IS NULL" : " AND seen_at = " + was))
                        .bind("at", at)
                        .bind("what", now.what())
                        .bind("schedule", schedule)
                        .bind("trigger", trigger)
                        .bind("wasWhat", before.get().what())
                        .execute()
                == 1;
    }

    boolean isPaused(Map<String, Map<String, Seen>> all, String schedule) {
        return all.getOrDefault(schedule, Map.of()).containsKey(PAUSED);
    }

    /// Whether a schedule asks for nothing at present.
    public boolean isPaused(String schedule) {
        return isPaused(all(), schedule);
    }

    /// Keeps a schedule from asking, or lets it ask again. Times that passed meanwhile are missed times then.
    public void pause(String schedule, boolean paused) {
        database.writing(handle -> {
            handle.execute("DELETE FROM run_schedule WHERE schedule = ? AND trigger_name = ?", schedule, PAUSED);
            if (paused) {
                handle.execute(
                        "INSERT INTO run_schedule (schedule, trigger_name, seen) VALUES (?, ?, '')", schedule, PAUSED);
            }
        });
    }
}
