package dev.tarn.cli;

import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.StepReport.Status;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A run as it goes, one line for each step that ended.
final class RunProgress implements RunListener {
    private final PrintWriter out;
    private final int steps;
    private final String environment;
    private final AtomicBoolean stopAtFailure;
    private final AtomicInteger done = new AtomicInteger();

    /// @param stopAtFailure becomes true when a step fails
    RunProgress(PrintWriter out, int steps, String environment, AtomicBoolean stopAtFailure) {
        this.stopAtFailure = stopAtFailure;
        this.out = out;
        this.steps = steps;
        this.environment = environment;
    }

    @Override
    public void started(String runId, Plan plan) {
        line("run " + runId + ": " + steps + (steps == 1 ? " step" : " steps"));
    }

    @Override
    public void stepEnded(Step step, StepReport report) {
        if (report.status() == Status.FAILED) {
            stopAtFailure.set(true);
        }
        String mark = switch (report.status()) {
            case DONE -> "ok  ";
            case UNCHANGED -> "same";
            case FAILED -> "FAIL";
            case SKIPPED -> "skip";
        };
        String width = Integer.toString(steps);
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%" + width.length() + "d/%s  %s  %-8s  %s",
                done.incrementAndGet(),
                width,
                mark,
                report.kind().name().toLowerCase(Locale.ROOT),
                report.step()));
        if (report.rows().isPresent()) {
            text.append(String.format(Locale.ROOT, "  %,d rows", report.rows().getAsLong()));
        }
        if (report.status() != Status.UNCHANGED) {
            text.append("  ");
            report.error().ifPresent(code -> text.append(code).append(": "));
            text.append(report.message());
        }
        if (report.status() == Status.DONE) {
            text.append("  ").append(seconds(report.took()));
        }
        line(text.toString());
    }

    @Override
    public void ended(RunReport report, Duration took) {
        String end = switch (report.status()) {
            case PUBLISHED ->
                !environment.equals(Branches.MAIN)
                        ? "built in " + environment
                        : report.publishId().isPresent() ? "published" : "nothing had changed";
            case FAILED -> "failed: nothing was published";
            case CANCELLED -> "cancelled: nothing was published";
            case RUNNING, LOST, UNDONE -> report.status().toString().toLowerCase(Locale.ROOT);
        };
        line(end + " in " + seconds(took));
    }

    private static String seconds(Duration took) {
        return String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0);
    }

    private synchronized void line(String text) {
        out.println(text);
        out.flush();
    }
}
