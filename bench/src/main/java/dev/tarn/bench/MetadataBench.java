package dev.tarn.bench;

import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.interop.peer.Trino;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Counts, extremes and partitions of a table of many files, against Trino.
final class MetadataBench implements Bench {
    private static final int SHOPS = 100;
    private static final double LEAST = 50;
    private static final int ASKED_BEFORE = 50;

    @Override
    public String name() {
        return "metadata";
    }

    @Override
    public String title() {
        return "Queries that metadata answers";
    }

    @Override
    public String method() {
        return """
               A table partitioned by day and shop into (at least) 10,000 Parquet files of 100 rows, written by Tarn. \
               Tarn's server and Trino 483, each in a JVM of its own, are asked over HTTP by the same client, in turns, \
               warm (Tarn after 50 such statements, as in a server that has been asked before; Trino after two, for it \
               takes seconds). Every statement has a comment that no statement before it had, so that no plan is used again; \
               manifests and footers may be cached by either.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        int days = Math.toIntExact(run.option("files", 10_000) / SHOPS);
        try (Tarn tarn = Tarn.start(run.folder().toAbsolutePath().resolve("project"), "-Xmx2g")) {
            Engine engine = new Engine("Tarn", tarn.address(), "m");
            make(engine, days);
            run.note("the table has "
                    + Peers.ask(engine, "SELECT count(*) FROM \"sales$files\"").replaceAll("[^0-9]", "") + " files");
            try (Trino trino = Trino.start(tarn.restCatalog(), "main")) {
                compare(run, engine, new Engine("Trino", trino.address(), "m"));
            }
        }
    }

    private static void make(Engine engine, int days) throws Exception {
        Peers.ask(engine, "CREATE SCHEMA tarn.m");
        Peers.ask(
                engine,
                "CREATE TABLE sales (day date, shop integer, id bigint, amount decimal(12, 2), at timestamp(6))"
                        + " WITH (partitioning = ARRAY['day', 'shop'])");
        for (int day = 0; day < days; day += 10) {
            Peers.ask(
                    engine,
                    "INSERT INTO sales SELECT date_add('day', d, DATE '2024-01-01'), CAST(s AS integer), d * 10000 + n,"
                            + " CAST(n AS decimal(12, 2)), date_add('day', d, TIMESTAMP '2024-01-01 10:00:00.000000')"
                            + " FROM UNNEST(sequence(" + day + ", " + Math.min(days, day + 10) + " - 1)) AS a (d)"
                            + " CROSS JOIN UNNEST(sequence(1, " + SHOPS + ")) AS b (s)"
                            + " CROSS JOIN UNNEST(sequence(1, 100)) AS c (n)");
        }
    }

    private static void compare(Run run, Engine tarn, Engine trino) throws Exception {
        Map<String, String> statements = new LinkedHashMap<>();
        statements.put("count(*)", "SELECT count(*) FROM sales");
        statements.put("min and max", "SELECT min(id), max(id), min(amount), max(at) FROM sales");
        statements.put("partitions only", "SELECT day, count(*) FROM sales WHERE shop < 50 GROUP BY day ORDER BY day");
        AtomicLong number = new AtomicLong();
        for (Map.Entry<String, String> statement : statements.entrySet()) {
            if (!Peers.ask(tarn, statement.getValue()).equals(Peers.ask(trino, statement.getValue()))) {
                throw new IllegalStateException("different answers to " + statement.getValue());
            }
            for (int i = 0; i < ASKED_BEFORE; i++) {
                Peers.ask(tarn, statement.getValue() + " -- " + number.incrementAndGet());
            }
            List<Figure> figures = run.timeInTurns(
                    statement.getKey() + ", Tarn",
                    () -> Peers.ask(tarn, statement.getValue() + " -- " + number.incrementAndGet()),
                    statement.getKey() + ", Trino",
                    () -> Peers.ask(trino, statement.getValue() + " -- " + number.incrementAndGet()),
                    1);
            run.add(Bar.atLeast(
                    statement.getKey() + " over 10,000 files, against Trino",
                    LEAST,
                    run.add(Figure.computed(
                            statement.getKey() + ", Trino by Tarn",
                            "×",
                            figures.get(1).value() / figures.getFirst().value()))));
        }
    }
}
