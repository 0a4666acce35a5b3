package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.state.Database;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/// What the steps of one run say, kept in the database. Lines wait in memory for a second at most, and are written
/// with the step's end at the latest.
final class RunLog {
    static final String SCHEMA = """
            CREATE TABLE run_log (
              run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE, step TEXT NOT NULL, line INTEGER NOT NULL,
              at_millis BIGINT NOT NULL, message TEXT NOT NULL,
              PRIMARY KEY (run_id, step, line));
            """;

    /// Of one step, and of one line.
    private static final int LINES_MAX = 1_000;

    private static final int CHARS_MAX = 16_000;

    private final Queue<Line> waiting = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> said = new HashMap<>();

    /// A line.
    record Line(String step, int number, Instant at, String message) {}

    /// Says something about a step.
    void say(String step, Instant at, String message) {
        String text = message.length() > CHARS_MAX ? message.substring(0, CHARS_MAX) + " …" : message;
        synchronized (said) {
            int number = said.merge(step, 1, Integer::sum);
            if (number < LINES_MAX) {
                waiting.add(new Line(step, number, at, text));
            } else if (number == LINES_MAX) {
                waiting.add(new Line(step, number, at, "this step says too much: what follows is not kept"));
            }
        }
    }

    /// Says why a step failed; a defect with its stack trace.
    void failed(String step, Instant at, String before, Throwable failure) {
        boolean known = failure instanceof TarnException tarn && tarn.code() != ErrorCode.INTERNAL_ERROR;
        StringWriter text = new StringWriter();
        text.append(before).append(Runner.describe(failure));
        if (!known) {
            failure.printStackTrace(new PrintWriter(text.append('\n'), true));
        }
        say(step, at, text.toString().stripTrailing());
    }

    /// Takes the lines that wait.
    List<Line> take() {
        List<Line> lines = new ArrayList<>();
        for (Line line = waiting.poll(); line != null; line = waiting.poll()) {
            lines.add(line);
        }
        return lines;
    }

    static void write(Handle handle, String runId, List<Line> lines) {
        if (lines.isEmpty()) {
            return;
        }
        PreparedBatch batch = handle.prepareBatch("""
                INSERT INTO run_log (run_id, step, line, at_millis, message)
                VALUES (:run, :step, :line, :at, :message) ON CONFLICT (run_id, step, line) DO NOTHING""");
        for (Line line : lines) {
            batch.bind("run", runId)
                    .bind("step", line.step())
                    .bind("line", line.number())
                    .bind("at", line.at().toEpochMilli())
                    // PostgreSQL's texts hold no zeros.
                    .bind("message", line.message().replace('\0', ' '))
                    .add();
        }
        batch.execute();
    }

    /// What the steps of a run said, in the order in which they did.
    static List<RunHistory.Said> read(Database database, String runId, Optional<String> step) {
        return database.read(handle -> handle.createQuery(
                        "SELECT step, at_millis, message FROM run_log WHERE run_id = :run"
                                + (step.isPresent() ? " AND step = :step" : "") + " ORDER BY at_millis, step, line")
                .bind("run", runId)
                .bindMap(step.<Map<String, String>>map(name -> Map.of("step", name))
                        .orElse(Map.of()))
                .map((row, context) ->
                        new RunHistory.Said(row.getString(1), Instant.ofEpochMilli(row.getLong(2)), row.getString(3)))
                .list());
    }
}
