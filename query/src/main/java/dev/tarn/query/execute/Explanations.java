package dev.tarn.query.execute;

import dev.tarn.query.CompiledQuery;
import dev.tarn.query.compile.QueryCompiler;
import dev.tarn.query.compile.QueryCompiler.Compiled;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.plan.Planner;
import dev.tarn.query.plan.Planner.Planned;
import dev.tarn.query.plan.Planner.Prepared;
import io.trino.Session;
import io.trino.cost.PlanCostEstimate;
import io.trino.cost.PlanNodeStatsEstimate;
import io.trino.cost.StatsAndCosts;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import io.trino.sql.planner.Plan;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.planprinter.IoPlanPrinter;
import io.trino.sql.planner.planprinter.PlanPrinter;
import io.trino.sql.tree.Explain;
import io.trino.sql.tree.ExplainFormat;
import io.trino.sql.tree.ExplainType;
import java.lang.ref.Reference;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/// EXPLAIN in its forms, and EXPLAIN ANALYZE. The plan is Trino's; what runs, and is measured, is the DuckDB statement
/// that it becomes, so a distributed plan is the logical one.
final class Explanations {
    private final Planner planner;
    private final QueryCompiler compiler;
    private final DuckDb duckDb;

    Explanations(Planner planner, QueryCompiler compiler, DuckDb duckDb) {
        this.planner = planner;
        this.compiler = compiler;
        this.duckDb = duckDb;
    }

    Done explained(String id, Session session, Explain explain, Prepared prepared) {
        ExplainType.Type type = explain.getOptions().stream()
                .filter(ExplainType.class::isInstance)
                .map(option -> ((ExplainType) option).getType())
                .findFirst()
                .orElse(ExplainType.Type.DISTRIBUTED);
        ExplainFormat.Type format = explain.getOptions().stream()
                .filter(ExplainFormat.class::isInstance)
                .map(option -> ((ExplainFormat) option).getType())
                .findFirst()
                .orElse(type == ExplainType.Type.IO ? ExplainFormat.Type.JSON : ExplainFormat.Type.TEXT);
        return switch (type) {
            case VALIDATE -> {
                planner.inTransaction(session, inside -> planner.analyze(inside, prepared));
                yield Done.valid(id);
            }
            case IO -> Done.text(id, "Query Plan", inputs(session, prepared, format));
            case LOGICAL, DISTRIBUTED ->
                Done.text(
                        id,
                        "Query Plan",
                        switch (format) {
                            case TEXT -> text(session, prepared);
                            case JSON -> json(session, prepared);
                            case GRAPHVIZ ->
                                planner.inTransaction(
                                        session,
                                        inside -> PlanPrinter.graphvizLogicalPlan(
                                                planner.plan(inside, prepared).root()));
                        });
        };
    }

    private String inputs(Session session, Prepared prepared, ExplainFormat.Type format) {
        if (format != ExplainFormat.Type.JSON) {
            throw new TrinoException(StandardErrorCode.NOT_SUPPORTED, "Unsupported explain format: " + format);
        }
        return planner.inTransaction(session, inside -> {
            PlanNode root = planner.plan(inside, prepared).root();
            StatsAndCosts unknown = StatsAndCosts.create(
                    root, node -> PlanNodeStatsEstimate.unknown(), node -> PlanCostEstimate.unknown());
            return IoPlanPrinter.textIoPlan(new Plan(root, unknown), planner.context(), inside);
        });
    }

    private String json(Session session, Prepared prepared) {
        return planner.inTransaction(
                session,
                inside -> PlanPrinter.jsonLogicalPlan(
                        planner.plan(inside, prepared).root(),
                        inside,
                        planner.context().getMetadata(),
                        planner.context().getFunctionManager(),
                        StatsAndCosts.empty()));
    }

    /// The plan, and for a query the DuckDB statement.
    String text(Session session, Prepared prepared) {
        return planner.inTransaction(session, inside -> {
            Planned planned = planner.plan(inside, prepared);
            if (Writes.isWrite(planned.root())
                    || TableProcedures.find(planned.root()).isPresent()) {
                return plan(inside, planned);
            }
            Compiled compiled = compiler.query(planned);
            String models =
                    compiled.models().isEmpty() ? "" : "\nPredicts with " + String.join(", ", compiled.models()) + "\n";
            return plan(inside, planned) + models + "\nDuckDB statement:\n"
                    + compiled.query().duckSql();
        });
    }

    private String plan(Session session, Planned planned) {
        return PlanPrinter.textLogicalPlan(
                planned.root(),
                planner.context().getMetadata(),
                planner.context().getFunctionManager(),
                StatsAndCosts.empty(),
                session,
                0,
                false);
    }

    /// Runs a query and says where DuckDB spent the time.
    String analyzed(Session session, Prepared prepared, Duration timeMax) {
        return planner.inTransaction(session, inside -> {
            Planned planned = planner.plan(inside, prepared);
            if (Writes.isWrite(planned.root())
                    || TableProcedures.find(planned.root()).isPresent()) {
                throw new TrinoException(
                        StandardErrorCode.NOT_SUPPORTED,
                        "EXPLAIN ANALYZE of a statement that writes is not supported by the embedded engine; analyze"
                                + " its query alone");
            }
            CompiledQuery query = compiler.query(planned).query();
            return plan(inside, planned) + "\n" + measured(query, timeMax);
        });
    }

    private String measured(CompiledQuery query, Duration timeMax) {
        try (Connection connection = duckDb.connect();
                Statement statement = connection.createStatement();
                Deadline deadline = new Deadline(statement, timeMax)) {
            try (ResultSet rows = statement.executeQuery("EXPLAIN ANALYZE " + query.duckSql())) {
                StringBuilder text = new StringBuilder();
                while (rows.next()) {
                    text.append(rows.getString(rows.getMetaData().getColumnCount()));
                }
                return text.toString();
            } catch (SQLException e) {
                throw deadline.explain(e);
            } finally {
                // Its Java functions are there as long as it is.
                Reference.reachabilityFence(query);
            }
        } catch (SQLException e) {
            throw Failures.of(e);
        }
    }
}
