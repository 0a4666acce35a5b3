package dev.tarn.model.mlflow;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Request;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The parameters of one call, from the query of a GET or the JSON body of anything else.
final class Call {
    static final JsonMapper JSON = new JsonMapper();

    private static final int MAX_BODY_BYTES = 16 << 20;

    private final ObjectNode params;

    private Call(ObjectNode params) {
        this.params = params;
    }

    /// @throws TarnException `BAD_REQUEST` when the body is not a JSON object
    static Call of(Request request) throws IOException {
        if (request.method().equals("GET")) {
            return ofQuery(request);
        }
        ObjectNode params = JSON.createObjectNode();
        byte[] body;
        try (InputStream in = request.body()) {
            body = in.readNBytes(MAX_BODY_BYTES + 1);
        }
        if (body.length > MAX_BODY_BYTES) {
            throw bad("the request is larger than " + MAX_BODY_BYTES + " bytes");
        }
        if (body.length == 0) {
            return new Call(params);
        }
        try {
            JsonNode read = JSON.readTree(body);
            if (read instanceof ObjectNode object) {
                return new Call(object);
            }
            throw bad("the request's body must be a JSON object");
        } catch (JsonProcessingException e) {
            throw bad("the request's body is not JSON: " + e.getOriginalMessage());
        }
    }

    /// The parameters of the query, whatever the body is.
    static Call ofQuery(Request request) {
        ObjectNode params = JSON.createObjectNode();
        request.query().forEach((key, values) -> {
            if (values.size() == 1) {
                params.put(key, values.getFirst());
            } else {
                ArrayNode all = params.putArray(key);
                values.forEach(all::add);
            }
        });
        return new Call(params);
    }

    private Call(JsonNode item, String what) {
        if (!(item instanceof ObjectNode object)) {
            throw bad("Invalid value for parameter '" + what + "': each item must be an object");
        }
        this.params = object;
    }

    JsonNode raw(String name) {
        JsonNode value = params.get(name);
        return value == null || value.isNull() ? MissingNode.getInstance() : value;
    }

    /// @throws TarnException `BAD_REQUEST` when it is missing or empty
    String string(String name) {
        String value = optional(name);
        if (value == null || value.isEmpty()) {
            throw bad("Missing value for required parameter '" + name + "'.");
        }
        return value;
    }

    @Nullable
    String optional(String name) {
        JsonNode value = raw(name);
        if (value.isMissingNode()) {
            return null;
        }
        if (value.isContainerNode()) {
            throw bad("Invalid value for parameter '" + name + "': expected text");
        }
        String text = value.asText();
        if (text.indexOf('\0') >= 0) {
            throw bad("Invalid value for parameter '" + name + "': it holds a null character");
        }
        return text;
    }

    String optional(String name, String otherwise) {
        String value = optional(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }

    /// Text that may be empty but must be there.
    String text(String name) {
        String value = optional(name);
        if (value == null) {
            throw bad("Missing value for required parameter '" + name + "'.");
        }
        return value;
    }

    boolean bool(String name) {
        return Boolean.parseBoolean(optional(name, "false"));
    }

    long number(String name) {
        return parse(name, string(name));
    }

    long number(String name, long otherwise) {
        String value = optional(name, "");
        return value.isEmpty() ? otherwise : parse(name, value);
    }

    @Nullable
    Long optionalNumber(String name) {
        String value = optional(name, "");
        return value.isEmpty() ? null : (Long) parse(name, value);
    }

    static long parse(String name, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw bad("Invalid value '" + shown(value) + "' for parameter '" + name + "': expected a whole number");
        }
    }

    /// A number, or one of the words that JSON has no number for: `NaN`, `Infinity`, `-Infinity`.
    double real(String name) {
        JsonNode value = raw(name);
        if (value.isNumber()) {
            return value.doubleValue();
        }
        try {
            return Double.parseDouble(string(name));
        } catch (NumberFormatException e) {
            throw bad("Got invalid value " + shown(string(name)) + " for parameter '" + name + "': expected a number");
        }
    }

    /// `max_results`, from 1 to the most.
    int limit(int otherwise, int most) {
        long wanted = number("max_results", otherwise);
        if (wanted < 1 || wanted > most) {
            throw bad(
                    "Invalid value " + wanted + " for parameter 'max_results' supplied: it must be from 1 to " + most);
        }
        return (int) wanted;
    }

    List<String> strings(String name) {
        JsonNode value = raw(name);
        List<String> all = new ArrayList<>();
        if (value.isArray()) {
            value.forEach(item -> all.add(item.asText()));
        } else if (!value.isMissingNode()) {
            all.add(value.asText());
        }
        return all;
    }

    /// Experiments' ids; none when absent.
    List<Long> ids(String name) {
        List<Long> ids = new ArrayList<>();
        for (String text : strings(name)) {
            try {
                ids.add(Long.parseLong(text));
            } catch (NumberFormatException e) {
                throw bad("Invalid experiment ID '" + shown(text) + "'");
            }
        }
        return ids;
    }

    /// A list of objects; empty when absent.
    List<Call> items(String name) {
        JsonNode value = raw(name);
        if (!value.isMissingNode() && !value.isArray()) {
            throw bad("Invalid value for parameter '" + name + "': expected a list");
        }
        List<Call> all = new ArrayList<>();
        value.forEach(item -> all.add(new Call(item, name)));
        return all;
    }

    /// A list of `{"key": …, "value": …}`.
    Map<String, String> pairs(String name) {
        Map<String, String> all = new LinkedHashMap<>();
        for (Call item : items(name)) {
            String key = item.string("key");
            String value = item.optional("value");
            if (all.put(key, value == null ? "" : value) != null) {
                throw bad("Duplicate key '" + shown(key) + "' in parameter '" + name + "'");
            }
        }
        return all;
    }

    /// An experiment's id; `0` is the default experiment's.
    long experimentId() {
        return number("experiment_id", 0);
    }

    /// `run_id`, or `run_uuid` as older clients write it.
    String runId() {
        String id = optional("run_id", optional("run_uuid", ""));
        if (id.isEmpty()) {
            throw bad("Missing value for required parameter 'run_id'.");
        }
        return id;
    }

    static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }

    private static String shown(String value) {
        return value.length() > 100 ? value.substring(0, 100) + "…" : value;
    }
}
