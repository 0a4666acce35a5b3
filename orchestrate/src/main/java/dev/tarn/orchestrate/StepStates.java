package dev.tarn.orchestrate;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// What each step last made, by lane: a run's own branch, an environment, `main`.
///
/// A step that is not in a lane is looked for in the lane below it, as tables are on branches.
final class StepStates {
    static final String SCHEMA = """
            CREATE TABLE run_state (
              lane TEXT NOT NULL, step TEXT NOT NULL, run_id TEXT NOT NULL, identity TEXT, versions TEXT,
              PRIMARY KEY (lane, step));
            INSERT INTO run_state (lane, step, run_id, identity, versions)
              SELECT 'main', step, run_id, identity, versions FROM run_published;
            DROP TABLE run_published;
            """;

    static final String SCHEMA_2 = """
            ALTER TABLE run_state ADD COLUMN fingerprint TEXT;
            ALTER TABLE run_state ADD COLUMN definition TEXT;
            """;

    private StepStates() {}

    /// What a step made.
    ///
    /// @param identity of its code, configuration and inputs; null when it must run every time
    /// @param versions of what it made, as [Versions] writes them
    /// @param fingerprint a digest of its code and configuration alone
    /// @param definition what it was, in words that people can compare, such as its SQL
    record Made(
            String step,
            @Nullable String identity,
            @Nullable String versions,
            @Nullable String fingerprint,
            @Nullable String definition) {}

    private static Made made(ResultSet row) throws SQLException {
        return new Made(
                row.getString("step"),
                row.getString("identity"),
                row.getString("versions"),
                row.getString("fingerprint"),
                row.getString("definition"));
    }

    /// What a step last made, as seen from the first of these lanes.
    static Optional<Made> find(Handle handle, List<String> lanes, String step) {
        for (String lane : lanes) {
            Optional<Made> found = handle.createQuery("SELECT * FROM run_state WHERE lane = :lane AND step = :step")
                    .bind("lane", lane)
                    .bind("step", step)
                    .map((row, context) -> made(row))
                    .findOne();
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /// Everything that the steps of one lane made.
    static List<Made> all(Handle handle, String lane) {
        return handle.createQuery("SELECT * FROM run_state WHERE lane = :lane ORDER BY step")
                .bind("lane", lane)
                .map((row, context) -> made(row))
                .list();
    }

    static void put(Handle handle, String lane, String runId, Made made) {
        handle.createUpdate("""
                        INSERT INTO run_state (lane, step, run_id, identity, versions, fingerprint, definition)
                        VALUES (:lane, :step, :run, :identity, :versions, :fingerprint, :definition)
                        ON CONFLICT (lane, step) DO UPDATE SET
                          run_id = excluded.run_id, identity = excluded.identity, versions = excluded.versions,
                          fingerprint = excluded.fingerprint, definition = excluded.definition""")
                .bind("lane", lane)
                .bind("step", made.step())
                .bind("run", runId)
                .bind("identity", made.identity())
                .bind("versions", made.versions())
                .bind("fingerprint", made.fingerprint())
                .bind("definition", made.definition())
                .execute();
    }

    /// Makes what one lane holds the newest of another, and empties the first.
    static void move(Handle handle, String from, String to) {
        handle.execute(
                "DELETE FROM run_state WHERE lane = ? AND step IN (SELECT step FROM run_state WHERE lane = ?)",
                to,
                from);
        handle.execute("UPDATE run_state SET lane = ? WHERE lane = ?", to, from);
    }

    /// Like [#move(Handle, String, String)], as the work of the run given: undoing that run makes them run
    /// again.
    static void move(Handle handle, String from, String to, String runId) {
        handle.execute("UPDATE run_state SET run_id = ? WHERE lane = ?", runId, from);
        move(handle, from, to);
    }

    static void forget(Handle handle, String lane) {
        handle.execute("DELETE FROM run_state WHERE lane = ?", lane);
    }
}
