package dev.tarn.query.plan;

import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;

/// How large a plan may be. DuckDB walks a statement by recursion on the caller's stack and ends the process when
/// that is used up (400 joined tables, with a stack of a megabyte), so a plan that could come near is refused here.
/// Trino refuses plans of more than 150 stages.
final class PlanLimits {
    /// Joins, aggregations and other steps that stand on each other; projections and conditions do not count.
    private static final int DEPTH_MAX = 200;

    /// Queries that one UNION puts together.
    private static final int SOURCES_MAX = 500;

    private PlanLimits() {}

    /// @throws TrinoException `QUERY_HAS_TOO_MANY_STAGES`
    static void check(PlanNode root) {
        check(root, 0);
    }

    private static void check(PlanNode node, int above) {
        int depth = node instanceof ProjectNode || node instanceof FilterNode ? above : above + 1;
        if (depth > DEPTH_MAX || node.getSources().size() > SOURCES_MAX) {
            throw new TrinoException(
                    StandardErrorCode.QUERY_HAS_TOO_MANY_STAGES,
                    "The statement joins, nests or unites too much: " + DEPTH_MAX + " steps on each other and "
                            + SOURCES_MAX + " queries in a UNION are the most; split it with CREATE TABLE AS");
        }
        for (PlanNode source : node.getSources()) {
            check(source, depth);
        }
    }
}
