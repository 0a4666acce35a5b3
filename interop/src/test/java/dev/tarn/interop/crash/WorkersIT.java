package dev.tarn.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.PeerProcess;
import dev.tarn.interop.peer.Tarn;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.lake.state.PostgresServer;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.queue.RunQueue;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes work on one queue over PostgreSQL. One of two is killed in the midst of a run, or taken for dead; or the
/// database goes away: the runs end by themselves, and what each step added is there once.
class WorkersIT {
    private static final int STEPS = 6;
    private static final int RUNS = 2;
    private static final List<String> ENVIRONMENTS = List.of("left", "right");

    /// Longer than what is tried by connections themselves before they give up.
    private static final Duration AWAY = Duration.ofSeconds(12);

    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @TempDir
    Path folder;

    @Test
    void whatTheKilledOneBeganTheOtherEndsOnce() throws Exception {
        assumeTrue(PostgresServer.isAvailable(), PostgresServer.MISSING);
        try (PostgresServer postgres = PostgresServer.start()) {
            writeProject(postgres.newDatabase());
            List<PeerProcess> workers = new ArrayList<>();
            try (Lakehouse lakehouse = Lakehouse.open(Project.load(folder, Map.of()))) {
                RunQueue queue = new RunQueue(lakehouse.lake().database(), Clock.systemUTC());
                RunHistory history = RunHistory.open(lakehouse.lake().database());
                for (int run = 0; run < RUNS; run++) {
                    for (String environment : ENVIRONMENTS) {
                        queue.ask(request(environment, run));
                    }
                }
                workers.add(startWorker("one"));
                workers.add(startWorker("two"));
                await("each works on a run in its midst", workers, () -> {
                    List<Kept> begun = begun(queue);
                    return begun.size() == 2
                            && begun.stream()
                                    .mapToLong(kept -> stepsDone(history, kept))
                                    .allMatch(done -> done > 0 && done < STEPS - 1);
                });
                workers.getFirst().kill();
                await(
                        "all is done",
                        workers.subList(1, 2),
                        () -> queue.latest(100).stream()
                                .allMatch(kept -> kept.state().isOver()));

                List<Kept> requests = queue.latest(100);
                assertThat(requests).hasSize(RUNS * ENVIRONMENTS.size()).allSatisfy(kept -> {
                    assertThat(kept.state()).as(kept.toString()).isEqualTo(State.DONE);
                    RunReport last = history.run(kept.runId().orElseThrow());
                    assertThat(last.succeeded()).as(last.toString()).isTrue();
                });
                assertThat(requests)
                        .extracting(Kept::takeovers)
                        .containsOnlyOnce(1)
                        .containsOnly(0, 1);
                assertThat(history.latest(100))
                        .extracting(RunReport::status)
                        .containsOnlyOnce(RunStatus.LOST)
                        .hasSize(RUNS * ENVIRONMENTS.size() + 1);
                for (String environment : ENVIRONMENTS) {
                    for (int step = 0; step < STEPS; step++) {
                        assertThat(added(lakehouse, environment, step))
                                .as("%s, step %s", environment, step)
                                .isEqualTo("[[" + RUNS + "]]");
                    }
                }
            } finally {
                workers.forEach(PeerProcess::close);
            }
        }
    }

    @Test
    void runsWaitForTheDatabaseAndRequestsAreToldOfIt() throws Exception {
        assumeTrue(PostgresServer.isAvailable(), PostgresServer.MISSING);
        try (PostgresServer postgres = PostgresServer.start()) {
            writeProject(postgres.newDatabase());
            try (Tarn server = Tarn.start(folder, "-Xmx512m");
                    Lakehouse lakehouse = Lakehouse.open(Project.load(folder, Map.of()))) {
                RunQueue queue = new RunQueue(lakehouse.lake().database(), Clock.systemUTC());
                RunHistory history = RunHistory.open(lakehouse.lake().database());
                Callable<String> standing = () -> queue.latest(100) + "\n" + history.latest(100) + "\n" + server.tail();

                begin(queue, history, request("left", 0));
                postgres.goAway();
                long gone = System.nanoTime();
                HttpResponse<String> answer = get(server, "/api/runs");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
                assertThat(answer.body())
                        .contains("DATABASE_FAILED", "cannot reach the database", "once it is there again");
                Thread.sleep(Math.max(0, AWAY.toMillis() - (System.nanoTime() - gone) / 1_000_000));
                postgres.comeBack();
                awaitDone(queue, standing);
                assertThat(get(server, "/api/runs").statusCode()).isEqualTo(200);

                begin(queue, history, request("left", 1));
                postgres.freeze();
                try {
                    Thread.sleep(AWAY);
                } finally {
                    postgres.thaw();
                }
                awaitDone(queue, standing);

                assertThat(queue.latest(100)).hasSize(2).allSatisfy(kept -> {
                    assertThat(kept.state()).as(kept.toString()).isEqualTo(State.DONE);
                    assertThat(kept.takeovers()).isZero();
                });
                assertThat(history.latest(100))
                        .hasSize(2)
                        .allSatisfy(run ->
                                assertThat(run.succeeded()).as(run.toString()).isTrue());
                for (int step = 0; step < STEPS; step++) {
                    assertThat(added(lakehouse, "left", step))
                            .as("step %s", step)
                            .isEqualTo("[[2]]");
                }
            }
        }
    }

