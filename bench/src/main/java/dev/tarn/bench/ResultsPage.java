package dev.tarn.bench;

import java.util.List;
import java.util.stream.Collectors;

/// The page `docs/benchmarks.md`, made from all results.
final class ResultsPage {
    private ResultsPage() {}

    static String render(List<Result> results) {
        StringBuilder page = new StringBuilder("""
                # Benchmarks

                Tarn and its peer, measured in one run on one machine; medians of the samples, after a warm-up. \
                This page is written by the command beside each figure: run it to measure yours.

                | what | aim | measured | |
                |---|---|---|---|
                """);
        for (Result result : results) {
            for (Bar bar : result.bars()) {
                page.append("| [%s](#%s) | %s | %s %s | %s |\n"
                        .formatted(
                                bar.what(),
                                anchor(result.title()),
                                bar.wanted(),
                                Stats.show(bar.measured().value()),
                                bar.measured().unit(),
                                bar.met() ? "met" : "**not met**"));
            }
        }
        results.forEach(result -> page.append(part(result)));
        return page.toString();
    }

    private static String part(Result result) {
        String figures = result.figures().stream()
                .map(figure -> "| %s | %s %s | %s |\n"
                        .formatted(
                                figure.what(),
                                Stats.show(figure.value()),
                                figure.unit(),
                                figure.samples().size() > 12
                                        ? figure.samples().size() + " samples"
                                        : figure.samples().stream()
                                                .map(Stats::show)
                                                .collect(Collectors.joining(", "))))
                .collect(Collectors.joining());
        String notes = result.notes().stream().map(note -> "\n" + note + "\n").collect(Collectors.joining());
        return """

               ## %s

               %s

               | measured | value | samples |
               |---|---|---|
               %s%s
               `%s` on %s, at %s, %s.
               """.formatted(
                        result.title(),
                        result.method().strip(),
                        figures,
                        notes,
                        result.command(),
                        result.day(),
                        result.commit(),
                        result.machine().describe());
    }

    /// A heading's link target as Markdown viewers make it.
    private static String anchor(String title) {
        return title.toLowerCase(java.util.Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} -]", "")
                .replace(' ', '-');
    }
}
