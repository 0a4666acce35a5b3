package dev.tarn.server;

import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.lake.state.Database;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/// `/health`: 200 when every face is ready and the database answers, else 503, with the state of each.
final class HealthFace implements Face {
    private static final Duration DATABASE_ANSWERS_WITHIN = Duration.ofSeconds(2);

    private final Readiness readiness;
    private final Database database;

    HealthFace(Readiness readiness, Database database) {
        this.readiness = readiness;
        this.database = database;
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route("GET", "/health", this::health));
    }

    private Response health(Request request) {
        var states = readiness.states();
        boolean answers = database.answers(DATABASE_ANSWERS_WITHIN);
        boolean ready = answers && states.values().stream().allMatch(state -> state == Readiness.State.READY);
        boolean failed = !answers || states.containsValue(Readiness.State.FAILED);
        String status = ready ? "ready" : failed ? "failed" : "starting";
        String faces = states.entrySet().stream()
                .map(face -> "\"" + face.getKey() + "\":\""
                        + face.getValue().name().toLowerCase(java.util.Locale.ROOT) + "\"")
                .collect(Collectors.joining(","));
        return Response.json(
                ready ? 200 : 503,
                "{\"status\":\"" + status + "\",\"database\":\"" + (answers ? "ready" : "failed") + "\",\"faces\":{"
                        + faces + "}}");
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }
}
