package dev.tarn.server;

import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.orchestrate.RunHistory.Said;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunSearch;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.schedule.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// `/runs` and `/runs/ID`: what runs there were and how each went, step by step, for a person with a browser.
final class RunPages {
    private static final int SHOWN = 100;

    /// The smallest share of the time line that a step is drawn with, in percent.
    private static final double WIDTH_MIN = 0.4;

    private final String project;
    private final ScheduledRuns runs;

    RunPages(String project, ScheduledRuns runs) {
        this.project = project;
        this.runs = runs;
    }

    /// The latest runs, those that fit a search, what waits, and the schedules.
    Response runs(Request request) {
        List<RunSearch.Found> found = runs.history().search(RunsFace.search(request, SHOWN));
        String text = Page.escape(String.valueOf(request.queryParam("text") == null ? "" : request.queryParam("text")));
        String html = "<h1>Runs</h1>" + cards(found)
                + "<form><input name=text placeholder=\"search errors, messages, logs\" size=34 value=\"" + text + "\">"
                + select(request.queryParam("status")) + "<button>Search</button></form>"
                + list(found) + waiting() + schedules();
        return Page.of(project, "Runs", html);
    }

    private static String cards(List<RunSearch.Found> found) {
        Map<RunStatus, Long> counts =
                found.stream().collect(Collectors.groupingBy(RunSearch.Found::status, Collectors.counting()));
        long longest =
                found.stream().mapToLong(run -> run.took().toMillis()).max().orElse(0);
        return "<div class=cards>" + card("shown", Integer.toString(found.size()))
                + card("published", Long.toString(counts.getOrDefault(RunStatus.PUBLISHED, 0L)))
                + card("failed", Long.toString(counts.getOrDefault(RunStatus.FAILED, 0L)))
                + card("running", Long.toString(counts.getOrDefault(RunStatus.RUNNING, 0L)))
                + card("longest", took(Duration.ofMillis(longest))) + "</div>";
    }

    private static String card(String label, String value) {
        return "<div class=card><b>" + value + "</b><span class=soft>" + label + "</span></div>";
    }

    private static String select(@org.jspecify.annotations.Nullable String chosen) {
        StringBuilder html = new StringBuilder("<select name=status><option value=\"\">any status</option>");
        for (RunStatus status : RunStatus.values()) {
            String word = word(status);
            html.append("<option")
                    .append(word.equals(chosen) ? " selected" : "")
                    .append('>')
                    .append(word)
                    .append("</option>");
        }
        return html.append("</select>").toString();
    }

    private static String list(List<RunSearch.Found> found) {
        if (found.isEmpty()) {
            return "<p class=soft>None.</p>";
        }
        StringBuilder html = new StringBuilder(
                "<div class=wide><table><tr><th>run<th>status<th>began (UTC)<th>took<th>steps<th>why<th>by</tr>\n");
        for (RunSearch.Found run : found) {
            html.append("<tr><td><a href=\"/runs/")
                    .append(Page.escape(run.id()))
                    .append("\">")
                    .append(Page.escape(run.id()))
                    .append("</a>")
                    .append(
                            run.environment().equals("main")
                                    ? ""
                                    : " <span class=soft>" + Page.escape(run.environment()) + "</span>")
                    .append("<td>")
                    .append(pill(word(run.status())))
                    .append("<td class=n>")
                    .append(time(run.started()))
                    .append("<td class=n>")
                    .append(took(run.took()))
                    .append("<td>")
                    .append(counts(run.steps()))
                    .append("<td>")
                    .append(Page.escape(
                            run.cause().schedule().map(name -> name + ": ").orElse("")
                                    + run.cause().reason()))
                    .append(run.error()
                            .map(error -> "<div class=error>" + Page.escape(error) + "</div>")
                            .orElse(""))
                    .append("<td class=soft>")
                    .append(Page.escape(run.by()))
                    .append("</tr>\n");
        }
        return html.append("</table></div>").toString();
    }

    private static String counts(Map<StepReport.Status, Integer> steps) {
        return steps.entrySet().stream()
                .map(each -> each.getValue() + " " + word(each.getKey()))
                .collect(Collectors.joining(", "));
    }

    private String waiting() {
        List<RunRequest.Kept> open = runs.queue().latest(SHOWN).stream()
                .filter(kept -> !kept.state().isOver())
                .toList();
        if (open.isEmpty()) {
            return "";
        }
        StringBuilder html = new StringBuilder("<h2>Asked for</h2><table><tr><th>key<th>state<th>why</tr>\n");
        open.forEach(kept -> html.append("<tr><td>")
                .append(Page.escape(kept.request().key()))
                .append("<td>")
                .append(pill(word(kept.state())))
                .append("<td>")
                .append(Page.escape(kept.request().cause().reason()))
                .append("</tr>\n"));
        return html.append("</table>").toString();
    }

