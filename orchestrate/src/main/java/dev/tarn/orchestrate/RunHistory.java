package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.state.Database;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.result.RowView;
import org.jdbi.v3.core.statement.PreparedBatch;

/// What the database keeps of runs: one row per run, one per step, and what each step last published.
public final class RunHistory {
    private static final Logger LOG = System.getLogger(RunHistory.class.getName());

    private static final String SCHEMA = """
            CREATE TABLE run (
              id TEXT PRIMARY KEY, lane TEXT NOT NULL, status TEXT NOT NULL,
              started_at BIGINT NOT NULL, ended_at BIGINT, started_by TEXT NOT NULL,
              host TEXT NOT NULL, pid BIGINT NOT NULL, process_started BIGINT NOT NULL, heard_at BIGINT NOT NULL,
              publish_id BIGINT, error TEXT);
            CREATE UNIQUE INDEX run_one_at_a_time ON run (lane) WHERE status = 'RUNNING';
            CREATE TABLE run_step (
              run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, position INTEGER NOT NULL,
              step TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, took_millis BIGINT NOT NULL,
              row_count BIGINT, message TEXT NOT NULL, error TEXT, detail TEXT,
              PRIMARY KEY (run_id, position));
            CREATE INDEX run_step_step ON run_step (step);
            CREATE TABLE run_published (
              step TEXT PRIMARY KEY, run_id TEXT NOT NULL, identity TEXT NOT NULL, versions TEXT NOT NULL);
            """;

    /// Environments: what a fork began as, and what undoing a publish must put back beside the tables.
    private static final String SCHEMA_2 = StepStates.SCHEMA + """
            ALTER TABLE run ADD COLUMN fork_changes BIGINT;
            CREATE TABLE run_undo (
              run_id TEXT NOT NULL, position INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
              PRIMARY KEY (run_id, position));
            """;

    /// Why there is a run, how often steps were tried, and what they said.
    private static final String SCHEMA_3 = """
            ALTER TABLE run ADD COLUMN request TEXT;
            ALTER TABLE run ADD COLUMN schedule TEXT;
            ALTER TABLE run ADD COLUMN reason TEXT;
            ALTER TABLE run ADD COLUMN partition_key TEXT;
            ALTER TABLE run ADD COLUMN nominal_at BIGINT;
            ALTER TABLE run ADD COLUMN stop_asked BIGINT;
            ALTER TABLE run_step ADD COLUMN started_at BIGINT;
            ALTER TABLE run_step ADD COLUMN tries INTEGER;
            CREATE INDEX run_started ON run (started_at);
            CREATE INDEX run_of_schedule ON run (schedule, started_at);
            """ + RunLog.SCHEMA + Pools.SCHEMA;

    private final Database database;

    /// A run that was begun.
    ///
    /// @param lane the environment that it works for, or `main`
    record Begun(String id, String lane, OwnProcess process, Instant heardAt, OptionalLong forkChanges) {
        boolean isAlive() {
            return process.isAlive(heardAt, Instant.now());
        }
    }

    private RunHistory(Database database) {
        this.database = database;
    }

    /// The history in a database.
    public static RunHistory open(Database database) {
        database.migrate("runs", SCHEMA, SCHEMA_2, StepStates.SCHEMA_2, SCHEMA_3);
        return new RunHistory(database);
    }

    /// Notes that a run begins.
    ///
    /// @throws TarnException `RUN_IN_PROGRESS` when another one of the lane is under way
    void begin(String id, String lane, Identity identity, Instant now, RunCause cause) {
        OwnProcess process = OwnProcess.current();
        int begun = database.write(handle -> handle.createUpdate("""
                        INSERT INTO run (id, lane, status, started_at, started_by, host, pid, process_started, heard_at,
                          request, schedule, reason, partition_key, nominal_at)
                        VALUES (:id, :lane, 'RUNNING', :now, :user, :host, :pid, :process, :now,
                          :request, :schedule, :reason, :partition, :nominal)
                        ON CONFLICT DO NOTHING""")
                .bind("id", id)
                .bind("lane", lane)
                .bind("now", now.toEpochMilli())
                .bind("user", identity.user())
                .bind("host", process.host())
                .bind("pid", process.pid())
                .bind("process", process.started())
                .bind("request", cause.request().orElse(null))
                .bind("schedule", cause.schedule().orElse(null))
                .bind("reason", cause.reason())
                .bind("partition", cause.partition().orElse(null))
                .bind("nominal", cause.nominal().map(Instant::toEpochMilli).orElse(null))
                .execute());
        if (begun == 0) {
            String other = running().stream()
                    .filter(run -> run.lane().equals(lane))
                    .findFirst()
                    .map(run -> "the run " + run.id() + " (process "
                            + run.process().pid() + " on " + run.process().host() + ")")
                    .orElse("another run");
            throw new TarnException(
                    ErrorCode.RUN_IN_PROGRESS, other + " is under way: wait for it, or stop that process");
        }
    }

