package dev.tarn.bench;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.FeatureStage;
import dev.tarn.feature.Relations;
import dev.tarn.feature.definition.FeatureFiles;
import dev.tarn.interop.peer.LakeServer;
import dev.tarn.interop.peer.Spark;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/// Training sets: Tarn's point-in-time join beside what a person would write in DuckDB's SQL.
final class PointInTimeBench implements Bench {
    private static final List<String> WINDOWS = List.of("1h", "1d", "7d", "14d", "30d");
    private static final int SPARK_MB = 6_000;
    private static final List<String> INTERVALS = List.of("1 HOUR", "1 DAY", "7 DAY", "14 DAY", "30 DAY");

    @Override
    public String name() {
        return "point-in-time";
    }

    @Override
    public String title() {
        return "Point-in-time join: 20 windowed features of each label";
    }

    @Override
    public String method() {
        return "Count, sum, mean and standard deviation over 1 hour, 1, 7, 14 and 30 days, of --labels labels on "
                + "--events events of --keys entities, random over 90 days; all sides read the same Parquet files, Tarn "
                + "and the statements by hand with the same DuckDB, its threads and memory limit, in turns after one warm-up each. "
                + "Tarn gives every feature as an array, the statements a table in memory. By hand, 'ASOF': running "
                + "sums by a window function, then six ASOF joins, as doubles, whose last digits depend on the order. By "
                + "hand, 'RANGE': window functions with RANGE frames over events and labels together (only with "
                + "--range=true). Spark 4.1 (only with --spark=true): the same with RANGE frames, in a JVM of 6 GB, "
                + "local[2], once. Tarn's sums are exact. The counts of all sides are compared. The size of the aim is "
                + "--events=50000000 --labels=1000000 --keys=100000; the defaults are a fifth of it.";
    }

    @Override
    public void measure(Run run) throws Exception {
        long events = run.option("events", 10_000_000L);
        long labels = run.option("labels", 200_000L);
        long keys = run.option("keys", 20_000L);
        Path folder = Files.createDirectories(run.folder().toAbsolutePath());
        DuckDbConfig config = DuckDbConfig.of(6L << 30, 2, folder.resolve("spill"), folder);
        try (DuckDb duckDb = DuckDb.open(config);
                Connection connection = duckDb.connect()) {
            generate(connection, folder, events, labels, keys);
            OfflineFeatures offline = FeatureStage.offline(
                    FeatureFiles.read(definitions(folder), new Interpolation(Map.of(), Map.of())),
                    new FilesAsTables(duckDb),
                    2);
            OfflineFeatures.Request request = new OfflineFeatures.Request(
                    "SELECT client, moment FROM '" + folder + "/labels.parquet'",
                    "moment",
                    new FeatureSelection.Names(List.of("activity")),
                    Map.of());
            double expected = joined(offline, request);
            Map<String, Callable<?>> sides = new LinkedHashMap<>();
            sides.put("Tarn", () -> joined(offline, request));
            sides.put("by hand, ASOF", () -> check(connection, asof(folder), expected));
            if (Boolean.parseBoolean(run.option("range", "false"))) {
                sides.put("by hand, RANGE", () -> check(connection, range(folder), expected));
            }
            List<Figure> taken = run.timeInTurns(sides, 1);
            Figure tarn = taken.getFirst();
            double best =
                    taken.stream().skip(1).mapToDouble(Figure::value).min().orElseThrow();
            if (Boolean.parseBoolean(run.option("spark", "false"))) {
                double ms = spark(folder, expected);
                run.add(Figure.computed("Spark 4.1, RANGE", "ms", ms));
                run.add(Bar.atLeast(
                        "Tarn beside Spark 4.1",
                        20,
                        Figure.computed("rate of Tarn, of Spark's", "×", ms / tarn.value())));
            }
            run.add(Bar.atLeast(
                    "Tarn beside the faster statement by hand", 1, Figure.computed("ratio", "×", best / tarn.value())));
        }
    }

    /// Joins, reads every feature of every label, and returns the sum of the counts over 30 days.
    private static double joined(OfflineFeatures offline, OfflineFeatures.Request request) {
        try (TrainingFrame frame = offline.join(request)) {
            double counts = 0;
            for (TrainingFrame.Column column : frame.columns()) {
                if (column.feature() != null) {
                    double[] values = frame.doubles(column.name());
                    counts = column.name().equals("activity__rows_30d")
                            ? Arrays.stream(values).sum()
                            : counts;
                }
            }
            return counts;
        }
    }

