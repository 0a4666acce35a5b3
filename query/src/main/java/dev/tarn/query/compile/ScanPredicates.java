package dev.tarn.query.compile;

import io.trino.sql.ir.Expression;
import io.trino.sql.ir.IrUtils;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.ExpressionSymbolInliner;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.SymbolsExtractor;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.ApplyNode;
import io.trino.sql.planner.plan.CorrelatedJoinNode;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.JoinNode;
import io.trino.sql.planner.plan.JoinType;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.SortNode;
import io.trino.sql.planner.plan.TableScanNode;
import io.trino.sql.planner.plan.UnionNode;
import io.trino.sql.planner.plan.UnnestNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Carries the conditions of a plan down to its scans, only so that Iceberg leaves out partitions and files that
/// cannot matter: the filters themselves stay where they are.
final class ScanPredicates {
    private ScanPredicates() {}

    static void collect(PlanNode root, Map<PlanNode, List<Expression>> found) {
        visit(root, List.of(), found);
    }

    private static void visit(PlanNode node, List<Expression> known, Map<PlanNode, List<Expression>> found) {
        switch (node) {
            case TableScanNode scan -> found.put(scan, known);
            case FilterNode filter -> {
                List<Expression> all = new ArrayList<>(known);
                all.addAll(IrUtils.extractConjuncts(filter.getPredicate()));
                visit(filter.getSource(), all, found);
            }
            case ProjectNode project -> visit(project.getSource(), through(project, known), found);
            case JoinNode join -> {
                List<Expression> on =
                        join.getFilter().map(IrUtils::extractConjuncts).orElse(List.of());
                List<Expression> all = new ArrayList<>(known);
                all.addAll(on);
                // A side that is filled up with nulls matters only where ON holds, and its absence matters too.
                visit(join.getLeft(), over(join.getLeft(), side(join.getType(), JoinType.LEFT, known, on, all)), found);
                visit(
                        join.getRight(),
                        over(join.getRight(), side(join.getType(), JoinType.RIGHT, known, on, all)),
                        found);
            }
            case ApplyNode apply -> {
                visit(apply.getInput(), over(apply.getInput(), known), found);
                visit(apply.getSubquery(), List.of(), found);
            }
            case CorrelatedJoinNode join -> {
                visit(join.getInput(), over(join.getInput(), known), found);
                visit(join.getSubquery(), List.of(), found);
            }
            case AggregationNode aggregation -> {
                boolean plain = aggregation.getGroupingSetCount() == 1;
                Set<Symbol> keys = new HashSet<>(aggregation.getGroupingKeys());
                visit(aggregation.getSource(), plain ? only(keys, known) : List.of(), found);
            }
            case UnionNode union -> {
                for (int i = 0; i < union.getSources().size(); i++) {
                    Map<Symbol, Reference> inputs = new HashMap<>();
                    for (Symbol output : union.getOutputSymbols()) {
                        inputs.put(
                                output,
                                union.getSymbolMapping().get(output).get(i).toSymbolReference());
                    }
                    visit(union.getSources().get(i), replaced(inputs, known), found);
                }
            }
            case SortNode sort -> visit(sort.getSource(), known, found);
            case UnnestNode unnest -> visit(unnest.getSource(), over(unnest.getSource(), known), found);
            default -> node.getSources().forEach(source -> visit(source, List.of(), found));
        }
    }

    /// @param kept the type of join that keeps every row of this side
    private static List<Expression> side(
            JoinType type, JoinType kept, List<Expression> known, List<Expression> on, List<Expression> all) {
        if (type == JoinType.FULL) {
            return List.of();
        }
        if (type == JoinType.INNER) {
            return all;
        }
        return type == kept ? known : on;
    }

    private static List<Expression> through(ProjectNode project, List<Expression> known) {
        Map<Symbol, Reference> inputs = new HashMap<>();
        project.getAssignments().forEach((symbol, expression) -> {
            if (expression instanceof Reference reference) {
                inputs.put(symbol, reference);
            }
        });
        return replaced(inputs, known);
    }

    private static List<Expression> replaced(Map<Symbol, Reference> inputs, List<Expression> known) {
        return only(inputs.keySet(), known).stream()
                .map(conjunct -> ExpressionSymbolInliner.inlineSymbols(inputs, conjunct))
                .toList();
    }

    private static List<Expression> over(PlanNode node, List<Expression> known) {
        return only(new HashSet<>(node.getOutputSymbols()), known);
    }

    private static List<Expression> only(Set<Symbol> symbols, List<Expression> known) {
        return known.stream()
                .filter(conjunct -> symbols.containsAll(SymbolsExtractor.extractUnique(conjunct)))
                .toList();
    }
}