    /// Runs that have begun and not ended.
    List<Begun> running() {
        return begun("status = 'RUNNING'");
    }

    private List<Begun> begun(String condition) {
        return database.read(handle -> handle.createQuery("SELECT * FROM run WHERE " + condition)
                .map((row, context) -> {
                    long changes = row.getLong("fork_changes");
                    OptionalLong forkChanges = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(changes);
                    return new Begun(
                            row.getString("id"),
                            row.getString("lane"),
                            new OwnProcess(row.getString("host"), row.getLong("pid"), row.getLong("process_started")),
                            Instant.ofEpochMilli(row.getLong("heard_at")),
                            forkChanges);
                })
                .list());
    }

    /// Runs of a lane that were lost, newest first.
    List<Begun> lost(String lane) {
        return begun("status = 'LOST' AND lane = '" + lane.replace("'", "''") + "' ORDER BY started_at DESC LIMIT 100");
    }

    /// Notes that a run's process is still there.
    ///
    /// @return whether somebody wants the run to stop: on request, or because it counts as lost
    boolean heard(String id) {
        return database.write(handle -> {
            handle.createUpdate("UPDATE run SET heard_at = :now WHERE id = :id")
                    .bind("now", System.currentTimeMillis())
                    .bind("id", id)
                    .execute();
            Pools.heard(handle, id);
            return isToStop(handle, id);
        });
    }

    /// Whether somebody wants a run to stop.
    boolean isToStop(String id) {
        return database.read(handle -> isToStop(handle, id));
    }

    private static boolean isToStop(Handle handle, String id) {
        return handle.createQuery(
                        "SELECT 1 FROM run WHERE id = :id AND (stop_asked IS NOT NULL OR status <> 'RUNNING')")
                .bind("id", id)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /// Asks a run to stop, in whatever process it is; it does within seconds.
    ///
    /// @throws TarnException `NOT_FOUND`; `BAD_REQUEST` when it has ended
    public void askToStop(String id) {
        RunReport run = run(id);
        int asked = database.write(
                handle -> handle.createUpdate("UPDATE run SET stop_asked = :now WHERE id = :id AND status = 'RUNNING'")
                        .bind("now", System.currentTimeMillis())
                        .bind("id", id)
                        .execute());
        if (asked == 0) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the run " + id + " has ended: " + run.status());
        }
    }

    /// Notes runs whose process has died. What they finished stays on their branch for the next run.
    public void noteLost() {
        for (Begun run : running()) {
            if (!run.isAlive()) {
                LOG.log(Level.INFO, "the run {0} was lost: its process ended", run.id());
                lostOf(run.id());
            }
        }
    }

    private void lostOf(String id) {
        database.writing(handle -> handle.createUpdate("""
                        UPDATE run SET status = 'LOST', ended_at = :now, error = 'its process ended without a word'
                        WHERE id = :id AND status = 'RUNNING'""")
                .bind("now", System.currentTimeMillis())
                .bind("id", id)
                .execute());
    }

    /// Notes what an environment had seen of changes when a run began as it.
    void forked(String id, long changes) {
        database.writing(handle -> handle.execute("UPDATE run SET fork_changes = ? WHERE id = ?", changes, id));
    }

    /// A step's end.
    ///
    /// @param position in the plan
    /// @param detail what it leaves for later
    /// @param made on the run's branch, if it worked
    record StepEnd(
            int position,
            Instant started,
            int tries,
            StepReport report,
            Optional<String> detail,
            Optional<StepStates.Made> made) {}

