package dev.tarn.lake.rest;

import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Request;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.catalog.LakeCatalog;
import java.io.IOException;
import java.io.InputStream;
import org.apache.iceberg.rest.RESTSerializers;

/// Iceberg's REST messages as JSON.
final class RestJson {
    private static final ObjectMapper MAPPER = mapper();

    private RestJson() {}

    private static ObjectMapper mapper() {
        ObjectMapper mapper = new ObjectMapper();
        mapper.setVisibility(PropertyAccessor.FIELD, Visibility.ANY);
        mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        mapper.setPropertyNamingStrategy(new PropertyNamingStrategies.KebabCaseStrategy());
        RESTSerializers.registerAll(mapper);
        return mapper;
    }

    static <T> T read(Request request, Class<T> type) throws IOException {
        return read(tree(request), type);
    }

    static JsonNode tree(Request request) throws IOException {
        try (InputStream body = request.body()) {
            JsonNode tree = MAPPER.readTree(body);
            if (tree == null || !tree.isObject()) {
                throw new TarnException(ErrorCode.BAD_REQUEST, "expected a JSON object as the request's body");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw notUnderstood(e);
        }
    }

    static <T> T read(JsonNode tree, Class<T> type) {
        try {
            return MAPPER.treeToValue(tree, type);
        } catch (JsonProcessingException e) {
            throw notUnderstood(e);
        }
    }

    static byte[] bytes(Object body) {
        try {
            return MAPPER.writeValueAsBytes(body);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Writes into every new snapshot of a table's changes who makes it, whatever the client itself says.
    static void sign(JsonNode change, Identity identity) {
        for (JsonNode update : change.path("updates")) {
            if (update.path("action").asText().equals("add-snapshot")
                    && update.path("snapshot").path("summary") instanceof ObjectNode summary) {
                summary.put(LakeCatalog.USER, identity.user());
            }
        }
    }

    private static TarnException notUnderstood(JsonProcessingException e) {
        return new TarnException(
                ErrorCode.BAD_REQUEST, "the request's body is not understood: " + e.getOriginalMessage(), e);
    }
}
