package dev.tarn.cli;

import dev.tarn.core.project.Project;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.server.Logging;
import dev.tarn.server.Server;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Does once what the demo does, on few payments: a run, a server's start and its first requests, while Java takes
/// notes for its AOT cache. Run by `bin/make-aot-cache`.
final class StartTraining {
    /// Enough of them that the training finds frauds.
    private static final String PAYMENTS = "10000";

    private static final List<String> STATEMENTS = List.of(
            "CREATE SCHEMA training",
            "CREATE TABLE training.t AS SELECT n, 'text' AS t, CAST(n AS DECIMAL(10, 2)) AS d FROM "
                    + "UNNEST(SEQUENCE(1, 100)) AS s(n)",
            "SELECT t, count(*), sum(d), max(n) FROM training.t WHERE n > 10 GROUP BY t ORDER BY 1",
            "SELECT month, payments, fraud_rate FROM gold.fraud_by_month ORDER BY year, month LIMIT 12",
            "SHOW TABLES FROM gold",
            "SELECT table_name, column_name FROM information_schema.columns");

    private StartTraining() {}

    public static void main(String[] args) throws Exception {
        Logging.quiet();
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        Path folder = Files.createTempDirectory("tarn-training");
        try {
            Templates.copy("fraud", folder, Map.of());
            Project project = Project.load(folder, Map.of("payments", PAYMENTS))
                    .createState()
                    .withPort(0);
            Tarn.commandLine(out, out).execute("--help");
            RunCommand.run(project, List.of(), false, false, Branches.MAIN, out);
            try (Server server = Server.start(project)) {
                server.awaitReady(Duration.ofMinutes(2));
                ask(server);
                try (SqlClient client = SqlClient.of(project, "training")) {
                    for (String statement : STATEMENTS) {
                        try (SqlClient.Answer answer = client.execute(statement)) {
                            Results.TABLE.write(answer, out);
                        }
                    }
                }
            }
        } finally {
            delete(folder);
        }
    }

    private static void ask(Server server) throws IOException, InterruptedException {
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (String path : List.of("/health", "/", "/metrics", "/api/tables", "/iceberg/v1/config", "/v1/info")) {
                http.send(
                        HttpRequest.newBuilder(URI.create(server.url() + path)).build(),
                        HttpResponse.BodyHandlers.ofString());
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
