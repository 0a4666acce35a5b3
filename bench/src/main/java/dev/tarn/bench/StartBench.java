package dev.tarn.bench;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// How fast the demo project's server is there again, and what it takes when idle.
final class StartBench implements Bench {
    private static final double READY_MS_MOST = 2_500;
    private static final double IDLE_MB_MOST = 500;
    private static final Duration FIRST_START_MAX = Duration.ofMinutes(15);
    private static final Duration START_MAX = Duration.ofMinutes(2);
    private static final Duration IDLE_AFTER = Duration.ofSeconds(10);

    @Override
    public String name() {
        return "start";
    }

    @Override
    public String title() {
        return "Start of a server";
    }

    @Override
    public String method() {
        return """
                The launcher is told `tarn demo`, and `/health` is asked every 25 ms until it says that every face is \
                ready: the second and later starts, with the demo's data and the AOT cache of an earlier one. Resident \
                memory is what Linux says of the process 10 s later, with nobody asking anything.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        Path launcher = Path.of("tarn").toAbsolutePath();
        Path project = run.folder().resolve("demo");
        // The first start builds, makes the data, and leaves an AOT cache being made in the background.
        try (Started first = Started.of(launcher, project, FIRST_START_MAX)) {
            run.note("the first start, which makes the data, took %.0f s".formatted(first.readyMs() / 1000));
        }
        awaitCache(launcher.resolveSibling("cli/target/tarn/aot"));
        List<Double> ready = new ArrayList<>();
        List<Double> processor = new ArrayList<>();
        List<Double> resident = new ArrayList<>();
        for (int i = 0; i < run.samples(); i++) {
            try (Started started = Started.of(launcher, project, START_MAX)) {
                ready.add(started.readyMs());
                processor.add(started.processorMs());
                Thread.sleep(IDLE_AFTER);
                resident.add(started.residentMb());
            }
        }
        Figure time = run.add(Figure.median("all faces ready", "ms", ready));
        run.add(Figure.median("processor time until then", "ms", processor));
        Figure memory = run.add(Figure.median("resident memory when idle", "MB", resident));
        run.add(Bar.atMost("second start to all faces healthy, demo project", READY_MS_MOST, time));
        run.add(Bar.atMost("idle memory of that server", IDLE_MB_MOST, memory));
    }

    /// A started server and when it was ready.
    private record Started(Process process, double readyMs, double processorMs) implements AutoCloseable {
        static Started of(Path launcher, Path project, Duration atMost) throws IOException, InterruptedException {
            int port = freePort();
            long start = System.nanoTime();
            Process process = new ProcessBuilder(
                            launcher.toString(), "demo", project.toString(), "--port", Integer.toString(port))
                    .redirectErrorStream(true)
                    .redirectOutput(project.resolveSibling("demo.log").toFile())
                    .start();
            try (HttpClient http = HttpClient.newHttpClient()) {
                HttpRequest health = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                        .build();
                while (!healthy(http, health)) {
                    if (!process.isAlive() || System.nanoTime() - start > atMost.toNanos()) {
                        process.destroy();
                        throw new IllegalStateException(
                                "the server did not start:\n" + Files.readString(project.resolveSibling("demo.log")));
                    }
                    Thread.sleep(25);
                }
            }
            double readyMs = (System.nanoTime() - start) / 1e6;
            double processorMs = process.info()
                    .totalCpuDuration()
                    .map(Duration::toMillis)
                    .map(Long::doubleValue)
                    .orElse(Double.NaN);
            return new Started(process, readyMs, processorMs);
        }

        private static boolean healthy(HttpClient http, HttpRequest health) throws InterruptedException {
            try {
                return http.send(health, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
            } catch (IOException e) {
                return false; // it does not listen yet
            }
        }

        private static int freePort() throws IOException {
            try (ServerSocket socket = new ServerSocket(0)) {
                return socket.getLocalPort();
            }
        }

        /// The launcher becomes the server's process, so its memory is the server's.
        double residentMb() throws IOException {
            try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
                return lines.filter(line -> line.startsWith("VmRSS:"))
                        .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024.0)
                        .findFirst()
                        .orElseThrow();
            }
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        }
    }

    private static void awaitCache(Path folder) throws IOException, InterruptedException {
        long until = System.nanoTime() + Duration.ofMinutes(5).toNanos();
        while (true) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.noneMatch(file -> file.toString().endsWith(".making"))) {
                    return;
                }
            }
            if (System.nanoTime() > until) {
                throw new IllegalStateException("the AOT cache was not made within 5 minutes: see " + folder);
            }
            Thread.sleep(200);
        }
    }
}
