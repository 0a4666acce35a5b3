package dev.tarn.core.project;

import dev.tarn.core.config.Section;
import java.time.Duration;
import java.util.List;

/// How large answers of Trino's protocol wait for their clients as files: the key `spooling` of `tarn.yml`.
///
/// @param encodings those that a client may ask for, the ones that are preferred first; none answers all clients
///     without segments
/// @param sizeBytes the most disk that segments take
/// @param keep how long a segment waits for its client
public record SpoolingSetting(List<ResultEncoding> encodings, long sizeBytes, Duration keep) {
    private static final long GB = 1L << 30;

    public SpoolingSetting {
        encodings = List.copyOf(encodings);
    }

    static SpoolingSetting read(Section project) {
        SpoolingSetting otherwise = defaults();
        Section section = project.optionalSection("spooling").orElse(null);
        if (section == null) {
            return otherwise;
        }
        SpoolingSetting setting = new SpoolingSetting(
                section.has("encodings")
                        ? section.strings("encodings").stream()
                                .map(word -> ResultEncoding.of(word)
                                        .orElseThrow(() -> section.error(
                                                "encodings",
                                                "expected json, json+zstd and json+lz4, not '" + word + "'")))
                                .toList()
                        : otherwise.encodings,
                section.optionalBytes("size").orElse(otherwise.sizeBytes),
                section.optionalDuration("keep").orElse(otherwise.keep));
        if (!setting.keep.isPositive()) {
            throw section.error("keep", "expected more than zero");
        }
        section.end();
        return setting;
    }

    /// What holds when `tarn.yml` says nothing.
    public static SpoolingSetting defaults() {
        return new SpoolingSetting(List.of(ResultEncoding.values()), GB, Duration.ofHours(1));
    }
}
