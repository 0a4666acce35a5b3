package dev.tarn.interop.peer;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A Spark session in a JVM of its own, with an Iceberg REST catalog named `tarn` as its default.
public final class Spark implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int HEAP_MB = 1_500;
    private static final Duration READY_WITHIN = Duration.ofMinutes(3);
    private static final Duration STATEMENT_MAX = Duration.ofMinutes(10);

    /// What Spark's own launcher opens, plus what Java 25 asks for.
    private static final List<String> OPENED = List.of(
            "java.base/java.lang",
            "java.base/java.lang.invoke",
            "java.base/java.lang.reflect",
            "java.base/java.io",
            "java.base/java.net",
            "java.base/java.nio",
            "java.base/java.util",
            "java.base/java.util.concurrent",
            "java.base/java.util.concurrent.atomic",
            "java.base/jdk.internal.ref",
            "java.base/sun.nio.ch",
            "java.base/sun.nio.cs",
            "java.base/sun.security.action",
            "java.base/sun.util.calendar");

    private final PeerProgram.Running program;
    private final HttpClient http = HttpClient.newHttpClient();

    private Spark(PeerProgram.Running program) {
        this.program = program;
    }

    /// Starts Spark over the REST catalog at this address: on Java 17 where there is one, else on this JVM's.
    public static Spark start(String restCatalog, String warehouse) throws IOException, InterruptedException {
        return start(restCatalog, warehouse, HEAP_MB);
    }

    /// The same with a heap of so many megabytes.
    public static Spark start(String restCatalog, String warehouse, int heapMb)
            throws IOException, InterruptedException {
        Optional<Path> java17 = Checkout.javaHome(17);
        List<String> flags =
                new ArrayList<>(List.of("-Xmx" + heapMb + "m", "-Djdk.reflect.useDirectMethodHandle=false"));
        flags.add("-XX:+IgnoreUnrecognizedVMOptions");
        OPENED.forEach(opened -> flags.add("--add-opens=" + opened + "=ALL-UNNAMED"));
        if (java17.isEmpty()) {
            flags.add("--sun-misc-unsafe-memory-access=allow");
            flags.add("--enable-native-access=ALL-UNNAMED");
        }
        Path own = Files.createTempDirectory(Checkout.work("spark"), "files-");
        return new Spark(PeerProgram.start(
                "spark",
                "SparkPeer",
                java17.orElse(Path.of(System.getProperty("java.home"))),
                17,
                flags,
                List.of(restCatalog, warehouse, own.toString()),
                READY_WITHIN));
    }

    /// The rows of a statement, every value as Spark's text or null.
    public List<List<@Nullable String>> sql(String statement) throws IOException, InterruptedException {
        HttpResponse<String> response = http.send(
                HttpRequest.newBuilder(URI.create(program.address()))
                        .timeout(STATEMENT_MAX)
                        .POST(HttpRequest.BodyPublishers.ofString(statement))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new SparkFailure(statement + "\n" + response.body());
        }
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (JsonNode row : JSON.readTree(response.body()).get("rows")) {
            List<@Nullable String> values = new ArrayList<>();
            row.forEach(value -> values.add(value.isNull() ? null : value.asText()));
            rows.add(values);
        }
        return rows;
    }

    /// Resident memory of the JVM, in bytes.
    public long residentBytes() {
        return program.process().residentBytes();
    }

    @Override
    public void close() {
        http.close();
        program.close();
    }

    /// A statement that Spark refused, with Spark's own words.
    public static final class SparkFailure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SparkFailure(String message) {
            super(message);
        }
    }
}
