package dev.tarn.cli;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.server.ServerFile;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn explain`
@Command(
        name = "explain",
        description =
                "Shows a prediction's receipt and what each input added to it; asks the project's running server.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn explain 019e…                the receipt and the contributions",
            "  tarn explain 019e… --version 3    and what version 3 says of the same values",
            "  tarn explain 019e… --at 2026-01-31T12:00:00Z    and what it says of the features as of then",
        })
final class ExplainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private ProjectOptions options = new ProjectOptions();

    @Parameters(paramLabel = "PREDICTION", description = "The id, as the header X-Prediction-Id gave it.")
    private String prediction = "";

    @Option(names = "--version", paramLabel = "VERSION", description = "Predicts again with this version of the model.")
    private @Nullable Long version;

    @Option(
            names = "--at",
            paramLabel = "TIME",
            description = "Predicts again with the features as of this time, from the tables.")
    private @Nullable Instant at;

    @Override
    public Integer call() throws InterruptedException {
        Project project = options.load();
        Optional<ServerFile.Running> running = ServerFile.running(project);
        if (running.isEmpty()) {
            throw new TarnException(ErrorCode.UNAVAILABLE, "no server runs for this project: start one with 'tarn up'");
        }
        if (!prediction.matches("[0-9a-fA-F]{1,64}")) {
            throw new TarnException(ErrorCode.USAGE, "'" + prediction + "' is not a prediction's id");
        }
        String address = running.get().url() + "/api/predictions/" + prediction + "/explain"
                + Stream.of(version == null ? "" : "version=" + version, at == null ? "" : "at=" + at)
                        .filter(asked -> !asked.isEmpty())
                        .collect(Collectors.joining("&", "?", ""));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address));
        if (!running.get().token().isEmpty()) {
            request.header("Authorization", "Bearer " + running.get().token());
        }
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            var json = new com.fasterxml.jackson.databind.json.JsonMapper().readTree(response.body());
            if (response.statusCode() != 200) {
                throw new TarnException(
                        response.statusCode() == 404 ? ErrorCode.NOT_FOUND : ErrorCode.BAD_REQUEST,
                        json.path("error").asText(response.body()));
            }
            spec.commandLine().getOut().println(json.toPrettyString());
            return 0;
        } catch (IOException e) {
            throw new TarnException(ErrorCode.UNAVAILABLE, "the server does not answer: " + e.getMessage(), e);
        }
    }
}
