package dev.tarn.feature.offline;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.feature.CompiledView;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.Entity;
import dev.tarn.feature.window.Cells;
import dev.tarn.feature.window.EventCodec;
import dev.tarn.feature.window.ViewPlan;
import dev.tarn.feature.window.WindowFold;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/// The point-in-time join of one view with the labels of a connection's temporary table `labels` (`rid`,
/// `t` in microseconds, `key_…`).
final class ViewJoin {
    private final Connection connection;
    private final FoldFunctions functions;
    private final CompiledView view;
    private final Relations relations;
    private final Map<String, Long> snapshots;
    private final long memoryBytes;
    private final int threads;

    ViewJoin(
            Connection connection,
            FoldFunctions functions,
            CompiledView view,
            Relations relations,
            Map<String, Long> snapshots,
            long memoryBytes,
            int threads) {
        this.connection = connection;
        this.functions = functions;
        this.view = view;
        this.relations = relations;
        this.snapshots = snapshots;
        this.memoryBytes = memoryBytes;
        this.threads = threads;
    }

    /// The labels of a view: keys in the order of their numbers, and their rows.
    private static final class Labels {
        private final int[] starts;
        private final long[] times;
        private final int[] rows;

        private Labels(int keys, int labels) {
            starts = new int[keys + 1];
            times = new long[labels];
            rows = new int[labels];
        }
    }

    /// Fills the columns of all the view's features; gives the snapshots that were read.
    Map<String, Long> fill(List<TrainingColumn> columns, int rows) {
        try (Statement statement = connection.createStatement()) {
            empty(columns, rows);
            Labels labels = labels(statement);
            if (labels.times.length == 0) {
                return relations.compile(view.sql(relations), snapshots).snapshots();
            }
            Relations.Relation relation = relations.compile(pruned(labels.times), snapshots);
            int perBatch = labelsPerBatch(labels);
            int from = 0;
            while (from < labels.starts.length - 1) {
                int to = from + 1;
                while (to < labels.starts.length - 1 && labels.starts[to + 1] - labels.starts[from] <= perBatch) {
                    to++;
                }
                batch(statement, relation, labels, from, to, columns);
                from = to;
            }
            statement.execute("DROP TABLE label_keys");
            return relation.snapshots();
        } catch (SQLException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the join failed: " + e.getMessage(), e)
                    .in("feature view", view.view().name());
        }
    }

    /// What a label has whose entity has no events, or whose keys are null.
    private void empty(List<TrainingColumn> columns, int rows) {
        WindowFold fold = new WindowFold(view.plan(), new Cells(view.plan()), new EventCodec(view.plan()), 0);
        List<LabelFold.Target> targets = targets(columns, identity(rows));
        for (int row = 0; row < rows; row++) {
            for (LabelFold.Target target : targets) {
                target.at(row);
            }
            fold.finish(targets);
        }
    }

    private Labels labels(Statement statement) throws SQLException {
        List<String> keys = new ArrayList<>();
        List<String> notNull = new ArrayList<>();
        List<String> equal = new ArrayList<>();
        List<Entity.JoinKey> joinKeys = view.view().keys();
        for (int i = 0; i < joinKeys.size(); i++) {
            String column = "\"key_" + joinKeys.get(i).name() + "\"";
            keys.add(column + " AS k" + i);
            notNull.add(column + " IS NOT NULL");
            equal.add("l." + column + " = n.k" + i);
        }
        statement.execute("CREATE OR REPLACE TEMP TABLE label_keys AS SELECT CAST(row_number() OVER () - 1 AS INTEGER) "
                + "AS kid, * FROM (SELECT DISTINCT " + String.join(", ", keys) + " FROM labels WHERE "
                + String.join(" AND ", notNull) + ")");
        int keyCount = count(statement, "SELECT count(*) FROM label_keys");
        int labelCount = count(statement, "SELECT count(*) FROM labels WHERE " + String.join(" AND ", notNull));
        Labels labels = new Labels(keyCount, labelCount);
        int at = 0;
        try (ResultSet found = statement.executeQuery("SELECT n.kid, l.t, l.rid FROM labels l JOIN label_keys n ON "
                + String.join(" AND ", equal) + " ORDER BY n.kid, l.t, l.rid")) {
            while (found.next()) {
                labels.starts[found.getInt(1) + 1]++;
                labels.times[at] = found.getLong(2);
                labels.rows[at++] = (int) found.getLong(3);
            }
        }
        for (int key = 0; key < keyCount; key++) {
            labels.starts[key + 1] += labels.starts[key];
        }
        return labels;
    }

    /// The projection with a condition on the event time that lets files be skipped.
    private String pruned(long[] times) {
        long last = Arrays.stream(times).max().orElse(0) - view.plan().delayUs();
        long horizon = view.plan().horizonUs();
        String sql = "SELECT * FROM (" + view.sql(relations) + ") WHERE e <= " + timestamp(last);
        if (horizon == ViewPlan.UNBOUNDED) {
            return sql;
        }
        // Two days more, so that a date or a label in another zone is never cut.
        long first = Arrays.stream(times).min().orElse(0) - horizon - 2 * 86_400_000_000L;
        return sql + " AND e > " + timestamp(first);
    }

