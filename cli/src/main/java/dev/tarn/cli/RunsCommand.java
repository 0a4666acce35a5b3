package dev.tarn.cli;

import dev.tarn.core.config.Units;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunSearch;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn runs`
@Command(
        name = "runs",
        description = "Lists runs, newest first, and finds some of them; shows one; stops one.",
        subcommands = {RunsCommand.Show.class, RunsCommand.Cancel.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn runs",
            "  tarn runs --status failed --since 7d",
            "  tarn runs --step silver.payments --text \"no such column\"",
            "  tarn runs show 20260412-081500-3fa2",
            "  tarn runs cancel 20260412-081500-3fa2",
        })
final class RunsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Option(names = "--status", paramLabel = "STATUS", description = "Only these: ${COMPLETION-CANDIDATES}.")
    private @Nullable RunStatus status;

    @Option(names = "--env", paramLabel = "NAME", description = "Only those for this environment.")
    private @Nullable String environment;

    @Option(names = "--schedule", paramLabel = "NAME", description = "Only those of this schedule.")
    private @Nullable String schedule;

    @Option(names = "--step", paramLabel = "NAME", description = "Only those with this step.")
    private @Nullable String step;

    @Option(names = "--text", paramLabel = "TEXT", description = "Only those with this in an error, message or log.")
    private @Nullable String text;

    @Option(names = "--since", paramLabel = "TIME", description = "A moment, or how long ago, such as 7d.")
    private @Nullable String since;

    @Option(names = "--limit", paramLabel = "N", description = "How many at most; ${DEFAULT-VALUE} by default.")
    private int limit = 20;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = open(options)) {
            List<RunSearch.Found> found = history(lakehouse)
                    .search(new RunSearch(
                            Optional.ofNullable(status),
                            Optional.ofNullable(environment),
                            Optional.ofNullable(schedule),
                            Optional.ofNullable(step),
                            Optional.ofNullable(text),
                            Optional.ofNullable(since).map(RunsCommand::time),
                            Optional.empty(),
                            limit));
            if (found.isEmpty()) {
                out.println("no runs");
            }
            found.forEach(run -> line(out, run));
        }
        return 0;
    }

    static Lakehouse open(ProjectOptions options) {
        return open(options.load());
    }

    static Lakehouse open(Project project) {
        Logging.toFiles(project.createState(), "runs");
        return Lakehouse.open(project);
    }

    static RunHistory history(Lakehouse lakehouse) {
        return RunHistory.open(lakehouse.lake().database());
    }

    private static Instant time(String text) {
        try {
            return Units.moment(text);
        } catch (RuntimeException e) {
            throw new TarnException(
                    ErrorCode.USAGE, "--since: expected 7d, 12h or 2026-03-01T00:00:00Z, not '" + text + "'", e);
        }
    }

    static void line(PrintWriter out, RunSearch.Found run) {
        String steps = run.steps().entrySet().stream()
                .map(each -> each.getValue() + " " + each.getKey().name().toLowerCase(Locale.ROOT))
                .reduce((one, other) -> one + ", " + other)
                .orElse("no steps");
        out.printf(
                Locale.ROOT,
                "%s  %-9s  %s  %8s  %s  (%s)%s%n",
                run.id(),
                run.status().name().toLowerCase(Locale.ROOT),
                run.started().truncatedTo(ChronoUnit.SECONDS),
                seconds(run.took()),
                steps,
                run.cause().schedule().map(name -> name + ": ").orElse("")
                        + run.cause().reason(),
                run.environment().equals("main") ? "" : "  in " + run.environment());
        run.error().ifPresent(error -> out.println("    " + error));
    }

    static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }

    /// `tarn runs show`
    @Command(name = "show", description = "Shows a run with its steps.")
    static final class Show implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(
                arity = "1..2",
                paramLabel = "[FOLDER] RUN",
                description = "The project's folder if it is not the current one, and the run's id.")
        private List<String> arguments = List.of();

        @Override
        public Integer call() {
            PrintWriter out = spec.commandLine().getOut();
            try (Lakehouse lakehouse = open(options.load(arguments))) {
                RunHistory history = history(lakehouse);
                RunReport report = history.run(arguments.getLast());
                line(out, history.summary(report.id()));
                report.publishId().ifPresent(id -> out.println("    published as " + id));
                report.steps()
                        .forEach(each -> out.printf(
                                Locale.ROOT,
                                "  %-9s  %-8s  %-40s  %8s  %s%n",
                                each.status().name().toLowerCase(Locale.ROOT),
                                each.kind().name().toLowerCase(Locale.ROOT),
                                each.step(),
                                seconds(each.took()),
                                each.error().map(code -> code + ": ").orElse("") + each.message()));
            }
            return 0;
        }
    }

    /// `tarn runs cancel`
    @Command(name = "cancel", description = "Asks a run to stop, in whatever process it is; it publishes nothing.")
    static final class Cancel implements Callable<Integer> {
        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(
                arity = "1..2",
                paramLabel = "[FOLDER] RUN",
                description = "The project's folder if it is not the current one, and the run's id.")
        private List<String> arguments = List.of();

        @Override
        public Integer call() {
            try (Lakehouse lakehouse = open(options.load(arguments))) {
                history(lakehouse).askToStop(arguments.getLast());
            }
            return 0;
        }
    }
}
