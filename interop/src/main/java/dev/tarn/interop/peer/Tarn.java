package dev.tarn.interop.peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Tarn itself as others see it: a server over a project, in a JVM of its own.
public final class Tarn implements AutoCloseable {
    private static final Duration READY_WITHIN = Duration.ofMinutes(2);

    private final PeerProcess process;
    private final Path project;
    private final String address;

    private Tarn(PeerProcess process, Path project, String address) {
        this.process = process;
        this.project = project;
        this.address = address;
    }

    /// Starts a server over a new project in this folder, or over the one that is there.
    ///
    /// @param jvmFlags in addition to those that Tarn needs, such as `-Xmx1g`
    public static Tarn start(Path project, String... jvmFlags) throws IOException, InterruptedException {
        Files.createDirectories(project);
        Path settings = project.resolve("tarn.yml");
        if (!Files.exists(settings)) {
            Files.writeString(settings, """
                    name: tarn
                    server:
                      port: %d
                    """.formatted(Checkout.freePort()));
        }
        Path where = project.resolve(".tarn/server.json");
        Files.deleteIfExists(where);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/java.nio=ALL-UNNAMED"));
        command.addAll(List.of(jvmFlags));
        command.addAll(
                List.of("-cp", System.getProperty("java.class.path"), "dev.tarn.cli.Tarn", "up", project.toString()));
        PeerProcess process = PeerProcess.startWatched("tarn", command, Map.of(), project);
        try {
            process.awaitFile(where, READY_WITHIN);
            String address =
                    new ObjectMapper().readTree(where.toFile()).path("url").asText();
            awaitHealthy(process, address);
            return new Tarn(process, project, address);
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    private static void awaitHealthy(PeerProcess process, String address) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + READY_WITHIN.toNanos();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest health =
                    HttpRequest.newBuilder(URI.create(address + "/health")).build();
            HttpResponse<String> answer = http.send(health, HttpResponse.BodyHandlers.ofString());
            while (answer.statusCode() != 200) {
                if (!process.isAlive() || answer.body().contains("failed") || System.nanoTime() > deadline) {
                    throw new IOException("Tarn is not healthy: " + answer.body() + "\n" + process.tail());
                }
                Thread.sleep(50);
                answer = http.send(health, HttpResponse.BodyHandlers.ofString());
            }
        }
    }

    /// Where it answers, such as `http://127.0.0.1:7700`.
    public String address() {
        return address;
    }

    /// The address of its Iceberg REST catalog.
    public String restCatalog() {
        return address + "/iceberg";
    }

    /// The project that it serves.
    public Path project() {
        return project;
    }

    /// Resident memory of the server, in bytes.
    public long residentBytes() {
        return process.residentBytes();
    }

    /// Processor time that the server has taken so far.
    public Duration processorTime() {
        return process.processorTime();
    }

    /// The end of what the server has said, for a message.
    public String tail() throws IOException {
        StringBuilder said = new StringBuilder(process.tail());
        Path logs = project.resolve(".tarn/logs");
        if (Files.isDirectory(logs)) {
            try (Stream<Path> files = Files.list(logs)) {
                for (Path file :
                        files.filter(each -> each.toString().endsWith(".log")).toList()) {
                    List<String> lines = Files.readAllLines(file);
                    said.append("\n").append(file).append(":\n");
                    said.append(String.join("\n", lines.subList(Math.max(0, lines.size() - 100), lines.size())));
                }
            }
        }
        return said.toString();
    }

    /// Ends the server as a power cut would.
    public void kill() throws InterruptedException {
        process.kill();
    }

    @Override
    public void close() {
        process.close();
    }
}
