package dev.tarn.core.config;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Durations, moments and sizes as people write them.
public final class Units {
    private static final Pattern QUANTITY = Pattern.compile("\\s*(\\d+)\\s*([A-Za-z]*)\\s*");

    private Units() {}

    /// `500ms`, `10s`, `15m`, `6h`, `7d`.
    ///
    /// @throws IllegalArgumentException when it is none of these
    public static Duration duration(String text) {
        Matcher quantity = match(text);
        long amount = Long.parseLong(quantity.group(1));
        return switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m", "min" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            case "d" -> Duration.ofDays(amount);
            default -> throw new IllegalArgumentException(text);
        };
    }

    /// A moment such as `2026-03-01T00:00:00Z`, or how long ago it was, as a [#duration].
    ///
    /// @throws IllegalArgumentException or a `DateTimeException` when it is neither
    public static Instant moment(String text) {
        return text.matches("\\d+[a-z]+") ? Instant.now().minus(duration(text)) : Instant.parse(text);
    }

    /// `512MB`, `2GB`, `100` (bytes); a kilobyte is 1024 bytes.
    ///
    /// @throws IllegalArgumentException when it is none of these
    public static long bytes(String text) {
        Matcher quantity = match(text);
        int shift = switch (quantity.group(2).toUpperCase(Locale.ROOT)) {
            case "", "B" -> 0;
            case "KB", "KIB" -> 10;
            case "MB", "MIB" -> 20;
            case "GB", "GIB" -> 30;
            case "TB", "TIB" -> 40;
            default -> throw new IllegalArgumentException(text);
        };
        return Math.multiplyExact(Long.parseLong(quantity.group(1)), 1L << shift);
    }

    private static Matcher match(String text) {
        Matcher matcher = QUANTITY.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        return matcher;
    }
}