    private static void generate(Connection connection, Path folder, long events, long labels, long keys)
            throws SQLException {
        String moment = "make_timestamp(1500000000000000 + CAST(hash(i + %d) %% 7776000 AS BIGINT) * 1000000)";
        execute(
                connection,
                "COPY (SELECT CAST(hash(i) % " + keys + " AS BIGINT) AS client, " + moment.formatted(1)
                        + " AS happened, (hash(i + 2) % 100000) / 100.0 AS amount FROM range(" + events
                        + ") r(i)) TO '" + folder + "/events.parquet' (FORMAT parquet)");
        execute(
                connection,
                "COPY (SELECT CAST(hash(i + 9) % " + keys + " AS BIGINT) AS client, " + moment.formatted(11)
                        + " AS moment FROM range(" + labels + ") r(i)) TO '" + folder
                        + "/labels.parquet' (FORMAT parquet)");
    }

    private static Path definitions(Path folder) throws IOException {
        Path features = Files.createDirectories(folder.resolve("features"));
        String windows = "[" + String.join(", ", WINDOWS) + "]";
        Files.writeString(features.resolve("activity.yml"), """
                entities:
                  client:
                    keys: {client: bigint}
                views:
                  activity:
                    entity: client
                    from: "'%1$s/events.parquet'"
                    event-time: happened
                    features:
                      rows: {count: "*", windows: %2$s}
                      total: {sum: amount, windows: %2$s}
                      mean: {mean: amount, windows: %2$s}
                      spread: {stddev: amount, windows: %2$s}
                """.formatted(folder, windows));
        return features;
    }

    private static String asof(Path folder) {
        StringBuilder columns = new StringBuilder();
        StringBuilder joins =
                new StringBuilder(" ASOF LEFT JOIN p p0 ON m.client = p0.client AND m.moment >= p0.happened");
        for (int i = 0; i < WINDOWS.size(); i++) {
            String w = "p" + (i + 1);
            String n = "(coalesce(p0.n, 0) - coalesce(" + w + ".n, 0))";
            String s = "(coalesce(p0.s, 0) - coalesce(" + w + ".s, 0))";
            String q = "(coalesce(p0.q, 0) - coalesce(" + w + ".q, 0))";
            columns.append(", ")
                    .append(n)
                    .append(" AS n")
                    .append(i)
                    .append(", ")
                    .append(s)
                    .append(" AS s")
                    .append(i);
            columns.append(", ")
                    .append(s)
                    .append(" / nullif(")
                    .append(n)
                    .append(", 0) AS a")
                    .append(i);
            columns.append(", sqrt(greatest(0, (")
                    .append(q)
                    .append(" - ")
                    .append(s)
                    .append(" * ")
                    .append(s);
            columns.append(" / nullif(")
                    .append(n)
                    .append(", 0)) / nullif(")
                    .append(n)
                    .append(" - 1, 0))) AS d")
                    .append(i);
            joins.append(" ASOF LEFT JOIN p ")
                    .append(w)
                    .append(" ON m.client = ")
                    .append(w)
                    .append(".client AND m.moment");
            joins.append(" - INTERVAL ")
                    .append(INTERVALS.get(i))
                    .append(" >= ")
                    .append(w)
                    .append(".happened");
        }
        return "WITH p AS MATERIALIZED (SELECT client, happened, count(*) OVER w AS n, sum(amount) OVER w AS s,"
                + " sum(amount * amount) OVER w AS q FROM '" + folder
                + "/events.parquet' WINDOW w AS (PARTITION BY client"
                + " ORDER BY happened RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)) SELECT m.client, m.moment"
                + columns + " FROM '" + folder + "/labels.parquet' m" + joins;
    }

    private static String range(Path folder) {
        StringBuilder columns = new StringBuilder();
        StringBuilder windows = new StringBuilder();
        for (int i = 0; i < WINDOWS.size(); i++) {
            columns.append(", count(amount) OVER w").append(i).append(" AS n").append(i);
            columns.append(", sum(amount) OVER w").append(i).append(" AS s").append(i);
            columns.append(", avg(amount) OVER w").append(i).append(" AS a").append(i);
            columns.append(", stddev_samp(amount) OVER w")
                    .append(i)
                    .append(" AS d")
                    .append(i);
            windows.append(i == 0 ? " WINDOW w" : ", w").append(i);
            // Half-open: the window's old end is left out.
            windows.append(" AS (PARTITION BY client ORDER BY t RANGE BETWEEN INTERVAL ")
                    .append(INTERVALS.get(i));
            windows.append(" - INTERVAL 1 MICROSECOND PRECEDING AND CURRENT ROW)");
        }
        return "SELECT * FROM (SELECT client, t, label" + columns
                + " FROM (SELECT client, happened AS t, amount, false AS"
                + " label FROM '" + folder + "/events.parquet' UNION ALL SELECT client, moment, NULL, true FROM '"
                + folder
                + "/labels.parquet')" + windows + ") WHERE label";
    }

