package dev.tarn.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.tracking.RunInfo;
import dev.tarn.model.training.TrainingFile.Algorithm;
import dev.tarn.model.training.TrainingFile.Candidate;
import dev.tarn.model.training.TrainingFile.Format;
import dev.tarn.model.training.TrainingFile.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What it takes to train a run again, besides its training file.
///
/// @param snapshots read, by `schema.table`
/// @param vars the project's variables at the time
/// @param sha256 of the model's file
/// @param training the training file's name without its ending
record Specification(
        Candidate candidate, Map<String, Long> snapshots, Map<String, String> vars, String sha256, String training) {
    private static final JsonMapper JSON = new JsonMapper();

    String toJson() {
        ObjectNode json = JSON.createObjectNode().put("training", training).put("sha256", sha256);
        ObjectNode one = json.putObject("candidate")
                .put("name", candidate.name())
                .put("algorithm", candidate.algorithm().name());
        ObjectNode parameters = one.putObject("parameters");
        candidate.parameters().forEach(parameters::put);
        candidate.program().ifPresent(program -> {
            var command = one.putArray("command");
            program.command().forEach(command::add);
            one.put("timeout_s", program.timeout().toSeconds());
            one.put("format", program.format().name());
        });
        ObjectNode ids = json.putObject("snapshots");
        snapshots.forEach(ids::put);
        ObjectNode values = json.putObject("vars");
        vars.forEach(values::put);
        return json.toPrettyString();
    }

    /// @throws TarnException `NOT_FOUND` when the run was not made by a training
    static Specification read(ArtifactStore artifacts, RunInfo run) {
        try {
            ArtifactPath path = ArtifactUri.path(run.artifactUri()).resolve(ArtifactPath.parse(Training.SPECIFICATION));
            JsonNode json = JSON.readTree(Files.readString(artifacts.file(path)));
            JsonNode one = json.path("candidate");
            Map<String, Long> snapshots = new LinkedHashMap<>();
            json.path("snapshots")
                    .properties()
                    .forEach(entry ->
                            snapshots.put(entry.getKey(), entry.getValue().asLong()));
            return new Specification(
                    new Candidate(
                            one.path("name").asText(),
                            Algorithm.valueOf(one.path("algorithm").asText()),
                            texts(one.path("parameters")),
                            program(one)),
                    snapshots,
                    texts(json.path("vars")),
                    json.path("sha256").asText(),
                    json.path("training").asText());
        } catch (IOException | IllegalArgumentException e) {
            throw new TarnException(
                            ErrorCode.DATA_CORRUPT,
                            "the run's " + Training.SPECIFICATION + " cannot be read: " + e.getMessage(),
                            e)
                    .in("run", run.runId());
        } catch (TarnException e) {
            throw new TarnException(
                            e.code(), "the run was not made by a training file, so it cannot be trained again", e)
                    .in("run", run.runId());
        }
    }

    private static Optional<Program> program(JsonNode candidate) {
        if (candidate.path("command").isEmpty()) {
            return Optional.empty();
        }
        List<String> command = new ArrayList<>();
        candidate.path("command").forEach(word -> command.add(word.asText()));
        return Optional.of(new Program(
                command,
                Duration.ofSeconds(candidate.path("timeout_s").asLong(TrainingFile.TIMEOUT.toSeconds())),
                Format.valueOf(candidate.path("format").asText(Format.PARQUET.name()))));
    }

    private static Map<String, String> texts(JsonNode object) {
        Map<String, String> texts = new LinkedHashMap<>();
        object.properties()
                .forEach(entry -> texts.put(entry.getKey(), entry.getValue().asText()));
        return texts;
    }
}
