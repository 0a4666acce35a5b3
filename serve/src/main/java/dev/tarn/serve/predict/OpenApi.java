package dev.tarn.serve.predict;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.serve.predict.ServiceFile.Field;
import dev.tarn.serve.predict.ServiceFile.Reply;

/// A predicting service as OpenAPI 3.1.
final class OpenApi {
    private OpenApi() {}

    static ObjectNode of(PredictionService service) {
        ObjectNode json = PredictFace.JSON.createObjectNode().put("openapi", "3.1.0");
        json.putObject("info").put("title", service.name()).put("version", "1");
        ObjectNode paths = json.putObject("paths");
        ObjectNode post = paths.putObject(service.file().path()).putObject("post");
        post.put("operationId", "predict")
                .put("summary", "Predicts with " + service.file().model());
        ObjectNode request =
                PredictFace.JSON.createObjectNode().put("type", "object").put("additionalProperties", false);
        ObjectNode properties = request.putObject("properties");
        ArrayNode required = request.putArray("required");
        service.file().request().forEach((name, field) -> {
            describe(properties.putObject(name), field);
            if (field.required()) {
                required.add(name);
            }
        });
        content(post.putObject("requestBody").put("required", true), request);
        ObjectNode responses = post.putObject("responses");
        ObjectNode ok = responses.putObject("200").put("description", "the prediction");
        ObjectNode headers = ok.putObject("headers");
        headers.putObject(PredictFace.ID)
                .put("description", "names the prediction")
                .putObject("schema")
                .put("type", "string");
        headers.putObject(PredictFace.UNKNOWN)
                .put("description", "words of the request that count as missing")
                .putObject("schema")
                .put("type", "string");
        content(ok, replySchema(service.file().reply()));
        errors(responses);
        batch(
                paths.putObject(service.file().path() + "/batch").putObject("post"),
                request,
                service.file().reply());
        return json;
    }

    private static void batch(ObjectNode post, ObjectNode request, Reply reply) {
        post.put("operationId", "predictBatch").put("summary", "The same for many at once");
        ObjectNode many = PredictFace.JSON.createObjectNode().put("type", "array");
        many.set("items", request);
        content(post.putObject("requestBody").put("required", true), many);
        ObjectNode one = replySchema(reply);
        ((ObjectNode) one.path("properties")).putObject("prediction_id").put("type", "string");
        ObjectNode replies = PredictFace.JSON.createObjectNode().put("type", "array");
        replies.set("items", one);
        ObjectNode responses = post.putObject("responses");
        content(responses.putObject("200").put("description", "the predictions, in order"), replies);
        errors(responses);
    }

    private static void errors(ObjectNode responses) {
        responses.putObject("400").put("description", "a field is missing, unknown or wrong");
        responses.putObject("404").put("description", "an entity that no view knows, where those are refused");
        responses.putObject("429").put("description", "too many requests at once, or too large");
        responses.putObject("503").put("description", "no model can be loaded, or the online store does not answer");
    }

    private static void content(ObjectNode holder, ObjectNode schema) {
        holder.putObject("content").putObject("application/json").set("schema", schema);
    }

    private static void describe(ObjectNode schema, Field field) {
        switch (field.type()) {
            case NUMBER -> schema.put("type", "number");
            case INTEGER -> schema.put("type", "integer");
            case BOOLEAN -> schema.put("type", "boolean");
            case TEXT -> {
                schema.put("type", "string");
                if (!field.words().isEmpty()) {
                    ArrayNode examples = schema.putArray("examples");
                    field.words().keySet().forEach(word -> examples.add(word.toUpperCase(java.util.Locale.ROOT)));
                }
            }
        }
        field.min().ifPresent(min -> schema.put("minimum", min));
        field.max().ifPresent(max -> schema.put("maximum", max));
    }

    private static ObjectNode replySchema(Reply reply) {
        ObjectNode schema = PredictFace.JSON.createObjectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        if (!reply.probability().isEmpty()) {
            properties
                    .putObject(reply.probability())
                    .put("type", "number")
                    .put("minimum", 0)
                    .put("maximum", 1);
        }
        if (!reply.positive().isEmpty()) {
            properties.putObject(reply.positive()).put("type", "boolean");
        }
        if (!reply.confidenceField().isEmpty()) {
            ArrayNode words = properties
                    .putObject(reply.confidenceField())
                    .put("type", "string")
                    .putArray("enum");
            reply.confidence().forEach(band -> words.add(band.word()));
        }
        return schema;
    }
}