    /// Notes steps' ends with what they made and what was said, durably.
    void steps(String runId, List<StepEnd> ends, List<RunLog.Line> lines) {
        database.writing(handle -> {
            PreparedBatch batch = handle.prepareBatch("""
                    INSERT INTO run_step (run_id, position, step, kind, status, started_at, took_millis, tries,
                      row_count, message, error, detail)
                    VALUES (:run, :position, :step, :kind, :status, :started, :took, :tries,
                      :rows, :message, :error, :detail)
                    ON CONFLICT (run_id, position) DO NOTHING""");
            for (StepEnd end : ends) {
                StepReport report = end.report();
                batch.bind("run", runId)
                        .bind("position", end.position())
                        .bind("step", report.step())
                        .bind("kind", report.kind().name())
                        .bind("status", report.status().name())
                        .bind("started", end.started().toEpochMilli())
                        .bind("took", report.took().toMillis())
                        .bind("tries", end.tries())
                        .bind(
                                "rows",
                                report.rows().isPresent() ? (Long) report.rows().getAsLong() : null)
                        .bind("message", report.message())
                        .bind("error", report.error().orElse(null))
                        .bind("detail", end.detail().orElse(null))
                        .add();
            }
            if (!ends.isEmpty()) {
                batch.execute();
            }
            ends.forEach(end ->
                    end.made().ifPresent(what -> StepStates.put(handle, Runner.BRANCH_PREFIX + runId, runId, what)));
            RunLog.write(handle, runId, lines);
        });
    }

    /// What a step last made, as seen from the first of these lanes.
    Optional<StepStates.Made> made(List<String> lanes, String step) {
        return database.read(handle -> StepStates.find(handle, lanes, step));
    }

    /// Notes a run's end.
    ///
    /// @return whether it was under way; if not, it counts as lost, and another run has taken its place
    static boolean end(Handle handle, String id, RunStatus status, Optional<String> error) {
        return handle.createUpdate("""
                                UPDATE run SET status = :status, ended_at = :now, error = :error
                                WHERE id = :id AND status = 'RUNNING'""")
                        .bind("status", status.name())
                        .bind("now", System.currentTimeMillis())
                        .bind("error", error.orElse(null))
                        .bind("id", id)
                        .execute()
                == 1;
    }

    static void publishedAs(Handle handle, String id, long publishId) {
        handle.createUpdate("UPDATE run SET publish_id = :publish WHERE id = :id")
                .bind("publish", publishId)
                .bind("id", id)
                .execute();
    }

    /// What a publish moved beside the tables, and how it was before.
    record Undoable(String kind, String payload) {}

    /// The runs that made a publish.
    List<String> publishers(Handle handle, long publishId) {
        return handle.createQuery("SELECT id FROM run WHERE publish_id = :publish ORDER BY id")
                .bind("publish", publishId)
                .mapTo(String.class)
                .list();
    }

    /// Notes what undoing a run is to put back.
    static void undoable(Handle handle, String runId, Undoable what) {
        handle.createUpdate("""
                        INSERT INTO run_undo (run_id, position, kind, payload)
                        VALUES (:run, (SELECT COUNT(*) FROM run_undo WHERE run_id = :run), :kind, :payload)""")
                .bind("run", runId)
                .bind("kind", what.kind())
                .bind("payload", what.payload())
                .execute();
    }

    /// What undoing a run is to put back, the last moved first.
    static List<Undoable> undoables(Handle handle, String runId) {
        return handle.createQuery("SELECT kind, payload FROM run_undo WHERE run_id = :run ORDER BY position DESC")
                .bind("run", runId)
                .map((row, context) -> new Undoable(row.getString("kind"), row.getString("payload")))
                .list();
    }

    /// Runs that fit, newest first, without their steps.
    public List<RunSearch.Found> search(RunSearch search) {
        return database.read(search::find);
    }

    /// One run without its steps.
    ///
    /// @throws TarnException `NOT_FOUND`
    public RunSearch.Found summary(String id) {
        return database.read(handle -> RunSearch.one(handle, id)).orElseThrow(() -> notFound(id));
    }

    /// When the steps of a run began, by name.
    public Map<String, Instant> stepStarts(String id) {
        return database.read(handle -> {
            Map<String, Instant> starts = new HashMap<>();
            handle.createQuery("SELECT step, started_at FROM run_step WHERE run_id = :id AND started_at IS NOT NULL")
                    .bind("id", id)
                    .map((row, context) -> starts.put(row.getString(1), Instant.ofEpochMilli(row.getLong(2))))
                    .forEach(replaced -> {});
            return starts;
        });
    }

