package dev.tarn.query.compile;

import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.ExceptNode;
import io.trino.sql.planner.plan.IntersectNode;
import io.trino.sql.planner.plan.SetOperationNode;
import io.trino.sql.planner.plan.UnionNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// UNION ALL (UNION is an aggregation over it), INTERSECT and EXCEPT.
final class SetOperations {
    private SetOperations() {}

    static Select union(RelationCompiler compiler, UnionNode node) {
        return combine(compiler, node, "UNION ALL");
    }

    static Select intersect(RelationCompiler compiler, IntersectNode node) {
        return combine(compiler, node, node.isDistinct() ? "INTERSECT" : "INTERSECT ALL");
    }

    static Select except(RelationCompiler compiler, ExceptNode node) {
        return combine(compiler, node, node.isDistinct() ? "EXCEPT" : "EXCEPT ALL");
    }

    private static Select combine(RelationCompiler compiler, SetOperationNode node, String operator) {
        List<String> sides = new ArrayList<>();
        for (int i = 0; i < node.getSources().size(); i++) {
            Select source = compiler.compile(node.getSources().get(i));
            Map<String, Select.Column> columns = new LinkedHashMap<>();
            for (Symbol output : node.getOutputSymbols()) {
                if (!(node instanceof UnionNode) && !DuckType.isGroupable(output.type())) {
                    throw Refused.because(
                            operator + " of values of type " + output.type().getDisplayName());
                }
                Symbol input = node.getSymbolMapping().get(output).get(i);
                columns.put(output.name(), source.columns().get(input.name()));
            }
            Select side = source.withColumns(columns);
            boolean ordered = !side.order().isEmpty()
                    || side.limit().isPresent()
                    || side.offset().isPresent();
            sides.add(ordered ? side.nested().sql() : side.sql());
        }
        return Select.from(
                "(" + String.join("\n" + operator + "\n", sides) + ")",
                node.getOutputSymbols().stream().map(Symbol::name).toList());
    }
}
