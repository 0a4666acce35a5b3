package dev.tarn.model.packaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.model.packaging.Encoder.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// What is kept beside a model's file, as `tarn.json`: how to encode, the threshold, the code.
///
/// @param format `xgboost` (the file is [#XGBOOST_FILE]) or `onnx` ([#ONNX_FILE])
/// @param code a commit or a hash of the project's files
/// @param typical each input's most usual value as a number, which a model that cannot be looked into is explained
///     against; empty for the others
public record ModelPackage(
        String format, Encoder encoder, OptionalDouble threshold, String code, List<Double> typical) {
    public static final String XGBOOST = "xgboost";
    public static final String ONNX = "onnx";
    public static final String XGBOOST_FILE = "model.ubj";
    public static final String ONNX_FILE = "model.onnx";
    public static final String DESCRIPTION_FILE = "tarn.json";

    private static final JsonMapper JSON = new JsonMapper();

    /// The name of the model's file.
    public String file() {
        return format.equals(ONNX) ? ONNX_FILE : XGBOOST_FILE;
    }

    /// MLflow's own description of the model, so that its clients load it too.
    public String mlmodel(String runId, String time) {
        String flavor = format.equals(ONNX)
                ? "  onnx:\n    data: " + ONNX_FILE + "\n    onnx_version: 1.16.0\n"
                : "  xgboost:\n    data: " + XGBOOST_FILE
                        + "\n    model_class: xgboost.core.Booster\n    model_format: ubj\n"
                        + "    xgb_version: 3.0.4\n";
        return "artifact_path: model\nflavors:\n" + flavor + "  tarn:\n    data: " + DESCRIPTION_FILE + "\nrun_id: "
                + runId + "\nutc_time_created: '" + time + "'\n";
    }

    public String toJson() {
        ObjectNode json = JSON.createObjectNode().put("format", format).put("code", code);
        threshold.ifPresent(value -> json.put("threshold", value));
        if (!typical.isEmpty()) {
            ArrayNode values = json.putArray("typical");
            // JSON has no number for a missing one.
            typical.forEach(value -> values.add(Double.isNaN(value) ? null : value));
        }
        ArrayNode inputs = json.putArray("inputs");
        for (Input input : encoder.inputs()) {
            ObjectNode one = inputs.addObject()
                    .put("name", input.name())
                    .put("kind", input.kind().name().toLowerCase(Locale.ROOT));
            if (input.kind() == Kind.CATEGORY) {
                ArrayNode words = one.putArray("words");
                input.words().forEach(words::add);
            }
        }
        ArrayNode columns = json.putArray("columns");
        for (Column column : encoder.columns()) {
            ObjectNode one = columns.addObject().put("input", column.input());
            switch (column) {
                case Column.Value(int input, double ifMissing, double center, double scale) -> {
                    one.put("as", "value");
                    if (!Double.isNaN(ifMissing)) {
                        one.put("if_missing", ifMissing);
                    }
                    one.put("center", center).put("scale", scale);
                }
                case Column.Code(int input) -> one.put("as", "code");
                case Column.IsWord(int input, int word, double center, double scale) ->
                    one.put("as", "is_word")
                            .put("word", word)
                            .put("center", center)
                            .put("scale", scale);
            }
        }
        return json.toPrettyString();
    }

    /// @throws TarnException `MODEL_INVALID` when it cannot be understood
    public static ModelPackage fromJson(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            List<Input> inputs = new ArrayList<>();
            for (JsonNode one : json.path("inputs")) {
                List<String> words = new ArrayList<>();
                one.path("words").forEach(word -> words.add(word.asText()));
                inputs.add(new Input(
                        one.path("name").asText(),
                        Kind.valueOf(one.path("kind").asText().toUpperCase(Locale.ROOT)),
                        words));
            }
            List<Column> columns = new ArrayList<>();
            for (JsonNode one : json.path("columns")) {
                columns.add(column(one, inputs));
            }
            if (inputs.isEmpty() || columns.isEmpty()) {
                throw new IllegalArgumentException("it names no inputs");
            }
            List<Double> typical = new ArrayList<>();
            json.path("typical").forEach(value -> typical.add(value.asDouble(Double.NaN)));
            if (!typical.isEmpty() && typical.size() != inputs.size()) {
                throw new IllegalArgumentException(
                        "it has " + typical.size() + " typical values for " + inputs.size() + " inputs");
            }
            String format = json.path("format").asText();
            if (!format.equals(ONNX) && !format.equals(XGBOOST)) {
                throw new IllegalArgumentException("its format is '" + format + "', neither xgboost nor onnx");
            }
            JsonNode threshold = json.path("threshold");
            return new ModelPackage(
                    format,
                    new Encoder(inputs, columns),
                    threshold.isNumber() ? OptionalDouble.of(threshold.doubleValue()) : OptionalDouble.empty(),
                    json.path("code").asText(),
                    typical);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new TarnException(
                    ErrorCode.MODEL_INVALID,
                    "the model's " + DESCRIPTION_FILE + " cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static Column column(JsonNode json, List<Input> inputs) {
        int input = json.path("input").asInt(-1);
        if (input < 0 || input >= inputs.size()) {
            throw new IllegalArgumentException("a column is made from input " + input);
        }
        double center = json.path("center").asDouble(0);
        double scale = json.path("scale").asDouble(1);
        return switch (json.path("as").asText()) {
            case "value" -> new Column.Value(input, json.path("if_missing").asDouble(Double.NaN), center, scale);
            case "code" -> new Column.Code(input);
            case "is_word" -> {
                int word = json.path("word").asInt(-1);
                if (word < 0 || word >= inputs.get(input).words().size()) {
                    throw new IllegalArgumentException("a column stands for word " + word);
                }
                yield new Column.IsWord(input, word, center, scale);
            }
            default ->
                throw new IllegalArgumentException(
                        "a column is made as '" + json.path("as").asText() + "'");
        };
    }
}