    /// Forgets runs that began before a time, with their steps and what they said.
    ///
    /// @return how many
    public int forget(Instant before) {
        return database.write(handle -> handle.createUpdate(
                        "DELETE FROM run WHERE started_at < :before AND status NOT IN ('RUNNING', 'LOST')")
                .bind("before", before.toEpochMilli())
                .execute());
    }

    private static TarnException notFound(String id) {
        return new TarnException(ErrorCode.NOT_FOUND, "there is no run '" + id + "'");
    }

    /// What a step of a run said.
    public record Said(String step, Instant at, String message) {}

    /// What the steps of a run said, or one of them, in the order in which they did.
    ///
    /// @throws TarnException `NOT_FOUND`
    public List<Said> log(String runId, Optional<String> step) {
        run(runId);
        return RunLog.read(database, runId, step);
    }

    /// The latest runs, newest first, with their steps.
    public List<RunReport> latest(int limit) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM run ORDER BY started_at DESC, id DESC LIMIT :limit")
                .bind("limit", limit)
                .reduceRows(new ArrayList<RunReport>(), (all, row) -> {
                    all.add(report(handle, row));
                    return all;
                }));
    }

    /// The ids of the latest runs of an environment or of `main`, newest first.
    public List<String> latestIds(String environment, int limit) {
        return database.read(handle -> handle.createQuery(
                        "SELECT id FROM run WHERE lane = :lane ORDER BY started_at DESC, id DESC LIMIT :limit")
                .bind("lane", environment)
                .bind("limit", limit)
                .mapTo(String.class)
                .list());
    }

    /// One run with its steps.
    ///
    /// @throws TarnException `NOT_FOUND`
    public RunReport run(String id) {
        return database.read(handle -> handle.createQuery("SELECT * FROM run WHERE id = :id")
                        .bind("id", id)
                        .reduceRows(Optional.<RunReport>empty(), (none, row) -> Optional.of(report(handle, row))))
                .orElseThrow(() -> notFound(id));
    }

    private static RunReport report(Handle handle, RowView row) {
        Instant started = Instant.ofEpochMilli(row.getColumn("started_at", Long.class));
        Instant ended = Optional.ofNullable(row.getColumn("ended_at", Long.class))
                .map(Instant::ofEpochMilli)
                .orElseGet(Instant::now);
        String id = row.getColumn("id", String.class);
        return new RunReport(
                id,
                RunStatus.valueOf(row.getColumn("status", String.class)),
                started,
                Duration.between(started, ended),
                Optional.ofNullable(row.getColumn("publish_id", Long.class)).map(String::valueOf),
                Optional.ofNullable(row.getColumn("error", String.class)),
                steps(handle, id));
    }

    private static List<StepReport> steps(Handle handle, String runId) {
        return handle.createQuery("SELECT * FROM run_step WHERE run_id = :run ORDER BY position")
                .bind("run", runId)
                .map((row, context) -> step(row))
                .list();
    }

    private static StepReport step(ResultSet row) throws SQLException {
        long rows = row.getLong("row_count");
        OptionalLong rowCount = row.wasNull() ? OptionalLong.empty() : OptionalLong.of(rows);
        return new StepReport(
                row.getString("step"),
                StepKind.valueOf(row.getString("kind")),
                StepReport.Status.valueOf(row.getString("status")),
                Duration.ofMillis(row.getLong("took_millis")),
                rowCount,
                row.getString("message"),
                Optional.ofNullable(row.getString("error")));
    }

    /// What a step of a run left for later, such as its compiled SQL.
    public Optional<String> detail(String runId, String step) {
        return database.read(handle -> handle.createQuery(
                        "SELECT detail FROM run_step WHERE run_id = :run AND step = :step AND detail IS NOT NULL")
                .bind("run", runId)
                .bind("step", step)
                .mapTo(String.class)
                .findOne());
    }

    /// How long each step took and how many rows it wrote when it last ran to its end.
    public Optional<StepReport> lastDone(String step) {
        return database.read(handle -> handle.createQuery("""
                        SELECT s.* FROM run_step s JOIN run r ON r.id = s.run_id
                        WHERE s.step = :step AND s.status = 'DONE' AND r.status = 'PUBLISHED'
                        ORDER BY r.started_at DESC LIMIT 1""")
                .bind("step", step)
                .map((row, context) -> step(row))
                .findOne());
    }
}
