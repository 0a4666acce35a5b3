package dev.tarn.serve.predict;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.serve.predict.ServiceFile.Field;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Reads one request as a service's file describes it.
final class RequestReader {
    private static final int TEXT_MAX = 10_000;

    private final Map<String, Field> fields;

    RequestReader(Map<String, Field> fields) {
        this.fields = fields;
    }

    /// The values by the request's names, as JSON had them, in the file's order; null when missing.
    ///
    /// @throws TarnException `BAD_REQUEST` naming every field that is missing, or the one that is wrong
    Map<String, @Nullable Object> read(JsonNode body) {
        if (!body.isObject()) {
            throw bad("expected a JSON object with the fields " + String.join(", ", fields.keySet()));
        }
        body.fieldNames().forEachRemaining(name -> {
            if (!fields.containsKey(name)) {
                throw bad("unknown field '" + name + "'"
                        + Nearest.of(name, fields.keySet())
                                .map(near -> "; did you mean '" + near + "'?")
                                .orElse("; known are " + String.join(", ", fields.keySet())));
            }
        });
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        Set<String> missing = new TreeSet<>();
        fields.forEach((name, field) -> {
            JsonNode node = body.get(name);
            if (node == null || node.isNull()) {
                if (field.required()) {
                    missing.add(name);
                }
                values.put(name, null);
            } else {
                values.put(name, value(name, field, node));
            }
        });
        if (!missing.isEmpty()) {
            throw bad("missing fields: " + String.join(", ", missing));
        }
        return values;
    }

    private static Object value(String name, Field field, JsonNode node) {
        return switch (field.type()) {
            case NUMBER -> number(name, field, node);
            case INTEGER -> {
                if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                    throw wrong(name, "a whole number", node);
                }
                number(name, field, node);
                yield node.longValue();
            }
            case BOOLEAN -> {
                if (!node.isBoolean()) {
                    throw wrong(name, "true or false", node);
                }
                yield node.booleanValue();
            }
            case TEXT -> {
                if (node.isContainerNode() || node.asText().length() > TEXT_MAX) {
                    throw wrong(name, "text", node);
                }
                // A word may come as the boolean or number that it looks like.
                if (!node.isTextual() && field.words().isEmpty()) {
                    throw wrong(name, "text", node);
                }
                yield node.asText();
            }
        };
    }

    private static double number(String name, Field field, JsonNode node) {
        if (!node.isNumber()) {
            throw wrong(name, "a number", node);
        }
        double value = node.doubleValue();
        if (!Double.isFinite(value)) {
            throw wrong(name, "a finite number", node);
        }
        if ((field.min().isPresent() && value < field.min().getAsDouble())
                || (field.max().isPresent() && value > field.max().getAsDouble())) {
            throw bad("field '" + name + "' is " + node + ", outside of "
                    + (field.min().isPresent() ? String.valueOf(field.min().getAsDouble()) : "…") + " to "
                    + (field.max().isPresent() ? String.valueOf(field.max().getAsDouble()) : "…"));
        }
        return value;
    }

    /// The data's word for the request's, or the request's own when there is no other.
    static Object translated(Field field, Object value) {
        if (field.type() != ServiceFile.Type.TEXT) {
            return value;
        }
        String word = field.words().get(value.toString().toLowerCase(Locale.ROOT));
        return word == null ? value : word;
    }

    private static TarnException wrong(String name, String expected, JsonNode node) {
        String text = node.toString();
        return bad("field '" + name + "' must be " + expected + ", not "
                + (text.length() > 60 ? text.substring(0, 60) + "…" : text));
    }

    static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }
}
