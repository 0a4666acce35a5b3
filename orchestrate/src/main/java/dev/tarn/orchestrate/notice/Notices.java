package dev.tarn.orchestrate.notice;

import dev.tarn.core.digest.Sha256;
import dev.tarn.lake.state.Database;
import dev.tarn.orchestrate.StepPolicy;
import dev.tarn.orchestrate.notice.NoticeSettings.Rule;
import dev.tarn.orchestrate.queue.RunQueue;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Tells people how runs ended. What is to be told is in the database first, so that it is told after a crash as well;
/// a receiver that is away gets it later. Of several processes one tells it; one that dies between sending and noting
/// that may tell it twice.
public final class Notices {
    private static final Logger LOG = System.getLogger(Notices.class.getName());
    private static final int TRIES_MAX = 10;
    private static final int AT_ONCE = 100;
    private static final Duration FIRST_WAIT = Duration.ofSeconds(10);
    private static final Duration WAIT_MAX = Duration.ofHours(1);

    /// While one process sends, others leave it alone for so long.
    private static final Duration SENDING_MAX = Duration.ofMinutes(5);

    private static final String SCHEMA = """
            CREATE TABLE run_notice (
              about TEXT NOT NULL, rule TEXT NOT NULL, tries INTEGER NOT NULL, next_at BIGINT NOT NULL,
              notice TEXT NOT NULL, done_at BIGINT, error TEXT,
              PRIMARY KEY (about, rule));
            CREATE INDEX run_notice_open ON run_notice (done_at, next_at);
            CREATE TABLE run_noticed (about TEXT PRIMARY KEY, at_millis BIGINT NOT NULL);
            """;

    private static final String BEGIN = "(begin)";

    private final Database database;
    private final String project;
    private final Supplier<NoticeSettings> settings;
    private final InstantSource clock;

    /// @param settings as the project's files say now
    public Notices(Database database, String project, Supplier<NoticeSettings> settings, InstantSource clock) {
        new RunQueue(database, clock);
        database.migrate("run-notices", SCHEMA);
        this.database = database;
        this.project = project;
        this.settings = settings;
        this.clock = clock;
    }

    /// Tells what is to be told now. Takes as long as the receivers do.
    ///
    /// @return how many notices were sent
    public int round() throws InterruptedException {
        NoticeSettings now = settings.get();
        if (now.rules().isEmpty()) {
            return 0;
        }
        for (Notice notice : ended(now)) {
            note(now, notice);
        }
        int sent = 0;
        for (Open open : open()) {
            sent += send(now, open) ? 1 : 0;
        }
        return sent;
    }

    /// What ended since notices began, and was not looked at yet. A request speaks for its runs: while it will be tried
    /// again there is nothing to tell.
    private List<Notice> ended(NoticeSettings now) {
        long begin = database.write(handle -> {
            handle.execute(
                    "INSERT INTO run_noticed (about, at_millis) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    BEGIN,
                    clock.instant().toEpochMilli());
            return handle.createQuery("SELECT at_millis FROM run_noticed WHERE about = :begin")
                    .bind("begin", BEGIN)
                    .mapTo(Long.class)
                    .one();
        });
        return database.read(handle -> {
            List<Notice> all = new ArrayList<>();
            handle.createQuery("""
                            SELECT request_key AS about, run_id, schedule, environment, reason, error, ended_at, state
                            FROM run_request q WHERE ended_at >= :begin AND state IN ('DONE', 'FAILED')
                              AND NOT EXISTS (SELECT 1 FROM run_noticed n WHERE n.about = q.request_key)
                            UNION ALL
                            SELECT id, id, schedule, lane, reason, error, ended_at, status
                            FROM run r WHERE ended_at >= :begin AND request IS NULL AND status IN ('PUBLISHED', 'FAILED')
                              AND NOT EXISTS (SELECT 1 FROM run_noticed n WHERE n.about = r.id)
                            ORDER BY ended_at LIMIT :limit""")
                    .bind("begin", begin)
                    .bind("limit", AT_ONCE)
                    .map((row, context) -> {
                        Optional<String> schedule = Optional.ofNullable(row.getString("schedule"));
                        String environment = row.getString("environment");
                        Instant at = Instant.ofEpochMilli(row.getLong("ended_at"));
                        Notice.Kind kind = row.getString("state").equals("FAILED")
                                ? Notice.Kind.FAILED
                                : failedBefore(handle, schedule, environment, at)
                                        ? Notice.Kind.RECOVERED
                                        : Notice.Kind.SUCCEEDED;
                        Optional<String> run = Optional.ofNullable(row.getString("run_id"));
                        return new Notice(
                                project,
                                kind,
                                row.getString("about"),
                                run,
                                schedule,
                                environment,
                                Optional.ofNullable(row.getString("reason")).orElse("by hand"),
                                Optional.ofNullable(row.getString("error")),
                                at,
                                now.publicUrl().isEmpty() ? "" : now.publicUrl() + "/runs/" + run.orElse(""));
                    })
                    .forEach(all::add);
            return all;
        });
    }

