package dev.tarn.transform.select;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.transform.artifact.Checksums;
import dev.tarn.transform.project.Manifest;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Artifacts of an earlier run, against which `state:`, `result:` and `source_status:` compare.
public final class PreviousState {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<JsonNode> manifest;
    private final Optional<JsonNode> results;
    private final Optional<JsonNode> sources;

    private PreviousState(Optional<JsonNode> manifest, Optional<JsonNode> results, Optional<JsonNode> sources) {
        this.manifest = manifest;
        this.results = results;
        this.sources = sources;
    }

    /// None: a selection that asks for it is refused.
    public static PreviousState none() {
        return new PreviousState(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /// The artifacts in a folder.
    ///
    /// @throws TarnException `USAGE` when there is no manifest
    public static PreviousState in(Path folder) {
        if (!Files.exists(folder.resolve("manifest.json"))) {
            throw new TarnException(
                    ErrorCode.USAGE, "--state " + folder + ": there is no manifest.json, which an earlier run writes");
        }
        return new PreviousState(
                read(folder.resolve("manifest.json")),
                read(folder.resolve("run_results.json")),
                read(folder.resolve("sources.json")));
    }

    private static Optional<JsonNode> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JSON.readTree(file.toFile()));
        } catch (IOException e) {
            throw new TarnException(ErrorCode.USAGE, file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    boolean fits(Manifest now, Term term, String id) {
        JsonNode before = manifest.orElseThrow(
                () -> new TarnException(ErrorCode.USAGE, "state: needs --state with the folder of earlier artifacts"));
        Node node = now.nodes().get(id);
        if (node == null) {
            return false;
        }
        JsonNode old = before.path("nodes").path(id);
        if (old.isMissingNode()) {
            old = before.path("unit_tests").path(id);
        }
        boolean isNew = old.isMissingNode();
        int dot = term.value().indexOf('.');
        String part = dot < 0 ? "" : term.value().substring(dot + 1);
        return switch (dot < 0 ? term.value() : term.value().substring(0, dot)) {
            case "new" -> isNew;
            case "old" -> !isNew;
            case "unmodified" -> !isNew && !modified(node, old, "");
            case "modified" -> isNew || modified(node, old, part);
            default ->
                throw new TarnException(
                        ErrorCode.USAGE,
                        "state:" + term.value() + " is not known: use new, modified, old or unmodified");
        };
    }

    private static boolean modified(Node node, JsonNode old, String part) {
        String before = node.type() == ResourceType.UNIT_TEST
                ? old.path("checksum").asText()
                : old.path("checksum").path("checksum").asText();
        boolean body = !before.equals(Checksums.of(node));
        boolean configs =
                node.type() != ResourceType.UNIT_TEST && !old.path("config").equals(Checksums.config(node));
        boolean relation = !old.path("relation_name").asText("").equals(Checksums.relationName(node));
        return switch (part) {
            case "body" -> body;
            case "configs" -> configs;
            case "relation" -> relation;
            case "" -> body || configs || relation;
            default ->
                throw new TarnException(
                        ErrorCode.USAGE, "state:modified." + part + " is not known: use body, configs or relation");
        };
    }

    Optional<String> result(String id) {
        JsonNode all = results.orElseThrow(
                () -> new TarnException(ErrorCode.USAGE, "result: needs --state with an earlier run_results.json"));
        return found(all, id);
    }

    Optional<String> sourceStatus(String id) {
        JsonNode all = sources.orElseThrow(
                () -> new TarnException(ErrorCode.USAGE, "source_status: needs --state with an earlier sources.json"));
        return found(all, id);
    }

    private static Optional<String> found(JsonNode all, String id) {
        for (JsonNode result : all.path("results")) {
            if (id.equals(result.path("unique_id").asText())) {
                return Optional.of(result.path("status").asText());
            }
        }
        return Optional.empty();
    }
}
