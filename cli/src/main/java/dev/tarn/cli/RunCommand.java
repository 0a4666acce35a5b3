package dev.tarn.cli;

import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.schedule.RunSettings;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.pipeline.Pipeline;
import dev.tarn.transform.context.Invocation;
import java.io.PrintWriter;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn run`
@Command(
        name = "run",
        description = "Runs the project from its sources to its tables and publishes everything at once.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn run                         what has changed of the project in the current folder",
            "  tarn run my-lakehouse --var data=../files",
            "  tarn run --select silver.payments+   a model and what is made from it",
            "  tarn run --all                   everything, changed or not",
            "  tarn run --env pr-12             in an environment of its own",
        })
final class RunCommand implements Callable<Integer> {
    /// How long a run that was told to stop may take to clean up.
    private static final int STOP_SECONDS_MAX = 30;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(
            names = {"-s", "--select"},
            paramLabel = "NAME",
            arity = "1..*",
            description = "Only these steps; +NAME with what they need, NAME+ with what needs them, gold.* a schema's.")
    private List<String> selected = List.of();

    @Option(names = "--all", description = "Runs every step, even where nothing has changed.")
    private boolean all;

    @Option(names = "--full-refresh", description = "Builds incremental models and seeds anew.")
    private boolean fullRefresh;

    @Mixin
    private EventTimeOptions eventTimes = new EventTimeOptions();

    @Option(
            names = "--env",
            paramLabel = "NAME",
            description = "Builds in this environment, which is made when there is none, and publishes nothing.")
    private String environment = Branches.MAIN;

    @Override
    public Integer call() {
        Project project = folder.load();
        Logging.toFiles(project.createState(), "run");
        PrintWriter out = spec.commandLine().getOut();
        run(
                project,
                DbtOptions.invocation("run", fullRefresh, false, out).withEventTimes(eventTimes.span()),
                pipeline -> pipeline.plan(selected, environment),
                all || fullRefresh,
                environment,
                false,
                out);
        return 0;
    }

    /// @throws TarnException `STEP_FAILED` when nothing was published
    static RunReport run(
            Project project,
            List<String> selected,
            boolean all,
            boolean fullRefresh,
            String environment,
            PrintWriter out) {
        return run(
                project,
                new Invocation(
                        UUID.randomUUID().toString(), LocalDateTime.now(ZoneOffset.UTC), fullRefresh, message -> {
                            out.println(message);
                            out.flush();
                        }),
                pipeline -> pipeline.plan(selected, environment),
                all,
                environment,
                false,
                out);
    }

    /// Runs what is planned of a project and writes dbt's artifacts.
    ///
    /// @param failFast whether nothing more starts after the first failure
    /// @throws TarnException `STEP_FAILED` when nothing was published
    static RunReport run(
            Project project,
            Invocation invocation,
            Function<Pipeline, Plan> planner,
            boolean all,
            String environment,
            boolean failFast,
            PrintWriter out) {
        AtomicBoolean cancelled = new AtomicBoolean();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> stop(cancelled, ended), "stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, invocation);
            Plan plan = planner.apply(pipeline);
            RunOptions runOptions = new RunOptions(project.limits().threads(), !all, cancelled, environment)
                    .under(RunSettings.read(project.folder(), project.interpolation())
                            .rules());
            RunReport report = pipeline.run(
                    plan,
                    Identity.local("tarn run"),
                    runOptions,
                    new RunProgress(out, plan.steps().size(), environment, failFast ? cancelled : new AtomicBoolean()));
            if (!pipeline.models().works().isEmpty()) {
                pipeline.artifacts().ran(report);
            }
            if (!report.succeeded()) {
                throw new TarnException(
                        code(report),
                        "the run " + report.id() + " published nothing: "
                                + report.error().orElse("a step failed")
                                + "; mend it and run again, which repeats only what is needed");
            }
            return report;
        } finally {
            ended.countDown();
            removeHook(hook);
        }
    }

    /// A full disk or a lost race is no fault of the project: then the run fails as its step did.
    private static ErrorCode code(RunReport report) {
        if (report.status() == RunStatus.CANCELLED) {
            return ErrorCode.CANCELLED;
        }
        Stream<String> codes = report.failures().stream().flatMap(step -> step.error().stream());
        Stream<String> publishing = report.error().map(error -> error.split(":", 2)[0]).stream();
        return Stream.concat(codes, publishing)
                .flatMap(name -> Arrays.stream(ErrorCode.values())
                        .filter(code -> code.name().equals(name)))
                .filter(code -> code.blame() != Blame.USER)
                .findFirst()
                .orElse(ErrorCode.STEP_FAILED);
    }

    private static void stop(AtomicBoolean cancelled, CountDownLatch ended) {
        cancelled.set(true);
        try {
            if (!ended.await(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                System.err.println("the run did not stop in time; the next run cleans up after it");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is being told to stop, and the hook runs.
        }
    }
}
