package dev.tarn.query.compile;

import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.MarkDistinctNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/// Marks the first row of each group of equal ones; MERGE finds rows that match twice by it.
final class MarkDistinct {
    private MarkDistinct() {}

    static Select compile(RelationCompiler compiler, MarkDistinctNode node) {
        Select source = compiler.compile(node.getSource()).nested();
        for (Symbol symbol : node.getDistinctSymbols()) {
            if (!Operators.plainlyComparable(symbol.type())) {
                throw Refused.because(
                        "DISTINCT over values of type " + symbol.type().getDisplayName());
            }
        }
        String keys = node.getDistinctSymbols().stream()
                .map(symbol -> Select.name(symbol.name()))
                .collect(Collectors.joining(", "));
        Map<String, Select.Column> columns = new LinkedHashMap<>(source.columns());
        columns.put(
                node.getMarkerSymbol().name(),
                new Select.Column("(row_number() OVER (PARTITION BY " + keys + ") = 1)", false));
        return source.withWindows(columns);
    }
}
