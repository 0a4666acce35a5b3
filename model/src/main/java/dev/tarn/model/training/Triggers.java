package dev.tarn.model.training;

import dev.tarn.core.config.Section;
import dev.tarn.core.schedule.Cron;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// When a server trains again by itself: the first of these that holds is the reason.
///
/// @param schedule in cron's fields, in `zone`
/// @param newRows so many labelled rows are newer than all that the last training saw
/// @param drift the population stability index of an input, newer rows against those the current version is from
/// @param worseBy how much worse the current version's metric is on newer rows than it was when it was made
/// @param check how often the data is looked at; the schedule needs no look
public record Triggers(
        Optional<Cron> schedule,
        ZoneId zone,
        OptionalLong newRows,
        Optional<Double> drift,
        Optional<Double> worseBy,
        Duration check) {
    /// No server trains by itself.
    public static final Triggers NONE = new Triggers(
            Optional.empty(),
            ZoneId.of("UTC"),
            OptionalLong.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofHours(1));

    static Triggers read(Optional<Section> section) {
        if (section.isEmpty()) {
            return NONE;
        }
        Section own = section.get();
        Triggers triggers = new Triggers(
                own.optionalString("schedule").map(text -> cron(own, text)),
                zone(own),
                own.optionalLong("new-rows").map(OptionalLong::of).orElse(OptionalLong.empty()),
                own.optionalDouble("drift"),
                own.optionalDouble("worse-by"),
                own.optionalDuration("check").orElse(NONE.check()));
        own.end();
        if (!triggers.any()) {
            throw own.error("expected one of schedule, new-rows, drift, worse-by");
        }
        if (triggers.newRows().orElse(1) < 1
                || triggers.drift().orElse(1.0) <= 0
                || triggers.worseBy().orElse(1.0) <= 0
                || !triggers.check().isPositive()) {
            throw own.error("new-rows, drift, worse-by and check must be greater than 0");
        }
        return triggers;
    }

    private static Cron cron(Section section, String text) {
        try {
            return Cron.parse(text);
        } catch (IllegalArgumentException e) {
            throw section.error("schedule", String.valueOf(e.getMessage()));
        }
    }

    private static ZoneId zone(Section section) {
        try {
            return ZoneId.of(section.string("zone", "UTC"));
        } catch (DateTimeException e) {
            throw section.error("zone", "expected a zone such as Europe/Paris");
        }
    }

    /// Whether there is anything to watch.
    public boolean any() {
        return schedule.isPresent() || looksAtData();
    }

    /// Whether the data must be looked at.
    public boolean looksAtData() {
        return newRows.isPresent() || drift.isPresent() || worseBy.isPresent();
    }

    /// Why the schedule asks for a training now, if it does.
    ///
    /// @param last when it was last trained, or when the watch began
    public Optional<String> due(Instant last, Instant now) {
        return schedule.flatMap(cron -> cron.next(last, zone)
                .filter(at -> !at.isAfter(now))
                .map(at -> "schedule: '" + cron + "' in " + zone + " was due at " + at.atZone(zone)));
    }

    /// Why the data asks for a training now, if it does.
    public Optional<String> due(Supplier<Checkup> look) {
        if (!looksAtData()) {
            return Optional.empty();
        }
        Checkup found = look.get();
        if (newRows.isPresent() && found.newRows() >= newRows.getAsLong()) {
            return Optional.of("new rows: " + found.newRows() + " labelled rows are newer than all that was seen; "
                    + newRows.getAsLong() + " are asked for");
        }
        if (drift.isPresent() && found.drift() >= drift.get()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "drift: the population stability index of '%s' is %.3f on %d newer rows; the limit is %.3f",
                    found.drifted(),
                    found.drift(),
                    found.judgedRows(),
                    drift.get()));
        }
        if (worseBy.isPresent() && found.loss() >= worseBy.get()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "worse results: %s is %.4f on %d newer rows and was %.4f, %.4f worse; the limit is %.4f",
                    found.metric(),
                    found.now(),
                    found.judgedRows(),
                    found.then(),
                    found.loss(),
                    worseBy.get()));
        }
        return Optional.empty();
    }
}
