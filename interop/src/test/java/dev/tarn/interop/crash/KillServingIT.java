package dev.tarn.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.Tarn;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server is killed while features are filled anew, events are pushed and models are promoted over HTTP. What was
/// acknowledged is there after the next start, what was not is there whole or not at all, and served values are
/// those of the tables.
///
/// `-Dtarn.kills=20` for more, `-Dtarn.kills.seed=…` for the same again.
class KillServingIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int ROWS = 20_000;
    private static final int PERSON = 7;

    @TempDir
    Path project;

    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicLong pushesSent = new AtomicLong();
    private final AtomicLong pushesHeard = new AtomicLong();
    private final AtomicLong fillsHeard = new AtomicLong();
    private final AtomicLong promotionsHeard = new AtomicLong();
    private volatile long promotedFrom = 2;
    private volatile long promotedTo = 2;

    @Test
    void whatWasAcknowledgedIsThereAfterAKill() throws Exception {
        int kills = Integer.getInteger("tarn.kills", 3);
        long seed = Long.getLong("tarn.kills.seed", System.nanoTime());
        Random random = new Random(seed);
        writeProject();
        tarn("run", project.toString());
        tarn("train", "risk", "--project", project.toString());
        for (int kill = 0; kill <= kills; kill++) {
            String when = "kill " + kill + " of seed " + seed;
            try (Tarn server = Tarn.start(project, "-Xmx1g")) {
                check(server, when);
                if (kill < kills) {
                    workUntilKilled(server, random.nextInt(1_500));
                }
            }
        }
        client.close();
    }

    private void check(Tarn server, String when) throws Exception {
        long version = post(server, "GET", "/api/2.0/mlflow/registered-models/alias?name=risk&alias=champion", "")
                .at("/model_version/version")
                .asLong();
        assertThat(version).as(when).isIn(promotedFrom, promotedTo);
        promotedFrom = version;
        promotedTo = version;
        JsonNode answer = post(server, "POST", "/predict", "{\"amount\": 900}");
        assertThat(answer.path("probability").isNumber())
                .as(when + ": " + answer)
                .isTrue();
        assertThat(post(server, "GET", "/model/info", "").findValues("version"))
                .as(when)
                .extracting(JsonNode::asLong)
                .contains(version);
        post(server, "POST", "/api/features/materialize", "");
        JsonNode verified = post(server, "POST", "/api/features/verify?entities=50", "");
        assertThat(verified.get(0).path("values").asLong()).as(when).isPositive();
        assertThat(verified.get(0).path("differences")).as(when).isEmpty();
        long events = post(
                        server,
                        "POST",
                        "/get-online-features",
                        "{\"features\": [\"activity:events\"], \"entities\": {\"person\": [" + PERSON + "]}}")
                .at("/results/1/values/0")
                .asLong();
        long pushed = events - ROWS / 50;
        assertThat(pushed).as(when).isBetween(pushesHeard.get(), pushesSent.get());
        pushesHeard.set(pushed);
        pushesSent.set(pushed);
    }

    /// Kills some time after each kind of work has been acknowledged once.
    private void workUntilKilled(Tarn server, int moreMillis) throws Exception {
        long fills = fillsHeard.get();
        long promotions = promotionsHeard.get();
        long pushes = pushesHeard.get();
        List<Future<Boolean>> work = new ArrayList<>();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            work.add(workers.submit(() -> repeat(() -> {
                post(server, "POST", "/api/features/materialize?refill=true", "");
                fillsHeard.incrementAndGet();
            })));
            work.add(workers.submit(() -> repeat(() -> {
                long next = 3 - promotedFrom;
                promotedTo = next;
                post(
                        server,
                        "POST",
                        "/api/2.0/mlflow/registered-models/alias",
                        "{\"name\": \"risk\", \"alias\": \"champion\", \"version\": \"" + next + "\"}");
                promotedFrom = next;
                promotionsHeard.incrementAndGet();
            })));
            work.add(workers.submit(() -> repeat(() -> {
                long number = pushesSent.incrementAndGet();
                post(server, "POST", "/push", """
                        {"push_source_name": "activity", "df": {"id": [%d], "person": [%d], "amount": [1],
                         "at": ["2026-02-01T00:00:00"]}}""".formatted(1_000_000 + number, PERSON));
                pushesHeard.incrementAndGet();
            })));
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
            while (fillsHeard.get() == fills || promotionsHeard.get() == promotions || pushesHeard.get() == pushes) {
                for (Future<Boolean> one : work) {
                    if (one.isDone()) {
                        one.get();
                    }
                }
                assertThat(System.nanoTime()).as("work is acknowledged").isLessThan(deadline);
                Thread.sleep(10);
            }
            Thread.sleep(moreMillis);
            server.kill();
            for (Future<Boolean> one : work) {
                one.get();
            }
        } finally {
            server.kill();
        }
    }

    private interface Work {
        void once() throws Exception;
    }

    /// Until the server is gone.
    private static boolean repeat(Work work) throws Exception {
        while (true) {
            try {
                work.once();
            } catch (IOException e) {
                return true;
            }
        }
    }

    private JsonNode post(Tarn server, String method, String path, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + path))
                .timeout(Duration.ofMinutes(2))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(path + ": " + answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static void tarn(String... arguments) {
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int status = dev.tarn.cli.Tarn.commandLine(out, out).execute(arguments);
        assertThat(status).as(() -> List.of(arguments) + "\n" + said).isZero();
    }

    private void writeProject() throws IOException {
        write("tarn.yml", "name: kills\nserver: {port: " + Checkout.freePort() + "}\n");
        write("sources/events.yml", "tables:\n  events:\n    path: files/events.csv\n");
        write("features/activity.yml", """
                entities:
                  person: {keys: {person: bigint}}
                views:
                  activity:
                    entity: person
                    from: bronze.events
                    event-time: at
                    push: true
                    features:
                      events: {count: "*"}
                      spent: {sum: amount, windows: [30d]}
                      largest: {max: amount}
                """);
        write("training/risk.yml", """
                data:
                  query: SELECT at, person, CAST(amount AS double) AS amount, bad FROM bronze.events WHERE bad IS NOT NULL
                  label: bad
                  time: at
                split:
                  grouped: {by: person, folds: 2}
                candidates:
                  - {name: boosted, algorithm: xgboost, parameters: {rounds: 5, max_depth: 2}}
                gate: {better-by: -1}
                """);
        write("services/risk.yml", """
                predict:
                  path: /predict
                  model: risk
                  request:
                    amount: {type: number}
                """);
        StringBuilder text = new StringBuilder("id,at,amount,bad,person\n");
        for (int i = 0; i < ROWS; i++) {
            int amount = (i * 37) % 1000;
            text.append(i)
                    .append(String.format(
                            java.util.Locale.ROOT, ",2026-01-01 %02d:%02d:%02d,", i / 3600, i / 60 % 60, i % 60))
                    .append(amount)
                    .append(',')
                    .append((amount > 700) != (i % 11 == 0))
                    .append(',')
                    .append(i % 50)
                    .append('\n');
        }
        write("files/events.csv", text.toString());
    }

    private void write(String file, String text) throws IOException {
        Path path = project.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