    /// Both workers believe that a worker elsewhere has been silent for too long; it is one of them, and works on.
    @Test
    void whoIsTakenForDeadPublishesNothing() throws Exception {
        assumeTrue(PostgresServer.isAvailable(), PostgresServer.MISSING);
        try (PostgresServer postgres = PostgresServer.start()) {
            writeProject(postgres.newDatabase());
            List<PeerProcess> workers = new ArrayList<>();
            try (Lakehouse lakehouse = Lakehouse.open(Project.load(folder, Map.of()))) {
                Database database = lakehouse.lake().database();
                RunQueue queue = new RunQueue(database, Clock.systemUTC());
                RunHistory history = RunHistory.open(database);
                workers.add(startWorker("one"));
                workers.add(startWorker("two"));
                String first = begin(queue, history, request("left", 0));
                database.writing(handle -> {
                    handle.execute("UPDATE run SET host = 'elsewhere', heard_at = 0 WHERE status = 'RUNNING'");
                    handle.execute("UPDATE run_request SET host = 'elsewhere', heard_at = 0 WHERE state = 'RUNNING'");
                });
                awaitDone(queue, workers.getLast()::tail);

                Kept kept = queue.latest(100).getFirst();
                assertThat(kept.state()).as(kept.toString()).isEqualTo(State.DONE);
                assertThat(kept.takeovers()).isEqualTo(1);
                assertThat(kept.runId()).isPresent().get().isNotEqualTo(first);
                assertThat(history.run(first).status()).isEqualTo(RunStatus.LOST);
                assertThat(history.latest(100)).hasSize(2);
                for (int step = 0; step < STEPS; step++) {
                    assertThat(added(lakehouse, "left", step))
                            .as("step %s", step)
                            .isEqualTo("[[1]]");
                }
            } finally {
                workers.forEach(PeerProcess::close);
            }
        }
    }

    /// Asks for a run and waits until it is in its midst.
    ///
    /// @return its id
    private String begin(RunQueue queue, RunHistory history, RunRequest request) throws Exception {
        queue.ask(request);
        await(
                "the run is in its midst",
                List.of(),
                () -> begun(queue).stream()
                        .mapToLong(kept -> stepsDone(history, kept))
                        .anyMatch(done -> done > 0 && done < STEPS - 1));
        return queue.get(request.key()).runId().orElseThrow();
    }

    private static void awaitDone(RunQueue queue, Callable<String> standing) throws Exception {
        await(
                "all is done",
                List.of(),
                standing,
                () -> queue.latest(100).stream().allMatch(kept -> kept.state().isOver()));
    }

    private static HttpResponse<String> get(Tarn server, String path) throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(
                    HttpRequest.newBuilder(URI.create(server.address() + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static RunRequest request(String environment, int run) {
        RunRequest plain = RunRequest.of(environment + "/" + run, List.of(), "two workers", "ada", Instant.now());
        return new RunRequest(
                plain.key(),
                new Work.Steps(List.of(), true, false, Map.of()),
                environment,
                plain.priority(),
                plain.cause(),
                plain.backfill(),
                plain.by(),
                plain.retries(),
                plain.retryWait(),
                plain.timeLimit(),
                plain.notBefore());
    }

    private static List<Kept> begun(RunQueue queue) {
        return queue.latest(100).stream()
                .filter(kept -> kept.state() == State.RUNNING && kept.runId().isPresent())
                .toList();
    }

    private static long stepsDone(RunHistory history, Kept kept) {
        return history.run(kept.runId().orElseThrow()).steps().stream()
                .filter(step -> step.status() == StepReport.Status.DONE)
                .count();
    }

    private static String added(Lakehouse lakehouse, String environment, int step) {
        QuerySession session =
                QuerySession.of(new Identity("ada", "test", false)).withBranch(environment);
        try (QueryResult result = lakehouse.engine().execute(session, "SELECT count(*) FROM main.step_" + step)) {
            return result.all().toString();
        }
    }

    private static void await(String what, List<PeerProcess> workers, BooleanSupplier until) throws Exception {
        await(what, workers, () -> workers.isEmpty() ? "" : workers.getLast().tail(), until);
    }

    /// @param standing says when it takes too long how things are
    private static void await(String what, List<PeerProcess> workers, Callable<String> standing, BooleanSupplier until)
            throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!until.getAsBoolean()) {
            for (PeerProcess worker : workers) {
                assertThat(worker.isAlive()).as("%s\n%s", what, worker.tail()).isTrue();
            }
            if (System.nanoTime() > deadline) {
                fail("waited too long until " + what + "\n" + standing.call());
            }
            Thread.sleep(20);
        }
    }

    private PeerProcess startWorker(String name) throws IOException {
        return PeerProcess.startWatched(
                name,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "dev.tarn.cli.Tarn",
                        "worker",
                        folder.toString()),
                Map.of(),
                folder);
    }

    /// A chain of models, each of which works for a moment and adds one row in each run. Of two environments each
    /// has one run at a time, so that both workers have work.
    private void writeProject(DatabaseConfig.Postgres database) throws IOException {
        write(
                "tarn.yml",
                "name: workers\ndatabase: "
                        + database.jdbcUrl().replace("jdbc:postgresql://", "postgresql://" + database.user() + "@")
                        + "\nlimits: {memory: 512MB}\nserver: {port: " + Checkout.freePort() + "}\n");
        write("runs.yml", "at-once: 1\n");
        write("dbt_project.yml", "name: workers\nmodels: {+materialized: incremental}\n");
        for (int step = 0; step < STEPS; step++) {
            write("models/step_" + step + ".sql", """
                    %s
                    select count(*) as odd
                    from unnest(sequence(1, 10000)) t(a) cross join unnest(sequence(1, 2000)) u(b)
                    where (a * 7919 + b * 104729) %% 1000003 %% 2 = 1
                    """.formatted(
                            step == 0 ? "" : "-- depends_on: {{ ref('step_" + (step - 1) + "') }}"));
        }
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
