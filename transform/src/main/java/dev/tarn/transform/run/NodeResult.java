package dev.tarn.transform.run;

import dev.tarn.transform.jinja.Attributes;
import dev.tarn.transform.jinja.Undefined;
import dev.tarn.transform.project.Node;
import dev.tarn.transform.project.NodeWords;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// How carrying out one node went: an entry of `results` in `on-run-end` and of `run_results.json`.
///
/// @param status in dbt's words: `success`, `error`, `pass`, `fail`, `warn` or `skipped`
/// @param message one line for people
/// @param failures rows that failed a test
/// @param rows rows written
/// @param compiled the compiled SQL; empty when it could not be compiled
public record NodeResult(
        Node node,
        String status,
        String message,
        OptionalLong failures,
        OptionalLong rows,
        String compiled,
        Instant started,
        Duration took)
        implements Attributes {
    @Override
    public @Nullable Object attribute(String name) {
        return switch (name) {
            case "node" -> NodeWords.of(node);
            case "status" -> status;
            case "message" -> message;
            case "failures" -> failures.isPresent() ? (Object) failures.getAsLong() : null;
            case "execution_time" -> took.toNanos() / 1e9;
            case "thread_id" -> "main";
            case "adapter_response" -> response();
            case "unique_id" -> node.uniqueId();
            case "timing" -> new java.util.ArrayList<>();
            default -> new Undefined(name);
        };
    }

    /// What the engine answered, in dbt's words.
    public Map<String, @Nullable Object> response() {
        Map<String, @Nullable Object> response = new LinkedHashMap<>();
        response.put("_message", "SUCCESS");
        if (rows.isPresent()) {
            response.put("rows_affected", rows.getAsLong());
        }
        return response;
    }

    @Override
    public String toString() {
        return node.uniqueId() + ": " + status;
    }
}
