package dev.tarn.transform.artifact;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.digest.Sha256;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.ResourceType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/// Digests by which artifacts tell whether a node has changed.
public final class Checksums {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Checksums() {}

    /// Of a node's code; of a seed's file.
    public static String of(Node node) {
        if (node.type() == ResourceType.SEED) {
            try {
                return Sha256.hex(Files.readString(node.file()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return node.type() == ResourceType.UNIT_TEST
                ? text(node.properties().all())
                : Sha256.hex(node.rawCode().strip());
    }

    /// A node's configuration as the manifest has it.
    public static JsonNode config(Node node) {
        try {
            return JSON.readTree(JSON.writeValueAsString(ManifestJson.config(node)));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Of a value as Python writes it.
    public static String text(@Nullable Object value) {
        return Sha256.hex(Python.repr(value));
    }

    /// The node's table or view; empty for one that makes none.
    public static String relationName(Node node) {
        return switch (node.type()) {
            case MODEL, SEED, SNAPSHOT ->
                node.config().materialized().equals("ephemeral")
                        ? ""
                        : node.relation().toString();
            case TEST, UNIT_TEST, SOURCE, EXPOSURE, ANALYSIS, OPERATION -> "";
        };
    }
}
