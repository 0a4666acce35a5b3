package dev.tarn.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.orchestrate.RunHistory;
import dev.tarn.orchestrate.RunSearch;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.orchestrate.schedule.Backfills.Backfill;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Runs, requests and backfills as the API says them.
final class RunsJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RunsJson() {}

    static ObjectNode object() {
        return JSON.createObjectNode();
    }

    static ArrayNode array() {
        return JSON.createArrayNode();
    }

    static ObjectMapper mapper() {
        return JSON;
    }

    static ObjectNode run(ObjectNode json, RunSearch.Found run) {
        json.put("id", run.id());
        json.put("environment", run.environment());
        json.put("status", run.status().name());
        json.put("startedAt", run.started().toString());
        json.put("tookMs", run.took().toMillis());
        json.put("by", run.by());
        json.put("reason", run.cause().reason());
        run.cause().request().ifPresent(key -> json.put("key", key));
        run.cause().schedule().ifPresent(name -> json.put("schedule", name));
        run.cause().partition().ifPresent(part -> json.put("partition", part));
        json.put("publishId", run.publishId().orElse(null));
        json.put("error", run.error().orElse(null));
        ObjectNode counts = json.putObject("counts");
        run.steps().forEach((status, count) -> counts.put(status.name(), count));
        return json;
    }

    static void steps(ArrayNode steps, List<StepReport> reports, Map<String, Instant> starts) {
        for (StepReport step : reports) {
            ObjectNode one = steps.addObject();
            one.put("name", step.step());
            one.put("kind", step.kind().name());
            one.put("status", step.status().name());
            Instant start = starts.get(step.step());
            if (start != null) {
                one.put("startedAt", start.toString());
            }
            one.put("tookMs", step.took().toMillis());
            step.rows().ifPresent(rows -> one.put("rows", rows));
            one.put("message", step.message());
            one.put("error", step.error().orElse(null));
        }
    }

    static ArrayNode log(List<RunHistory.Said> lines) {
        ArrayNode json = array();
        lines.forEach(line -> json.addObject()
                .put("step", line.step())
                .put("at", line.at().toString())
                .put("message", line.message()));
        return json;
    }

    static ObjectNode request(ObjectNode json, RunRequest.Kept kept) {
        RunRequest request = kept.request();
        json.put("key", request.key());
        json.put("state", kept.state().name());
        json.put("over", kept.state().isOver());
        switch (request.work()) {
            case Work.Steps steps -> {
                ArrayNode select = json.putArray("select");
                steps.select().forEach(select::add);
            }
            case Work.Training training -> json.put("training", training.name());
        }
        json.put("environment", request.environment());
        json.put("priority", request.priority());
        json.put("reason", request.cause().reason());
        request.cause().schedule().ifPresent(name -> json.put("schedule", name));
        request.cause().partition().ifPresent(part -> json.put("partition", part));
        request.backfill().ifPresent(id -> json.put("backfill", id));
        json.put("by", request.by());
        json.put("askedAt", kept.askedAt().toString());
        json.put("tries", kept.tries());
        json.put("run", kept.runId().orElse(null));
        json.put("error", kept.error().orElse(null));
        return json;
    }

    static ObjectNode backfill(ObjectNode json, Backfill backfill) {
        json.put("id", backfill.id());
        json.put("schedule", backfill.schedule());
        json.put("from", backfill.first());
        json.put("to", backfill.last());
        json.put("state", backfill.isOver() ? "OVER" : backfill.progress().name());
        json.put("madeAt", backfill.madeAt().toString());
        json.put("by", backfill.madeBy());
        ObjectNode counts = json.putObject("counts");
        backfill.counts().forEach((state, count) -> counts.put(state.name(), count));
        return json;
    }
}
