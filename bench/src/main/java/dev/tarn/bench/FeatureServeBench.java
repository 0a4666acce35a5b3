package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// 50 features of one entity over HTTP: the embedded store beside Redis, behind the same front.
final class FeatureServeBench implements Bench {
    private static final int ENTITIES = 10_000;

    @Override
    public String name() {
        return "feature-serve";
    }

    @Override
    public String title() {
        return "50 features of one entity over HTTP";
    }

    @Override
    public String method() {
        return "POST /get-online-features for one random entity of 10,000, with 50 features over 1 hour to 30 days from 20 "
                + "events of each entity; a whole Tarn server in a JVM of its own, started as tarn up starts it, "
                + "and 16 connections kept alive on the same processors. First as fast as answers come (--seconds, 3), then requests at half of that rate, whose "
                + "latency counts from when each was due. Redis is redis-server of this machine without persistence.";
    }

    @Override
    public void measure(Run run) throws Exception {
        HttpLoad.Found embedded = measured(run, "embedded", "embedded");
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Process redis = new ProcessBuilder(
                        "redis-server", "--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", "")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            HttpLoad.Found other = measured(run, "redis", "redis://127.0.0.1:" + port + "/0");
            run.add(Bar.atMost("99th percentile at half of the highest rate", 1, embedded.p99()));
            run.add(Bar.atLeast(
                    "requests a second beside the same front reading from Redis",
                    3,
                    Figure.computed(
                            "ratio", "×", embedded.rate().value() / other.rate().value())));
        } finally {
            redis.destroy();
            redis.waitFor();
        }
    }

    private static HttpLoad.Found measured(Run run, String name, String store) throws Exception {
        Path folder = Files.createDirectories(run.folder().toAbsolutePath().resolve(name));
        Project project = project(folder, store);
        fill(project);
        try (Tarn server = Tarn.start(folder, HttpLoad.JVM_FLAGS)) {
            HttpLoad.post(URI.create(server.address()), "/materialize-incremental", "{}");
            long nanos = run.option("seconds", 3L) * 1_000_000_000L;
            return HttpLoad.measure(
                    run,
                    name,
                    server,
                    nanos,
                    random -> HttpLoad.Asked.post(
                            "/get-online-features",
                            "{\"feature_service\":\"all\",\"entities\":{\"client\":[" + random.nextInt(ENTITIES)
                                    + "]}}"));
        }
    }

    private static Project project(Path folder, String store) throws IOException {
        Files.writeString(folder.resolve("tarn.yml"), "name: bench\nserver:\n  port: 0\n");
        Files.createDirectories(folder.resolve("features"));
        Files.writeString(folder.resolve("features/f.yml"), """
                online-store: "%s"
                entities:
                  client:
                    keys: {client: bigint}
                views:
                  activity:
                    entity: client
                    from: silver.events
                    event-time: happened
                    features:
                      rows: {count: "*", windows: [1h, 1d, 7d, 14d, 30d]}
                      total: {sum: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      mean: {mean: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      spread: {stddev: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      least: {min: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      greatest: {max: amount, windows: [1h, 1d, 7d, 14d, 30d]}
                      kinds: {count-distinct: kind, windows: [1h, 1d, 7d, 14d, 30d]}
                      large: {count: "*", where: amount > 50, windows: [1h, 1d, 7d, 14d, 30d]}
                      large_total: {sum: amount, where: amount > 50, windows: [1h, 1d, 7d, 14d, 30d]}
                      large_share: {ratio: [large, rows], windows: [1h, 1d, 7d, 14d, 30d]}
                services:
                  all:
                    features: [activity]
                """.formatted(store));
        return Project.load(folder, java.util.Map.of());
    }

    private static void fill(Project project) {
        QuerySession session = QuerySession.of(Identity.local("bench"));
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            for (String sql : List.of(
                    "CREATE SCHEMA silver",
                    "CREATE TABLE silver.events AS SELECT i % " + ENTITIES + " AS client,"
                            + " CAST(current_timestamp AT TIME ZONE 'UTC' AS timestamp(6)) - i * INTERVAL '12' SECOND AS"
                            + " happened, CAST((i * 7919) % 10000 AS double) / 100 AS amount, i % 5 AS kind"
                            + " FROM (SELECT " + ENTITIES + " * a + b AS i FROM UNNEST(sequence(0, 19)) AS m(a)"
                            + " CROSS JOIN UNNEST(sequence(1, " + ENTITIES + ")) AS n(b))")) {
                try (QueryResult result = lakehouse.engine().execute(session, sql)) {
                    result.all();
                }
            }
        }
    }
}
