package dev.tarn.feature.feast;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tarn.core.error.Blame;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.feature.OnlineFeatures;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Json;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.feature.FeatureStage;
import dev.tarn.feature.definition.FeatureView;
import dev.tarn.feature.online.Pushes;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Feast's feature server: `/get-online-features`, `/push`, `/write-to-online-store`, `/materialize` and
/// `/materialize-incremental`, in the shapes of Feast's Python server. `/health` is the server's own.
public final class FeastFace implements Face {
    private static final ObjectMapper JSON = new ObjectMapper(Json.factory());

    private final Supplier<FeatureStage> stage;
    private final Clock clock;

    /// @param stage asked for with each request, for it may start after the server
    public FeastFace(Supplier<FeatureStage> stage, Clock clock) {
        this.stage = stage;
        this.clock = clock;
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route("POST", "/get-online-features", this::getOnlineFeatures),
                new Route("POST", "/push", this::push),
                new Route("POST", "/write-to-online-store", this::writeToOnlineStore),
                new Route("POST", "/materialize", this::materialize),
                new Route("POST", "/materialize-incremental", this::materialize));
    }

    /// FastAPI's shape: `{"detail": "…"}`.
    @Override
    public Response error(Request request, Throwable failure) {
        ErrorCode code = failure instanceof TarnException tarn ? tarn.code() : ErrorCode.INTERNAL_ERROR;
        int status = switch (code) {
            case NOT_FOUND -> 404;
            case UNAUTHENTICATED -> 401;
            case FORBIDDEN -> 403;
            case LIMIT_EXCEEDED -> 413;
            case BAD_REQUEST -> 422;
            default -> code.blame() == Blame.USER ? 400 : code.blame() == Blame.INTERNAL ? 500 : 503;
        };
        String detail = failure instanceof TarnException tarn ? tarn.describe() : "internal error";
        return Response.json(
                status,
                JSON.createObjectNode()
                        .put("detail", detail)
                        .put("code", code.name())
                        .toString());
    }

    private Response getOnlineFeatures(Request request) throws IOException {
        JsonNode body = body(request);
        allow(body, "features", "feature_service", "entities", "full_feature_names", "request_context");
        FeatureSelection selection = selection(body);
        boolean fullNames = body.path("full_feature_names").asBoolean(false);
        List<Map<String, @Nullable Object>> rows = rows(body.path("entities"), "entities", OnlineFeatures.ENTITIES_MAX);
        List<String> keys =
                rows.isEmpty() ? List.of() : List.copyOf(rows.getFirst().keySet());
        if (body.path("request_context").isObject()) {
            List<Map<String, @Nullable Object>> more =
                    rows(body.path("request_context"), "request_context", OnlineFeatures.ENTITIES_MAX);
            for (int i = 0; i < Math.min(rows.size(), more.size()); i++) {
                rows.get(i).putAll(more.get(i));
            }
        }
        OnlineFeatures features = stage.get().online();
        List<FeatureInfo> infos = features.describe(selection);
        checkNames(infos, fullNames);
        List<List<FeatureValue>> values = features.read(selection, rows, clock.instant());
        return Response.json(200, FeastAnswer.write(keys, rows, infos, values, fullNames));
    }

    private Response push(Request request) throws IOException {
        JsonNode body = body(request);
        allow(body, "push_source_name", "df", "allow_registry_cache", "to", "transform_on_write");
        String to = body.path("to").asText("online");
        if (!Set.of("online", "offline", "online_and_offline").contains(to)) {
            throw bad("to: expected online, offline or online_and_offline, not '" + to + "'");
        }
        return pushed(text(body, "push_source_name"), body);
    }

    private Response writeToOnlineStore(Request request) throws IOException {
        JsonNode body = body(request);
        allow(body, "feature_view_name", "df", "allow_registry_cache", "transform_on_write");
        return pushed(text(body, "feature_view_name"), body);
    }

    private Response pushed(String name, JsonNode body) {
        FeatureView view = stage.get().definitions().view(name);
        stage.get().pushes().push(view, rows(body.path("df"), "df", Pushes.ROWS_MAX));
        return Response.json(200, "null");
    }

    /// Tarn always fills up to the tables' current snapshots: the times are checked and do not matter.
    private Response materialize(Request request) throws IOException {
        JsonNode body = body(request);
        allow(body, "start_ts", "end_ts", "feature_views", "disable_event_timestamp");
        for (String key : List.of("start_ts", "end_ts")) {
            if (body.hasNonNull(key)) {
                checkTime(key, body.get(key).asText());
            }
        }
        List<FeatureView> views = new ArrayList<>();
        if (body.path("feature_views").isArray()) {
            body.path("feature_views")
                    .forEach(name -> views.add(stage.get().definitions().view(name.asText())));
        } else {
            views.addAll(stage.get().definitions().views().values());
        }
        views.forEach(view -> stage.get().materializer().upToDate(view));
        return Response.json(200, "null");
    }

    private static FeatureSelection selection(JsonNode body) {
        boolean service = body.hasNonNull("feature_service");
        if (service == body.hasNonNull("features")) {
            throw bad("write either 'features' or 'feature_service'");
        }
        if (service) {
            return new FeatureSelection.Service(text(body, "feature_service"));
        }
        if (!body.get("features").isArray() || body.get("features").isEmpty()) {
            throw bad("features: expected a list such as [\"view:feature\"]");
        }
        List<String> names = new ArrayList<>();
        body.get("features").forEach(name -> names.add(name.asText()));
        return new FeatureSelection.Names(names);
    }

    /// Columns of equal length, turned into rows.
    private static List<Map<String, @Nullable Object>> rows(JsonNode columns, String what, int atMost) {
        if (!columns.isObject()) {
            throw bad(what + ": expected an object of lists, such as {\"customer_id\": [1, 2]}");
        }
        int count = -1;
        for (Map.Entry<String, JsonNode> column : columns.properties()) {
            if (!column.getValue().isArray()) {
                throw bad(what + "." + column.getKey() + ": expected a list");
            }
            if (count >= 0 && column.getValue().size() != count) {
                throw bad(what + ": '" + column.getKey() + "' has "
                        + column.getValue().size() + " values, and the one before it " + count);
            }
            count = column.getValue().size();
        }
        if (count > atMost) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    what + ": " + count + " rows are more than one request takes (" + atMost + "): split it");
        }
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        for (int row = 0; row < count; row++) {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> column : columns.properties()) {
                one.put(column.getKey(), value(column.getValue().get(row), what + "." + column.getKey()));
            }
            rows.add(one);
        }
        return rows;
    }

    private static @Nullable Object value(JsonNode node, String what) {
        if (node.isNull()) {
            return null;
        } else if (node.isBoolean()) {
            return node.booleanValue();
        } else if (node.isTextual()) {
            return node.textValue();
        } else if (node.isIntegralNumber()) {
            return node.canConvertToLong() ? (Object) node.longValue() : node.bigIntegerValue();
        } else if (node.isNumber()) {
            return node.doubleValue();
        }
        throw bad(what + ": expected plain values, not lists or objects");
    }

    /// Without full names two features must not be called the same.
    private static void checkNames(List<FeatureInfo> infos, boolean fullNames) {
        Set<String> seen = new HashSet<>();
        for (FeatureInfo info : infos) {
            if (!fullNames && !seen.add(info.name())) {
                throw bad("two of the features are called '" + info.name() + "': ask for full_feature_names");
            }
        }
    }

    private static JsonNode body(Request request) throws IOException {
        try (InputStream in = request.body()) {
            JsonNode body = JSON.readTree(in);
            if (!body.isObject()) {
                throw bad("expected a JSON object");
            }
            return body;
        } catch (JsonProcessingException e) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the body is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static void allow(JsonNode body, String... known) {
        for (Map.Entry<String, JsonNode> field : body.properties()) {
            if (!Arrays.asList(known).contains(field.getKey())) {
                throw bad("unknown field '" + field.getKey() + "'; known are " + String.join(", ", known));
            }
        }
    }

    private static void checkTime(String key, String text) {
        try {
            String iso = text.strip().replace(' ', 'T').replaceFirst("\\+00:?00$", "Z");
            Instant.parse(iso.endsWith("Z") ? iso : iso + (iso.length() == 10 ? "T00:00:00Z" : "Z"));
        } catch (DateTimeException e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    key + ": expected a time such as 2026-01-31T00:00:00Z, not '" + text + "'",
                    e);
        }
    }

    private static String text(JsonNode body, String field) {
        if (!body.path(field).isTextual()) {
            throw bad("'" + field + "' is missing");
        }
        return body.get(field).asText();
    }

    private static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }
}
