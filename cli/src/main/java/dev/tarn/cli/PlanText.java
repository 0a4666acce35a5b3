package dev.tarn.cli;

import dev.tarn.orchestrate.Forecast.Outlook;
import dev.tarn.orchestrate.Forecast.Verdict;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.server.pipeline.Preview;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// A plan for people: a line for each step, and below it what changes.
record PlanText(PrintWriter out) {
    private static final int TOUCHED_MAX = 8;

    void write(Preview preview) {
        int width = preview.steps().stream()
                .mapToInt(step -> step.outlook().step().name().length())
                .max()
                .orElse(1);
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        long millis = 0;
        long rows = 0;
        for (Preview.Step step : preview.steps()) {
            Outlook outlook = step.outlook();
            counts.merge(outlook.verdict(), 1, Integer::sum);
            if (outlook.verdict().runs() && outlook.last().isPresent()) {
                millis += outlook.last().get().took().toMillis();
                rows += outlook.last().get().rows().orElse(0);
            }
            out.println(line(outlook, width));
            details(step);
        }
        preview.removed()
                .forEach(removed -> out.println("removed  " + removed.step()
                        + "  is no longer part of the project; what it made stays until it is dropped"));
        int same = counts.getOrDefault(Verdict.SAME, 0);
        int maybe = counts.getOrDefault(Verdict.MAYBE, 0);
        out.println(String.format(
                Locale.ROOT,
                "%d to run, %d if sources have something new, %d the same; about %,d rows and %.1f s of work, as"
                        + " last time",
                preview.steps().size() - same - maybe,
                maybe,
                same,
                rows,
                millis / 1000.0));
    }

    private static String line(Outlook outlook, int width) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%-7s  %-8s  %-" + width + "s",
                word(outlook.verdict()),
                outlook.step().kind().name().toLowerCase(Locale.ROOT),
                outlook.step().name()));
        outlook.last().filter(last -> outlook.verdict() != Verdict.SAME).ifPresent(last -> text.append(last(last)));
        if (!outlook.because().isEmpty()) {
            text.append("  ").append(outlook.because());
        }
        return text.toString().stripTrailing();
    }

    private static String last(StepReport last) {
        return String.format(
                Locale.ROOT,
                "  last: %,d rows in %.1f s",
                last.rows().orElse(0),
                last.took().toMillis() / 1000.0);
    }

    private static String word(Verdict verdict) {
        return switch (verdict) {
            case NEW -> "new";
            case CHANGED -> "changed";
            case INPUTS -> "again";
            case ALWAYS -> "always";
            case MAYBE -> "maybe";
            case SAME -> "same";
        };
    }

    private void details(Preview.Step step) {
        step.difference().forEach(line -> out.println("      " + line));
        step.columns()
                .forEach(column -> out.println("    column " + column.column() + ": "
                        + column.before().orElse("none") + " → "
                        + column.after().orElse("none")));
        step.columnsUnknown().ifPresent(why -> out.println("    columns cannot be told yet: " + why));
        if (step.outlook().verdict() == Verdict.CHANGED) {
            String touched = step.touches().stream()
                    .limit(TOUCHED_MAX)
                    .reduce((a, b) -> a + ", " + b)
                    .orElse("");
            int more = step.touches().size() - TOUCHED_MAX;
            out.println((step.breaking() ? "    breaking" : "    not breaking")
                    + (touched.isEmpty() ? "" : "; touches " + touched + (more > 0 ? " and " + more + " more" : "")));
        }
    }
}
