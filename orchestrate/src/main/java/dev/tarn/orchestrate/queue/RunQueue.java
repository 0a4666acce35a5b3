package dev.tarn.orchestrate.queue;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import dev.tarn.orchestrate.OwnProcess;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.StepPolicy;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Requests for runs, in the database, shared by all processes of a project. A process takes a request by writing its
/// name on it; while it says that it is alive nobody else may. What a process that died has taken is taken by
/// another, whose run goes on where the other stopped.
public final class RunQueue {
    /// A request on which so many processes died is given up.
    static final int TAKEOVERS_MAX = 5;

    /// Who was silent for too long may have lost its request to another, and then says nothing of it any more.
    private static final String STILL_MINE =
            " WHERE request_key = :key AND state = 'RUNNING' AND takeovers = :takeovers";

    private static final Duration RETRY_WAIT_MAX = Duration.ofHours(1);
    private static final int QUEUED_MAX = 100_000;

    private static final String SCHEMA = """
            CREATE TABLE run_request (
              request_key TEXT PRIMARY KEY, work TEXT NOT NULL, environment TEXT NOT NULL, lane TEXT NOT NULL,
              priority INTEGER NOT NULL, schedule TEXT, reason TEXT NOT NULL, partition_key TEXT, nominal_at BIGINT,
              backfill TEXT, asked_by TEXT NOT NULL, asked_at BIGINT NOT NULL, not_before BIGINT NOT NULL,
              retries INTEGER NOT NULL, retry_wait BIGINT NOT NULL, time_limit BIGINT,
              state TEXT NOT NULL, tries INTEGER NOT NULL, takeovers INTEGER NOT NULL,
              begun_at BIGINT, ended_at BIGINT, run_id TEXT, error TEXT,
              host TEXT, pid BIGINT, process_started BIGINT, heard_at BIGINT);
            CREATE INDEX run_request_turn ON run_request (state, priority, asked_at);
            CREATE INDEX run_request_schedule ON run_request (schedule, asked_at);
            CREATE INDEX run_request_backfill ON run_request (backfill, state);
            CREATE TABLE run_backfill (
              id TEXT PRIMARY KEY, schedule TEXT NOT NULL, first_partition TEXT NOT NULL, last_partition TEXT NOT NULL,
              state TEXT NOT NULL, made_at BIGINT NOT NULL, made_by TEXT NOT NULL);
            """;

    private final Database database;
    private final InstantSource clock;
    private final RunHistory history;

    /// @param clock says when a request may begin
    public RunQueue(Database database, InstantSource clock) {
        this.history = RunHistory.open(database);
        database.migrate("run-queue", SCHEMA);
        this.database = database;
        this.clock = clock;
    }

    Database database() {
        return database;
    }

