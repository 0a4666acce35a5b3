package dev.tarn.orchestrate.schedule;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jdbi.v3.core.Handle;

/// Makes past partitions of a schedule, one run each, beside its ordinary runs, which go first.
public final class Backfills {
    /// Below what schedules have by default.
    private static final int PRIORITY = -10;

    private final Database database;
    private final RunQueue queue;
    private final InstantSource clock;

    public Backfills(Database database, InstantSource clock) {
        this.database = database;
        this.queue = new RunQueue(database, clock);
        this.clock = clock;
    }

    /// Where a backfill stands.
    public enum Progress {
        RUNNING,
        PAUSED,
        CANCELLED
    }

    /// A backfill.
    ///
    /// @param counts how many partitions are in which state
    public record Backfill(
            String id,
            String schedule,
            String first,
            String last,
            Progress progress,
            Instant madeAt,
            String madeBy,
            Map<State, Integer> counts) {
        /// Whether nothing is left to do.
        public boolean isOver() {
            return counts.getOrDefault(State.QUEUED, 0) + counts.getOrDefault(State.RUNNING, 0) == 0;
        }
    }

    /// Begins a backfill.
    ///
    /// @param again whether partitions that were made before are made again
    /// @throws TarnException `USAGE` when the schedule has no partitions, the range is none, or nothing is missing
    public Backfill begin(Schedule schedule, String first, String last, boolean again, String by) {
        Partitions partitions = schedule.partitions()
                .orElseThrow(() -> new TarnException(
                        ErrorCode.USAGE,
                        "the schedule '" + schedule.name() + "' has no partitions: write 'partitions: {by: day, from: "
                                + "2026-01-01}' in " + schedule.file()));
        List<String> all = partitions.between(first, last);
        Set<String> made = again ? Set.of() : made(schedule.name());
        List<String> missing = all.stream().filter(part -> !made.contains(part)).toList();
        if (missing.isEmpty()) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    "all partitions from " + first + " to " + last + " were made; --again makes them anew");
        }
        Instant now = clock.instant();
        String id = "b" + now.toEpochMilli() / 1000 + "-"
                + Integer.toHexString(ThreadLocalRandom.current().nextInt(1 << 12, 1 << 16));
        database.writing(handle -> {
            handle.createUpdate("""
                            INSERT INTO run_backfill (id, schedule, first_partition, last_partition, state, made_at, made_by)
                            VALUES (:id, :schedule, :first, :last, 'RUNNING', :now, :by)""")
                    .bind("id", id)
                    .bind("schedule", schedule.name())
                    .bind("first", all.getFirst())
                    .bind("last", all.getLast())
                    .bind("now", now.toEpochMilli())
                    .bind("by", by)
                    .execute();
            // Those that wait equally long go in the order of their keys, which is that of the partitions.
            for (String partition : missing) {
                RunQueue.insert(
                        handle,
                        Scheduler.request(
                                schedule,
                                "backfill/" + id + "/" + partition,
                                "the backfill " + id,
                                Optional.of(partitions
                                        .start(partition)
                                        .atZone(schedule.zone())
                                        .toInstant()),
                                Optional.of(partition),
                                schedule.priority() + PRIORITY,
                                Optional.of(id),
                                by,
                                now),
                        State.QUEUED,
                        Optional.empty(),
                        now);
            }
        });
        return get(id);
    }

    /// The partitions of a schedule that some run has made.
    public Set<String> made(String schedule) {
        return database.read(handle -> new HashSet<>(handle.createQuery("""
                        SELECT DISTINCT partition_key FROM run_request
                        WHERE schedule = :schedule AND state = 'DONE' AND partition_key IS NOT NULL""")
                .bind("schedule", schedule)
                .mapTo(String.class)
                .list()));
    }

    /// All backfills, newest first.
    public List<Backfill> list() {
        return database.read(handle -> handle
                .createQuery("SELECT id FROM run_backfill ORDER BY made_at DESC, id LIMIT 1000")
                .mapTo(String.class)
                .list()
                .stream()
                .map(id -> find(handle, id).orElseThrow())
                .toList());
    }

    /// One backfill.
    ///
    /// @throws TarnException `NOT_FOUND`
    public Backfill get(String id) {
        return database.read(handle -> find(handle, id))
                .orElseThrow(() -> new TarnException(ErrorCode.NOT_FOUND, "there is no backfill '" + id + "'"));
    }

    /// The requests of a backfill, by partition.
    public List<Kept> parts(String id) {
        get(id);
        return queue.ofBackfill(id);
    }

    private static Optional<Backfill> find(Handle handle, String id) {
        Map<State, Integer> counts = new EnumMap<>(State.class);
        handle.createQuery("SELECT state, COUNT(*) FROM run_request WHERE backfill = :id GROUP BY state")
                .bind("id", id)
                .map((row, context) -> counts.put(State.valueOf(row.getString(1)), row.getInt(2)))
                .forEach(replaced -> {});
        return handle.createQuery("SELECT * FROM run_backfill WHERE id = :id")
                .bind("id", id)
                .map((row, context) -> new Backfill(
                        row.getString("id"),
                        row.getString("schedule"),
                        row.getString("first_partition"),
                        row.getString("last_partition"),
                        Progress.valueOf(row.getString("state")),
                        Instant.ofEpochMilli(row.getLong("made_at")),
                        row.getString("made_by"),
                        counts))
                .findOne();
    }

    /// Begins no further partition until resumed; the one that is being made is finished.
    public Backfill pause(String id) {
        return move(id, Progress.RUNNING, Progress.PAUSED);
    }

    /// Goes on.
    public Backfill resume(String id) {
        return move(id, Progress.PAUSED, Progress.RUNNING);
    }

    /// Ends it; the partition that is being made is finished.
    public Backfill cancel(String id) {
        Backfill backfill = get(id);
        database.writing(handle -> {
            handle.execute("UPDATE run_backfill SET state = 'CANCELLED' WHERE id = ?", id);
            handle.execute(
                    "UPDATE run_request SET state = 'CANCELLED', ended_at = ? WHERE backfill = ? AND state = 'QUEUED'",
                    clock.instant().toEpochMilli(),
                    backfill.id());
        });
        return get(id);
    }

    private Backfill move(String id, Progress from, Progress to) {
        Backfill backfill = get(id);
        int moved = database.write(handle -> handle.execute(
                "UPDATE run_backfill SET state = ? WHERE id = ? AND state = ?", to.name(), id, from.name()));
        if (moved == 0 && backfill.progress() != to) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the backfill " + id + " is " + backfill.progress());
        }
        return get(id);
    }
}
