package dev.tarn.orchestrate.queue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What is asked for.
public sealed interface Work {
    /// A run of the project's steps.
    ///
    /// @param select names as `tarn run --select` takes them; empty for everything
    /// @param all whether steps run where nothing has changed
    /// @param fullRefresh whether incremental models are built anew
    /// @param vars values for `${var.…}` and `var(…)`, over those of the project
    record Steps(List<String> select, boolean all, boolean fullRefresh, Map<String, String> vars) implements Work {
        public Steps {
            select = List.copyOf(select);
            vars = Map.copyOf(vars);
        }
    }

    /// A training by its name.
    record Training(String name) implements Work {}

    /// What keeps two pieces of work from being done at a time; the environment of a run.
    default String lane(String environment) {
        return switch (this) {
            case Steps steps -> environment;
            case Training training -> "training/" + training.name();
        };
    }

    /// As text for the database.
    default String toJson() {
        ObjectNode json = Json.MAPPER.createObjectNode();
        switch (this) {
            case Steps steps -> {
                steps.select().forEach(json.putArray("select")::add);
                json.put("all", steps.all());
                json.put("fullRefresh", steps.fullRefresh());
                ObjectNode vars = json.putObject("vars");
                new TreeMap<>(steps.vars()).forEach(vars::put);
            }
            case Training training -> json.put("training", training.name());
        }
        return json.toString();
    }

    /// The opposite of [#toJson].
    static Work fromJson(String text) {
        try {
            JsonNode json = Json.MAPPER.readTree(text);
            if (json.has("training")) {
                return new Training(json.get("training").asText());
            }
            List<String> select = new ArrayList<>();
            json.path("select").forEach(each -> select.add(each.asText()));
            Map<String, String> vars = new TreeMap<>();
            json.path("vars")
                    .properties()
                    .forEach(each -> vars.put(each.getKey(), each.getValue().asText()));
            return new Steps(
                    select,
                    json.path("all").asBoolean(),
                    json.path("fullRefresh").asBoolean(),
                    vars);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Reads and writes JSON.
    final class Json {
        static final ObjectMapper MAPPER = new ObjectMapper();

        private Json() {}
    }
}