    private String timestamp(long micros) {
        Instant instant =
                Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000L);
        LocalDateTime utc = LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        String text = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS").format(utc);
        return switch (view.eventType()) {
            case "date" -> "DATE '" + text.substring(0, 10) + "'";
            default ->
                view.eventType().contains("with time zone")
                        ? "TIMESTAMP '" + text + " UTC'"
                        : "TIMESTAMP '" + text + "'";
        };
    }

    private int labelsPerBatch(Labels labels) {
        long byMemory = memoryBytes / LabelFold.bytesOfLabel(view.plan());
        long byArray = (Integer.MAX_VALUE - 64L) / LabelFold.wordsOfLabel(view.plan());
        return (int) Math.max(1, Math.min(byMemory, Math.min(byArray, labels.times.length)));
    }

    /// One pass over the events for the keys `[from, to)`.
    private void batch(
            Statement statement,
            Relations.Relation relation,
            Labels labels,
            int from,
            int to,
            List<TrainingColumn> columns)
            throws SQLException {
        int first = labels.starts[from];
        int last = labels.starts[to];
        int[] starts = new int[to - from + 1];
        for (int key = from; key <= to; key++) {
            starts[key - from] = labels.starts[key] - first;
        }
        LabelFold fold = new LabelFold(view.plan(), starts, Arrays.copyOfRange(labels.times, first, last));
        FoldFunctions.Running running =
                new FoldFunctions.Running(fold, view.plan().measures(), new FoldFunctions.Failure());
        long number = functions.start(running);
        try {
            String events = events(relation, from, to);
            statement.executeQuery(foldSql(number, events, from)).close();
            for (Map.Entry<Integer, Integer> distinct : view.plan().distincts().entrySet()) {
                statement
                        .executeQuery(distinctSql(number, events, from, distinct.getKey(), distinct.getValue()))
                        .close();
            }
        } catch (SQLException e) {
            TarnException cause = running.failure().first();
            if (cause != null) {
                throw cause;
            }
            throw e;
        } finally {
            functions.stop(number);
        }
        finish(fold, to - from, columns, Arrays.copyOfRange(labels.rows, first, last));
    }

    private String events(Relations.Relation relation, int from, int to) {
        List<String> equal = new ArrayList<>();
        for (int i = 0; i < view.view().keys().size(); i++) {
            equal.add("v.k" + i + " = n.k" + i);
        }
        return "FROM (" + view.eventsSql(relation, false) + ") v JOIN label_keys n ON " + String.join(" AND ", equal)
                + " AND n.kid >= " + from + " AND n.kid < " + to;
    }

    private String foldSql(long number, String events, int from) throws SQLException {
        StringBuilder sql = new StringBuilder("SELECT count(");
        sql.append(functions.fold(connection, view.plan().measures()));
        sql.append('(').append(number).append(", n.kid - ").append(from).append(", v.e, v.c");
        for (int i = 0; i < view.plan().measures().size(); i++) {
            sql.append(", v.m").append(i);
        }
        return sql.append(")) ").append(events).toString();
    }

    private String distinctSql(long number, String events, int from, int measure, int word) {
        String call = functions.slot(connection) + "(" + number + ", n.kid - " + from + ", v.e, v.c)";
        // A slot and a value seen often there count once; only the newest event of them matters.
        String slots = "SELECT kid, x, slot, max(e) AS newest FROM (SELECT n.kid - " + from + " AS kid, v.m" + measure
                + " AS x, v.e AS e, " + call + " AS slot " + events + ") WHERE slot >= 0 AND x IS NOT NULL"
                + " GROUP BY kid, x, slot";
        return "SELECT count(" + functions.distinct(connection) + "(" + number + ", kid, " + word
                + ", slot, newest, before)) FROM (SELECT kid, slot, newest, max(newest) OVER (PARTITION BY kid, x"
                + " ORDER BY slot ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM (" + slots + "))";
    }

    private void finish(LabelFold fold, int keys, List<TrainingColumn> columns, int[] rows) {
        int parts = Math.min(threads, Math.max(1, keys));
        List<Thread> workers = new ArrayList<>();
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        for (int part = 0; part < parts; part++) {
            int from = (int) ((long) keys * part / parts);
            int to = (int) ((long) keys * (part + 1) / parts);
            workers.add(Thread.ofPlatform()
                    .name("finish-" + part)
                    .uncaughtExceptionHandler((_, failure) -> failures.add(failure))
                    .start(() -> fold.finish(from, to, targets(columns, rows))));
        }
        try {
            for (Thread worker : workers) {
                worker.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "the join was interrupted", e);
        }
        if (!failures.isEmpty()) {
            throw failures.getFirst() instanceof TarnException known
                    ? known
                    : new IllegalStateException(failures.getFirst());
        }
    }

    private static List<LabelFold.Target> targets(List<TrainingColumn> columns, int[] rows) {
        return columns.stream().map(column -> column.target(rows)).toList();
    }

    private static int[] identity(int rows) {
        int[] same = new int[rows];
        Arrays.setAll(same, i -> i);
        return same;
    }

    private static int count(Statement statement, String sql) throws SQLException {
        try (ResultSet found = statement.executeQuery(sql)) {
            found.next();
            return Math.toIntExact(found.getLong(1));
        }
    }
}