    /// Whether the one before had failed, of the same schedule, or of the same environment without one.
    private static boolean failedBefore(Handle handle, Optional<String> schedule, String environment, Instant before) {
        @Nullable
        String last = handle.createQuery(schedule.isPresent() ? """
                                  SELECT state FROM run_request WHERE schedule = :name AND ended_at < :before
                                  AND state IN ('DONE', 'FAILED') ORDER BY ended_at DESC LIMIT 1""" : """
                                  SELECT status FROM run WHERE lane = :name AND schedule IS NULL AND ended_at < :before
                                  AND status IN ('PUBLISHED', 'FAILED') ORDER BY ended_at DESC LIMIT 1""")
                .bind("name", schedule.orElse(environment))
                .bind("before", before.toEpochMilli())
                .mapTo(String.class)
                .findOne()
                .orElse(null);
        return "FAILED".equals(last);
    }

    private void note(NoticeSettings now, Notice notice) {
        database.writing(handle -> {
            int first = handle.execute(
                    "INSERT INTO run_noticed (about, at_millis) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    notice.key(),
                    clock.instant().toEpochMilli());
            for (Rule rule : now.rules()) {
                if (first == 1 && rule.isAbout(notice)) {
                    handle.execute(
                            "INSERT INTO run_notice (about, rule, tries, next_at, notice) VALUES (?, ?, 0, ?, ?)"
                                    + " ON CONFLICT DO NOTHING",
                            notice.key(),
                            id(rule),
                            clock.instant().toEpochMilli(),
                            notice.json());
                }
            }
        });
    }

    /// Names a rule without its address, which may be a secret.
    private static String id(Rule rule) {
        return Sha256.hex(rule.toString()).substring(0, 16);
    }

    private record Open(String about, String rule, int tries, long nextAt, String notice) {}

    private List<Open> open() {
        return database.read(handle -> handle.createQuery("""
                        SELECT about, rule, tries, next_at, notice FROM run_notice
                        WHERE done_at IS NULL AND next_at <= :now ORDER BY next_at LIMIT :limit""")
                .bind("now", clock.instant().toEpochMilli())
                .bind("limit", AT_ONCE)
                .map((row, context) ->
                        new Open(row.getString(1), row.getString(2), row.getInt(3), row.getLong(4), row.getString(5)))
                .list());
    }

    private boolean send(NoticeSettings now, Open open) throws InterruptedException {
        Optional<Rule> rule = now.rules().stream()
                .filter(each -> id(each).equals(open.rule()))
                .findFirst();
        int mine = database.write(handle -> handle.execute(
                "UPDATE run_notice SET next_at = ? WHERE about = ? AND rule = ? AND next_at = ? AND done_at IS NULL",
                clock.instant().plus(SENDING_MAX).toEpochMilli(),
                open.about(),
                open.rule(),
                open.nextAt()));
        if (mine == 0) {
            return false;
        }
        if (rule.isEmpty()) {
            done(open, "nobody is to be told any more");
            return false;
        }
        try {
            Sender.send(Notice.fromJson(open.notice()), rule.get().channel(), now.mail());
            done(open, "");
            return true;
        } catch (IOException | RuntimeException e) {
            int tries = open.tries() + 1;
            LOG.log(Level.WARNING, "nobody was told of {0} (try {1}): {2}", open.about(), tries, e.getMessage());
            if (tries >= TRIES_MAX) {
                done(open, "given up: " + e.getMessage());
            } else {
                Instant next = clock.instant().plus(StepPolicy.backOff(FIRST_WAIT, WAIT_MAX, tries));
                database.writing(handle -> handle.execute(
                        "UPDATE run_notice SET tries = ?, next_at = ? WHERE about = ? AND rule = ?",
                        tries,
                        next.toEpochMilli(),
                        open.about(),
                        open.rule()));
            }
            return false;
        }
    }

    private void done(Open open, String error) {
        database.writing(handle -> handle.execute(
                "UPDATE run_notice SET done_at = ?, error = ? WHERE about = ? AND rule = ?",
                clock.instant().toEpochMilli(),
                error,
                open.about(),
                open.rule()));
    }
}
