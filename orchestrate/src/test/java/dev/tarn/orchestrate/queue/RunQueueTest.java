package dev.tarn.orchestrate.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.orchestrate.OwnProcess;
import dev.tarn.orchestrate.SetTiming;
import dev.tarn.orchestrate.queue.RunRequest.Kept;
import dev.tarn.orchestrate.queue.RunRequest.State;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests are done once, in order, whoever works on them.
class RunQueueTest {
    @TempDir
    Path folder;

    private final SetTiming clock = new SetTiming("2026-03-10T12:00:00Z");
    private final List<String> done = new ArrayList<>();
    private Lake lake;
    private RunQueue queue;

    @BeforeEach
    void open() {
        lake = Lake.open(LakeConfig.inFolder(folder));
        queue = new RunQueue(lake.database(), clock);
    }

    @AfterEach
    void close() {
        lake.close();
    }

    @Test
    void aRunKeyMakesARepeatHarmless() {
        queue.ask(request("a", 0));
        queue.ask(request("a", 0));
        assertThat(worker(Optional.empty()).round()).isEqualTo(1);
        queue.ask(request("a", 0));
        assertThat(worker(Optional.empty()).round()).isZero();
        assertThat(queue.get("a").state()).isEqualTo(State.DONE);
        assertThatThrownBy(() -> queue.ask(RunRequest.of("a", List.of("other"), "test", "ada", clock.instant())))
                .hasMessageContaining("was used for another run");
        assertThatThrownBy(() -> queue.ask(request(" ", 0))).hasMessageContaining("1 to 500");
    }

    @Test
    void theHighestPriorityGoesFirstAndThenTheFirst() {
        queue.ask(request("first", 0));
        clock.pass(Duration.ofSeconds(1));
        queue.ask(request("second", 0));
        queue.ask(request("urgent", 7));
        worker(Optional.empty()).round();
        assertThat(done).containsExactly("urgent", "first", "second");
    }

    @Test
    void aFailedRunIsRepeatedWithLongerAndLongerWaits() {
        RunRequest plain = request("a", 0);
        queue.ask(new RunRequest(
                plain.key(),
                plain.work(),
                plain.environment(),
                0,
                plain.cause(),
                Optional.empty(),
                "ada",
                2,
                Duration.ofMinutes(1),
                Optional.empty(),
                plain.notBefore()));
        Worker failing = worker(Optional.of("no"));
        assertThat(failing.round()).isEqualTo(1);
        assertThat(queue.get("a").request().notBefore()).isEqualTo("2026-03-10T12:01:00Z");
        assertThat(failing.round()).isZero();
        clock.pass(Duration.ofMinutes(1));
        assertThat(failing.round()).isEqualTo(1);
        assertThat(queue.get("a").request().notBefore()).isEqualTo("2026-03-10T12:03:00Z");
        clock.pass(Duration.ofMinutes(2));
        assertThat(failing.round()).isEqualTo(1);
        assertThat(queue.get("a").state()).isEqualTo(State.FAILED);
        assertThat(queue.get("a").tries()).isEqualTo(3);
        assertThat(queue.get("a").error()).contains("no");
    }

    @Test
    void somebodyElsesRunIsWaitedFor() {
        queue.ask(request("a", 0));
        Worker worker = new Worker(
                queue,
                (request, cancelled, began) -> {
                    throw new TarnException(ErrorCode.RUN_IN_PROGRESS, "busy");
                },
                () -> {},
                1);
        assertThat(worker.round()).isEqualTo(1);
        assertThat(queue.get("a").state()).isEqualTo(State.QUEUED);
        assertThat(queue.get("a").tries()).isZero();
    }

    @Test
    void aRequestOfADeadProcessIsTakenOverAndGivenUpWhenManyDie() {
        queue.ask(request("a", 0));
        for (int death = 1; death <= RunQueue.TAKEOVERS_MAX; death++) {
            assertThat(queue.take()).isPresent();
            die();
            assertThat(queue.recover()).isEqualTo(1);
            assertThat(queue.get("a").state()).isEqualTo(State.QUEUED);
            assertThat(queue.get("a").takeovers()).isEqualTo(death);
        }
        assertThat(queue.take()).isPresent();
        die();
        queue.recover();
        assertThat(queue.get("a").state()).isEqualTo(State.FAILED);
        assertThat(queue.get("a").error())
                .hasValueSatisfying(error -> assertThat(error).contains("died"));
    }

