package dev.tarn.orchestrate.notice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/// How a run, or what was asked for, ended.
///
/// @param key of the request, or the run's id when nobody asked in writing
/// @param link where to see more; empty when the server's public address is not known
public record Notice(
        String project,
        Kind kind,
        String key,
        Optional<String> run,
        Optional<String> schedule,
        String environment,
        String reason,
        Optional<String> error,
        Instant at,
        String link) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// What there is to tell.
    public enum Kind {
        /// Failed for good.
        FAILED,
        /// Succeeded, after the last one of the same schedule or environment had failed.
        RECOVERED,
        /// Succeeded.
        SUCCEEDED
    }

    /// In one line.
    public String subject() {
        return project + ": " + schedule.orElse(environment.equals("main") ? "run" : environment) + " "
                + kind.name().toLowerCase(Locale.ROOT);
    }

    /// In a few lines.
    public String text() {
        StringBuilder text = new StringBuilder(subject());
        run.ifPresent(id -> text.append("\nrun ").append(id));
        text.append("\nbecause: ").append(reason);
        error.ifPresent(why -> text.append("\n").append(why));
        return link.isEmpty() ? text.toString() : text + "\n" + link;
    }

    /// For programs.
    String json() {
        ObjectNode json = JSON.createObjectNode();
        json.put("project", project);
        json.put("event", kind.name().toLowerCase(Locale.ROOT));
        json.put("key", key);
        json.put("run", run.orElse(null));
        json.put("schedule", schedule.orElse(null));
        json.put("environment", environment);
        json.put("reason", reason);
        json.put("error", error.orElse(null));
        json.put("at", at.toString());
        json.put("link", link);
        return json.toString();
    }

    /// The opposite of [#json].
    static Notice fromJson(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            return new Notice(
                    json.path("project").asText(),
                    Kind.valueOf(json.path("event").asText().toUpperCase(Locale.ROOT)),
                    json.path("key").asText(),
                    text(json, "run"),
                    text(json, "schedule"),
                    json.path("environment").asText(),
                    json.path("reason").asText(),
                    text(json, "error"),
                    Instant.parse(json.path("at").asText()),
                    json.path("link").asText());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<String> text(JsonNode json, String key) {
        return json.hasNonNull(key) ? Optional.of(json.get(key).asText()) : Optional.empty();
    }

    /// As Slack's incoming webhooks take it, and those that follow its shape (Mattermost, Discord with `/slack`).
    String slack() {
        String mark = switch (kind) {
            case FAILED -> ":red_circle:";
            case RECOVERED, SUCCEEDED -> ":large_green_circle:";
        };
        ObjectNode json = JSON.createObjectNode();
        json.put("text", subject());
        ObjectNode block = json.putArray("blocks").addObject();
        block.put("type", "section");
        block.putObject("text")
                .put("type", "mrkdwn")
                .put(
                        "text",
                        mark + " "
                                + text().replace("&", "&amp;")
                                        .replace("<", "&lt;")
                                        .replace(">", "&gt;"));
        return json.toString();
    }
}
