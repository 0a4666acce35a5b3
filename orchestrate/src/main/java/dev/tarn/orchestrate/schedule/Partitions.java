package dev.tarn.orchestrate.schedule;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Parts of the data by time, each of which a run makes on its own: `2026-03-01`, `2026-03-01T05`, `2026-03`, or a
/// week by its Monday.
///
/// @param unit how long one is
/// @param from the first one
public record Partitions(Unit unit, LocalDate from) {
    /// Of one backfill.
    static final int COUNT_MAX = 10_000;

    private static final DateTimeFormatter HOUR = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH");
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    /// How long a partition is.
    public enum Unit {
        HOUR,
        DAY,
        WEEK,
        MONTH
    }

    /// The partition that a time lies in.
    String at(LocalDateTime time) {
        return switch (unit) {
            case HOUR -> HOUR.format(time);
            case DAY -> time.toLocalDate().toString();
            case WEEK ->
                time.toLocalDate()
                        .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                        .toString();
            case MONTH -> YearMonth.from(time).toString();
        };
    }

    /// The last partition that was over at a moment.
    String lastBefore(Instant moment, ZoneId zone) {
        LocalDateTime begin = start(at(LocalDateTime.ofInstant(moment, zone)));
        return at(begin.minusNanos(1));
    }

    /// When a partition begins.
    ///
    /// @throws TarnException `USAGE` when the name is none
    LocalDateTime start(String partition) {
        try {
            return switch (unit) {
                case HOUR -> LocalDateTime.parse(partition + ":00");
                case DAY -> LocalDate.parse(partition).atStartOfDay();
                case WEEK ->
                    LocalDate.parse(partition)
                            .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                            .atStartOfDay();
                case MONTH -> YearMonth.parse(partition).atDay(1).atStartOfDay();
            };
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.USAGE, "'" + partition + "' is no partition; one is written " + example(), e);
        }
    }

    private String example() {
        return switch (unit) {
            case HOUR -> "2026-03-01T05";
            case DAY -> "2026-03-01";
            case WEEK -> "2026-03-02, the week's Monday";
            case MONTH -> "2026-03";
        };
    }

    private LocalDateTime next(LocalDateTime start) {
        return switch (unit) {
            case HOUR -> start.plusHours(1);
            case DAY -> start.plusDays(1);
            case WEEK -> start.plusWeeks(1);
            case MONTH -> start.plusMonths(1);
        };
    }

    /// All from one partition to another, both included.
    ///
    /// @throws TarnException `USAGE`
    List<String> between(String first, String last) {
        LocalDateTime end = start(last);
        LocalDateTime begin = start(first);
        if (begin.isAfter(end)) {
            throw new TarnException(ErrorCode.USAGE, "the first partition " + first + " is later than " + last);
        }
        if (begin.isBefore(from.atStartOfDay())) {
            throw new TarnException(
                    ErrorCode.USAGE, "there is nothing before " + from + ", the schedule's partitions.from");
        }
        if (ChronoUnit.HOURS.between(begin, end) / hours() > COUNT_MAX) {
            throw new TarnException(
                    ErrorCode.USAGE, "these are more than " + COUNT_MAX + " partitions: ask for fewer at a time");
        }
        List<String> all = new ArrayList<>();
        for (LocalDateTime at = begin; !at.isAfter(end); at = next(at)) {
            all.add(at(at));
        }
        return all;
    }

    private int hours() {
        return switch (unit) {
            case HOUR -> 1;
            case DAY -> 24;
            case WEEK -> 24 * 7;
            case MONTH -> 24 * 28;
        };
    }

    /// What a partition's run is told: `${var.partition}` and its first and last moment, the latter excluded.
    Map<String, String> vars(String partition) {
        LocalDateTime start = start(partition);
        return Map.of(
                "partition", at(start),
                "partition_start", TIME.format(start),
                "partition_end", TIME.format(next(start)));
    }
}
