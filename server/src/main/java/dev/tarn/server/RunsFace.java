package dev.tarn.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.config.Units;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.RunSearch;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.queue.RunRequest;
import dev.tarn.orchestrate.queue.Work;
import dev.tarn.orchestrate.schedule.Backfills.Backfill;
import dev.tarn.orchestrate.schedule.Schedule;
import dev.tarn.orchestrate.schedule.Scheduler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;

/// Runs over HTTP: asking for them, looking at them, their schedules and backfills; and their pages.
final class RunsFace implements Face {
    private static final int LATEST = 100;
    private static final Set<String> ASK_KEYS =
            Set.of("key", "select", "environment", "all", "fullRefresh", "vars", "priority", "retries", "reason");

    private final ScheduledRuns runs;
    private final RunPages pages;

    RunsFace(Lakehouse lakehouse, ScheduledRuns runs) {
        this.runs = runs;
        this.pages = new RunPages(lakehouse.project().name(), runs);
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/api/runs", this::search),
                new Route("POST", "/api/runs", this::ask),
                new Route("GET", "/api/runs/{id}", this::run),
                new Route("GET", "/api/runs/{id}/logs", this::log),
                new Route("POST", "/api/runs/{id}/cancel", this::cancel),
                new Route("GET", "/api/run-requests", this::requests),
                new Route("GET", "/api/run-request", this::request),
                new Route("GET", "/api/schedules", this::schedules),
                new Route("POST", "/api/schedules/{name}/{action}", this::schedule),
                new Route("GET", "/api/backfills", this::backfills),
                new Route("POST", "/api/backfills", this::beginBackfill),
                new Route("GET", "/api/backfills/{id}", this::backfill),
                new Route("POST", "/api/backfills/{id}/{action}", this::changeBackfill),
                new Route("GET", "/runs", pages::runs),
                new Route("GET", "/runs/{id}", pages::run));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response search(Request request) {
        ArrayNode json = RunsJson.array();
        runs.history().search(search(request, LATEST)).forEach(run -> RunsJson.run(json.addObject(), run));
        return Response.json(200, json.toString());
    }

    static RunSearch search(Request request, int limit) {
        return new RunSearch(
                parameter(request, "status", text -> RunStatus.valueOf(text.toUpperCase(Locale.ROOT))),
                parameter(request, "environment", text -> text),
                parameter(request, "schedule", text -> text),
                parameter(request, "step", text -> text),
                parameter(request, "text", text -> text),
                parameter(request, "since", Units::moment),
                parameter(request, "until", Units::moment),
                parameter(request, "limit", Integer::parseInt).orElse(limit));
    }

