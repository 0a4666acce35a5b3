package dev.tarn.query.compile;

import io.trino.sql.ir.Booleans;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.JoinNode;
import io.trino.sql.planner.plan.JoinType;
import java.util.ArrayList;
import java.util.List;

/// Joins. The statement keeps the order in which it was written; DuckDB reorders.
final class Joins {
    private Joins() {}

    static Select compile(RelationCompiler compiler, JoinNode join) {
        Select left = compiler.compile(join.getLeft()).nested();
        Select right = compiler.compile(join.getRight()).nested();
        List<String> conditions = new ArrayList<>();
        for (JoinNode.EquiJoinClause clause : join.getCriteria()) {
            conditions.add(compiler.expressions.matches(
                    clause.getLeft().type(),
                    Select.name(clause.getLeft().name()),
                    Select.name(clause.getRight().name())));
        }
        join.getFilter()
                .filter(filter -> !filter.equals(Booleans.TRUE))
                .ifPresent(filter -> conditions.add(compiler.expressions.compile(filter, Scope.names())));
        String from = left.from() + "\n" + type(join.getType(), conditions) + "\n" + right.from()
                + on(join.getType(), conditions);
        return Select.from(
                "(" + from + ")",
                join.getOutputSymbols().stream().map(Symbol::name).toList());
    }

    private static String type(JoinType type, List<String> conditions) {
        return switch (type) {
            case INNER -> conditions.isEmpty() ? "CROSS JOIN" : "INNER JOIN";
            case LEFT -> "LEFT JOIN";
            case RIGHT -> "RIGHT JOIN";
            case FULL -> "FULL JOIN";
        };
    }

    private static String on(JoinType type, List<String> conditions) {
        if (conditions.isEmpty()) {
            return type == JoinType.INNER ? "" : " ON true";
        }
        return " ON " + String.join(" AND ", conditions);
    }
}
