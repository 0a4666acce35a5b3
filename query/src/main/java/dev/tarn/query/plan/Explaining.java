package dev.tarn.query.plan;

import io.trino.cost.ComposableStatsCalculator;
import io.trino.cost.FilterStatsCalculator;
import io.trino.cost.PlanCostEstimate;
import io.trino.cost.ScalarStatsCalculator;
import io.trino.cost.StatsCalculator;
import io.trino.cost.StatsCalculatorModule.StatsRulesProvider;
import io.trino.cost.StatsNormalizer;
import io.trino.execution.QueryManagerConfig;
import io.trino.sql.analyzer.QueryExplainerFactory;
import io.trino.sql.planner.PlanFragmenter;
import io.trino.sql.planner.PlanOptimizersFactory;
import io.trino.sql.planner.optimizations.AdaptivePlanOptimizer;
import io.trino.sql.planner.optimizations.PlanOptimizer;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.SimplePlanRewriter;
import io.trino.sql.planner.plan.TableScanNode;
import io.trino.sql.rewrite.ShowStatsRewrite;
import java.util.ArrayList;
import java.util.List;

/// Trino's estimates: SHOW STATS, for a table or for a query. They are computed from a table's statistics by Trino's
/// own rules; plans themselves are made without them, since DuckDB orders the joins.
final class Explaining {
    private Explaining() {}

    /// The optimizers of all statements.
    private record Chosen(List<PlanOptimizer> getPlanOptimizers) implements PlanOptimizersFactory {
        @Override
        public List<AdaptivePlanOptimizer> getAdaptivePlanOptimizers() {
            return List.of();
        }
    }

    /// Says of every scan what only Trino's own execution would ask, without which no plan is valid to it.
    private static PlanNode scansDecided(PlanNode plan, PlanOptimizer.Context context) {
        return SimplePlanRewriter.rewriteWith(
                new SimplePlanRewriter<Void>() {
                    @Override
                    public PlanNode visitTableScan(TableScanNode node, RewriteContext<Void> rewrite) {
                        return node.withUseConnectorNodePartitioning(false);
                    }
                },
                plan);
    }

    static ShowStatsRewrite showStats(TrinoFrontEnd trino, List<PlanOptimizer> optimizers) {
        List<PlanOptimizer> all = new ArrayList<>(optimizers);
        all.add(Explaining::scansDecided);
        StatsNormalizer normalizer = new StatsNormalizer();
        ScalarStatsCalculator scalars = new ScalarStatsCalculator(trino.context);
        FilterStatsCalculator filters = new FilterStatsCalculator(trino.context, scalars, normalizer);
        StatsCalculator statistics = new ComposableStatsCalculator(
                new StatsRulesProvider(scalars, filters, normalizer, trino.metadata).get());
        return new ShowStatsRewrite(
                trino.metadata,
                new QueryExplainerFactory(
                        new Chosen(all),
                        new PlanFragmenter(
                                trino.metadata,
                                trino.context.getFunctionManager(),
                                trino.transactions,
                                trino.catalogs(),
                                trino.context.getLanguageFunctionManager(),
                                new QueryManagerConfig()),
                        trino.context,
                        statistics,
                        (node, stats, sources, session) -> PlanCostEstimate.unknown(),
                        TrinoFrontEnd.VERSION),
                statistics);
    }
}
