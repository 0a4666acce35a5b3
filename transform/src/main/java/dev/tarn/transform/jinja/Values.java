package dev.tarn.transform.jinja;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Attributes of values that are neither collections nor text: Python's `datetime` types and numbers.
final class Values {
    private static final DateTimeFormatter ISO = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss");

    private Values() {}

    static @Nullable Object attribute(Object of, String name) {
        return switch (of) {
            case Temporal moment -> temporal(moment, name);
            case ZoneId zone -> zone(zone, name);
            case Duration duration ->
                switch (name) {
                    case "days" -> duration.toDays();
                    case "seconds" -> duration.toSeconds() % 86_400;
                    case "total_seconds" -> (Callable) arguments -> duration.toNanos() / 1e9;
                    default -> new Undefined(name);
                };
            default -> name.equals("__class__") ? new TypeName(Python.typeName(of)) : new Undefined(name);
        };
    }

    private static @Nullable Object temporal(Temporal moment, String name) {
        return switch (name) {
            case "year" -> (long) moment.get(ChronoField.YEAR);
            case "month" -> (long) moment.get(ChronoField.MONTH_OF_YEAR);
            case "day" -> (long) moment.get(ChronoField.DAY_OF_MONTH);
            case "hour" -> (long) moment.get(ChronoField.HOUR_OF_DAY);
            case "minute" -> (long) moment.get(ChronoField.MINUTE_OF_HOUR);
            case "second" -> (long) moment.get(ChronoField.SECOND_OF_MINUTE);
            case "microsecond" -> (long) moment.get(ChronoField.MICRO_OF_SECOND);
            case "weekday" -> (Callable) arguments -> (long) moment.get(ChronoField.DAY_OF_WEEK) - 1;
            case "isoweekday" -> (Callable) arguments -> (long) moment.get(ChronoField.DAY_OF_WEEK);
            case "date" -> (Callable) arguments -> LocalDate.from(moment);
            case "isoformat" -> (Callable) arguments -> isoformat(moment);
            case "strftime" -> (Callable) arguments -> TextFormat.strftime(moment, arguments.text(0, "format"));
            case "replace" -> (Callable) arguments -> replaced(moment, arguments);
            case "timestamp" -> (Callable) arguments -> instant(moment).toEpochMilli() / 1e3;
            case "astimezone" ->
                (Callable) arguments -> arguments.get(0, "tz", ZoneOffset.UTC) instanceof ZoneId zone
                        ? instant(moment).atZone(zone)
                        : moment;
            case "time" ->
                (Callable) arguments -> LocalDateTime.from(moment).toLocalTime().toString();
            case "tzinfo" -> moment instanceof ZonedDateTime zoned ? zoned.getZone() : null;
            default -> new Undefined(name);
        };
    }

    /// A time zone, as `pytz` has it.
    private static Object zone(ZoneId zone, String name) {
        return switch (name) {
            case "localize" ->
                (Callable) arguments -> LocalDateTime.from(moment(arguments)).atZone(zone);
            case "normalize" ->
                (Callable) arguments -> instant(moment(arguments)).atZone(zone);
            case "zone" -> zone.getId();
            default -> new Undefined(name);
        };
    }

    private static Temporal moment(Arguments arguments) {
        if (arguments.get(0, "dt") instanceof LocalDateTime moment) {
            return moment;
        }
        if (arguments.get(0, "dt") instanceof ZonedDateTime moment) {
            return moment;
        }
        throw new JinjaException("a time zone takes a datetime, not " + Python.typeName(arguments.get(0, "dt")));
    }

    private static Instant instant(Temporal moment) {
        return switch (moment) {
            case OffsetDateTime offset -> offset.toInstant();
            case ZonedDateTime zoned -> zoned.toInstant();
            case LocalDate date -> date.atStartOfDay().toInstant(ZoneOffset.UTC);
            default -> LocalDateTime.from(moment).toInstant(ZoneOffset.UTC);
        };
    }

    private static Temporal replaced(Temporal moment, Arguments arguments) {
        Temporal changed = moment;
        for (var field : java.util.Map.of(
                        "year",
                        ChronoField.YEAR,
                        "month",
                        ChronoField.MONTH_OF_YEAR,
                        "day",
                        ChronoField.DAY_OF_MONTH,
                        "hour",
                        ChronoField.HOUR_OF_DAY,
                        "minute",
                        ChronoField.MINUTE_OF_HOUR,
                        "second",
                        ChronoField.SECOND_OF_MINUTE,
                        "microsecond",
                        ChronoField.MICRO_OF_SECOND)
                .entrySet()) {
            if (arguments.named().containsKey(field.getKey())) {
                changed = changed.with(
                        field.getValue(),
                        Operators.wholeNumber(arguments.named().get(field.getKey())));
            }
        }
        if (arguments.named().containsKey("tzinfo")) {
            Object zone = arguments.named().get("tzinfo");
            LocalDateTime local = LocalDateTime.from(changed);
            return zone instanceof ZoneId id ? local.atZone(id) : local;
        }
        return changed;
    }

    static String isoformat(Temporal moment) {
        if (moment instanceof LocalDate date) {
            return date.toString();
        }
        LocalDateTime local = LocalDateTime.from(moment);
        String micros = local.get(ChronoField.MICRO_OF_SECOND) == 0
                ? ""
                : String.format(".%06d", local.get(ChronoField.MICRO_OF_SECOND));
        String zone = switch (moment) {
            case OffsetDateTime offset -> offset.getOffset().getId().replace("Z", "+00:00");
            case ZonedDateTime zoned -> zoned.getOffset().getId().replace("Z", "+00:00");
            default -> "";
        };
        return ISO.format(local) + micros + zone;
    }

    static String repr(Temporal moment) {
        StringJoiner text =
                new StringJoiner(", ", moment instanceof LocalDate ? "datetime.date(" : "datetime.datetime(", ")");
        text.add(String.valueOf(moment.get(ChronoField.YEAR)));
        text.add(String.valueOf(moment.get(ChronoField.MONTH_OF_YEAR)));
        text.add(String.valueOf(moment.get(ChronoField.DAY_OF_MONTH)));
        if (!(moment instanceof LocalDate)) {
            text.add(String.valueOf(moment.get(ChronoField.HOUR_OF_DAY)));
            text.add(String.valueOf(moment.get(ChronoField.MINUTE_OF_HOUR)));
            long second = moment.get(ChronoField.SECOND_OF_MINUTE);
            long micros = moment.get(ChronoField.MICRO_OF_SECOND);
            if (second != 0 || micros != 0) {
                text.add(String.valueOf(second));
            }
            if (micros != 0) {
                text.add(String.valueOf(micros));
            }
        }
        return text.toString();
    }

    /// `x.__class__`.
    private record TypeName(String type) implements Attributes {
        @Override
        public @Nullable Object attribute(String name) {
            return name.equals("__name__") ? type : new Undefined(name);
        }

        @Override
        public String toString() {
            return "<class '" + type + "'>";
        }
    }
}
