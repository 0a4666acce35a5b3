package dev.tarn.cli;

import dev.tarn.core.config.Units;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.lake.Lake;
import dev.tarn.lake.maintenance.Maintenance;
import dev.tarn.lake.maintenance.Maintenance.Retention;
import dev.tarn.lake.maintenance.Maintenance.Round;
import dev.tarn.lake.maintenance.Sweep;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.MaintenanceLog;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `tarn maintain`
@Command(
        name = "maintain",
        description = {
            "Keeps the tables small: forgets old snapshots and publishes, merges manifests, and removes the files",
            "that nothing needs any more. What a branch, a kept publish or a pin needs stays.",
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn maintain --dry-run",
            "  tarn maintain my-lakehouse --snapshots 30d --publishes 7d",
        })
final class MaintainCommand implements Callable<Integer> {
    private static final int STATUS_LINES = 50;

    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectFolder folder = new ProjectFolder();

    @Option(
            names = "--snapshots",
            paramLabel = "AGE",
            defaultValue = "5d",
            description = "Keep snapshots younger than this (default: ${DEFAULT-VALUE}).")
    private String snapshots = "5d";

    @Option(
            names = "--publishes",
            paramLabel = "AGE",
            defaultValue = "7d",
            description = "Keep publishes younger than this, so that they can be undone (default: ${DEFAULT-VALUE}).")
    private String publishes = "7d";

    @Option(
            names = "--files",
            paramLabel = "AGE",
            defaultValue = "3d",
            description = "Keep files younger than this, whoever needs them (default: ${DEFAULT-VALUE}).")
    private String files = "3d";

    @Option(names = "--dry-run", description = "Forget and merge nothing; say which files could be removed now.")
    private boolean dryRun;

    @Option(names = "--status", description = "Do nothing; say what the server's own maintenance did lately.")
    private boolean status;

    @Override
    public Integer call() {
        Retention retention = new Retention(age("--snapshots", snapshots), Retention.DEFAULT.snapshotsMin());
        Duration publishesKept = age("--publishes", publishes);
        Duration grace = age("--files", files);
        Project project = folder.load();
        Logging.toFiles(project.createState(), "maintain");
        PrintWriter out = spec.commandLine().getOut();
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Lake lake = lakehouse.lake();
            if (status) {
                MaintenanceLog.open(lake.database())
                        .latest(STATUS_LINES)
                        .forEach(entry -> out.printf(
                                Locale.ROOT,
                                "%s  %-10s %-40s %8d  %6d ms  %s%n",
                                entry.at().truncatedTo(ChronoUnit.SECONDS),
                                entry.work(),
                                entry.subject(),
                                entry.amount(),
                                entry.tookMs(),
                                entry.message()));
                return 0;
            }
            if (!dryRun) {
                Round round = new Maintenance(lake).round(retention, publishesKept);
                out.printf(
                        Locale.ROOT,
                        "%d tables: %d snapshots forgotten, %d manifests merged; %d publishes forgotten%n",
                        round.tables(),
                        round.snapshots(),
                        round.manifests(),
                        round.publishes());
            }
            Sweep sweep = new Sweep(lake);
            Sweep.Plan plan = sweep.plan(grace);
            if (dryRun) {
                plan.files().forEach(file -> out.println(file.location()));
            }
            int removed = dryRun ? plan.files().size() : sweep.execute(plan);
            out.printf(
                    Locale.ROOT,
                    "%d files, %,d bytes %s; %d kept%n",
                    removed,
                    plan.bytes(),
                    dryRun ? "could be removed" : "removed",
                    plan.kept());
        }
        return 0;
    }

    private static Duration age(String option, String text) {
        try {
            return Units.duration(text);
        } catch (IllegalArgumentException e) {
            throw new TarnException(
                    ErrorCode.USAGE, option + ": expected an age such as 12h or 7d, not '" + text + "'", e);
        }
    }
}
