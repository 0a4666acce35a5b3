package dev.tarn.serve.datamart;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.http.Face;
import dev.tarn.core.http.Request;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.serve.predict.ServeErrors;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Datamarts over HTTP. `GET PATH?limit=&offset=&sort=-amount&column=value&column.gte=5` lists rows;
/// `GET PATH/KEY` is one. An ETag names the snapshots that were read. What a caller may see is decided by
/// the engine, for the caller's own identity.
public final class DatamartFace implements Face {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Set<String> OWN = Set.of("limit", "offset", "sort");
    private static final Map<String, String> OPERATORS =
            Map.of("eq", "=", "ne", "<>", "gt", ">", "gte", ">=", "lt", "<", "lte", "<=");

    private final Supplier<QueryEngine> engine;
    private final List<Datamart> datamarts;
    private final List<Route> routes = new ArrayList<>();

    public DatamartFace(Supplier<QueryEngine> engine, List<Datamart> datamarts) {
        this.engine = engine;
        this.datamarts = List.copyOf(datamarts);
        routes.add(new Route("GET", "/datamarts/openapi.json", this::openApi));
        for (Datamart datamart : datamarts) {
            routes.add(new Route("GET", datamart.path(), request -> list(datamart, request)));
            if (datamart.key().isPresent()) {
                routes.add(new Route("GET", datamart.path() + "/{key}", request -> one(datamart, request)));
            }
        }
    }

    @Override
    public List<Route> routes() {
        return List.copyOf(routes);
    }

    @Override
    public Response error(Request request, Throwable failure) {
        return ServeErrors.response(failure);
    }

    private static QuerySession session(Request request) {
        return QuerySession.of(request.identity()).withZone(ZoneOffset.UTC);
    }

    private Response list(Datamart datamart, Request request) {
        Map<String, String> types = types(datamart, request);
        long limit = number(request, "limit", datamart.rowsDefault());
        if (limit > datamart.rowsMax()) {
            throw bad("'limit' is at most " + datamart.rowsMax());
        }
        long offset = number(request, "offset", 0);
        StringBuilder sql = new StringBuilder("SELECT * FROM " + datamart.source() + " AS t");
        List<String> conditions = new ArrayList<>();
        request.query().forEach((name, values) -> {
            if (!OWN.contains(name)) {
                values.forEach(value -> conditions.add(condition(types, name, value)));
            }
        });
        if (!conditions.isEmpty()) {
            sql.append(" WHERE ").append(String.join(" AND ", conditions));
        }
        sql.append(" ORDER BY ").append(order(datamart, types, request.queryParam("sort")));
        sql.append(" OFFSET ").append(offset).append(" LIMIT ").append(limit + 1);
        String etag = etag(request, sql.toString());
        if (etag.equals(request.header("If-None-Match"))) {
            return Response.of(304).with("ETag", etag);
        }
        List<Map<String, @Nullable Object>> rows = rows(request, sql.toString());
        Map<String, Object> answer = new TreeMap<>();
        boolean more = rows.size() > limit;
        answer.put("items", more ? rows.subList(0, (int) limit) : rows);
        answer.put("limit", limit);
        answer.put("offset", offset);
        if (more) {
            answer.put("next_offset", offset + limit);
        }
        return json(answer).with("ETag", etag);
    }

    private Response one(Datamart datamart, Request request) {
        Map<String, String> types = types(datamart, request);
        String key = datamart.key().orElseThrow();
        String sql = "SELECT * FROM " + datamart.source() + " AS t WHERE "
                + condition(types, key, request.pathParam("key")) + " LIMIT 1";
        String etag = etag(request, sql);
        if (etag.equals(request.header("If-None-Match"))) {
            return Response.of(304).with("ETag", etag);
        }
        List<Map<String, @Nullable Object>> rows = rows(request, sql);
        if (rows.isEmpty()) {
            throw new TarnException(
                    ErrorCode.NOT_FOUND, datamart.path() + " has no row with " + key + " " + request.pathParam("key"));
        }
        return json(rows.getFirst()).with("ETag", etag);
    }

    private Map<String, String> types(Datamart datamart, Request request) {
        Map<String, String> types = new java.util.LinkedHashMap<>();
        for (ResultColumn column :
                engine.get().describe(session(request), "SELECT * FROM " + datamart.source() + " AS t")) {
            types.put(column.name(), column.type().getDisplayName());
        }
        return types;
    }

    /// `column=value` or `column.operator=value`, with the value as a literal of the column's type.
    private static String condition(Map<String, String> types, String name, String value) {
        int dot = name.lastIndexOf('.');
        String operator = dot > 0 ? name.substring(dot + 1) : "eq";
        String column = dot > 0 ? name.substring(0, dot) : name;
        String type = types.get(column);
        if (type == null) {
            throw bad("unknown parameter '" + name + "'"
                    + Nearest.of(column, types.keySet())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("; columns are " + String.join(", ", types.keySet())));
        }
        String sign = OPERATORS.get(operator);
        if (sign == null) {
            throw bad("unknown operator '" + operator + "' in '" + name + "'; known are "
                    + String.join(", ", OPERATORS.keySet().stream().sorted().toList()));
        }
        if (value.indexOf('\0') >= 0) {
            throw bad("a value holds a null character");
        }
        String literal = "'" + value.replace("'", "''") + "'";
        String text = type.startsWith("varchar") || type.startsWith("char")
                ? literal
                : "CAST(" + literal + " AS " + type + ")";
        return quoted(column) + " " + sign + " " + text;
    }

