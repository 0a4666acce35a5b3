package dev.tarn.serve.receipt;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.serve.predict.Prediction;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Receipts as one line of JSON each, with flat columns for SQL and the parts as JSON text.
public final class ReceiptJson {
    private static final JsonMapper JSON = new JsonMapper();
    /// About as long as a line is.
    private static final int TEXT_LENGTH = 1 << 10;

    private ReceiptJson() {}

    /// One line, without its end. The parts are texts of JSON, for that is what their columns hold.
    static String line(Prediction p) {
        return text(json -> {
            json.writeStartObject();
            head(json, p, "user_name");
            json.writeStringField("request", text(part -> request(part, p)));
            json.writeStringField("inputs", text(part -> inputs(part, p)));
            json.writeStringField("unknown_words", text(part -> unknownWords(part, p)));
            json.writeStringField("shadow", text(part -> shadow(part, p)));
            json.writeEndObject();
        });
    }

    /// A receipt as people are shown it.
    static ObjectNode shown(Prediction p) {
        try (TokenBuffer json = new TokenBuffer(JSON, false)) {
            json.writeStartObject();
            head(json, p, "user");
            json.writeFieldName("request");
            request(json, p);
            json.writeFieldName("inputs");
            inputs(json, p);
            json.writeFieldName("unknown_words");
            unknownWords(json, p);
            json.writeFieldName("shadow");
            shadow(json, p);
            json.writeEndObject();
            return JSON.readTree(json.asParser());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private interface Writes {
        void to(JsonGenerator json) throws IOException;
    }

    private static String text(Writes writes) {
        StringWriter text = new StringWriter(TEXT_LENGTH);
        try (JsonGenerator json = JSON.getFactory().createGenerator(text)) {
            writes.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static void head(JsonGenerator json, Prediction p, String userField) throws IOException {
        json.writeStringField("prediction_id", p.id());
        json.writeStringField("predicted_at", p.at().toString());
        json.writeStringField("service", p.service());
        json.writeStringField("model", p.model());
        json.writeNumberField("model_version", p.version());
        json.writeStringField("alias", p.alias());
        json.writeStringField("run_id", p.runId());
        json.writeStringField("code", p.code());
        json.writeNumberField("probability", p.probability());
        json.writeNumberField("threshold", p.threshold());
        json.writeBooleanField("positive", p.positive());
        json.writeStringField(userField, p.user());
    }

    private static void request(JsonGenerator json, Prediction p) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, @Nullable Object> field : p.request().entrySet()) {
            json.writeFieldName(field.getKey());
            value(json, field.getValue());
        }
        json.writeEndObject();
    }

    private static void inputs(JsonGenerator json, Prediction p) throws IOException {
        json.writeStartArray();
        Instant last = null;
        String lastText = "";
        for (Prediction.Value one : p.values()) {
            json.writeStartObject();
            json.writeStringField("input", one.input());
            json.writeFieldName("value");
            value(json, one.value());
            if (one.status() != null) {
                json.writeStringField("status", one.status().name());
            }
            if (one.snapshotId() != 0) {
                json.writeNumberField("snapshot_id", one.snapshotId());
            }
            Instant time = one.eventTime();
            if (time != null) {
                // All features of a view have the same one.
                lastText = time.equals(last) ? lastText : time.toString();
                last = time;
                json.writeStringField("event_time", lastText);
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void unknownWords(JsonGenerator json, Prediction p) throws IOException {
        json.writeStartArray();
        for (String word : p.unknownWords()) {
            json.writeString(word);
        }
        json.writeEndArray();
    }

    private static void shadow(JsonGenerator json, Prediction p) throws IOException {
        json.writeStartArray();
        for (Prediction.Shadow other : p.shadow()) {
            json.writeStartObject();
            json.writeStringField("alias", other.alias());
            json.writeNumberField("version", other.version());
            json.writeNumberField("probability", other.probability());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Boolean bool -> json.writeBoolean(bool);
            case Long number -> json.writeNumber(number);
            case Integer number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case java.math.BigDecimal number -> json.writeNumber(number);
            default -> json.writeString(value.toString());
        }
    }

    /// A receipt from the columns of its line.
    static Prediction read(String line) {
        try {
            JsonNode json = JSON.readTree(line);
            Map<String, @Nullable Object> request = new LinkedHashMap<>();
            JSON.readTree(json.path("request").asText())
                    .properties()
                    .forEach(entry -> request.put(entry.getKey(), plain(entry.getValue())));
            List<Prediction.Value> values = new ArrayList<>();
            for (JsonNode one : JSON.readTree(json.path("inputs").asText())) {
                values.add(new Prediction.Value(
                        one.path("input").asText(),
                        plain(one.path("value")),
                        one.has("status")
                                ? FeatureValue.Status.valueOf(one.get("status").asText())
                                : null,
                        one.has("event_time")
                                ? Instant.parse(one.get("event_time").asText())
                                : null,
                        one.path("snapshot_id").asLong()));
            }
            List<String> unknown = new ArrayList<>();
            JSON.readTree(json.path("unknown_words").asText()).forEach(word -> unknown.add(word.asText()));
            List<Prediction.Shadow> shadow = new ArrayList<>();
            for (JsonNode one : JSON.readTree(json.path("shadow").asText())) {
                shadow.add(new Prediction.Shadow(
                        one.path("alias").asText(),
                        one.path("version").asLong(),
                        one.path("probability").asDouble()));
            }
            return new Prediction(
                    json.path("prediction_id").asText(),
                    Instant.parse(json.path("predicted_at").asText()),
                    json.path("service").asText(),
                    json.path("model").asText(),
                    json.path("model_version").asLong(),
                    json.path("alias").asText(),
                    json.path("run_id").asText(),
                    json.path("code").asText(),
                    request,
                    values,
                    json.path("probability").asDouble(),
                    json.path("threshold").asDouble(),
                    json.path("positive").asBoolean(),
                    unknown,
                    shadow,
                    json.path("user_name").asText());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a receipt that is no JSON: " + line, e);
        }
    }

    private static @Nullable Object plain(JsonNode node) {
        if (node.isNull() || node.isMissingNode()) {
            return null;
        } else if (node.isBoolean()) {
            return node.booleanValue();
        } else if (node.isIntegralNumber()) {
            return node.longValue();
        } else if (node.isNumber()) {
            return node.doubleValue();
        }
        return node.asText();
    }
}
