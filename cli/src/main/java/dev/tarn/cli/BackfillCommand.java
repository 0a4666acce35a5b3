package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.orchestrate.schedule.Backfills;
import dev.tarn.orchestrate.schedule.Backfills.Backfill;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.ScheduledRuns;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn backfill`
@Command(
        name = "backfill",
        description = "Makes past partitions of a schedule, one run each; pauses, resumes, cancels; lists backfills.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn backfill daily --from 2026-01-01 --to 2026-01-31   what is missing of January",
            "  tarn backfill                    all backfills",
            "  tarn backfill --pause b1772366400-3fa2",
            "  tarn backfill --resume b1772366400-3fa2",
        })
final class BackfillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(arity = "0..1", paramLabel = "SCHEDULE", description = "A schedule with partitions.")
    private @Nullable String schedule;

    @Option(names = "--from", paramLabel = "PARTITION", description = "The first one.")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "PARTITION", description = "The last one; only the first by default.")
    private @Nullable String to;

    @Option(names = "--again", description = "Also partitions that were made before.")
    private boolean again;

    @Option(names = "--pause", paramLabel = "BACKFILL", description = "Begins no further partition of it.")
    private @Nullable String pause;

    @Option(names = "--resume", paramLabel = "BACKFILL", description = "Goes on with it.")
    private @Nullable String resume;

    @Option(names = "--cancel", paramLabel = "BACKFILL", description = "Ends it.")
    private @Nullable String cancel;

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = RunsCommand.open(options)) {
            ScheduledRuns runs = SchedulesCommand.runs(lakehouse);
            Backfills backfills = runs.backfills();
            List<Backfill> changed;
            if (schedule != null) {
                if (from == null) {
                    throw new TarnException(ErrorCode.USAGE, "name the first partition with --from");
                }
                changed = List.of(backfills.begin(
                        runs.schedule(schedule),
                        from,
                        to == null ? from : to,
                        again,
                        Identity.local("tarn backfill").user()));
            } else if (pause != null) {
                changed = List.of(backfills.pause(pause));
            } else if (resume != null) {
                changed = List.of(backfills.resume(resume));
            } else if (cancel != null) {
                changed = List.of(backfills.cancel(cancel));
            } else {
                changed = backfills.list();
            }
            changed.forEach(each -> out.println(words(each)));
        }
        return 0;
    }

    private static String words(Backfill backfill) {
        String counts = backfill.counts().entrySet().stream()
                .map(each -> each.getValue() + " " + each.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        String progress =
                backfill.isOver() ? "over" : backfill.progress().name().toLowerCase(Locale.ROOT);
        return backfill.id() + "  " + backfill.schedule() + "  " + backfill.first() + " to " + backfill.last() + "  "
                + progress + ": " + counts;
    }
}
