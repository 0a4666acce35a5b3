package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/api/features`: what Feast's API has no word for.
final class FeaturesFace implements Face {
    private static final int ENTITIES_MAX = 10_000;

    private final Features features;

    FeaturesFace(Features features) {
        this.features = features;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        "/api/features",
                        _ -> Response.json(200, features.list().toString())),
                new Route("POST", "/api/features/materialize", this::materialize),
                new Route("POST", "/api/features/verify", this::verify));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ErrorResponses.json(failure);
    }

    private Response materialize(Request request) {
        boolean refill = "true".equals(request.queryParam("refill"));
        return Response.json(200, features.materialize(views(request), refill).toString());
    }

    private Response verify(Request request) {
        int entities = Math.toIntExact(number(request, "entities", 100, ENTITIES_MAX));
        long salt = number(request, "salt", 0, Long.MAX_VALUE);
        return Response.json(
                200,
                features.verify(views(request), entities, salt, at(request.queryParam("at")))
                        .toString());
    }

    private static List<String> views(Request request) {
        return request.query().getOrDefault("view", List.of());
    }

    private static long number(Request request, String name, long otherwise, long max) {
        String text = request.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= 0 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, name + ": expected a number, not '" + text + "'", e);
        }
        throw new TarnException(ErrorCode.BAD_REQUEST, name + ": expected a number from 0 to " + max + ", not " + text);
    }

    private static Optional<Instant> at(@Nullable String text) {
        try {
            return Optional.ofNullable(text).map(Instant::parse);
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "at: expected a time such as 2026-01-31T12:00:00Z, not '" + text + "'", e);
        }
    }
}
