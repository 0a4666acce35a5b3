package dev.tarn.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The example `examples/fraud` on a few generated payments, run from raw files to a trained model, and served
/// whole on any free port.
final class FraudServer implements AutoCloseable {
    /// A card check in the words of the service's callers.
    static final String CHECK = """
            {"amount": 123.45, "card_brand": "VISA", "card_type": "CREDIT", "merchant_state": "NY", \
            "use_chip": "True", "credit_limit": 5000, "per_capita_income": 35000, "yearly_income": 42000, \
            "total_debt": 1000, "credit_score": 700, "num_credit_cards": 2}""";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Identity TESTER = new Identity("tester", "test", false);

    private final Server server;
    private final HttpClient client = HttpClient.newHttpClient();

    private FraudServer(Server server) {
        this.server = server;
    }

    /// Copies the example into a folder and runs it.
    static Project make(Path folder, int payments) throws IOException {
        copyTo(folder);
        Project project = Project.load(folder, Map.of("payments", Integer.toString(payments)));
        try (Lakehouse lakehouse = Lakehouse.open(project)) {
            Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
            RunReport report =
                    pipeline.run(pipeline.plan(List.of()), TESTER, RunOptions.defaults(), RunListener.silent());
            if (!report.succeeded()) {
                throw new IllegalStateException(report.toString());
            }
        }
        return project;
    }

    /// Serves a project until closed.
    static FraudServer serve(Project project) throws InterruptedException {
        Server server = Server.start(project.withPort(0));
        try {
            server.awaitReady(Duration.ofMinutes(3));
            return new FraudServer(server);
        } catch (RuntimeException | InterruptedException e) {
            server.close();
            throw e;
        }
    }

    Server server() {
        return server;
    }

    /// Runs steps beside the server.
    RunReport run(String... steps) {
        Pipeline pipeline = Pipeline.load(server.lakehouse(), false, message -> {});
        RunReport report =
                pipeline.run(pipeline.plan(List.of(steps)), TESTER, RunOptions.defaults(), RunListener.silent());
        if (!report.succeeded()) {
            throw new IllegalStateException(report.toString());
        }
        return report;
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers).GET().build());
    }

    HttpResponse<String> post(String path, String body, String... headers) throws IOException, InterruptedException {
        return send(request(path, headers)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    HttpRequest.Builder request(String path, String... headers) {
        HttpRequest.Builder builder =
                HttpRequest.newBuilder(URI.create(server.url() + path)).timeout(Duration.ofMinutes(2));
        return headers.length == 0 ? builder : builder.headers(headers);
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    List<List<@Nullable Object>> query(String sql) {
        try (QueryResult result =
                server.lakehouse().engine().execute(QuerySession.of(TESTER).withZone(ZoneOffset.UTC), sql)) {
            return result.all();
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
    }

    private static void copyTo(Path folder) throws IOException {
        Path example = repository().resolve("examples/fraud");
        try (Stream<Path> files = Files.walk(example)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path relative = example.relativize(file);
                // No run but those of the tests.
                if (!relative.startsWith(".tarn") && !relative.startsWith("schedules")) {
                    Path target = folder.resolve(relative);
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }

    /// The repository's root.
    static Path repository() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("mvnw"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
