package dev.tarn.core.schedule;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// A schedule in cron's five fields: minute, hour, day of the month, month, day of the week. Each is `*`, a number, a
/// name (`jan`, `mon`), a range `1-5`, a list `1,15`, with steps `*/10`. When both days are restricted, either will do,
/// as in cron. Sunday is 0 and 7.
///
/// A time that a zone's clocks skip happens as much later; one that they show twice happens once, unless the hour is
/// `*`: what happens every hour happens in both.
public final class Cron {
    private static final List<String> MONTHS =
            List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");
    private static final List<String> DAYS = List.of("sun", "mon", "tue", "wed", "thu", "fri", "sat");
    private static final int HOURS = 24;
    /// The 29th of February may be eight years away.
    private static final int DAYS_AHEAD_MAX = 366 * 9;

    private final String text;
    private final BitSet minutes;
    private final BitSet hours;
    private final BitSet daysOfMonth;
    private final BitSet months;
    private final BitSet daysOfWeek;
    private final boolean eitherDay;

    private Cron(String text, String[] fields) {
        this.text = text;
        this.minutes = field("minute", fields[0], 0, 59, List.of());
        this.hours = field("hour", fields[1], 0, 23, List.of());
        this.daysOfMonth = field("day of the month", fields[2], 1, 31, List.of());
        this.months = field("month", fields[3], 1, 12, MONTHS);
        this.daysOfWeek = field("day of the week", fields[4], 0, 7, DAYS);
        if (daysOfWeek.get(7)) {
            daysOfWeek.set(0);
        }
        this.eitherDay = !fields[2].startsWith("*") && !fields[4].startsWith("*");
    }

    /// Reads a schedule.
    ///
    /// @throws IllegalArgumentException with what is wrong, in words for the user
    public static Cron parse(String text) {
        String[] fields = text.strip().split("\\s+", -1);
        if (fields.length != 5) {
            throw new IllegalArgumentException(
                    "expected five fields (minute hour day month weekday), such as '0 3 * * 1'" + ", not '" + text
                            + "'");
        }
        Cron cron = new Cron(text.strip(), fields);
        if (cron.next(Instant.EPOCH, ZoneId.of("UTC")).isEmpty()) {
            throw new IllegalArgumentException("'" + text + "' never happens");
        }
        return cron;
    }

    /// The first time after an instant; empty when there is none.
    public Optional<Instant> next(Instant after, ZoneId zone) {
        LocalDate day = after.atZone(zone).toLocalDate();
        for (int ahead = 0; ahead < DAYS_AHEAD_MAX; ahead++, day = day.plusDays(1)) {
            if (!isOn(day)) {
                continue;
            }
            if (repeatsAnHour(day, zone)) {
                Optional<Instant> found = firstOf(day, after, zone);
                if (found.isPresent()) {
                    return found;
                }
                continue;
            }
            for (int hour = hours.nextSetBit(0); hour >= 0; hour = hours.nextSetBit(hour + 1)) {
                for (int minute = minutes.nextSetBit(0); minute >= 0; minute = minutes.nextSetBit(minute + 1)) {
                    Instant at = ZonedDateTime.of(day, LocalTime.of(hour, minute), zone)
                            .toInstant();
                    if (at.isAfter(after)) {
                        return Optional.of(at);
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// Whether an hour of the day comes twice, and both count.
    private boolean repeatsAnHour(LocalDate day, ZoneId zone) {
        ZoneOffsetTransition change = zone.getRules()
                .nextTransition(day.atStartOfDay()
                        .minusHours(1)
                        .toInstant(ZoneOffset.UTC)
                        .minus(Duration.ofHours(18)));
        return hours.cardinality() == HOURS
                && change != null
                && change.isOverlap()
                && !change.getDateTimeAfter().toLocalDate().isAfter(day)
                && !change.getDateTimeBefore().toLocalDate().isBefore(day);
    }

    /// The first time of a day after an instant, where some of the clock's times are two.
    private Optional<Instant> firstOf(LocalDate day, Instant after, ZoneId zone) {
        return hours.stream()
                .boxed()
                .flatMap(hour -> minutes.stream().mapToObj(minute -> LocalTime.of(hour, minute)))
                .map(time -> ZonedDateTime.of(day, time, zone))
                .flatMap(time -> Stream.of(time.withEarlierOffsetAtOverlap(), time.withLaterOffsetAtOverlap()))
                .map(ZonedDateTime::toInstant)
                .filter(time -> time.isAfter(after))
                .min(Instant::compareTo);
    }

    @Override
    public String toString() {
        return text;
    }

    private boolean isOn(LocalDate day) {
        boolean month = daysOfMonth.get(day.getDayOfMonth());
        boolean week = daysOfWeek.get(day.getDayOfWeek().getValue() % 7);
        return months.get(day.getMonthValue()) && (eitherDay ? month || week : month && week);
    }

    private static BitSet field(String name, String text, int min, int max, List<String> names) {
        BitSet set = new BitSet();
        for (String part : text.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] stepped = part.split("/", -1);
            int step = stepped.length == 1 ? 1 : number(name, stepped[1], 1, max, List.of());
            String range = stepped[0];
            int from = min;
            int to = max;
            if (!range.equals("*")) {
                int dash = range.indexOf('-', 1);
                from = number(name, dash < 0 ? range : range.substring(0, dash), min, max, names);
                to = dash >= 0
                        ? number(name, range.substring(dash + 1), min, max, names)
                        : stepped.length > 1 ? max : from;
            }
            if (stepped.length > 2 || from > to) {
                throw new IllegalArgumentException("the " + name + " '" + part + "' is no range");
            }
            for (int value = from; value <= to; value += step) {
                set.set(value);
            }
        }
        return set;
    }

    private static int number(String name, String text, int min, int max, List<String> names) {
        if (names.contains(text)) {
            return names.indexOf(text) + min;
        }
        if (text.matches("\\d{1,4}")) {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw new IllegalArgumentException("the " + name + " '" + text + "' is not from " + min + " to " + max);
    }
}