    /// Asks for a run, durably. When there is a request with this key already nothing happens.
    ///
    /// @return the request of this key
    /// @throws TarnException `BAD_REQUEST` for a key that is empty or too long, or that another piece of work has;
    ///     `LIMIT_EXCEEDED`
    public Kept ask(RunRequest request) {
        if (request.key().isBlank() || request.key().length() > RunRequest.KEY_CHARS_MAX) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "a run's key must have 1 to " + RunRequest.KEY_CHARS_MAX + " characters");
        }
        database.writing(handle -> {
            if (waiting(handle) >= QUEUED_MAX) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED, "more than " + QUEUED_MAX + " requests for runs wait already");
            }
            insert(handle, request, State.QUEUED, Optional.empty(), clock.instant());
        });
        Kept kept = get(request.key());
        if (!kept.request().work().equals(request.work())
                || !kept.request().environment().equals(request.environment())) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the key '" + request.key() + "' was used for another run: choose a new one for each");
        }
        return kept;
    }

    private static int waiting(Handle handle) {
        return handle.createQuery("SELECT COUNT(*) FROM run_request WHERE state = 'QUEUED'")
                .mapTo(Integer.class)
                .one();
    }

    /// Adds a request unless its key is there.
    ///
    /// @return whether it was added
    public static boolean insert(Handle handle, RunRequest request, State state, Optional<String> error, Instant now) {
        RunCause cause = request.cause();
        return handle.createUpdate("""
                                INSERT INTO run_request (request_key, work, environment, lane, priority, schedule,
                                  reason, partition_key, nominal_at, backfill, asked_by, asked_at, not_before,
                                  retries, retry_wait, time_limit, state, tries, takeovers, ended_at, error)
                                VALUES (:key, :work, :environment, :lane, :priority, :schedule,
                                  :reason, :partition, :nominal, :backfill, :by, :now, :notBefore,
                                  :retries, :retryWait, :timeLimit, :state, 0, 0, :endedAt, :error)
                                ON CONFLICT (request_key) DO NOTHING""")
                        .bind("key", request.key())
                        .bind("work", request.work().toJson())
                        .bind("environment", request.environment())
                        .bind("lane", request.work().lane(request.environment()))
                        .bind("priority", request.priority())
                        .bind("schedule", cause.schedule().orElse(null))
                        .bind("reason", cause.reason())
                        .bind("partition", cause.partition().orElse(null))
                        .bind(
                                "nominal",
                                cause.nominal().map(Instant::toEpochMilli).orElse(null))
                        .bind("backfill", request.backfill().orElse(null))
                        .bind("by", request.by())
                        .bind("now", now.toEpochMilli())
                        .bind("notBefore", request.notBefore().toEpochMilli())
                        .bind("retries", request.retries())
                        .bind("retryWait", request.retryWait().toMillis())
                        .bind(
                                "timeLimit",
                                request.timeLimit().map(Duration::toMillis).orElse(null))
                        .bind("state", state.name())
                        .bind("endedAt", state.isOver() ? (Long) now.toEpochMilli() : null)
                        .bind("error", error.orElse(null))
                        .execute()
                == 1;
    }

    /// A request by its key.
    ///
    /// @throws TarnException `NOT_FOUND`
    public Kept get(String key) {
        return database.read(handle -> handle.createQuery("SELECT * FROM run_request WHERE request_key = :key")
                        .bind("key", key)
                        .map((row, context) -> kept(row))
                        .findOne())
                .orElseThrow(() ->
                        new TarnException(ErrorCode.NOT_FOUND, "nobody asked for a run with the key '" + key + "'"));
    }

    /// The latest requests, newest first.
    public List<Kept> latest(int limit) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM run_request ORDER BY asked_at DESC, request_key DESC LIMIT :limit")
                .bind("limit", limit)
                .map((row, context) -> kept(row))
                .list());
    }

    /// The latest requests of a schedule, newest first.
    public List<Kept> ofSchedule(String schedule, int limit) {
        return database.read(handle -> ofSchedule(handle, schedule, limit));
    }

    /// Like [#ofSchedule(String, int)], inside a transaction.
    public static List<Kept> ofSchedule(Handle handle, String schedule, int limit) {
        return handle.createQuery("""
                        SELECT * FROM run_request WHERE schedule = :schedule
                        ORDER BY asked_at DESC, request_key DESC LIMIT :limit""")
                .bind("schedule", schedule)
                .bind("limit", limit)
                .map((row, context) -> kept(row))
                .list();
    }

    /// The latest requests of what is not done twice at a time, newest first; see [Work#lane].
    public List<Kept> ofLane(String lane, int limit) {
        return database.read(handle -> handle.createQuery("""
                        SELECT * FROM run_request WHERE lane = :lane
                        ORDER BY asked_at DESC, request_key DESC LIMIT :limit""")
                .bind("lane", lane)
                .bind("limit", limit)
                .map((row, context) -> kept(row))
                .list());
    }

    /// The requests of a backfill, by partition.
    public List<Kept> ofBackfill(String backfill) {
        return database.read(handle -> handle.createQuery(
                        "SELECT * FROM run_request WHERE backfill = :backfill ORDER BY partition_key, request_key")
                .bind("backfill", backfill)
                .map((row, context) -> kept(row))
                .list());
    }

    /// Takes the request whose turn it is: the highest priority, then the one that waits longest. One that waits
    /// for another of its lane lets others go first.
    Optional<Kept> take() {
        long now = clock.instant().toEpochMilli();
        // Nearly always there is nothing: looking does not write.
        if (database.read(handle -> next(handle, now)).isEmpty()) {
            return Optional.empty();
        }
        OwnProcess own = OwnProcess.current();
        return database.write(handle -> next(handle, now)
                .filter(kept -> handle.createUpdate("""
                                UPDATE run_request SET state = 'RUNNING', tries = tries + 1, begun_at = :now,
                                  host = :host, pid = :pid, process_started = :started, heard_at = :heard
                                WHERE request_key = :key AND state = 'QUEUED' AND takeovers = :takeovers""")
                                .bind("takeovers", kept.takeovers())
                                .bind("now", now)
                                .bind("heard", System.currentTimeMillis())
                                .bind("host", own.host())
                                .bind("pid", own.pid())
                                .bind("started", own.started())
                                .bind("key", kept.request().key())
                                .execute()
                        == 1));
    }

    private static Optional<Kept> next(Handle handle, long now) {
        return handle.createQuery("""
                        SELECT * FROM run_request
                        WHERE state = 'QUEUED' AND not_before <= :now
                          AND lane NOT IN (SELECT lane FROM run_request WHERE state = 'RUNNING')
                          AND lane NOT IN (SELECT lane FROM run WHERE status = 'RUNNING')
                          AND (backfill IS NULL OR backfill IN (SELECT id FROM run_backfill WHERE state = 'RUNNING'))
                        ORDER BY priority DESC, asked_at, request_key LIMIT 1""")
                .bind("now", now)
                .map((row, context) -> kept(row))
                .findOne();
    }

    /// Notes the run that works on a request.
    void began(Kept kept, String runId) {
        database.writing(handle -> handle.createUpdate("UPDATE run_request SET run_id = :run" + STILL_MINE)
                .bind("run", runId)
                .bind("key", kept.request().key())
                .bind("takeovers", kept.takeovers())
                .execute());
    }

    /// Says that the requests that this process has taken are worked on.
    void heard() {
        OwnProcess own = OwnProcess.current();
        database.writing(handle -> handle.createUpdate("""
                        UPDATE run_request SET heard_at = :now
                        WHERE state = 'RUNNING' AND host = :host AND pid = :pid AND process_started = :started""")
                .bind("now", System.currentTimeMillis())
                .bind("host", own.host())
                .bind("pid", own.pid())
                .bind("started", own.started())
                .execute());
    }

    /// Notes how a request ended.
    void succeeded(Kept kept, Optional<String> runId) {
        over(kept, State.DONE, runId, Optional.empty());
    }

    /// Notes that the work failed: the request waits for its next try, or has failed.
    ///
    /// @param mayRepeat whether another try may end otherwise
    void failed(Kept kept, Optional<String> runId, String error, boolean mayRepeat) {
        int tries = kept.tries() + 1;
        if (!mayRepeat || tries > kept.request().retries()) {
            over(kept, State.FAILED, runId, Optional.of(error));
            return;
        }
        Duration wait = StepPolicy.backOff(kept.request().retryWait(), RETRY_WAIT_MAX, tries);
        again(kept, clock.instant().plus(wait), runId, error, "");
    }

    /// Gives a request back without a try: somebody else's run is in the way.
    void putBack(Kept kept, Duration wait, String why) {
        again(kept, clock.instant().plus(wait), Optional.empty(), why, ", tries = tries - 1");
    }

    private void again(Kept kept, Instant when, Optional<String> runId, String error, String more) {
        database.writing(handle -> handle.createUpdate(
                        "UPDATE run_request SET state = 'QUEUED', not_before = :when, error = :error,"
                                + " run_id = COALESCE(:run, run_id), host = NULL" + more
                                + STILL_MINE)
                .bind("when", when.toEpochMilli())
                .bind("error", error)
                .bind("run", runId.orElse(null))
                .bind("key", kept.request().key())
                .bind("takeovers", kept.takeovers())
                .execute());
    }

    private void over(Kept kept, State state, Optional<String> runId, Optional<String> error) {
        database.writing(handle -> handle.createUpdate("""
                        UPDATE run_request SET state = :state, ended_at = :now, error = :error,
                          run_id = COALESCE(:run, run_id)""" + STILL_MINE)
                .bind("state", state.name())
                .bind("now", clock.instant().toEpochMilli())
                .bind("error", error.orElse(null))
                .bind("run", runId.orElse(null))
                .bind("key", kept.request().key())
                .bind("takeovers", kept.takeovers())
                .execute());
    }

    /// Gives requests of processes that died back to all.
    ///
    /// @return how many
    int recover() {
        history.noteLost();
        Instant now = Instant.now();
        List<Taken> dead = database.read(handle -> handle.createQuery(
                        "SELECT request_key, host, pid, process_started, heard_at, takeovers FROM run_request"
                                + " WHERE state = 'RUNNING'")
                .map((row, context) -> new Taken(
                        row.getString("request_key"),
                        new OwnProcess(row.getString("host"), row.getLong("pid"), row.getLong("process_started")),
                        row.getLong("heard_at"),
                        row.getInt("takeovers")))
                .filter(taken -> !taken.process().isAlive(Instant.ofEpochMilli(taken.heardAt()), now))
                .list());
        for (Taken taken : dead) {
            boolean giveUp = taken.takeovers() >= TAKEOVERS_MAX;
            database.writing(handle -> handle.createUpdate("""
                            UPDATE run_request SET state = :state, takeovers = takeovers + 1, tries = tries - 1,
                              error = :error, ended_at = :ended
                            WHERE request_key = :key AND state = 'RUNNING' AND heard_at = :heard AND pid = :pid""")
                    .bind("state", (giveUp ? State.FAILED : State.QUEUED).name())
                    .bind(
                            "error",
                            "the process that worked on it died"
                                    + (giveUp ? ", and so did " + TAKEOVERS_MAX + " before it" : ""))
                    .bind("ended", giveUp ? (Long) clock.instant().toEpochMilli() : null)
                    .bind("key", taken.key())
                    .bind("heard", taken.heardAt())
                    .bind("pid", taken.process().pid())
                    .execute());
        }
        return dead.size();
    }

    private record Taken(String key, OwnProcess process, long heardAt, int takeovers) {}

    /// Takes a request back: one that waits is not begun; the run of one that is worked on is asked to stop.
    ///
    /// @throws TarnException `NOT_FOUND`; `BAD_REQUEST` when it is over
    public Kept cancel(String key) {
        Kept kept = get(key);
        int taken = database.write(handle -> handle.createUpdate("""
                        UPDATE run_request SET state = 'CANCELLED', ended_at = :now
                        WHERE request_key = :key AND state = 'QUEUED'""")
                .bind("now", clock.instant().toEpochMilli())
                .bind("key", key)
                .execute());
        if (taken == 0) {
            if (kept.state() != State.RUNNING || kept.runId().isEmpty()) {
                throw new TarnException(ErrorCode.BAD_REQUEST, "the request '" + key + "' is " + kept.state());
            }
            history.askToStop(kept.runId().get());
        }
        return get(key);
    }

    private static Kept kept(ResultSet row) throws SQLException {
        Optional<String> key = Optional.of(row.getString("request_key"));
        RunCause cause = new RunCause(
                key,
                Optional.ofNullable(row.getString("schedule")),
                row.getString("reason"),
                Optional.ofNullable(row.getString("partition_key")),
                Optional.ofNullable(time(row, "nominal_at")));
        long limit = row.getLong("time_limit");
        Optional<Duration> timeLimit = row.wasNull() ? Optional.empty() : Optional.of(Duration.ofMillis(limit));
        RunRequest request = new RunRequest(
                key.get(),
                Work.fromJson(row.getString("work")),
                row.getString("environment"),
                row.getInt("priority"),
                cause,
                Optional.ofNullable(row.getString("backfill")),
                row.getString("asked_by"),
                row.getInt("retries"),
                Duration.ofMillis(row.getLong("retry_wait")),
                timeLimit,
                Instant.ofEpochMilli(row.getLong("not_before")));
        return new Kept(
                request,
                State.valueOf(row.getString("state")),
                Instant.ofEpochMilli(row.getLong("asked_at")),
                row.getInt("tries"),
                row.getInt("takeovers"),
                Optional.ofNullable(time(row, "begun_at")),
                Optional.ofNullable(time(row, "ended_at")),
                Optional.ofNullable(row.getString("run_id")),
                Optional.ofNullable(row.getString("error")));
    }

    private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
        long millis = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochMilli(millis);
    }
}
