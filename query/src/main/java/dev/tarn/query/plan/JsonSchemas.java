package dev.tarn.query.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaException;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.OutputFormat;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.SpecVersionDetector;
import com.networknt.schema.ValidationMessage;
import com.networknt.schema.resource.DisallowSchemaLoader;
import dev.tarn.core.http.Json;
import io.airlift.slice.Slice;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.spi.function.Description;
import io.trino.spi.function.ScalarFunction;
import io.trino.spi.function.SqlType;
import io.trino.spi.type.StandardTypes;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// JSON schemas of drafts 4 to 2020-12, and the SQL function that holds texts against them. A schema stands alone:
/// nothing that it refers to elsewhere is read.
public final class JsonSchemas {
    private static final int KEPT_MAX = 100;
    private static final ObjectMapper MAPPER = JsonMapper.builder(Json.factory())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final SchemaValidatorsConfig CONFIG =
            SchemaValidatorsConfig.builder().failFast(true).build();
    private static final Map<Slice, JsonSchema> KEPT = new ConcurrentHashMap<>();

    private JsonSchemas() {}

    /// What keeps a text from being a schema; empty when nothing does.
    public static Optional<String> fault(String schema) {
        try {
            compiled(schema);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    /// A value of maps, lists, texts and numbers as JSON.
    public static String text(Object value) {
        try {
            return MAPPER.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /// Whether a text is JSON that a schema admits. It is Tarn's own function, and so in no list of Trino's.
    @ScalarFunction(value = "json_matches_schema", hidden = true)
    @Description("Whether a text is JSON that a JSON schema admits")
    @SqlType(StandardTypes.BOOLEAN)
    public static boolean matches(
            @SqlType(StandardTypes.VARCHAR) Slice json, @SqlType(StandardTypes.VARCHAR) Slice schema) {
        JsonSchema against = kept(schema);
        JsonNode node;
        try {
            node = MAPPER.readTree(json.toStringUtf8());
        } catch (JsonProcessingException e) {
            return false;
        }
        return !node.isMissingNode() && against.validate(node, OutputFormat.BOOLEAN);
    }

    private static JsonSchema kept(Slice schema) {
        JsonSchema known = KEPT.get(schema);
        if (known == null) {
            if (KEPT.size() >= KEPT_MAX) {
                KEPT.clear();
            }
            try {
                known = compiled(schema.toStringUtf8());
            } catch (IllegalArgumentException e) {
                throw new TrinoException(StandardErrorCode.INVALID_FUNCTION_ARGUMENT, e.getMessage(), e);
            }
            // The slice may lie within a larger one that would be kept with it.
            KEPT.put(schema.copy(), known);
        }
        return known;
    }

    private static JsonSchema compiled(String text) {
        try {
            JsonNode node = MAPPER.readTree(text);
            if (!node.isObject() && !node.isBoolean()) {
                throw new IllegalArgumentException("A JSON schema is an object, or true or false");
            }
            VersionFlag draft =
                    SpecVersionDetector.detectOptionalVersion(node, false).orElse(VersionFlag.V202012);
            Set<ValidationMessage> faults = JsonSchemaFactory.getInstance(draft)
                    .getSchema(SchemaLocation.of(draft.getId()))
                    .validate(node);
            if (!faults.isEmpty()) {
                throw new IllegalArgumentException(
                        "This is no JSON schema: " + faults.iterator().next().getMessage());
            }
            JsonSchema schema = JsonSchemaFactory.getInstance(
                            draft,
                            builder ->
                                    builder.schemaLoaders(loaders -> loaders.add(DisallowSchemaLoader.getInstance())))
                    .getSchema(node, CONFIG);
            schema.initializeValidators();
            return schema;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("This is no JSON schema: " + e.getOriginalMessage(), e);
        } catch (JsonSchemaException e) {
            throw new IllegalArgumentException(
                    "This JSON schema cannot be used; what it refers to must be part of it: " + e.getMessage(), e);
        }
    }
}
