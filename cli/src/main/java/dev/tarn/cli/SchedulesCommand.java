package dev.tarn.cli;

import dev.tarn.core.identity.Identity;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.schedule.Schedule;
import dev.tarn.orchestrate.schedule.Scheduler;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.ScheduleWords;
import dev.tarn.server.ScheduledRuns;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn schedules`
@Command(
        name = "schedules",
        description = "Lists the project's schedules; pauses and resumes one; asks for a run of one.",
        subcommands = {SchedulesCommand.Pause.class, SchedulesCommand.Resume.class, SchedulesCommand.Run.class},
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn schedules",
            "  tarn schedules pause nightly",
            "  tarn schedules resume nightly",
            "  tarn schedules run nightly --key monday",
        })
final class SchedulesCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = RunsCommand.open(options)) {
            ScheduledRuns runs = runs(lakehouse);
            List<Schedule> all = runs.schedules();
            if (all.isEmpty()) {
                out.println("no schedules; a file in schedules/ makes one");
            }
            for (Schedule schedule : all) {
                String triggers = schedule.triggers().stream()
                        .map(trigger -> ScheduleWords.of(trigger, schedule.zone()))
                        .collect(Collectors.joining("; "));
                String next = runs.states().isPaused(schedule.name())
                        ? "  paused"
                        : ScheduleWords.next(schedule, Instant.now())
                                .map(time -> "  next " + time)
                                .orElse("");
                String last = runs.queue().ofSchedule(schedule.name(), 1).stream()
                        .map(SchedulesCommand::words)
                        .collect(Collectors.joining());
                out.println(schedule.name() + "  " + triggers + next + last);
            }
        }
        return 0;
    }

    /// The requests and schedules of a project, without a worker of its own.
    static ScheduledRuns runs(Lakehouse lakehouse) {
        return new ScheduledRuns(lakehouse, Clock.systemUTC());
    }

    static String words(RunRequest.Kept kept) {
        return "  last " + kept.state().name().toLowerCase(java.util.Locale.ROOT)
                + kept.runId().map(run -> " (run " + run + ")").orElse("");
    }

    /// `tarn schedules pause`
    @Command(name = "pause", description = "Keeps a schedule from asking for runs.")
    static final class Pause implements Callable<Integer> {
        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(arity = "1", paramLabel = "SCHEDULE", description = "Its name, that of its file.")
        private String name = "";

        @Override
        public Integer call() {
            return pause(options, name, true);
        }
    }

    /// `tarn schedules resume`
    @Command(name = "resume", description = "Lets a schedule ask again; what it missed is made up for as it says.")
    static final class Resume implements Callable<Integer> {
        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(arity = "1", paramLabel = "SCHEDULE", description = "Its name, that of its file.")
        private String name = "";

        @Override
        public Integer call() {
            return pause(options, name, false);
        }
    }

    private static int pause(ProjectOptions options, String name, boolean paused) {
        try (Lakehouse lakehouse = RunsCommand.open(options)) {
            ScheduledRuns runs = runs(lakehouse);
            runs.states().pause(runs.schedule(name).name(), paused);
        }
        return 0;
    }

    /// `tarn schedules run`
    @Command(name = "run", description = "Asks for a run of a schedule now; a server or 'tarn worker' does it.")
    static final class Run implements Callable<Integer> {
        @Spec
        private CommandSpec spec;

        @Mixin
        private ProjectOptions options = new ProjectOptions();

        @Parameters(arity = "1", paramLabel = "SCHEDULE", description = "Its name, that of its file.")
        private String name = "";

        @Option(names = "--key", paramLabel = "KEY", description = "Asking twice with one key asks once.")
        private @Nullable String key;

        @Option(names = "--partition", paramLabel = "PARTITION", description = "Which part of the data.")
        private @Nullable String partition;

        @Override
        public Integer call() {
            try (Lakehouse lakehouse = RunsCommand.open(options)) {
                ScheduledRuns runs = runs(lakehouse);
                RunRequest.Kept kept = runs.queue()
                        .ask(Scheduler.byHand(
                                runs.schedule(name),
                                key == null ? "cli/" + UUID.randomUUID() : key,
                                Optional.ofNullable(partition),
                                Identity.local("tarn schedules").user(),
                                Instant.now()));
                spec.commandLine().getOut().println(kept.request().key() + " " + kept.state());
            }
            return 0;
        }
    }
}
