package dev.tarn.transform.artifact;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.context.ResultTable;
import dev.tarn.transform.context.Warehouse;
import dev.tarn.transform.project.SourceTable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How old a source's newest row is, against what its properties promise.
public final class Freshness {
    private Freshness() {}

    /// A length of time, as written.
    public record Age(long count, String period) {
        Duration duration() {
            return switch (period) {
                case "minute" -> Duration.ofMinutes(count);
                case "hour" -> Duration.ofHours(count);
                case "day" -> Duration.ofDays(count);
                default ->
                    throw new TarnException(
                            ErrorCode.CONFIG_INVALID,
                            "freshness: the period '" + period + "' is not minute, hour or day");
            };
        }

        Map<String, Object> words() {
            return Map.of("count", count, "period", period);
        }
    }

    /// What a source promises.
    public record Criteria(Optional<Age> warnAfter, Optional<Age> errorAfter, Optional<String> filter) {
        Map<String, @Nullable Object> words() {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("warn_after", warnAfter.map(Age::words).orElse(null));
            words.put("error_after", errorAfter.map(Age::words).orElse(null));
            words.put("filter", filter.orElse(null));
            return words;
        }
    }

    /// @param status `pass`, `warn` or `error`
    public record Result(
            SourceTable source, String status, Instant newest, Instant checked, Duration age, Duration took) {}

    /// What the source's properties say, its own first and then those of all its tables.
    public static Criteria criteria(SourceTable source) {
        Map<?, ?> words = source.setting("freshness") instanceof Map<?, ?> map ? map : Map.of();
        return new Criteria(
                age(words.get("warn_after")),
                age(words.get("error_after")),
                Optional.ofNullable(words.get("filter")).map(Object::toString));
    }

    private static Optional<Age> age(@Nullable Object written) {
        return written instanceof Map<?, ?> map && map.get("count") instanceof Number count && map.get("period") != null
                ? Optional.of(new Age(count.longValue(), String.valueOf(map.get("period"))))
                : Optional.empty();
    }

    /// Whether a source promises anything that can be checked.
    public static boolean isPromised(SourceTable source) {
        Criteria criteria = criteria(source);
        boolean timed = source.setting("loaded_at_field") != null || source.setting("loaded_at_query") != null;
        return timed
                && (criteria.warnAfter().isPresent() || criteria.errorAfter().isPresent());
    }

    /// Asks for the newest row. A table without rows is as old as time.
    public static Result check(SourceTable source, Warehouse warehouse) {
        Instant began = Instant.now();
        Criteria criteria = criteria(source);
        Object query = source.setting("loaded_at_query");
        String sql = query != null
                ? query.toString()
                : "SELECT max(" + source.setting("loaded_at_field") + ") FROM " + source.relation()
                        + criteria.filter().map(filter -> " WHERE " + filter).orElse("");
        ResultTable table = warehouse.query(sql);
        Object value = table.rows().isEmpty() ? null : table.rows().getFirst().getFirst();
        Instant newest = instant(source, value);
        Instant now = Instant.now();
        Duration age = Duration.between(newest, now);
        String status = criteria.errorAfter()
                        .filter(limit -> age.compareTo(limit.duration()) > 0)
                        .isPresent()
                ? "error"
                : criteria.warnAfter()
                                .filter(limit -> age.compareTo(limit.duration()) > 0)
                                .isPresent()
                        ? "warn"
                        : "pass";
        return new Result(source, status, newest, now, age, Duration.between(began, now));
    }

    private static Instant instant(SourceTable source, @Nullable Object value) {
        return switch (value) {
            case null -> Instant.EPOCH;
            case LocalDateTime moment -> moment.toInstant(ZoneOffset.UTC);
            case LocalDate date -> date.atStartOfDay().toInstant(ZoneOffset.UTC);
            case String text
            when text.endsWith(" UTC") ->
                LocalDateTime.parse(text.substring(0, text.length() - 4).replace(' ', 'T'))
                        .toInstant(ZoneOffset.UTC);
            default ->
                throw new TarnException(
                        ErrorCode.CONFIG_INVALID,
                        "source " + source.source() + "." + source.table()
                                + ": loaded_at_field is no date or timestamp," + " such as '" + value + "': cast it");
        };
    }
}