    @Test
    void aProcessElsewhereIsAliveWhileItIsHeardOf() {
        queue.ask(request("a", 0));
        assertThat(queue.take()).isPresent();
        lake.database().writing(handle -> handle.execute("UPDATE run_request SET host = 'elsewhere'"));
        assertThat(queue.recover()).isZero();
        lake.database()
                .writing(handle -> handle.execute(
                        "UPDATE run_request SET heard_at = ?",
                        System.currentTimeMillis()
                                - OwnProcess.SILENCE_MAX.plusSeconds(5).toMillis()));
        assertThat(queue.recover()).isEqualTo(1);
    }

    /// As a process that could not say that it is there, and ends its work after another has taken it.
    @Test
    void whoLostItsRequestSaysNothingOfItAnyMore() {
        queue.ask(request("a", 0));
        Kept lost = queue.take().orElseThrow();
        die();
        assertThat(queue.recover()).isEqualTo(1);
        Kept taken = queue.take().orElseThrow();
        queue.began(lost, "run-of-the-lost");
        queue.succeeded(lost, Optional.of("run-of-the-lost"));
        queue.failed(lost, Optional.empty(), "too late", false);
        queue.putBack(lost, Duration.ZERO, "too late");
        assertThat(queue.get("a").state()).isEqualTo(State.RUNNING);
        assertThat(queue.get("a").runId()).isEmpty();
        queue.succeeded(taken, Optional.of("run"));
        assertThat(queue.get("a").state()).isEqualTo(State.DONE);
        assertThat(queue.get("a").runId()).contains("run");
    }

    @Test
    void aDatabaseThatWasAwayCostsNoTry() {
        queue.ask(request("a", 0));
        AtomicInteger begun = new AtomicInteger();
        Worker worker = new Worker(
                queue,
                (request, cancelled, began) -> {
                    if (begun.incrementAndGet() < 3) {
                        throw new TarnException(ErrorCode.DATABASE_FAILED, "away");
                    }
                    return new Worker.Outcome(Optional.empty(), Optional.empty(), true);
                },
                () -> {},
                1);
        assertThat(worker.round()).isEqualTo(3);
        assertThat(queue.get("a").state()).isEqualTo(State.DONE);
        assertThat(queue.get("a").tries()).isEqualTo(1);
    }

    @Test
    void whatWaitsCanBeTakenBack() {
        queue.ask(request("a", 0));
        assertThat(queue.cancel("a").state()).isEqualTo(State.CANCELLED);
        assertThatThrownBy(() -> queue.cancel("a")).hasMessageContaining("CANCELLED");
        assertThatThrownBy(() -> queue.cancel("b")).hasMessageContaining("nobody asked");
        assertThat(worker(Optional.empty()).round()).isZero();
    }

    @Test
    void aWorkerThatIsStoppedGivesItsWorkBack() throws Exception {
        queue.ask(request("a", 0));
        CountDownLatch began = new CountDownLatch(1);
        Worker worker = new Worker(
                queue,
                (request, cancelled, started) -> {
                    began.countDown();
                    while (!cancelled.get()) {
                        Thread.onSpinWait();
                    }
                    return new Worker.Outcome(Optional.empty(), Optional.of("cancelled"), false);
                },
                () -> {},
                2);
        worker.start();
        assertThat(began.await(60, TimeUnit.SECONDS)).isTrue();
        worker.close();
        assertThat(queue.get("a").state()).isEqualTo(State.QUEUED);
    }

    @Test
    void workIsKeptAsItWas() {
        Work work = new Work.Steps(List.of("a.*", "+b"), true, true, Map.of("x", "1"));
        assertThat(Work.fromJson(work.toJson())).isEqualTo(work);
        assertThat(Work.fromJson(new Work.Training("risk").toJson())).isEqualTo(new Work.Training("risk"));
    }

    /// As if the process that took all had been killed.
    private void die() {
        lake.database().writing(handle -> handle.execute("UPDATE run_request SET pid = 999999999"));
    }

    private Worker worker(Optional<String> error) {
        return new Worker(
                queue,
                (request, cancelled, began) -> {
                    done.add(request.key());
                    return new Worker.Outcome(Optional.empty(), error, true);
                },
                () -> {},
                1);
    }

    private RunRequest request(String key, int priority) {
        RunRequest plain = RunRequest.of(key, List.of(), "test", "ada", clock.instant());
        return new RunRequest(
                key,
                plain.work(),
                plain.environment(),
                priority,
                plain.cause(),
                Optional.empty(),
                "ada",
                0,
                Duration.ofMinutes(1),
                Optional.empty(),
                plain.notBefore());
    }
}