    private static String order(Datamart datamart, Map<String, String> types, @Nullable String sort) {
        List<String> parts = new ArrayList<>();
        if (sort != null) {
            for (String part : sort.split(",", -1)) {
                boolean descending = part.startsWith("-");
                String column = descending ? part.substring(1) : part;
                if (!types.containsKey(column)) {
                    throw bad("cannot sort by '" + column + "'; columns are " + String.join(", ", types.keySet()));
                }
                parts.add(quoted(column) + (descending ? " DESC" : " ASC"));
            }
        }
        // Pages need one order: the key, or everything.
        if (datamart.key().isPresent()) {
            parts.add(quoted(datamart.key().get()));
        } else {
            types.forEach((column, type) -> {
                if (!type.startsWith("map") && !type.startsWith("json")) {
                    parts.add(quoted(column));
                }
            });
        }
        return String.join(", ", parts);
    }

    /// Names what is read: the statement and the snapshots of its tables.
    private String etag(Request request, String sql) {
        CompiledQuery compiled = engine.get().compile(session(request), sql);
        StringBuilder state = new StringBuilder(request.identity().user()).append(sql);
        compiled.reads().forEach(read -> state.append(read));
        java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
        crc.update(state.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return "\"" + Long.toHexString(crc.getValue()) + "-"
                + Integer.toHexString(state.toString().hashCode()) + "\"";
    }

    private List<Map<String, @Nullable Object>> rows(Request request, String sql) {
        try (QueryResult result = engine.get().execute(session(request), sql)) {
            List<Map<String, @Nullable Object>> rows = new ArrayList<>();
            List<ResultColumn> columns = result.columns();
            for (List<@Nullable Object> row : result.all()) {
                Map<String, @Nullable Object> named = new java.util.LinkedHashMap<>();
                for (int i = 0; i < columns.size(); i++) {
                    named.put(columns.get(i).name(), row.get(i));
                }
                rows.add(named);
            }
            return rows;
        }
    }

    private Response openApi(Request request) {
        ObjectNode json = JSON.createObjectNode().put("openapi", "3.1.0");
        json.putObject("info").put("title", "Datamarts").put("version", "1");
        ObjectNode paths = json.putObject("paths");
        for (Datamart datamart : datamarts) {
            Map<String, String> types = types(datamart, request);
            ObjectNode get = paths.putObject(datamart.path()).putObject("get").put("summary", datamart.description());
            ArrayNode parameters = get.putArray("parameters");
            for (String own : List.of("limit", "offset", "sort")) {
                parameter(parameters, own, own.equals("sort") ? "string" : "integer", "query");
            }
            types.forEach((column, type) -> parameter(parameters, column, jsonType(type), "query"));
            get.putObject("responses")
                    .putObject("200")
                    .put("description", "rows")
                    .set("content", rowContent(types, true));
            datamart.key().ifPresent(key -> {
                ObjectNode one = paths.putObject(datamart.path() + "/{key}").putObject("get");
                parameter(one.putArray("parameters"), "key", jsonType(types.getOrDefault(key, "varchar")), "path");
                one.putObject("responses")
                        .putObject("200")
                        .put("description", "the row")
                        .set("content", rowContent(types, false));
            });
        }
        return json(json);
    }

    private static void parameter(ArrayNode parameters, String name, String type, String in) {
        parameters
                .addObject()
                .put("name", name)
                .put("in", in)
                .put("required", in.equals("path"))
                .putObject("schema")
                .put("type", type);
    }

    private static ObjectNode rowContent(Map<String, String> types, boolean list) {
        ObjectNode content = JSON.createObjectNode();
        ObjectNode schema =
                content.putObject("application/json").putObject("schema").put("type", "object");
        ObjectNode row = list
                ? schema.putObject("properties")
                        .putObject("items")
                        .put("type", "array")
                        .putObject("items")
                        .put("type", "object")
                : schema;
        ObjectNode properties = row.putObject("properties");
        types.forEach((column, type) -> properties
                .putObject(column)
                .putArray("type")
                .add(jsonType(type))
                .add("null"));
        return content;
    }

    private static String jsonType(String type) {
        return switch (type) {
            case "tinyint", "smallint", "integer", "bigint" -> "integer";
            case "real", "double" -> "number";
            case "boolean" -> "boolean";
            default -> "string";
        };
    }

    private static long number(Request request, String name, long otherwise) {
        String text = request.queryParam(name);
        if (text == null) {
            return otherwise;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Answered below, like a negative number.
        }
        throw bad("'" + name + "' is a whole number of at least 0, not '" + text + "'");
    }

    private static String quoted(String column) {
        return '"' + column.replace("\"", "\"\"") + '"';
    }

    private static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }

    private static Response json(Object value) {
        try {
            return Response.json(200, JSON.writeValueAsBytes(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
