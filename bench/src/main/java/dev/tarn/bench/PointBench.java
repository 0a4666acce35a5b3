package dev.tarn.bench;

import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Tarn;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;

/// Small queries from several clients at once, through the Trino protocol over HTTP.
final class PointBench implements Bench {
    private static final int CLIENTS = 8;
    private static final int ROWS = 1_000_000;
    private static final int FILES = 10;
    private static final int KEYS = 100;
    private static final double MOST_MS = 10;
    private static final double LEAST_RATE = 200;
    private static final String HEADERS = String.join(
            "\r\n",
            "X-Trino-User: bench",
            "X-Trino-Catalog: tarn",
            "X-Trino-Schema: p",
            "X-Trino-Time-Zone: UTC",
            "X-Trino-Client-Capabilities: PARAMETRIC_DATETIME",
            "");

    @Override
    public String name() {
        return "point";
    }

    @Override
    public String title() {
        return "Small queries over HTTP";
    }

    @Override
    public String method() {
        return """
               A server in a JVM of its own over a table of 1,000,000 orders in 10 files, by id, and one of 10,000 daily \
               sums. 8 clients on the same machine and the same processors, each with a kept-alive connection, ask in the \
               Trino protocol, one statement after the other as fast as answers come, to each answer's end (--seconds, \
               10, after as long a warm-up). A point query asks for one order by its id, one of 100 ids or one of all, so \
               that the statement's text is known or new; a dashboard query sums a month of one shop, for one of 100 shops.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long nanos = run.option("seconds", 10L) * 1_000_000_000L;
        try (Tarn tarn = Tarn.start(run.folder().toAbsolutePath().resolve("project"), "-Xmx2g")) {
            make(new Engine("Tarn", tarn.address(), "p"));
            URI url = URI.create(tarn.address());
            measure(run, "point query, text known", url, nanos, true, random -> point(random.nextInt(KEYS) * 9973));
            measure(run, "dashboard query", url, nanos, true, random -> dashboard(random.nextInt(100)));
            measure(run, "point query, text new", url, nanos, false, random -> point(random.nextInt(ROWS)));
        }
    }

    private static void make(Engine engine) throws Exception {
        Peers.ask(engine, "CREATE SCHEMA tarn.p");
        Peers.ask(
                engine,
                "CREATE TABLE orders (id bigint, shop integer, at timestamp(6), amount decimal(12, 2),"
                        + " note varchar)");
        int each = ROWS / FILES;
        for (int file = 0; file < FILES; file++) {
            Peers.ask(
                    engine,
                    "INSERT INTO orders SELECT id, CAST(id % 100 AS integer),"
                            + " date_add('second', id, TIMESTAMP '2024-01-01 00:00:00.000000'),"
                            + " CAST(id % 1000 AS decimal(12, 2)), 'order ' || CAST(id AS varchar)"
                            + " FROM (SELECT " + (long) file * each + " + a * 1000 + b AS id"
                            + " FROM UNNEST(sequence(0, " + (each / 1000 - 1) + ")) AS x (a)"
                            + " CROSS JOIN UNNEST(sequence(0, 999)) AS y (b)) AS ids");
        }
        Peers.ask(
                engine,
                "CREATE TABLE daily AS SELECT CAST(s AS integer) AS shop, date_add('day', d, DATE '2024-01-01') AS day,"
                        + " CAST(s * d AS decimal(12, 2)) AS amount, s + d AS orders"
                        + " FROM UNNEST(sequence(0, 99)) AS x (s) CROSS JOIN UNNEST(sequence(0, 99)) AS y (d)");
    }

    private static String point(int id) {
        return "SELECT id, shop, at, amount, note FROM orders WHERE id = " + id;
    }

    private static String dashboard(int shop) {
        return "SELECT date_trunc('week', day) AS week, sum(amount) AS amount, sum(orders) AS orders FROM daily WHERE"
                + " shop = " + shop + " AND day BETWEEN DATE '2024-02-01' AND DATE '2024-02-29' GROUP BY 1 ORDER BY 1";
    }

    private interface Statements {
        String next(SplittableRandom random);
    }

    private static void measure(Run run, String what, URI url, long nanos, boolean aimed, Statements statements)
            throws Exception {
        drive(url, nanos, statements);
        List<Double> rates = new ArrayList<>();
        List<Double> medians = new ArrayList<>();
        List<Double> p99s = new ArrayList<>();
        for (int i = 0; i < Math.min(3, run.samples()); i++) {
            List<Double> latencies = drive(url, nanos, statements);
            rates.add(latencies.size() / (nanos / 1e9));
            medians.add(Stats.percentile(latencies, 50));
            p99s.add(Stats.percentile(latencies, 99));
        }
        Figure rate = run.add(Figure.median(what + ": queries a second", "1/s", rates));
        run.add(Figure.median(what + ": 50th percentile", "ms", medians));
        Figure p99 = run.add(Figure.median(what + ": 99th percentile", "ms", p99s));
        if (aimed) {
            run.add(Bar.atLeast(what + ", 8 clients: queries a second", LEAST_RATE, rate));
            run.add(Bar.atMost(what + ", 8 clients: 99th percentile", MOST_MS, p99));
        }
    }

    /// The latencies of all statements in milliseconds.
    private static List<Double> drive(URI url, long nanos, Statements statements) throws Exception {
        List<Double> latencies = Collections.synchronizedList(new ArrayList<>());
        List<Exception> failures = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch done = new CountDownLatch(CLIENTS);
        long end = System.nanoTime() + nanos;
        for (int i = 0; i < CLIENTS; i++) {
            SplittableRandom random = new SplittableRandom(System.nanoTime() + i);
            Thread.ofPlatform().start(() -> {
                try (HttpConnection connection = new HttpConnection(url)) {
                    for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
                        ask(connection, statements.next(random));
                        latencies.add((System.nanoTime() - start) / 1e6);
                    }
                } catch (IOException e) {
                    failures.add(e);
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
        return latencies;
    }

    private static void ask(HttpConnection connection, String sql) throws IOException {
        boolean rows = false;
        String answer = text(connection.send("POST", "/v1/statement", HEADERS, sql));
        for (String next = next(answer); !next.isEmpty(); next = next(answer)) {
            answer = text(connection.send("GET", next, HEADERS, ""));
            rows |= answer.contains("\"data\":");
        }
        if (!rows || answer.contains("\"error\":")) {
            throw new IOException(sql + "\n" + answer);
        }
    }

    private static String text(byte[] answer) {
        return new String(answer, StandardCharsets.UTF_8);
    }

    /// The path of the next answer; empty when there is none.
    private static String next(String answer) {
        String mark = "\"nextUri\":\"";
        int at = answer.indexOf(mark);
        if (at < 0) {
            return "";
        }
        String uri = answer.substring(at + mark.length(), answer.indexOf('"', at + mark.length()));
        return URI.create(uri).getPath();
    }
}
