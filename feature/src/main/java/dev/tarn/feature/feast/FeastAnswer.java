package dev.tarn.feature.feast;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.tarn.core.feature.FeatureInfo;
import dev.tarn.core.feature.FeatureValue;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Feast's answer: for each key and feature one result with the values, statuses and event times of all rows.
final class FeastAnswer {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String NEVER = "1970-01-01T00:00:00Z";

    private FeastAnswer() {}

    static byte[] write(
            List<String> keys,
            List<Map<String, @Nullable Object>> rows,
            List<FeatureInfo> infos,
            List<List<FeatureValue>> values,
            boolean fullNames)
            throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(256 + 100 * infos.size() * Math.max(1, rows.size()));
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart("metadata");
            json.writeArrayFieldStart("feature_names");
            for (String key : keys) {
                json.writeString(key);
            }
            for (FeatureInfo info : infos) {
                json.writeString(fullNames ? info.fullName() : info.name());
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeArrayFieldStart("results");
            for (String key : keys) {
                key(json, key, rows);
            }
            Times times = new Times();
            for (int i = 0; i < infos.size(); i++) {
                feature(json, values, i, times);
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        return bytes.toByteArray();
    }

    private static void key(JsonGenerator json, String key, List<Map<String, @Nullable Object>> rows)
            throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("values");
        for (Map<String, @Nullable Object> row : rows) {
            value(json, row.get(key));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("statuses");
        for (int i = 0; i < rows.size(); i++) {
            json.writeString("PRESENT");
        }
        json.writeEndArray();
        json.writeArrayFieldStart("event_timestamps");
        for (int i = 0; i < rows.size(); i++) {
            json.writeString(NEVER);
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /// Writes times as text; the features of a view have the same one, which is made into text once.
    private static final class Times {
        private @Nullable Instant last;
        private String text = NEVER;

        private String text(@Nullable Instant time) {
            if (time == null) {
                return NEVER;
            }
            if (!time.equals(last)) {
                last = time;
                text = time.toString();
            }
            return text;
        }
    }

    private static void feature(JsonGenerator json, List<List<FeatureValue>> values, int feature, Times times)
            throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("values");
        for (List<FeatureValue> row : values) {
            value(json, row.get(feature).value());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("statuses");
        for (List<FeatureValue> row : values) {
            json.writeString(row.get(feature).status().name());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("event_timestamps");
        for (List<FeatureValue> row : values) {
            json.writeString(times.text(row.get(feature).eventTime()));
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void value(JsonGenerator json, @Nullable Object value) throws IOException {
        switch (value) {
            case null -> json.writeNull();
            case Long number -> json.writeNumber(number);
            case Double number -> json.writeNumber(number);
            case BigDecimal number -> json.writeNumber(number);
            case Boolean truth -> json.writeBoolean(truth);
            default -> json.writeString(value.toString());
        }
    }
}
