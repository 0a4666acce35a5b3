package dev.tarn.cli;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.server.ServerFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/// The end of `tarn demo`: a card check by HTTP, as the command that asks it, with its reply and its receipt.
final class DemoPrediction {
    /// A card check, in the words of the service's callers.
    static final String CHECK = """
            {"amount": 123.45, "card_brand": "VISA", "card_type": "CREDIT", "merchant_state": "NY", \
            "use_chip": "True", "credit_limit": 5000, "per_capita_income": 35000, "yearly_income": 42000, \
            "total_debt": 1000, "credit_score": 700, "num_credit_cards": 2}""";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration FILLING = Duration.ofMillis(100);
    private static final int UNAVAILABLE = 503;
    private static final JsonMapper JSON = new JsonMapper();

    private DemoPrediction() {}

    /// Asks the project's running server. What it refuses is printed as it says it: the demo serves on.
    ///
    /// @param byIds a payment's check in ids alone
    static void show(Project project, String byIds, PrintWriter out) throws InterruptedException {
        ServerFile.Running running = ServerFile.running(project)
                .orElseThrow(() -> new TarnException(ErrorCode.UNAVAILABLE, "the demo's server does not run"));
        try (HttpClient client = HttpClient.newHttpClient()) {
            out.println("Is this payment fraud? Say who pays, and what is known of them is looked up:");
            ask(client, running, "/predict/payment", byIds, out);
            out.println();
            out.println("Or bring all that is known yourself:");
            Optional<String> id = ask(client, running, "/predict", CHECK, out);
            if (id.isPresent()) {
                String path = "/api/predictions/" + id.get();
                String receipt = client.send(request(running, path).build(), BodyHandlers.ofString())
                        .body();
                out.println();
                out.println("Its receipt (" + running.url() + path + ", with each input's contribution at " + path
                        + "/explain):");
                out.println(JSON.readTree(receipt).toPrettyString());
            }
        } catch (IOException e) {
            throw new TarnException(ErrorCode.UNAVAILABLE, "the demo's server does not answer: " + e.getMessage(), e);
        }
    }

    /// Prints the command and the reply.
    ///
    /// @return the prediction's id, unless the server refused
    private static Optional<String> ask(
            HttpClient client, ServerFile.Running running, String path, String body, PrintWriter out)
            throws IOException, InterruptedException {
        out.println();
        out.println("  curl -sS -i " + running.url() + path + " -H 'Content-Type: application/json' \\");
        out.println("    -d '" + body + "'");
        out.println();
        out.flush();
        HttpRequest request = request(running, path)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        long until = System.nanoTime() + PATIENCE.toNanos();
        HttpResponse<String> reply = client.send(request, BodyHandlers.ofString());
        while (reply.statusCode() == UNAVAILABLE && System.nanoTime() < until) {
            // The online store is being filled.
            Thread.sleep(FILLING);
            reply = client.send(request, BodyHandlers.ofString());
        }
        out.println(reply.body());
        return reply.headers().firstValue("X-Prediction-Id");
    }

    private static HttpRequest.Builder request(ServerFile.Running running, String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(running.url() + path)).timeout(PATIENCE);
        if (!running.token().isEmpty()) {
            request.header("Authorization", "Bearer " + running.token());
        }
        return request;
    }
}
