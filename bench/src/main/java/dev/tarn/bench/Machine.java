package dev.tarn.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a figure was measured on.
///
/// @param processor the processor's name as the operating system tells it
/// @param memoryBytes the machine's memory
public record Machine(String processor, int cores, long memoryBytes, String system, String java) {
    static Machine here() {
        return new Machine(
                firstLine("/proc/cpuinfo", "model name"),
                Runtime.getRuntime().availableProcessors(),
                memory(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                System.getProperty("java.vm.name") + " " + Runtime.version());
    }

    String describe() {
        return "%s, %d cores, %d GB, %s, %s"
                .formatted(processor, cores, Math.round(memoryBytes / (double) (1L << 30)), system, java);
    }

    private static long memory() {
        String kilobytes = firstLine("/proc/meminfo", "MemTotal").replaceAll("\\D", "");
        return kilobytes.isEmpty() ? 0 : Long.parseLong(kilobytes) * 1024;
    }

    private static String firstLine(String file, String key) {
        try (var lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (IOException e) {
            return "unknown";
        }
    }
}
