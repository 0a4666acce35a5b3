package dev.tarn.serve.predict;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.model.ServedModel;
import dev.tarn.serve.predict.ServiceFile.Field;
import java.util.ArrayList;
import java.util.List;

/// Open Inference protocol v2: one tensor of shape `[rows]` (or `[rows, 1]`) for each field of the request;
/// the answer is one tensor of probabilities and one of prediction ids.
final class V2 {
    private V2() {}

    static ObjectNode server() {
        ObjectNode json =
                PredictFace.JSON.createObjectNode().put("name", "tarn").put("version", "2");
        json.putArray("extensions");
        return json;
    }

    static ObjectNode metadata(PredictionService service) {
        ServedModel model = service.model();
        ObjectNode json =
                PredictFace.JSON.createObjectNode().put("name", service.name()).put("platform", "tarn");
        json.putArray("versions").add(String.valueOf(model.version()));
        ArrayNode inputs = json.putArray("inputs");
        service.file()
                .request()
                .forEach((name, field) ->
                        shape(inputs.addObject().put("name", name).put("datatype", datatype(field))));
        ArrayNode outputs = json.putArray("outputs");
        shape(outputs.addObject().put("name", "probability").put("datatype", "FP64"));
        shape(outputs.addObject().put("name", "prediction_id").put("datatype", "BYTES"));
        return json;
    }

    private static void shape(ObjectNode tensor) {
        tensor.putArray("shape").add(-1);
    }

    private static String datatype(Field field) {
        return switch (field.type()) {
            case NUMBER -> "FP64";
            case INTEGER -> "INT64";
            case BOOLEAN -> "BOOL";
            case TEXT -> "BYTES";
        };
    }

    static List<JsonNode> rows(PredictionService service, JsonNode body) {
        JsonNode inputs = body.path("inputs");
        if (!inputs.isArray() || inputs.isEmpty()) {
            throw RequestReader.bad("expected 'inputs', a list of tensors");
        }
        int rows = inputs.get(0).path("shape").path(0).asInt(-1);
        if (rows < 0) {
            throw RequestReader.bad("the first tensor has no shape");
        }
        PredictFace.checkRows(service, rows);
        List<JsonNode> all = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            all.add(PredictFace.JSON.createObjectNode());
        }
        for (JsonNode tensor : inputs) {
            String name = tensor.path("name").asText();
            JsonNode shape = tensor.path("shape");
            boolean fits = shape.path(0).asInt(-1) == rows
                    && (shape.size() == 1 || (shape.size() == 2 && shape.get(1).asInt() == 1));
            JsonNode data = tensor.path("data");
            if (!fits || data.size() != rows) {
                throw RequestReader.bad(
                        "tensor '" + name + "' must have the shape [" + rows + "] and " + rows + " values");
            }
            for (int i = 0; i < rows; i++) {
                JsonNode value = data.get(i);
                ((ObjectNode) all.get(i)).set(name, value.isArray() && value.size() == 1 ? value.get(0) : value);
            }
        }
        return all;
    }

    static ObjectNode answer(PredictionService service, JsonNode body, List<Prediction> predictions) {
        ObjectNode json = PredictFace.JSON.createObjectNode().put("model_name", service.name());
        if (!predictions.isEmpty()) {
            json.put("model_version", String.valueOf(predictions.getFirst().version()));
        }
        if (body.hasNonNull("id")) {
            json.put("id", body.get("id").asText());
        }
        ArrayNode outputs = json.putArray("outputs");
        ObjectNode probability = outputs.addObject().put("name", "probability").put("datatype", "FP64");
        probability.putArray("shape").add(predictions.size());
        ArrayNode values = probability.putArray("data");
        ObjectNode ids = outputs.addObject().put("name", "prediction_id").put("datatype", "BYTES");
        ids.putArray("shape").add(predictions.size());
        ArrayNode names = ids.putArray("data");
        for (Prediction one : predictions) {
            values.add(one.probability());
            names.add(one.id());
        }
        return json;
    }
}
