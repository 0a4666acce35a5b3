package dev.tarn.core.project;

import dev.tarn.core.config.Section;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/// What a statement, a request and the engine may use: the key `limits` of `tarn.yml`.
///
/// @param memoryBytes what the engine may hold in memory before it spills to disk; half of the machine's by default
/// @param threads the engine's threads; the machine's processors by default
/// @param queryTime how long one statement may take
/// @param resultRows how many rows one statement may return to a client
/// @param queries how many statements may run at once; more wait in line
/// @param bodyBytes the largest body of a request that is not an upload
/// @param uploadBytes the largest file that a client may send
/// @param hotBytes how much of the memory copies of often read columns may take; 0 for none
public record Limits(
        long memoryBytes,
        int threads,
        Duration queryTime,
        long resultRows,
        int queries,
        long bodyBytes,
        long uploadBytes,
        long hotBytes) {
    private static final long MB = 1L << 20;
    private static final int HOT_PART = 8;

    static Limits read(Section project) {
        Section section = project.optionalSection("limits").orElse(null);
        if (section == null) {
            return defaults();
        }
        Limits otherwise = defaults();
        long memory =
                atLeast(section, "memory", section.optionalBytes("memory").orElse(otherwise.memoryBytes), 64 * MB);
        Limits limits = new Limits(
                memory,
                section.integer("threads", otherwise.threads, 1, 1024),
                positive(
                        section,
                        "query-time",
                        section.optionalDuration("query-time").orElse(otherwise.queryTime)),
                atLeast(
                        section,
                        "result-rows",
                        section.optionalLong("result-rows").orElse(otherwise.resultRows),
                        1),
                section.integer("queries", otherwise.queries, 1, 1000),
                atLeast(section, "body-size", section.optionalBytes("body-size").orElse(otherwise.bodyBytes), 1024),
                atLeast(
                        section,
                        "upload-size",
                        section.optionalBytes("upload-size").orElse(otherwise.uploadBytes),
                        1024),
                atLeast(
                        section,
                        "hot-columns",
                        section.optionalBytes("hot-columns").orElse(memory / HOT_PART),
                        0));
        section.end();
        return limits;
    }

    /// What holds when `tarn.yml` says nothing.
    public static Limits defaults() {
        return new Limits(
                Math.max(512 * MB, machineMemory() / 2),
                Runtime.getRuntime().availableProcessors(),
                Duration.ofHours(1),
                100_000_000L,
                16,
                64 * MB,
                16384 * MB,
                Math.max(512 * MB, machineMemory() / 2) / HOT_PART);
    }

    private static long machineMemory() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean machine
                ? machine.getTotalMemorySize()
                : 2048 * MB;
    }

    private static long atLeast(Section section, String key, long value, long min) {
        if (value < min) {
            throw section.error(key, "expected at least " + min + ", not " + value);
        }
        return value;
    }

    private static Duration positive(Section section, String key, Duration value) {
        if (!value.isPositive()) {
            throw section.error(key, "expected more than zero");
        }
        return value;
    }
}
