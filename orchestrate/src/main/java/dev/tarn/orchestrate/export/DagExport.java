package dev.tarn.orchestrate.export;

import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.Plan.PlannedStep;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.schedule.Schedule;
import dev.tarn.orchestrate.schedule.Schedule.Trigger;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The project's graph as one Python file for another orchestrator. Each task asks Tarn's API for one step, with a key
/// made from the orchestrator's own run, and waits for it. The tables are built in an environment of that run, which
/// one task publishes whole; what cannot be in an environment (features, trainings) follows.
public final class DagExport {
    private DagExport() {}

    /// Whom it is for.
    public enum Target {
        AIRFLOW,
        DAGSTER
    }

    /// The file.
    ///
    /// @param project the project's name
    /// @param plan everything that there is to do
    /// @param schedules those with times are the orchestrator's from now on
    /// @param url where Tarn's server is, unless `TARN_URL` says otherwise
    public static String python(Target target, String project, Plan plan, List<Schedule> schedules, String url) {
        // Statements around a run are part of every run that is asked for.
        List<PlannedStep> steps = plan.steps().stream()
                .filter(planned -> planned.step().kind() != StepKind.HOOK)
                .toList();
        Set<String> names = steps.stream().map(planned -> planned.step().name()).collect(Collectors.toSet());
        String built = graph(steps, names, false);
        String after = graph(steps, names, true);
        Optional<Schedule> timed = schedules.stream()
                .filter(schedule ->
                        cron(schedule).isPresent() && schedule.select().isEmpty())
                .findFirst();
        return (template("common") + template(target.name().toLowerCase(java.util.Locale.ROOT)))
                .replace("@PROJECT@", literal(project))
                .replace("@URL@", literal(url))
                .replace(
                        "@CRON@",
                        timed.flatMap(DagExport::cron).map(DagExport::literal).orElse("None"))
                .replace(
                        "@ZONE@", literal(timed.map(each -> each.zone().getId()).orElse("UTC")))
                .replace("@BUILT@", built)
                .replace("@AFTER@", after);
    }

    private static Optional<String> cron(Schedule schedule) {
        return schedule.triggers().stream()
                .flatMap(trigger -> trigger instanceof Trigger.At at
                        ? Optional.of(at.cron().toString()).stream()
                        : Optional.<String>empty().stream())
                .findFirst();
    }

    private static String graph(List<PlannedStep> steps, Set<String> names, boolean published) {
        return steps.stream()
                .filter(planned -> isAfterPublish(planned) == published)
                .map(planned -> "    " + literal(planned.step().name()) + ": ["
                        + planned.after().stream()
                                .filter(names::contains)
                                .map(DagExport::literal)
                                .collect(Collectors.joining(", "))
                        + "],\n")
                .collect(Collectors.joining());
    }

    private static boolean isAfterPublish(PlannedStep planned) {
        return switch (planned.step().kind()) {
            case FEATURE, TRAINING -> true;
            case SOURCE, SEED, MODEL, SNAPSHOT, TEST, HOOK -> false;
        };
    }

    /// A Python string.
    static String literal(String text) {
        StringBuilder literal = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c == '"' || c == '\\') {
                literal.append('\\').append((char) c);
            } else if (c < ' ') {
                literal.append(String.format("\\x%02x", c));
            } else {
                literal.append((char) c);
            }
        });
        return literal.append('"').toString();
    }

    private static String template(String name) {
        try (InputStream in = DagExport.class.getResourceAsStream(name + ".py")) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
