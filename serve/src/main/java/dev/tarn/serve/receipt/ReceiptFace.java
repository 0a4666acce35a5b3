package dev.tarn.serve.receipt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.model.ServedModels;
import dev.tarn.serve.predict.Prediction;
import dev.tarn.serve.predict.ServeErrors;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Receipts over HTTP: `GET /api/predictions/{id}`, `…/explain?version=N&at=TIME`, and `POST …/feedback` with
/// `{"label": true}`.
public final class ReceiptFace implements Face {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int BODY_MAX = 1 << 16;

    private final Receipts receipts;
    private final ServedModels models;
    private final FeaturesAsOf features;

    /// Looks a prediction's features up again, as of another time.
    @FunctionalInterface
    public interface FeaturesAsOf {
        /// @return values by `view__feature` and by `feature`
        /// @throws TarnException `BAD_REQUEST` when the service looks none up
        Map<String, @Nullable Object> values(Prediction receipt, Instant at);
    }

    public ReceiptFace(Receipts receipts, ServedModels models, FeaturesAsOf features) {
        this.receipts = receipts;
        this.models = models;
        this.features = features;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(
                        "GET",
                        "/api/predictions/{id}",
                        request -> json(ReceiptJson.shown(receipts.find(request.pathParam("id"))))),
                new Route("GET", "/api/predictions/{id}/explain", this::explain),
                new Route("POST", "/api/predictions/{id}/feedback", this::feedback),
                new Route("POST", "/api/predictions/judge", request -> {
                    receipts.judge();
                    return Response.of(204);
                }),
                new Route("POST", "/api/predictions/flush", request -> {
                    receipts.flush();
                    return Response.of(204);
                }));
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ServeErrors.response(failure);
    }

    private Response explain(Request request) {
        Prediction receipt = receipts.find(request.pathParam("id"));
        Optional<Long> version =
                Optional.ofNullable(request.queryParam("version")).map(ReceiptFace::number);
        Explanation why = Explanation.of(receipt, models, version);
        ObjectNode json = JSON.createObjectNode();
        json.set("receipt", ReceiptJson.shown(receipt));
        json.put("predicted_again", why.again())
                .put("identical", why.again() == receipt.probability())
                .put("start", why.start());
        json.set("contributions", parts(why.parts()));
        why.other().ifPresent(other -> {
            ObjectNode second = json.putObject("other_version")
                    .put("version", other.version())
                    .put("probability", other.probability());
            second.set("contributions", parts(other.parts()));
        });
        String at = request.queryParam("at");
        if (at != null) {
            Instant time = time(at);
            Explanation.AsOf then = Explanation.asOf(receipt, models, time, features.values(receipt, time));
            ObjectNode asOf =
                    json.putObject("as_of").put("at", then.at().toString()).put("probability", then.probability());
            ArrayNode inputs = asOf.putArray("inputs");
            then.values()
                    .forEach((input, value) ->
                            inputs.addObject().put("input", input).putPOJO("value", value));
        }
        return json(json);
    }

    private Response feedback(Request request) throws IOException {
        JsonNode body;
        try (InputStream in = request.body()) {
            body = JSON.readTree(in.readNBytes(BODY_MAX));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the body is not JSON: " + e.getOriginalMessage(), e);
        }
        JsonNode label = body.path("label");
        boolean number = label.isInt() && (label.intValue() == 0 || label.intValue() == 1);
        if (!label.isBoolean() && !number) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "expected {\"label\": true} or {\"label\": false}");
        }
        receipts.label(
                request.pathParam("id"), label.asBoolean(), request.identity().user());
        return json(JSON.createObjectNode()
                .put("prediction_id", request.pathParam("id"))
                .put("label", label.asBoolean()));
    }

    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST, "'at' is a time such as 2026-01-31T12:00:00Z, not '" + text + "'", e);
        }
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "'version' is a whole number, not '" + text + "'");
        }
    }

    private static ArrayNode parts(List<Explanation.Part> parts) {
        ArrayNode all = JSON.createArrayNode();
        parts.forEach(part -> all.addObject()
                .put("input", part.input())
                .putPOJO("value", part.value())
                .put("contribution", part.contribution()));
        return all;
    }

    private static Response json(ObjectNode node) {
        try {
            return Response.json(200, JSON.writeValueAsBytes(node));
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
