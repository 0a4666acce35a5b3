package dev.tarn.query.compile;

import io.trino.sql.ir.Booleans;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.ApplyNode;
import io.trino.sql.planner.plan.CorrelatedJoinNode;
import io.trino.sql.planner.plan.EnforceSingleRowNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.ValuesNode;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Subqueries, which stay subqueries: DuckDB turns EXISTS, IN and scalar subqueries into semi-, anti- and single
/// joins, and decorrelates them. Columns of outer queries are found by their names, which are unique.
final class Subqueries {
    private Subqueries() {}

    /// EXISTS, IN and quantified comparisons.
    static Select apply(RelationCompiler compiler, ApplyNode node) {
        Set<Symbol> needed = new HashSet<>(node.getCorrelation());
        node.getSubqueryAssignments().values().forEach(expression -> needed.addAll(expression.inputs()));
        Select input = seeing(compiler.compile(node.getInput()), needed);
        Map<String, Select.Column> columns = new LinkedHashMap<>(input.columns());
        node.getSubqueryAssignments()
                .forEach((symbol, expression) -> columns.put(
                        symbol.name(), new Select.Column(set(compiler, node.getSubquery(), expression), false)));
        return input.withColumns(columns);
    }

    /// The input with its columns `needed` in sight of a subquery, which finds outer columns in FROM. Nesting only
    /// where it must be leaves several subqueries beside each other in one WHERE, below which DuckDB can join.
    private static Select seeing(Select input, Set<Symbol> needed) {
        boolean inSight = input.filterable()
                && needed.stream().allMatch(symbol -> {
                    Select.Column column = input.columns().get(symbol.name());
                    return column == null || column.sql().equals(Select.name(symbol.name()));
                });
        return inSight ? input : input.nested();
    }

    private static String set(RelationCompiler compiler, PlanNode subquery, ApplyNode.SetExpression expression) {
        Select rows = compiler.compile(subquery);
        return switch (expression) {
            case ApplyNode.Exists ignored ->
                "EXISTS (" + rows.withColumns(Map.of()).sql() + ")";
            case ApplyNode.In in -> {
                requirePlain(in.value(), "IN");
                yield "(" + Select.name(in.value().name()) + " IN (" + only(rows, in.reference()) + "))";
            }
            case ApplyNode.QuantifiedComparison comparison -> {
                requirePlain(comparison.value(), "a quantified comparison");
                String quantifier = switch (comparison.quantifier()) {
                    case ALL -> "ALL";
                    case ANY, SOME -> "ANY";
                };
                String operator = switch (comparison.operator()) {
                    case EQUAL -> "=";
                    case NOT_EQUAL -> "<>";
                    case LESS_THAN -> "<";
                    case LESS_THAN_OR_EQUAL -> "<=";
                    case GREATER_THAN -> ">";
                    case GREATER_THAN_OR_EQUAL -> ">=";
                };
                yield "(" + Select.name(comparison.value().name()) + " " + operator + " " + quantifier + " ("
                        + only(rows, comparison.reference()) + "))";
            }
        };
    }

    private static void requirePlain(Symbol value, String what) {
        if (!Operators.plainlyComparable(value.type())) {
            throw Refused.because("A subquery under " + what + " with values of type "
                    + value.type().getDisplayName());
        }
    }

    private static String only(Select rows, Symbol column) {
        return rows.withColumns(Map.of(column.name(), rows.columns().get(column.name())))
                .sql();
    }

    /// Scalar subqueries and LATERAL.
    static Select join(RelationCompiler compiler, CorrelatedJoinNode node) {
        Select input = seeing(compiler.compile(node.getInput()), Set.copyOf(node.getCorrelation()));
        boolean unconditional = node.getFilter().equals(Booleans.TRUE);
        List<Symbol> outputs = node.getSubquery().getOutputSymbols();
        if (unconditional && outputs.size() == 1 && isScalar(node.getSubquery())) {
            Map<String, Select.Column> columns = new LinkedHashMap<>(input.columns());
            PlanNode rows =
                    node.getSubquery() instanceof EnforceSingleRowNode single ? single.getSource() : node.getSubquery();
            columns.put(
                    outputs.getFirst().name(),
                    new Select.Column("(" + compiler.compile(rows).sql() + ")", false));
            return input.withColumns(columns);
        }
        input = input.nested();
        String subquery = compiler.compile(node.getSubquery()).sql();
        String condition = unconditional ? "true" : compiler.expressions.compile(node.getFilter(), Scope.names());
        String type = switch (node.getType()) {
            case INNER -> "INNER JOIN";
            case LEFT -> "LEFT JOIN";
            case RIGHT, FULL -> throw Refused.because("A LATERAL subquery in a RIGHT or FULL JOIN");
        };
        String from = "(" + input.from() + "\n" + type + " LATERAL (" + subquery + ") ON " + condition + ")";
        return Select.from(
                from, node.getOutputSymbols().stream().map(Symbol::name).toList());
    }

    /// Whether the plan gives exactly one row, as it stands or because more than one is an error.
    private static boolean isScalar(PlanNode node) {
        return switch (node) {
            case EnforceSingleRowNode ignored -> true;
            case ProjectNode project -> isScalar(project.getSource());
            case AggregationNode aggregation ->
                aggregation.hasEmptyGroupingSet() && aggregation.getGroupingSetCount() == 1;
            case ValuesNode values -> values.getRowCount() == 1;
            default -> false;
        };
    }

    /// A subquery that must give one row, outside of an expression.
    static Select single(RelationCompiler compiler, EnforceSingleRowNode node) {
        if (node.getOutputSymbols().size() != 1) {
            throw Refused.because("A subquery for one row of several columns");
        }
        Symbol symbol = node.getOutputSymbols().getFirst();
        String scalar = "(" + compiler.compile(node.getSource()).sql() + ")";
        return Select.of("range(1)", Map.of(symbol.name(), new Select.Column(scalar, false)));
    }
}
