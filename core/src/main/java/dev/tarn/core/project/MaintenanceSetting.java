package dev.tarn.core.project;

import dev.tarn.core.config.Section;
import java.time.Duration;

/// How the server keeps tables small by itself: the key `maintenance` of `tarn.yml`.
///
/// @param background whether it does
/// @param every the time from one round to the next; the first comes after as long
/// @param time about how long one round may work
/// @param bytes how much of data files one round may rewrite
/// @param smallFiles so many small files of a partition are worth one larger one
/// @param smallBytes files smaller than this are small
/// @param snapshots snapshots younger than this are kept
/// @param publishes publishes younger than this are kept, so that they can be undone
/// @param files files younger than this are kept, whoever needs them
public record MaintenanceSetting(
        boolean background,
        Duration every,
        Duration time,
        long bytes,
        int smallFiles,
        long smallBytes,
        Duration snapshots,
        Duration publishes,
        Duration files) {
    private static final long MB = 1L << 20;
    private static final Duration FILES_MIN = Duration.ofMinutes(10);

    static MaintenanceSetting read(Section project) {
        MaintenanceSetting otherwise = defaults();
        Section section = project.optionalSection("maintenance").orElse(null);
        if (section == null) {
            return otherwise;
        }
        MaintenanceSetting setting = new MaintenanceSetting(
                section.bool("background", otherwise.background),
                atLeast(section, "every", otherwise.every, Duration.ofSeconds(1)),
                atLeast(section, "time", otherwise.time, Duration.ofSeconds(1)),
                section.optionalBytes("bytes").orElse(otherwise.bytes),
                section.integer("small-files", otherwise.smallFiles, 2, 100_000),
                section.optionalBytes("small-size").orElse(otherwise.smallBytes),
                atLeast(section, "snapshots", otherwise.snapshots, Duration.ZERO),
                atLeast(section, "publishes", otherwise.publishes, Duration.ZERO),
                atLeast(section, "files", otherwise.files, FILES_MIN));
        section.end();
        return setting;
    }

    /// What holds when `tarn.yml` says nothing: an hourly round of a minute at most.
    public static MaintenanceSetting defaults() {
        return new MaintenanceSetting(
                true,
                Duration.ofHours(1),
                Duration.ofMinutes(1),
                512 * MB,
                16,
                32 * MB,
                Duration.ofDays(5),
                Duration.ofDays(7),
                Duration.ofDays(3));
    }

    private static Duration atLeast(Section section, String key, Duration otherwise, Duration min) {
        Duration value = section.optionalDuration(key).orElse(otherwise);
        if (value.compareTo(min) < 0) {
            throw section.error(key, "expected at least " + min.toSeconds() + "s");
        }
        return value;
    }
}
