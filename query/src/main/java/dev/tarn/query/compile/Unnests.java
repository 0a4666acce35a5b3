package dev.tarn.query.compile;

import io.trino.spi.type.ArrayType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.JoinType;
import io.trino.sql.planner.plan.UnnestNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// UNNEST: arrays and maps side by side, the shorter ones padded with nulls, which both engines do alike.
final class Unnests {
    private Unnests() {}

    static Select compile(RelationCompiler compiler, UnnestNode node) {
        Select source = compiler.compile(node.getSource()).nested();
        boolean keepsEmpty = node.getJoinType() == JoinType.LEFT;
        if (!keepsEmpty && node.getJoinType() != JoinType.INNER) {
            throw Refused.because("UNNEST in a RIGHT or FULL JOIN");
        }
        List<String> lengths = new ArrayList<>();
        for (UnnestNode.Mapping mapping : node.getMappings()) {
            String input = Select.name(mapping.getInput().name());
            lengths.add(
                    mapping.getInput().type() instanceof MapType
                            ? "coalesce(cardinality(" + input + "), 0)"
                            : "coalesce(len(" + input + "), 0)");
        }
        String length = lengths.size() == 1 ? lengths.getFirst() : "greatest(" + String.join(", ", lengths) + ")";
        String rows = keepsEmpty ? "greatest(" + length + ", 1)" : length;

        // One row per element, with its position; elements are then taken by position.
        Map<String, Select.Column> positions = new LinkedHashMap<>(source.columns());
        positions.put("$at", new Select.Column("unnest(range(1, CAST(" + rows + " AS BIGINT) + 1))", false));
        Select repeated = source.withWindows(positions).nested();

        Map<String, Select.Column> columns = new LinkedHashMap<>();
        node.getReplicateSymbols()
                .forEach(symbol -> columns.put(symbol.name(), new Select.Column(Select.name(symbol.name()), true)));
        node.getMappings().forEach(mapping -> elements(mapping, columns));
        node.getOrdinalitySymbol()
                .ifPresent(symbol -> columns.put(
                        symbol.name(),
                        new Select.Column(
                                keepsEmpty
                                        ? "CASE WHEN " + length + " = 0 THEN NULL ELSE CAST(\"$at\" AS BIGINT) END"
                                        : "CAST(\"$at\" AS BIGINT)",
                                false)));
        return repeated.withColumns(columns);
    }

    private static void elements(UnnestNode.Mapping mapping, Map<String, Select.Column> columns) {
        String input = Select.name(mapping.getInput().name());
        List<Symbol> outputs = mapping.getOutputs();
        switch (mapping.getInput().type()) {
            case MapType ignored -> {
                columns.put(outputs.get(0).name(), element("map_keys(" + input + ")"));
                columns.put(outputs.get(1).name(), element("map_values(" + input + ")"));
            }
            case ArrayType array
            when array.getElementType() instanceof RowType -> {
                for (int i = 0; i < outputs.size(); i++) {
                    columns.put(
                            outputs.get(i).name(),
                            new Select.Column(Rows.field("list_extract(" + input + ", \"$at\")", i), false));
                }
            }
            default -> columns.put(outputs.getFirst().name(), element(input));
        }
    }

    private static Select.Column element(String list) {
        return new Select.Column("list_extract(" + list + ", \"$at\")", false);
    }
}
