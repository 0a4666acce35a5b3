package dev.tarn.orchestrate;

import dev.tarn.lake.state.Database;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jdbi.v3.core.Handle;

/// Places that steps of all runs and processes share. Who dies gives its places back.
final class Pools {
    static final String SCHEMA = """
            CREATE TABLE run_pool (
              pool TEXT NOT NULL, place INTEGER NOT NULL, run_id TEXT NOT NULL, step TEXT NOT NULL,
              host TEXT NOT NULL, pid BIGINT NOT NULL, process_started BIGINT NOT NULL, heard_at BIGINT NOT NULL,
              PRIMARY KEY (pool, place));
            """;

    private static final Duration LOOK = Duration.ofMillis(100);

    private final Database database;
    private final String runId;

    Pools(Database database, String runId) {
        this.database = database;
        this.runId = runId;
    }

    private record Taken(int place, OwnProcess process, Instant heardAt) {}

    /// Waits for a place of a pool.
    ///
    /// @param places how many there are
    /// @return the place, to be given back; -1 when the run is to stop
    int take(String pool, int places, String step, BooleanSupplier stop) throws InterruptedException {
        while (!stop.getAsBoolean()) {
            // Most of the time they are all taken: then looking is enough.
            if (database.read(handle -> free(handle, pool, places)) >= 0) {
                int place = database.write(handle -> tryTake(handle, pool, places, step));
                if (place >= 0) {
                    return place;
                }
            }
            Thread.sleep(LOOK);
        }
        return -1;
    }

    private int tryTake(Handle handle, String pool, int places, String step) {
        Instant now = Instant.now();
        taken(handle, pool).stream()
                .filter(each -> !each.process().isAlive(each.heardAt(), now))
                .forEach(dead -> handle.execute(
                        "DELETE FROM run_pool WHERE pool = ? AND place = ? AND host = ? AND pid = ?",
                        pool,
                        dead.place(),
                        dead.process().host(),
                        dead.process().pid()));
        int place = free(handle, pool, places);
        if (place < 0) {
            return -1;
        }
        OwnProcess own = OwnProcess.current();
        // Of two processes that found the same place free, one makes the row.
        int made = handle.createUpdate("""
                        INSERT INTO run_pool (pool, place, run_id, step, host, pid, process_started, heard_at)
                        VALUES (:pool, :place, :run, :step, :host, :pid, :started, :now) ON CONFLICT DO NOTHING""")
                .bind("pool", pool)
                .bind("place", place)
                .bind("run", runId)
                .bind("step", step)
                .bind("host", own.host())
                .bind("pid", own.pid())
                .bind("started", own.started())
                .bind("now", now.toEpochMilli())
                .execute();
        return made == 1 ? place : -1;
    }

    private static List<Taken> taken(Handle handle, String pool) {
        return handle.createQuery("SELECT * FROM run_pool WHERE pool = :pool")
                .bind("pool", pool)
                .map((row, context) -> new Taken(
                        row.getInt("place"),
                        new OwnProcess(row.getString("host"), row.getLong("pid"), row.getLong("process_started")),
                        Instant.ofEpochMilli(row.getLong("heard_at"))))
                .list();
    }

    private static int free(Handle handle, String pool, int places) {
        Instant now = Instant.now();
        Set<Integer> used = new HashSet<>();
        for (Taken each : taken(handle, pool)) {
            if (each.process().isAlive(each.heardAt(), now)) {
                used.add(each.place());
            }
        }
        for (int place = 0; place < places; place++) {
            if (!used.contains(place)) {
                return place;
            }
        }
        return -1;
    }

    void giveBack(String pool, int place) {
        database.writing(handle ->
                handle.execute("DELETE FROM run_pool WHERE pool = ? AND place = ? AND run_id = ?", pool, place, runId));
    }

    /// Says that this run's places are still in use.
    static void heard(Handle handle, String runId) {
        handle.execute("UPDATE run_pool SET heard_at = ? WHERE run_id = ?", System.currentTimeMillis(), runId);
    }
}