    private String schedules() {
        List<Schedule> all = runs.schedules();
        if (all.isEmpty()) {
            return "<h2>Schedules</h2><p class=soft>None: a file in <code>schedules/</code> makes one.</p>";
        }
        StringBuilder html =
                new StringBuilder("<h2>Schedules</h2><table><tr><th>name<th>runs<th>next (UTC)<th>last</tr>\n");
        Instant now = Instant.now();
        for (Schedule schedule : all) {
            boolean paused = runs.states().isPaused(schedule.name());
            html.append("<tr><td><b>")
                    .append(Page.escape(schedule.name()))
                    .append("</b><div class=soft>")
                    .append(Page.escape(schedule.description()))
                    .append("</div><td>")
                    .append(Page.escape(schedule.triggers().stream()
                            .map(trigger -> ScheduleWords.of(trigger, schedule.zone()))
                            .collect(Collectors.joining("; "))))
                    .append("<td class=n>")
                    .append(
                            paused
                                    ? "paused"
                                    : ScheduleWords.next(schedule, now)
                                            .map(RunPages::time)
                                            .orElse(""))
                    .append("<td>")
                    .append(runs.queue().ofSchedule(schedule.name(), 1).stream()
                            .map(kept -> pill(word(kept.state())))
                            .collect(Collectors.joining()))
                    .append("</tr>\n");
        }
        return html.append("</table>").toString();
    }

    /// One run: its steps on a time line, and what they said.
    Response run(Request request) {
        String id = request.pathParam("id");
        RunSearch.Found found = runs.history().summary(id);
        RunReport report = runs.history().run(id);
        Map<String, Instant> starts = runs.history().stepStarts(id);
        StringBuilder html = new StringBuilder("<h1>")
                .append(Page.escape(id))
                .append(' ')
                .append(pill(word(found.status())))
                .append("</h1><p class=soft>")
                .append(Page.escape(found.cause().reason()))
                .append(", by ")
                .append(Page.escape(found.by()))
                .append("</p>")
                .append(found.error()
                        .map(error -> "<p class=error>" + Page.escape(error) + "</p>")
                        .orElse(""))
                .append("<div class=cards>")
                .append(card("began (UTC)", time(found.started())))
                .append(card("took", took(found.took())))
                .append(card("steps", Integer.toString(report.steps().size())))
                .append(card("publish", found.publishId().orElse("none")))
                .append("</div>");
        double whole = Math.max(1, found.took().toMillis());
        html.append("<h2>Steps</h2><div class=wide><table><tr><th>step<th>kind<th>status<th>took<th>rows<th>time line")
                .append("<th>message</tr>\n");
        for (StepReport step : report.steps()) {
            double from = starts.containsKey(step.step())
                    ? Duration.between(found.started(), starts.get(step.step())).toMillis() / whole * 100
                    : 0;
            double width = Math.max(WIDTH_MIN, step.took().toMillis() / whole * 100);
            html.append("<tr><td>")
                    .append(Page.escape(step.step()))
                    .append("<td class=soft>")
                    .append(word(step.kind()))
                    .append("<td>")
                    .append(pill(word(step.status())))
                    .append("<td class=n>")
                    .append(took(step.took()))
                    .append("<td class=n>")
                    .append(
                            step.rows().isPresent()
                                    ? String.format(
                                            Locale.ROOT, "%,d", step.rows().getAsLong())
                                    : "")
                    .append(String.format(
                            Locale.ROOT,
                            "<td><div class=bar><i class=%s style=\"left:%.2f%%;width:%.2f%%\"></i></div>",
                            word(step.status()),
                            Math.clamp(from, 0, 100 - WIDTH_MIN),
                            Math.min(width, 100)))
                    .append("<td class=\"")
                    .append(step.error().isPresent() ? "error" : "soft")
                    .append("\">")
                    .append(Page.escape(step.message()))
                    .append("</tr>\n");
        }
        html.append("</table></div>").append(log(runs.history().log(id, java.util.Optional.empty())));
        return Page.of(project, id, html.toString());
    }

    private static String log(List<Said> lines) {
        if (lines.isEmpty()) {
            return "";
        }
        return "<h2>What they said</h2><pre>"
                + lines.stream()
                        .map(line -> Page.escape(line.at()
                                        .truncatedTo(ChronoUnit.MILLIS)
                                        .toString()
                                        .substring(11, 19) + "  " + line.step() + "  " + line.message()))
                        .collect(Collectors.joining("\n"))
                + "</pre>";
    }

    private static String pill(String word) {
        return "<span class=\"pill " + word + "\">" + word + "</span>";
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString().replace('T', ' ').replace("Z", "");
    }

    private static String took(Duration took) {
        return took.toMillis() < 60_000
                ? String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1000.0)
                : took.toMinutes() + " min " + took.toSecondsPart() + " s";
    }
}
