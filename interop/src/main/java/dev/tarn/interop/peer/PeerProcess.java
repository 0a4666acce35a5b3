package dev.tarn.interop.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A child process whose output goes to a file, and which ends when this object is closed or this JVM dies:
/// it is expected to end when its standard input does.
public final class PeerProcess implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final String name;
    private final Process process;
    private final Path log;

    private PeerProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /// Starts a program that watches its standard input by itself.
    public static PeerProcess start(String name, List<String> command, Map<String, String> environment, Path folder)
            throws IOException {
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        return new PeerProcess(name, builder.start(), log);
    }

    /// Starts a program that knows nothing of its standard input: a shell ends it when that closes.
    public static PeerProcess startWatched(
            String name, List<String> command, Map<String, String> environment, Path folder) throws IOException {
        String script = """
                exec 3<&0
                "$@" </dev/null 3<&- &
                pid=$!
                trap 'kill $pid 2>/dev/null' TERM
                { cat <&3 >/dev/null; kill $pid 2>/dev/null; sleep 8; kill -9 $pid 2>/dev/null; } &
                watcher=$!
                wait $pid
                status=$?
                kill $watcher 2>/dev/null
                exit $status
                """;
        List<String> watched = new java.util.ArrayList<>(List.of("sh", "-c", script, name));
        watched.addAll(command);
        return start(name, watched, environment, folder);
    }

    /// Waits until the program has written this file, and returns what it says.
    public String awaitFile(Path file, Duration atMost) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!Files.exists(file)) {
            if (!process.isAlive()) {
                throw new IOException(name + " ended with status " + process.exitValue() + ":\n" + tail());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException(name + " was not ready within " + atMost + ":\n" + tail());
            }
            Thread.sleep(50);
        }
        return Files.readString(file).strip();
    }

    /// Whether the program still runs.
    public boolean isAlive() {
        return process.isAlive();
    }

    /// The operating system's number of the process.
    public long pid() {
        return process.pid();
    }

    /// Resident memory of the process and all it started, in bytes; 0 where `/proc` is missing.
    public long residentBytes() {
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(process.toHandle()), process.descendants())
                .mapToLong(handle -> residentBytes(handle.pid()))
                .sum();
    }

    /// Processor time that the process and all it started have taken so far.
    public Duration processorTime() {
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(process.toHandle()), process.descendants())
                .map(handle -> handle.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /// Resident memory of one process, in bytes; 0 where `/proc` is missing.
    public static long residentBytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    /// The last lines of the program's output, for a message.
    public String tail() throws IOException {
        List<String> lines = Files.exists(log)
                ? new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8)
                        .lines()
                        .toList()
                : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size())) + "\n(" + log + ")";
    }

    /// Ends the program and all it started, as a power cut would.
    public void kill() throws InterruptedException {
        List<ProcessHandle> all = process.descendants().toList();
        all.forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
        all.forEach(handle -> handle.onExit().join());
    }

    @Override
    public void close() {
        try {
            process.getOutputStream().close();
            if (!process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
