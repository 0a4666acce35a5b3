package dev.tarn.bench;

import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.Tarn;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// A large answer to one client, in each way that there is.
final class WireBench implements Bench {
    private static final double LEAST_TIMES = 10;
    private static final int EACH = 1_000_000;
    private static final String SQL = "SELECT id, shop, at, amount, note FROM w.orders";
    private static final String PLAIN = "trino-jdbc, rows within the answers";
    private static final String COLUMNS = "Arrow Flight SQL, its client for columns";

    @Override
    public String name() {
        return "wire";
    }

    @Override
    public String title() {
        return "Large answers";
    }

    @Override
    public String method() {
        return """
               A server in a JVM of its own and one client on the same machine and the same processors, over loopback. The \
               client reads a whole table of 3,000,000 orders (--millions): bigint, integer, timestamp(6), decimal(12, 2) and \
               a short varchar. JDBC drivers are asked for each value of each row as an object; Arrow's client for columns \
               gets each batch into memory, and no value is made. All in turns, after one turn that does not count. For \
               rows within the answers a second server has `spooling.encodings: []`.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long rows = run.option("millions", 3) * EACH;
        int flightPort = Checkout.freePort();
        Path folder = run.folder().toAbsolutePath();
        try (Tarn plain = serve(folder.resolve("plain"), "spooling:\n  encodings: []\n");
                Tarn tarn = serve(folder.resolve("project"), "  flight-port: " + flightPort + "\n");
                BufferAllocator allocator = new RootAllocator();
                FlightSqlClient flight = new FlightSqlClient(
                        FlightClient.builder(allocator, Location.forGrpcInsecure("127.0.0.1", flightPort))
                                .build())) {
            make(plain, rows / EACH);
            make(tarn, rows / EACH);
            Map<String, Callable<Long>> ways = new LinkedHashMap<>();
            ways.put(PLAIN, () -> trinoJdbc(plain, "json"));
            for (String encoding : List.of("json", "json+zstd", "json+lz4")) {
                ways.put("trino-jdbc, segments of " + encoding, () -> trinoJdbc(tarn, encoding));
            }
            ways.put(
                    "Arrow Flight SQL, its JDBC driver",
                    () -> jdbc("jdbc:arrow-flight-sql://127.0.0.1:" + flightPort + "?useEncryption=false"));
            ways.put(COLUMNS, () -> columns(flight));
            Map<String, Figure> rates = rates(run, ways, rows);
            double times = rates.get(COLUMNS).value() / rates.get(PLAIN).value();
            run.add(Bar.atLeast(
                    "Arrow Flight SQL to rows within the answers",
                    LEAST_TIMES,
                    run.add(Figure.computed("Arrow Flight SQL to rows within the answers", "×", times))));
        }
    }

    private static Tarn serve(Path project, String more) throws Exception {
        Files.createDirectories(project);
        Files.writeString(
                project.resolve("tarn.yml"), "name: wire\nserver:\n  port: " + Checkout.freePort() + "\n" + more);
        return Tarn.start(project, "-Xmx2g");
    }

    private static void make(Tarn tarn, long millions) throws Exception {
        Engine engine = new Engine("Tarn", tarn.address(), "w");
        Peers.ask(engine, "CREATE SCHEMA tarn.w");
        Peers.ask(
                engine,
                "CREATE TABLE orders AS SELECT id, CAST(id % 100 AS integer) AS shop,"
                        + " date_add('second', id, TIMESTAMP '2024-01-01 00:00:00.000000') AS at,"
                        + " CAST(id % 1000 AS decimal(12, 2)) AS amount, 'order ' || CAST(id AS varchar) AS note"
                        + " FROM (SELECT (m * 1000 + a) * 1000 + b AS id"
                        + " FROM UNNEST(sequence(0, " + (millions - 1) + ")) AS w (m)"
                        + " CROSS JOIN UNNEST(sequence(0, 999)) AS x (a)"
                        + " CROSS JOIN UNNEST(sequence(0, 999)) AS y (b)) AS ids");
    }

    /// The rows a second of each way.
    private static Map<String, Figure> rates(Run run, Map<String, Callable<Long>> ways, long rows) throws Exception {
        Map<String, List<Double>> samples = new LinkedHashMap<>();
        for (int i = -1; i < run.samples(); i++) {
            for (Map.Entry<String, Callable<Long>> way : ways.entrySet()) {
                long start = System.nanoTime();
                long read = way.getValue().call();
                double rate = read / ((System.nanoTime() - start) / 1e9);
                if (read != rows) {
                    throw new IllegalStateException(way.getKey() + " read " + read + " rows, not " + rows);
                }
                if (i >= 0) {
                    samples.computeIfAbsent(way.getKey(), what -> new ArrayList<>())
                            .add(rate);
                }
            }
        }
        Map<String, Figure> rates = new LinkedHashMap<>();
        samples.forEach((way, taken) -> rates.put(way, run.add(Figure.median(way, "rows/s", taken))));
        return rates;
    }

    private static long trinoJdbc(Tarn tarn, String encoding) throws Exception {
        URI address = URI.create(tarn.address());
        return jdbc("jdbc:trino://" + address.getAuthority() + "/tarn?encoding=" + encoding.replace("+", "%2B"));
    }

    private static long jdbc(String url) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("user", "bench");
        long count = 0;
        try (Connection connection = DriverManager.getConnection(url, properties);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(SQL)) {
            int width = rows.getMetaData().getColumnCount();
            while (rows.next()) {
                for (int i = 1; i <= width; i++) {
                    rows.getObject(i);
                }
                count++;
            }
        }
        return count;
    }

    private static long columns(FlightSqlClient flight) throws Exception {
        long count = 0;
        for (FlightEndpoint endpoint : flight.execute(SQL).getEndpoints()) {
            try (FlightStream batches = flight.getStream(endpoint.getTicket())) {
                while (batches.next()) {
                    count += batches.getRoot().getRowCount();
                }
            }
        }
        return count;
    }
}