    /// Milliseconds that Spark takes for the same features, each of them summed up so that none is left out.
    private static double spark(Path folder, double expected) throws Exception {
        StringBuilder sums = new StringBuilder("SELECT count(*)");
        StringBuilder columns = new StringBuilder();
        StringBuilder windows = new StringBuilder(" WINDOW ");
        long[] seconds = {3_600, 86_400, 7 * 86_400, 14 * 86_400, 30 * 86_400};
        for (int i = 0; i < seconds.length; i++) {
            String w = "w" + i;
            for (String name : List.of("n", "s", "a", "d")) {
                sums.append(", sum(").append(name).append(i).append(')');
            }
            columns.append(", count(amount) OVER ").append(w).append(" AS n").append(i);
            columns.append(", sum(amount) OVER ").append(w).append(" AS s").append(i);
            columns.append(", avg(amount) OVER ").append(w).append(" AS a").append(i);
            columns.append(", stddev_samp(amount) OVER ")
                    .append(w)
                    .append(" AS d")
                    .append(i);
            windows.append(i == 0 ? "" : ", ").append(w).append(" AS (PARTITION BY client ORDER BY t RANGE BETWEEN ");
            windows.append(seconds[i] * 1_000_000 - 1).append(" PRECEDING AND CURRENT ROW)");
        }
        String statement = sums + " FROM (SELECT label" + columns + " FROM (SELECT client,"
                + " unix_micros(CAST(happened AS TIMESTAMP)) AS t, amount, false AS label FROM events UNION ALL SELECT"
                + " client, unix_micros(CAST(moment AS TIMESTAMP)), CAST(NULL AS DOUBLE), true FROM labels)" + windows
                + ") WHERE label";
        try (LakeServer lake = LakeServer.start(LakeConfig.inFolder(folder.resolve("spark")), 0);
                Spark spark = Spark.start(lake.uri(), "main", SPARK_MB)) {
            for (String table : List.of("events", "labels")) {
                spark.sql("CREATE TEMPORARY VIEW " + table + " USING parquet OPTIONS (path '" + folder + "/" + table
                        + ".parquet')");
            }
            long start = System.nanoTime();
            List<@Nullable String> row = spark.sql(statement).getFirst();
            double ms = (System.nanoTime() - start) / 1e6;
            // The count over 30 days is the first of the last four.
            double found = Double.parseDouble(String.valueOf(row.get(row.size() - 4)));
            if (found != expected) {
                throw new IllegalStateException("the sides differ: " + found + " and " + expected);
            }
            return ms;
        }
    }

    /// Runs a statement to its end and compares what it counted.
    private static long check(Connection connection, String sql, double expected) throws SQLException {
        execute(connection, "CREATE OR REPLACE TEMP TABLE answer AS " + sql);
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery("SELECT sum(n4), count(*) FROM answer")) {
            found.next();
            if (found.getDouble(1) != expected) {
                throw new IllegalStateException("the sides differ: " + found.getDouble(1) + " and " + expected);
            }
            return found.getLong(2);
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /// Parquet files as tables; these statements are the same in both dialects.
    private record FilesAsTables(DuckDb duckDb) implements Relations {
        @Override
        public Relation compile(String sql, Map<String, Long> snapshots) {
            List<Column> columns = new ArrayList<>();
            List<String> names = new ArrayList<>();
            try (Connection connection = duckDb.connect();
                    Statement statement = connection.createStatement();
                    ResultSet described = statement.executeQuery("DESCRIBE " + sql)) {
                while (described.next()) {
                    names.add("c" + names.size());
                    String type = described.getString(2).toLowerCase(Locale.ROOT);
                    columns.add(new Column(described.getString(1), type.equals("timestamp") ? "timestamp(6)" : type));
                }
            } catch (SQLException e) {
                throw new IllegalStateException(sql, e);
            }
            return new Relation(
                    "SELECT * FROM (" + sql + ") AS t(" + String.join(", ", names) + ")", columns, Map.of());
        }

        @Override
        public Optional<Added> added(String sql, String table, long after, long upTo) {
            return Optional.empty();
        }

        @Override
        public boolean exists(String table) {
            return false;
        }

        @Override
        public void execute(String sql) {
            throw new UnsupportedOperationException(sql);
        }

        @Override
        public Connection connect() {
            return duckDb.connect();
        }
    }
}
