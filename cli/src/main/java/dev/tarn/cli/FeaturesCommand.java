package dev.tarn.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.project.Project;
import dev.tarn.server.Features;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Logging;
import dev.tarn.server.ServerFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tarn features`
@Command(
        name = "features",
        description = "Lists features, brings the online store up to date, compares what is served with the tables.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  tarn features list",
            "  tarn features materialize                 all views, what is new",
            "  tarn features materialize spending --refill",
            "  tarn features verify --entities 1000",
        })
final class FeaturesCommand implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    @Command(description = "Lists feature views, on-demand features and services.")
    int list(@Mixin ProjectOptions options) {
        PrintWriter out = spec.commandLine().getOut();
        JsonNode found = ask(options.load(), "GET", "/api/features", Features::list);
        for (JsonNode view : found.path("views")) {
            out.println(view.path("name").asText() + " of " + joined(view.path("keys")) + " from "
                    + view.path("source").asText());
            for (JsonNode feature : view.path("features")) {
                out.println("  " + feature.asText());
            }
        }
        found.path("onDemand").forEach(feature -> out.println("on demand: " + feature.asText()));
        found.path("services")
                .properties()
                .forEach(service -> out.println("service " + service.getKey() + ": " + joined(service.getValue())));
        out.flush();
        return 0;
    }

    @Command(description = "Brings the online store up to the tables' snapshots.")
    int materialize(
            @Mixin ProjectOptions options,
            @Parameters(arity = "0..*", paramLabel = "VIEW", description = "All views when none is named.")
                    List<String> views,
            @Option(names = "--refill", description = "Reads everything again.") boolean refill) {
        List<String> names = views == null ? List.of() : views;
        JsonNode reports = ask(
                options.load(),
                "POST",
                "/api/features/materialize?refill=" + refill + query(names),
                features -> features.materialize(names, refill));
        PrintWriter out = spec.commandLine().getOut();
        for (JsonNode report : reports) {
            String what = switch (report.path("way").asText()) {
                case "UP_TO_DATE" -> "nothing new";
                case "ADDED" -> report.path("rows").asLong() + " events added";
                default -> report.path("rows").asLong() + " events filled anew";
            };
            out.println(report.path("view").asText() + ": " + what + " in "
                    + report.path("ms").asLong() + " ms");
        }
        out.flush();
        return 0;
    }

    @Command(description = "Computes served values again from the tables and reports any difference.")
    int verify(
            @Mixin ProjectOptions options,
            @Parameters(arity = "0..*", paramLabel = "VIEW", description = "All views when none is named.")
                    List<String> views,
            @Option(
                            names = "--entities",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "How many entities of each view, 100 by default.")
                    int entities,
            @Option(
                            names = "--salt",
                            paramLabel = "N",
                            defaultValue = "0",
                            description = "Another number chooses other entities.")
                    long salt) {
        List<String> names = views == null ? List.of() : views;
        JsonNode reports = ask(
                options.load(),
                "POST",
                "/api/features/verify?entities=" + entities + "&salt=" + salt + query(names),
                features -> features.verify(names, entities, salt, Optional.empty()));
        PrintWriter out = spec.commandLine().getOut();
        int different = 0;
        for (JsonNode report : reports) {
            different += report.path("differences").size();
            out.println(
                    report.path("view").asText() + ": " + report.path("values").asLong() + " values of "
                            + report.path("entities").asLong() + " entities, "
                            + (report.path("differences").isEmpty()
                                    ? "all the same"
                                    : report.path("differences").size() + " differ"));
            for (JsonNode difference : report.path("differences")) {
                out.println("  " + difference.path("entity").asText() + " "
                        + difference.path("feature").asText() + ": served "
                        + difference.path("online").asText() + ", from the tables "
                        + difference.path("offline").asText());
            }
        }
        out.flush();
        return different == 0 ? 0 : 1;
    }

    /// Asks the project's server, which holds the store, or does it here when none runs.
    private static JsonNode ask(Project project, String method, String path, Function<Features, JsonNode> here) {
        Optional<ServerFile.Running> server = ServerFile.running(project);
        if (server.isPresent()) {
            return ask(server.get(), method, path);
        }
        Logging.toFiles(project.createState(), "command");
        try (Lakehouse lakehouse = Lakehouse.open(project);
                Features features = Features.open(lakehouse, false)) {
            return here.apply(features);
        }
    }

    private static JsonNode ask(ServerFile.Running server, String method, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path))
                .timeout(Duration.ofHours(1))
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (!server.token().isEmpty()) {
            request.header("Authorization", "Bearer " + server.token());
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            JsonNode json = JSON.readTree(answer.body());
            if (answer.statusCode() != 200) {
                JsonNode error = json.path("error");
                throw new TarnException(
                        ErrorCode.valueOf(error.path("code").asText(ErrorCode.UNAVAILABLE.name())),
                        error.path("message").asText("the server answered " + answer.statusCode()));
            }
            return json;
        } catch (IOException e) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE, "the server at " + server.url() + " does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted", e);
        }
    }

    private static String query(List<String> views) {
        StringBuilder query = new StringBuilder();
        views.forEach(view -> query.append("&view=").append(URLEncoder.encode(view, StandardCharsets.UTF_8)));
        return query.toString();
    }

    private static String joined(JsonNode names) {
        StringBuilder all = new StringBuilder();
        names.forEach(name -> all.append(all.isEmpty() ? "" : ", ").append(name.asText()));
        return all.toString();
    }
}
