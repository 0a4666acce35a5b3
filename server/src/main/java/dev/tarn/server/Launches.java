package dev.tarn.server;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.orchestrate.queue.Worker.Launcher;
import dev.tarn.orchestrate.queue.Worker.Outcome;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.server.pipeline.Pipeline;
import dev.tarn.transform.context.Invocation;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Does what requests ask for, with the project's files as they are now.
final class Launches implements Launcher {
    private static final Logger log = LoggerFactory.getLogger(Launches.class);

    private final Lakehouse lakehouse;
    private final Retrainings retrainings;

    Launches(Lakehouse lakehouse, Retrainings retrainings) {
        this.lakehouse = lakehouse;
        this.retrainings = retrainings;
    }

    @Override
    public Outcome launch(RunRequest request, AtomicBoolean cancelled, Consumer<String> began) {
        CountDownLatch ended = new CountDownLatch(1);
        AtomicBoolean tooLong = new AtomicBoolean();
        request.timeLimit()
                .ifPresent(limit -> watch(limit, ended, () -> {
                    tooLong.set(true);
                    cancelled.set(true);
                }));
        try {
            Outcome outcome = switch (request.work()) {
                case Work.Steps steps -> run(request, steps, cancelled, began);
                case Work.Training training -> {
                    retrainings.train(training.name(), request.cause().reason());
                    yield new Outcome(Optional.empty(), Optional.empty(), false);
                }
            };
            return tooLong.get() && outcome.error().isPresent()
                    ? new Outcome(
                            outcome.runId(),
                            Optional.of("took longer than its time-limit of "
                                    + request.timeLimit().orElseThrow().toSeconds() + " s"),
                            true)
                    : outcome;
        } finally {
            ended.countDown();
        }
    }

    private static void watch(Duration limit, CountDownLatch ended, Runnable stop) {
        Thread.ofVirtual().name("time-limit").start(() -> {
            try {
                if (!ended.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    stop.run();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private Outcome run(RunRequest request, Work.Steps steps, AtomicBoolean cancelled, Consumer<String> began) {
        Project project = lakehouse.project().withVars(steps.vars());
        Pipeline pipeline = Pipeline.load(
                lakehouse,
                project,
                new Invocation(
                        UUID.randomUUID().toString(),
                        LocalDateTime.now(ZoneOffset.UTC),
                        steps.fullRefresh(),
                        message -> log.info("{}: {}", request.key(), message)));
        Plan plan = pipeline.plan(steps.select(), request.environment());
        RunOptions options = new RunOptions(
                        project.limits().threads(),
                        !steps.all() && !steps.fullRefresh(),
                        cancelled,
                        request.environment())
                .under(RunSettings.read(project.folder(), project.interpolation())
                        .rules())
                .because(request.cause());
        RunReport report = pipeline.run(plan, new Identity(request.by(), "tarn", false), options, new RunListener() {
            @Override
            public void started(String runId, Plan started) {
                log.info(
                        "run {} for {}: {}",
                        runId,
                        request.key(),
                        request.cause().reason());
                began.accept(runId);
            }
        });
        if (!pipeline.models().works().isEmpty()) {
            pipeline.artifacts().ran(report);
        }
        log.info(
                "run {}: {}{}",
                report.id(),
                report.status(),
                report.error().map(why -> ", " + why).orElse(""));
        return new Outcome(
                Optional.of(report.id()),
                report.succeeded()
                        ? Optional.empty()
                        : Optional.of(report.error().orElse("failed")),
                mayRepeat(report));
    }

    /// Whether the run failed for what the user need not mend; what was stopped on request stays stopped.
    private static boolean mayRepeat(RunReport report) {
        return switch (report.status()) {
            case CANCELLED -> false;
            case RUNNING, PUBLISHED, LOST, UNDONE -> true;
            case FAILED ->
                report.failures().isEmpty()
                        || report.failures().stream()
                                .anyMatch(step -> step.error().stream()
                                        .map(ErrorCode::valueOf)
                                        .anyMatch(code ->
                                                code.blame() != Blame.USER || code == ErrorCode.SOURCE_UNREADABLE));
        };
    }
}
