package dev.tarn.server.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.govern.lineage.ColumnGraph;
import dev.tarn.govern.lineage.ColumnGraph.Column;
import dev.tarn.govern.lineage.ColumnGraph.Direction;
import dev.tarn.govern.lineage.ColumnGraph.Reached;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The answer to where a column comes from and goes to.
///
/// @param columns the columns that were asked about, each with what it reaches in each direction
public record ColumnPaths(Map<Column, Map<Direction, List<Reached>>> columns) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// @param asked `schema.table.column`, or `schema.table` for all of its columns
    /// @param directions which ways to follow
    /// @param decisions whether also to what merely decides
    /// @throws TarnException `NOT_FOUND` when there is no such table or column
    public static ColumnPaths of(ColumnGraph graph, String asked, Set<Direction> directions, boolean decisions) {
        Map<Column, Map<Direction, List<Reached>>> columns = new LinkedHashMap<>();
        for (Column column : named(graph, asked)) {
            Map<Direction, List<Reached>> ways = new EnumMap<>(Direction.class);
            directions.forEach(direction -> ways.put(direction, graph.reached(column, direction, decisions)));
            columns.put(column, ways);
        }
        return new ColumnPaths(columns);
    }

    private static List<Column> named(ColumnGraph graph, String asked) {
        Set<String> whole = graph.columns().get(asked);
        if (whole != null) {
            return whole.stream().map(name -> new Column(asked, name)).toList();
        }
        int dot = asked.lastIndexOf('.');
        if (dot > 0) {
            Column column = new Column(asked.substring(0, dot), asked.substring(dot + 1));
            if (graph.columns().getOrDefault(column.table(), Set.of()).contains(column.name())) {
                return List.of(column);
            }
        }
        List<String> known = new ArrayList<>(graph.columns().keySet());
        graph.columns().forEach((table, names) -> names.forEach(name -> known.add(table + "." + name)));
        throw new TarnException(
                ErrorCode.NOT_FOUND,
                "no table or column is called '" + asked + "'"
                        + Nearest.of(asked, known)
                                .map(near -> "; did you mean '" + near + "'?")
                                .orElse(": write schema.table.column, or schema.table; what has not been made yet has"
                                        + " no lineage"));
    }

    /// As JSON: `{"columns": [{"table", "column", "up": […], "down": […]}]}`.
    public ObjectNode json() {
        ObjectNode json = JSON.createObjectNode();
        ArrayNode all = json.putArray("columns");
        columns.forEach((column, ways) -> {
            ObjectNode one = all.addObject();
            one.put("table", column.table());
            one.put("column", column.name());
            ways.forEach((direction, reached) -> {
                ArrayNode list = one.putArray(direction == Direction.UP ? "up" : "down");
                reached.forEach(each -> {
                    ObjectNode entry = list.addObject();
                    entry.put("table", each.column().table());
                    entry.put("column", each.column().name());
                    entry.put("steps", each.steps());
                    entry.put("use", each.edge().use().name());
                    entry.put("direct", each.direct());
                    Column next = direction == Direction.UP
                            ? each.edge().to()
                            : each.edge().from();
                    entry.put("via", next.toString());
                });
            });
        });
        return json;
    }
}
