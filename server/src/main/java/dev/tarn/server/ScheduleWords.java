package dev.tarn.server;

import dev.tarn.orchestrate.schedule.Schedule;
import dev.tarn.orchestrate.schedule.Schedule.Trigger;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/// Schedules in words.
public final class ScheduleWords {
    private ScheduleWords() {}

    /// What asks for runs.
    public static String of(Trigger trigger, ZoneId zone) {
        return switch (trigger) {
            case Trigger.At at -> "at " + at.cron() + " in " + zone;
            case Trigger.Files files -> "new files of " + String.join(", ", files.sources());
            case Trigger.Tables tables -> "new rows in " + String.join(", ", tables.tables());
            case Trigger.By by -> "done by " + by.promised() + " in " + zone;
            case Trigger.Within within -> "never older than " + words(within.age());
        };
    }

    private static String words(Duration time) {
        return time.toMinutes() < 120 ? time.toMinutes() + " min" : time.toHours() + " h";
    }

    /// The next time that a schedule is certain to ask at.
    public static Optional<Instant> next(Schedule schedule, Instant now) {
        return schedule.triggers().stream()
                .flatMap(trigger -> switch (trigger) {
                    case Trigger.At at -> at.cron().next(now, schedule.zone()).stream();
                    case Trigger.By by -> by.promised().next(now, schedule.zone()).stream();
                    case Trigger.Files files -> Optional.<Instant>empty().stream();
                    case Trigger.Tables tables -> Optional.<Instant>empty().stream();
                    case Trigger.Within within -> Optional.<Instant>empty().stream();
                })
                .min(Instant::compareTo);
    }
}