    private static <T> Optional<T> parameter(Request request, String name, Function<String, T> read) {
        String text = request.queryParam(name);
        if (text == null || text.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(read.apply(text));
        } catch (IllegalArgumentException | DateTimeParseException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, name + ": '" + text + "' is not understood", e);
        }
    }

    private Response run(Request request) {
        String id = request.pathParam("id");
        ObjectNode json = RunsJson.run(RunsJson.object(), runs.history().summary(id));
        RunsJson.steps(
                json.putArray("steps"),
                runs.history().run(id).steps(),
                runs.history().stepStarts(id));
        return Response.json(200, json.toString());
    }

    private Response log(Request request) {
        return Response.json(
                200,
                RunsJson.log(runs.history()
                                .log(request.pathParam("id"), Optional.ofNullable(request.queryParam("step"))))
                        .toString());
    }

    private Response cancel(Request request) {
        runs.history().askToStop(request.pathParam("id"));
        return Response.of(202);
    }

    private Response ask(Request request) throws IOException {
        JsonNode body = body(request, ASK_KEYS);
        String key = body.path("key").asText("api/" + UUID.randomUUID());
        List<String> select = new ArrayList<>();
        body.path("select").forEach(each -> select.add(each.asText()));
        Map<String, String> vars = new TreeMap<>();
        body.path("vars")
                .properties()
                .forEach(each -> vars.put(each.getKey(), each.getValue().asText()));
        String user = request.identity().user();
        RunRequest.Kept kept = runs.queue()
                .ask(new RunRequest(
                        key,
                        new Work.Steps(
                                select,
                                body.path("all").asBoolean(),
                                body.path("fullRefresh").asBoolean(),
                                vars),
                        body.path("environment").asText(Branches.MAIN),
                        body.path("priority").asInt(),
                        new RunCause(
                                Optional.of(key),
                                Optional.empty(),
                                body.path("reason").asText("asked for by " + user),
                                Optional.empty(),
                                Optional.empty()),
                        Optional.empty(),
                        user,
                        body.path("retries").asInt(),
                        Duration.ofMinutes(1),
                        Optional.empty(),
                        Instant.now()));
        return Response.json(202, RunsJson.request(RunsJson.object(), kept).toString());
    }

    static JsonNode body(Request request, Set<String> known) throws IOException {
        byte[] bytes = request.body().readAllBytes();
        JsonNode body;
        try {
            body = bytes.length == 0 ? RunsJson.object() : RunsJson.mapper().readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage(), e);
        }
        if (!body.isObject()) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the body must be a JSON object");
        }
        body.properties().forEach(each -> {
            if (!known.contains(each.getKey())) {
                throw new TarnException(
                        ErrorCode.BAD_REQUEST,
                        "'" + each.getKey() + "' is not known here; there are "
                                + String.join(", ", new java.util.TreeSet<>(known)));
            }
        });
        return body;
    }

    private Response requests(Request request) {
        ArrayNode json = RunsJson.array();
        runs.queue().latest(LATEST).forEach(kept -> RunsJson.request(json.addObject(), kept));
        return Response.json(200, json.toString());
    }

    private Response request(Request request) {
        String key = request.queryParam("key");
        if (key == null) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "name the run's key: ?key=…");
        }
        return Response.json(
                200, RunsJson.request(RunsJson.object(), runs.queue().get(key)).toString());
    }

    private Response schedules(Request request) {
        ArrayNode json = RunsJson.array();
        for (Schedule schedule : runs.schedules()) {
            ObjectNode one = json.addObject();
            one.put("name", schedule.name());
            one.put("description", schedule.description());
            one.put("paused", runs.states().isPaused(schedule.name()));
            ArrayNode triggers = one.putArray("triggers");
            schedule.triggers().forEach(trigger -> triggers.add(ScheduleWords.of(trigger, schedule.zone())));
            ScheduleWords.next(schedule, Instant.now()).ifPresent(next -> one.put("next", next.toString()));
            runs.queue().ofSchedule(schedule.name(), 1).stream()
                    .findFirst()
                    .ifPresent(last -> RunsJson.request(one.putObject("last"), last));
        }
        return Response.json(200, json.toString());
    }

    private Response schedule(Request request) throws IOException {
        Schedule schedule = runs.schedule(request.pathParam("name"));
        switch (request.pathParam("action")) {
            case "pause" -> runs.states().pause(schedule.name(), true);
            case "resume" -> runs.states().pause(schedule.name(), false);
            case "run" -> {
                JsonNode body = body(request, Set.of("key", "partition"));
                return Response.json(
                        202,
                        RunsJson.request(
                                        RunsJson.object(),
                                        runs.queue()
                                                .ask(Scheduler.byHand(
                                                        schedule,
                                                        body.path("key").asText("api/" + UUID.randomUUID()),
                                                        Optional.ofNullable(body.get("partition"))
                                                                .map(JsonNode::asText),
                                                        request.identity().user(),
                                                        Instant.now())))
                                .toString());
            }
            default -> throw action(request, "pause, resume, run");
        }
        return Response.of(204);
    }

    private Response backfills(Request request) {
        ArrayNode json = RunsJson.array();
        runs.backfills().list().forEach(each -> RunsJson.backfill(json.addObject(), each));
        return Response.json(200, json.toString());
    }

    private Response beginBackfill(Request request) throws IOException {
        JsonNode body = body(request, Set.of("schedule", "from", "to", "again"));
        Backfill made = runs.backfills()
                .begin(
                        runs.schedule(body.path("schedule").asText()),
                        body.path("from").asText(),
                        body.path("to").asText(body.path("from").asText()),
                        body.path("again").asBoolean(),
                        request.identity().user());
        return Response.json(201, RunsJson.backfill(RunsJson.object(), made).toString());
    }

    private Response backfill(Request request) {
        String id = request.pathParam("id");
        ObjectNode json = RunsJson.backfill(RunsJson.object(), runs.backfills().get(id));
        ArrayNode parts = json.putArray("partitions");
        runs.backfills().parts(id).forEach(kept -> RunsJson.request(parts.addObject(), kept));
        return Response.json(200, json.toString());
    }

    private Response changeBackfill(Request request) {
        String id = request.pathParam("id");
        Backfill changed = switch (request.pathParam("action")) {
            case "pause" -> runs.backfills().pause(id);
            case "resume" -> runs.backfills().resume(id);
            case "cancel" -> runs.backfills().cancel(id);
            default -> throw action(request, "pause, resume, cancel");
        };
        return Response.json(200, RunsJson.backfill(RunsJson.object(), changed).toString());
    }

    private static TarnException action(Request request, String known) {
        return new TarnException(
                ErrorCode.NOT_FOUND, "there is no '" + request.pathParam("action") + "'; there are " + known);
    }
}
