package dev.tarn.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.Tarn;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example whose model scikit-learn trains: run, served, explained, scored in SQL and replayed, by the commands
/// and calls that a person would use.
class ScikitLearnIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path project;

    @Test
    void aModelOfScikitLearnIsLikeAnyOther() throws Exception {
        copy(Checkout.root().resolve("examples/scikit-learn"));
        Files.writeString(
                project.resolve("tarn.yml"),
                "\nserver: {port: " + Checkout.freePort() + "}\n",
                StandardOpenOption.APPEND);
        tarn("run", project.toString());
        try (Tarn server = Tarn.start(project, "-Xmx1g");
                HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> reply = ask(client, server, "/predict", """
                    {"channel": "online", "amount": 900, "mcc": 5712, "hour": 3}""");
            assertThat(reply.statusCode()).as(reply.body()).isEqualTo(200);
            assertThat(JSON.readTree(reply.body()).path("probability").asDouble())
                    .isBetween(0.0, 1.0);
            String id = reply.headers().firstValue("X-Prediction-Id").orElseThrow();
            JsonNode why = JSON.readTree(ask(client, server, "/api/predictions/" + id + "/explain", null)
                    .body());
            assertThat(why.path("identical").asBoolean()).as(why.toString()).isTrue();
            assertThat(why.path("contributions")).hasSize(4);
            double sum = why.path("start").asDouble();
            for (JsonNode part : why.path("contributions")) {
                sum += part.path("contribution").asDouble();
            }
            assertThat(1 / (1 + Math.exp(-sum)))
                    .isCloseTo(why.path("predicted_again").asDouble(), org.assertj.core.api.Assertions.within(1e-4));

            JsonNode version = JSON.readTree(
                    ask(client, server, "/api/2.0/mlflow/registered-models/alias?name=card_fraud&alias=champion", null)
                            .body());
            String run = version.at("/model_version/run_id").asText();
            assertThat(ask(client, server, "/get-artifact?run_id=" + run + "&path=trainer.log", null)
                            .body())
                    .startsWith("scikit-learn ");
            assertThat(tarn(
                            "query",
                            project.toString(),
                            "SELECT count(DISTINCT predict.card_fraud(use_chip, amount, mcc, 12)) > 1 FROM (SELECT use_chip,"
                                    + " CAST(replace(amount, '$', '') AS double) amount, CAST(mcc AS double) mcc"
                                    + " FROM bronze.transactions LIMIT 100)"))
                    .contains("true");
            assertThat(tarn("replay", run, "--project", project.toString())).startsWith("identical: ");
        }
    }

    private static HttpResponse<String> ask(
            HttpClient client, Tarn server, String path, @org.jspecify.annotations.Nullable String body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + path));
        return client.send(
                body == null
                        ? request.build()
                        : request.POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String tarn(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = dev.tarn.cli.Tarn.commandLine(new PrintWriter(out), new PrintWriter(err))
                .execute(arguments);
        assertThat(status).as(() -> List.of(arguments) + "\n" + out + err).isZero();
        return out.toString();
    }

    private void copy(Path example) throws IOException {
        try (Stream<Path> files = Files.walk(example)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = project.resolve(example.relativize(file).toString());
                if (!target.startsWith(project.resolve(".tarn"))) {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }
}
