package dev.tarn.orchestrate.schedule;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.config.Section;
import dev.tarn.core.config.YamlFile;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.schedule.Cron;
import dev.tarn.orchestrate.schedule.Schedule.CatchUp;
import dev.tarn.orchestrate.schedule.Schedule.Overlap;
import dev.tarn.orchestrate.schedule.Schedule.Trigger;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Reads a project's `schedules/*.yml`. `docs/reference/schedules.md` describes every key.
public final class ScheduleFiles {
    /// The folder in a project.
    public static final String FOLDER = "schedules";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,99}");
    private static final Duration CHECK = Duration.ofSeconds(30);
    private static final int RETRIES_MAX = 100;
    private static final int PRIORITY_MAX = 1000;

    private ScheduleFiles() {}

    /// All schedules of a project by name; none when there is no folder.
    ///
    /// @throws TarnException `CONFIG_INVALID` with file and line
    public static List<Schedule> read(Path project, Interpolation values) {
        return files(project).stream().map(file -> schedule(file, values)).toList();
    }

    /// The files, by name.
    static List<Path> files(Path project) {
        Path folder = project.resolve(FOLDER);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file ->
                            file.toString().endsWith(".yml") || file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new TarnException(ErrorCode.CONFIG_INVALID, folder + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private static Schedule schedule(Path file, Interpolation values) {
        String name = String.valueOf(file.getFileName()).replaceFirst("\\.ya?ml$", "");
        Section section = YamlFile.read(file, values);
        if (!NAME.matcher(name).matches()) {
            throw section.error("a schedule's name, that of its file, is letters, digits, '-', '_' and '.'");
        }
        List<Trigger> triggers = triggers(section);
        Optional<Partitions> partitions = section.optionalSection("partitions").map(ScheduleFiles::partitions);
        if (triggers.isEmpty() && partitions.isEmpty()) {
            throw section.error("expected what asks for runs: one of cron, files, tables, fresh; or partitions alone,"
                    + " for 'tarn backfill'");
        }
        CatchUp catchUp = section.optionalEnum("catch-up", CatchUp.class).orElse(CatchUp.LAST);
        Optional<Overlap> overlap = section.optionalEnum("overlap", Overlap.class);
        if (catchUp == CatchUp.ALL && overlap.filter(Overlap.SKIP::equals).isPresent()) {
            throw section.error("overlap", "'skip' would leave out what 'catch-up: all' makes up for");
        }
        Schedule schedule = new Schedule(
                name,
                file,
                section.string("description", ""),
                triggers,
                zone(section),
                catchUp,
                overlap.orElse(catchUp == CatchUp.ALL ? Overlap.QUEUE : Overlap.SKIP),
                section.strings("select"),
                section.bool("all", false),
                section.bool("full-refresh", false),
                section.optionalSection("vars").map(Section::asStrings).orElse(Map.of()),
                partitions,
                section.integer("priority", 0, -PRIORITY_MAX, PRIORITY_MAX),
                section.integer("retries", 0, 0, RETRIES_MAX),
                section.optionalDuration("retry-wait").orElse(Duration.ofMinutes(1)),
                section.optionalDuration("time-limit"));
        section.end();
        return schedule;
    }

    private static List<Trigger> triggers(Section section) {
        List<Trigger> triggers = new ArrayList<>();
        for (String text : section.strings("cron")) {
            triggers.add(new Trigger.At(cron(section, "cron", text)));
        }
        Duration check = section.optionalDuration("check").orElse(CHECK);
        if (!check.isPositive()) {
            throw section.error("check", "expected more than 0s");
        }
        List<String> files = section.strings("files");
        if (!files.isEmpty()) {
            triggers.add(new Trigger.Files(files, check));
        }
        List<String> tables = section.strings("tables");
        if (!tables.isEmpty()) {
            triggers.add(new Trigger.Tables(tables, check));
        }
        section.optionalSection("fresh").ifPresent(fresh -> {
            Optional<Duration> takes = fresh.optionalDuration("takes");
            Optional<Cron> by = fresh.optionalString("by").map(text -> cron(fresh, "by", text));
            Optional<Duration> within = fresh.optionalDuration("within");
            fresh.end();
            if (by.isEmpty() && within.isEmpty()) {
                throw fresh.error("expected 'by', the times at which it is promised, or 'within', its greatest age");
            }
            by.ifPresent(cron -> triggers.add(new Trigger.By(cron, takes)));
            within.ifPresent(age -> triggers.add(new Trigger.Within(age, takes)));
        });
        return triggers;
    }

    private static Partitions partitions(Section section) {
        Partitions.Unit unit = section.optionalEnum("by", Partitions.Unit.class).orElse(Partitions.Unit.DAY);
        String from = section.string("from");
        section.end();
        try {
            return new Partitions(unit, LocalDate.parse(from));
        } catch (DateTimeException e) {
            throw section.error("from", "expected a day such as 2026-01-01, not '" + from + "'");
        }
    }

    private static Cron cron(Section section, String key, String text) {
        try {
            return Cron.parse(text);
        } catch (IllegalArgumentException e) {
            throw section.error(key, String.valueOf(e.getMessage()));
        }
    }

    private static ZoneId zone(Section section) {
        try {
            return ZoneId.of(section.string("zone", "UTC"));
        } catch (DateTimeException e) {
            throw section.error("zone", "expected a zone such as Europe/Paris");
        }
    }
}
