package dev.tarn.query.plan;

import io.trino.cost.CostCalculator;
import io.trino.cost.CostProvider;
import io.trino.cost.PlanCostEstimate;
import io.trino.cost.PlanNodeStatsEstimate;
import io.trino.cost.StatsCalculator;
import io.trino.sql.PlannerContext;
import io.trino.sql.planner.PlanOptimizers;
import io.trino.sql.planner.RuleStatsRecorder;
import io.trino.sql.planner.iterative.IterativeOptimizer;
import io.trino.sql.planner.iterative.Rule;
import io.trino.sql.planner.iterative.rule.CanonicalizeExpressions;
import io.trino.sql.planner.iterative.rule.DesugarLambdaExpression;
import io.trino.sql.planner.iterative.rule.EvaluateZeroSample;
import io.trino.sql.planner.iterative.rule.ImplementBernoulliSampleAsFilter;
import io.trino.sql.planner.iterative.rule.ImplementTableFunctionSource;
import io.trino.sql.planner.iterative.rule.InlineProjections;
import io.trino.sql.planner.iterative.rule.MergeFilters;
import io.trino.sql.planner.iterative.rule.MergeLimitWithSort;
import io.trino.sql.planner.iterative.rule.MergeUnion;
import io.trino.sql.planner.iterative.rule.RemoveFullSample;
import io.trino.sql.planner.iterative.rule.RemoveRedundantEnforceSingleRowNode;
import io.trino.sql.planner.iterative.rule.RemoveRedundantIdentityProjections;
import io.trino.sql.planner.iterative.rule.RemoveTrivialFilters;
import io.trino.sql.planner.iterative.rule.RewriteExcludeColumnsFunctionToProjection;
import io.trino.sql.planner.iterative.rule.SimplifyExpressions;
import io.trino.sql.planner.iterative.rule.SimplifyFilterPredicate;
import io.trino.sql.planner.iterative.rule.UnwrapCastInComparison;
import io.trino.sql.planner.iterative.rule.UnwrapRowSubscript;
import io.trino.sql.planner.iterative.rule.UnwrapSingleColumnRowInApply;
import io.trino.sql.planner.optimizations.PlanOptimizer;
import java.util.List;
import java.util.Set;

/// What is done to Trino's first plan before it is compiled.
///
/// Only what needs Trino's own meaning is done here: constants are folded by Trino's arithmetic, sugar is removed,
/// columns nobody reads are pruned. Conditions of filters are simplified as there, for it shows: that a comparison is
/// null becomes that one of its sides is null, which for arrays with null elements is something else. Subqueries stay
/// subqueries, and neither predicates are pushed nor joins reordered: DuckDB decorrelates, pushes and reorders the
/// one statement it is given, with better knowledge of the files, and doing it twice costs time twice.
final class Optimizers {
    private Optimizers() {}

    static List<PlanOptimizer> list(PlannerContext context) {
        RuleStatsRecorder recorder = new RuleStatsRecorder();
        StatsCalculator stats = (node, statsContext) -> PlanNodeStatsEstimate.unknown();
        CostCalculator cost = Optimizers::noCost;
        Set<Rule<?>> pruning = PlanOptimizers.columnPruningRules(context.getMetadata());
        // Folding evaluates a lambda without its columns unless they have become arguments of their own, so that
        // comes first, as in Trino.
        IterativeOptimizer captures = new IterativeOptimizer(
                "DesugarLambdas", context, recorder, stats, cost, new DesugarLambdaExpression().rules());
        IterativeOptimizer simplify = new IterativeOptimizer(
                "Simplify",
                context,
                recorder,
                stats,
                cost,
                com.google.common.collect.ImmutableSet.<Rule<?>>builder()
                        .addAll(pruning)
                        .addAll(new SimplifyExpressions(context).rules())
                        .addAll(new UnwrapRowSubscript(context).rules())
                        .addAll(new UnwrapCastInComparison(context).rules())
                        .addAll(new CanonicalizeExpressions(context).rules())
                        .add(new SimplifyFilterPredicate(context.getMetadata()))
                        .add(new ImplementTableFunctionSource(context.getMetadata()))
                        .add(new RewriteExcludeColumnsFunctionToProjection())
                        .add(new UnwrapSingleColumnRowInApply())
                        .add(new MergeFilters())
                        .add(new MergeUnion())
                        .add(new MergeLimitWithSort())
                        .add(new InlineProjections())
                        .add(new RemoveRedundantIdentityProjections())
                        .add(new RemoveTrivialFilters())
                        .add(new RemoveFullSample())
                        .add(new EvaluateZeroSample())
                        .add(new ImplementBernoulliSampleAsFilter(context.getMetadata()))
                        .add(new RemoveRedundantEnforceSingleRowNode())
                        .build());
        return List.of(captures, simplify);
    }

    private static PlanCostEstimate noCost(
            io.trino.sql.planner.plan.PlanNode node,
            io.trino.cost.StatsProvider stats,
            CostProvider sources,
            io.trino.Session session) {
        return PlanCostEstimate.unknown();
    }
}
