package dev.tarn.feature.definition;

import dev.tarn.core.config.Section;
import dev.tarn.core.config.Units;
import java.time.Duration;

/// Durations of windows and delays: those of [Units], and microseconds, the grain of timestamps.
final class Durations {
    /// A century: longer ones are taken for slips, and sums of times stay far from overflow.
    private static final Duration LONGEST = Duration.ofDays(36_525);

    private Durations() {}

    /// A duration, or an error at the key.
    static Duration parse(Section section, String key, String text) {
        Duration duration = read(section, key, text);
        if (duration.compareTo(LONGEST) > 0) {
            throw section.error(key, "'" + text + "' is longer than a century");
        }
        return duration;
    }

    /// The shortest way to write it, such as `7d`: the end of a feature's name.
    static String suffix(Duration duration) {
        long micros = duration.toNanos() / 1_000;
        long[] sizes = {86_400_000_000L, 3_600_000_000L, 60_000_000L, 1_000_000L, 1_000L, 1L};
        String[] words = {"d", "h", "m", "s", "ms", "us"};
        int unit = 0;
        while (micros % sizes[unit] != 0) {
            unit++;
        }
        return micros / sizes[unit] + words[unit];
    }

    private static Duration read(Section section, String key, String text) {
        try {
            return text.endsWith("us")
                    ? Duration.ofNanos(Math.multiplyExact(Long.parseLong(text, 0, text.length() - 2, 10), 1_000L))
                    : Units.duration(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw section.error(key, "expected a duration such as 15m, 6h or 7d, not '" + text + "'");
        }
    }
}
