package dev.tarn.serve.predict;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Json;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.core.model.ServedModel;
import dev.tarn.serve.predict.ServiceFile.Confidence;
import dev.tarn.serve.predict.ServiceFile.Reply;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The predicting services over HTTP: each at its own path, all of them at `/invocations` (MLflow's scoring
/// protocol, for a project with one service) and `/v2/models/{service}/infer` (Open Inference), and what is
/// known of their models at `/model/info`.
public final class PredictFace implements Face {
    /// The header that names the prediction, for feedback and explanation.
    public static final String ID = "X-Prediction-Id";

    /// The header that lists words the model never saw, which counted as missing.
    public static final String UNKNOWN = "X-Unknown-Words";

    /// The header that lists feature views that know no event of the entity asked for.
    public static final String UNKNOWN_ENTITIES = "X-Unknown-Entities";

    static final JsonMapper JSON = JsonMapper.builder(Json.factory())
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private final List<PredictionService> services;
    private final Map<String, Semaphore> permits = new HashMap<>();
    private final Consumer<List<Prediction>> receipts;
    private final List<Route> routes = new ArrayList<>();

    /// @param receipts keeps every prediction before it is answered; throws when it cannot
    public PredictFace(List<PredictionService> services, Consumer<List<Prediction>> receipts) {
        this.services = List.copyOf(services);
        this.receipts = receipts;
        for (PredictionService service : services) {
            permits.put(service.name(), new Semaphore(service.file().limits().concurrent()));
            String path = service.file().path();
            routes.add(new Route("POST", path, request -> limited(service, () -> single(service, request))));
            routes.add(new Route("POST", path + "/batch", request -> limited(service, () -> batch(service, request))));
            routes.add(new Route("GET", path + "/openapi.json", request -> json(OpenApi.of(service))));
        }
        routes.add(new Route("POST", "/invocations", this::invocations));
        routes.add(new Route("GET", "/model/info", request -> json(info())));
        routes.add(new Route("GET", "/v2", request -> json(V2.server())));
        for (String model : List.of("/v2/models/{model}", "/v2/models/{model}/versions/{version}")) {
            routes.add(new Route("GET", model, request -> json(V2.metadata(named(request)))));
            routes.add(new Route("GET", model + "/ready", this::ready));
            routes.add(new Route("POST", model + "/infer", this::infer));
        }
        routes.add(new Route(
                "GET",
                "/v2/health/live",
                request -> json(JSON.createObjectNode().put("live", true))));
        routes.add(new Route(
                "GET",
                "/v2/health/ready",
                request -> json(JSON.createObjectNode().put("ready", true))));
    }

    @Override
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    /// `{"error": "…", "code": "BAD_REQUEST"}`
    @Override
    public Response error(Request request, Throwable failure) {
        return ServeErrors.response(failure);
    }

    private interface Work {
        Response answer() throws IOException;
    }

    /// Sheds what is more than a service takes at once: no queue, an answer at once.
    private Response limited(PredictionService service, Work work) throws IOException {
        Semaphore permit = permits.get(service.name());
        if (permit == null || !permit.tryAcquire()) {
            return Response.json(429, "{\"error\":\"the service is busy: try again\",\"code\":\"LIMIT_EXCEEDED\"}")
                    .with("Retry-After", "1");
        }
        try {
            return work.answer();
        } finally {
            permit.release();
        }
    }

    private Response single(PredictionService service, Request request) throws IOException {
        JsonNode body = body(service, request);
        Map<String, @Nullable Object> values = service.reader().read(body);
        List<Prediction> predictions =
                service.predict(List.of(values), request.identity().user());
        receipts.accept(predictions);
        Prediction one = predictions.getFirst();
        Response response = json(reply(service.file().reply(), one)).with(ID, one.id());
        if (!one.unknownWords().isEmpty()) {
            response = response.with(UNKNOWN, ascii(String.join(", ", one.unknownWords())));
        }
        List<String> unknown = one.unknownEntities();
        return unknown.isEmpty() ? response : response.with(UNKNOWN_ENTITIES, String.join(", ", unknown));
    }

    private Response batch(PredictionService service, Request request) throws IOException {
        List<Prediction> predictions = predictAll(service, rows(service, body(service, request)), request);
        ArrayNode all = JSON.createArrayNode();
        for (Prediction one : predictions) {
            all.add(reply(service.file().reply(), one).put("prediction_id", one.id()));
        }
        return json(all);
    }

    private List<Prediction> predictAll(PredictionService service, List<JsonNode> rows, Request request) {
        List<Map<String, @Nullable Object>> values = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            try {
                values.add(service.reader().read(rows.get(i)));
            } catch (TarnException e) {
                throw e.in("row", i);
            }
        }
        long start = System.nanoTime();
        List<Prediction> predictions = new ArrayList<>();
        int step = 500;
        for (int from = 0; from < values.size(); from += step) {
            if (System.nanoTime() - start > service.file().limits().time().toNanos()) {
                throw new TarnException(
                        ErrorCode.LIMIT_EXCEEDED,
                        "the batch took longer than "
                                + service.file().limits().time().toMillis() + " ms: send less at once");
            }
            predictions.addAll(service.predict(
                    values.subList(from, Math.min(values.size(), from + step)),
                    request.identity().user()));
        }
        receipts.accept(predictions);
        return predictions;
    }

    private static List<JsonNode> rows(PredictionService service, JsonNode body) {
        if (!body.isArray()) {
            throw RequestReader.bad("expected a JSON array of requests");
        }
        List<JsonNode> rows = new ArrayList<>();
        body.forEach(rows::add);
        checkRows(service, rows.size());
        return rows;
    }

    static void checkRows(PredictionService service, int rows) {
        int most = service.file().limits().batchRows();
        if (rows > most) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED, rows + " rows are more than a batch takes (" + most + "): send several");
        }
    }

    private Response invocations(Request request) throws IOException {
        String name = request.queryParam("service");
        if (name == null && services.size() != 1) {
            throw RequestReader.bad("say which service: /invocations?service=NAME, one of "
                    + String.join(
                            ", ", services.stream().map(PredictionService::name).toList()));
        }
        PredictionService service = name == null ? services.getFirst() : named(name);
        return limited(service, () -> {
            List<JsonNode> rows = Invocations.rows(body(service, request));
            checkRows(service, rows.size());
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode all = answer.putArray("predictions");
            predictAll(service, rows, request).forEach(one -> all.add(one.probability()));
            return json(answer);
        });
    }

    private Response infer(Request request) throws IOException {
        PredictionService service = named(request);
        return limited(service, () -> {
            JsonNode body = body(service, request);
            List<JsonNode> rows = V2.rows(service, body);
            return json(V2.answer(service, body, predictAll(service, rows, request)));
        });
    }

    private Response ready(Request request) {
        ServedModel model = named(request).model();
        return json(JSON.createObjectNode().put("name", model.name()).put("ready", true));
    }

    /// The service, when the version that the path names, if it does, is the one that answers.
    private PredictionService named(Request request) {
        PredictionService service = named(request.pathParam("model"));
        if (request.path().contains("/versions/")) {
            String wanted = request.pathParam("version");
            long served = service.model().version();
            if (!wanted.equals(String.valueOf(served))) {
                throw new TarnException(
                        ErrorCode.NOT_FOUND,
                        "version " + wanted + " of '" + service.name() + "' does not answer here: version " + served
                                + " does, by the alias " + service.file().alias());
            }
        }
        return service;
    }

    private PredictionService named(String name) {
        return services.stream()
                .filter(service ->
                        service.name().equals(name) || service.file().model().equals(name))
                .findFirst()
                .orElseThrow(
                        () -> new TarnException(ErrorCode.NOT_FOUND, "there is no service or model '" + name + "'"));
    }

    private ArrayNode info() {
        ArrayNode all = JSON.createArrayNode();
        for (PredictionService service : services) {
            ObjectNode one = all.addObject()
                    .put("service", service.name())
                    .put("path", service.file().path())
                    .put("model", service.file().model())
                    .put("alias", service.file().alias());
            ServedModel model;
            try {
                model = service.model();
            } catch (TarnException e) {
                one.put("error", e.describe());
                continue;
            }
            one.put("version", model.version())
                    .put("run_id", model.runId())
                    .put("code", model.code())
                    .put(
                            "threshold",
                            service.file().threshold().orElse(model.threshold().orElse(0.5)));
            ArrayNode inputs = one.putArray("inputs");
            for (ServedModel.Input input : model.inputs()) {
                inputs.addObject()
                        .put("name", input.name())
                        .put("kind", input.kind().name().toLowerCase(java.util.Locale.ROOT));
            }
            service.canary().ifPresent(side -> side.describe(one.putObject("canary")));
            service.shadow().ifPresent(side -> side.describe(one.putObject("shadow")));
            if (!service.lastError().isEmpty()) {
                one.put("warning", service.lastError());
            }
        }
        return all;
    }

    static JsonNode body(PredictionService service, Request request) throws IOException {
        int most = service.file().limits().bodyBytes();
        byte[] bytes;
        try (InputStream in = request.body()) {
            // A small one is there whole, and needs no room for more.
            bytes = in instanceof ByteArrayInputStream whole ? whole.readAllBytes() : in.readNBytes(most + 1);
        }
        if (bytes.length > most) {
            throw new TarnException(ErrorCode.LIMIT_EXCEEDED, "the request is larger than " + most + " bytes");
        }
        try {
            JsonNode node = JSON.readTree(bytes);
            return node == null ? JSON.missingNode() : node;
        } catch (JsonProcessingException e) {
            throw RequestReader.bad("the body is not JSON: " + e.getOriginalMessage());
        }
    }

    static ObjectNode reply(Reply reply, Prediction one) {
        ObjectNode json = JSON.createObjectNode();
        if (!reply.probability().isEmpty()) {
            json.put(
                    reply.probability(),
                    BigDecimal.valueOf(one.probability())
                            .setScale(reply.decimals(), RoundingMode.HALF_EVEN)
                            .stripTrailingZeros());
        }
        if (!reply.positive().isEmpty()) {
            json.put(reply.positive(), one.positive());
        }
        if (!reply.confidenceField().isEmpty()) {
            double certainty = Math.max(one.probability(), 1 - one.probability());
            String word = reply.confidence().stream()
                    .filter(band -> certainty >= band.atLeast())
                    .map(Confidence::word)
                    .findFirst()
                    .orElse(reply.confidence().getLast().word());
            json.put(reply.confidenceField(), word);
        }
        return json;
    }

    /// A header holds ASCII only.
    private static String ascii(String text) {
        StringBuilder safe = new StringBuilder();
        text.codePoints().limit(500).forEach(c -> safe.append(c >= 32 && c < 127 ? (char) c : '?'));
        return safe.toString();
    }

    static Response json(JsonNode node) {
        try {
            return Response.json(200, JSON.writeValueAsBytes(node));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
