package dev.tarn.serve.receipt;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.http.Json;
import dev.tarn.serve.predict.Prediction;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Receipts as one line each: JSON values separated by tabs, which JSON never holds unescaped. First the columns that
/// are numbers, words and times, then the parts that are columns of JSON text, in the order of [#PARTS].
public final class ReceiptJson {
    private static final JsonMapper JSON = new JsonMapper(Json.factory());
    /// About as long as a line is.
    private static final int LINE_BYTES = 1 << 12;

    private static final SerializedString SEPARATOR = new SerializedString("\t");
    static final List<String> PARTS = List.of("inputs", "unknown_words", "shadow", "request");

    private ReceiptJson() {}

    /// Writes one line, with its end.
    static void line(Prediction p, OutputStream out) throws IOException {
        try (JsonGenerator json = JSON.getFactory().createGenerator(out).setRootValueSeparator(SEPARATOR)) {
            json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
            json.writeStartObject();
            head(json, p, "user_name");
            json.writeEndObject();
            inputs(json, p);
            unknownWords(json, p);
            shadow(json, p);
            request(json, p);
            json.writeRaw('\n');
        }
    }

    /// The lines of receipts, each with its end.
    static byte[] lines(List<Prediction> all) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(LINE_BYTES);
        try {
            for (Prediction each : all) {
                line(each, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
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

    /// A receipt from its line.
    static Prediction read(String line) {
        String[] parts = line.split("\t", -1);
        Map<String, String> texts = new HashMap<>();
        for (int i = 0; i < PARTS.size(); i++) {
            texts.put(PARTS.get(i), parts[i + 1]);
        }
        return read(parts[0], texts);
    }

    /// A receipt from its columns.
    ///
    /// @param head the columns that are no JSON, as one object
    /// @param parts the other columns by name
    static Prediction read(String head, Map<String, String> parts) {
        try {
            JsonNode json = JSON.readTree(head);
            Map<String, @Nullable Object> request = new LinkedHashMap<>();
            JSON.readTree(parts.get("request"))
                    .properties()
                    .forEach(entry -> request.put(entry.getKey(), plain(entry.getValue())));
            List<Prediction.Value> values = new ArrayList<>();
            for (JsonNode one : JSON.readTree(parts.get("inputs"))) {
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
            JSON.readTree(parts.get("unknown_words")).forEach(word -> unknown.add(word.asText()));
            List<Prediction.Shadow> shadow = new ArrayList<>();
            for (JsonNode one : JSON.readTree(parts.get("shadow"))) {
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
            throw new IllegalStateException("a receipt that is no JSON: " + head, e);
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
