package dev.tarn.serve.predict;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// The bodies of MLflow's scoring protocol: `dataframe_records`, `dataframe_split`, `instances`, `inputs`.
final class Invocations {
    private Invocations() {}

    static List<JsonNode> rows(JsonNode body) {
        if (body.has("dataframe_records")) {
            return list(body.get("dataframe_records"));
        } else if (body.has("instances")) {
            return list(body.get("instances"));
        } else if (body.has("inputs")) {
            JsonNode inputs = body.get("inputs");
            return inputs.isObject() ? columns(inputs) : list(inputs);
        } else if (body.has("dataframe_split")) {
            JsonNode columns = body.get("dataframe_split").path("columns");
            List<JsonNode> rows = new ArrayList<>();
            for (JsonNode values : body.get("dataframe_split").path("data")) {
                if (values.size() != columns.size()) {
                    throw RequestReader.bad("row " + rows.size() + " has " + values.size() + " values for "
                            + columns.size() + " columns");
                }
                ObjectNode row = PredictFace.JSON.createObjectNode();
                for (int i = 0; i < columns.size(); i++) {
                    row.set(columns.get(i).asText(), values.get(i));
                }
                rows.add(row);
            }
            return rows;
        }
        throw RequestReader.bad("expected one of dataframe_records, dataframe_split, instances, inputs");
    }

    private static List<JsonNode> list(JsonNode array) {
        if (!array.isArray()) {
            throw RequestReader.bad("expected a list of records");
        }
        List<JsonNode> rows = new ArrayList<>();
        array.forEach(rows::add);
        return rows;
    }

    private static List<JsonNode> columns(JsonNode inputs) {
        List<JsonNode> rows = new ArrayList<>();
        inputs.properties().forEach(column -> {
            for (int i = 0; i < column.getValue().size(); i++) {
                if (rows.size() <= i) {
                    rows.add(PredictFace.JSON.createObjectNode());
                }
                ((ObjectNode) rows.get(i))
                        .set(column.getKey(), column.getValue().get(i));
            }
        });
        return rows;
    }
}
