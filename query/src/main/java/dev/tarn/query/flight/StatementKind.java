package dev.tarn.query.flight;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.VarcharType;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.tree.Analyze;
import io.trino.sql.tree.Commit;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.Deallocate;
import io.trino.sql.tree.Delete;
import io.trino.sql.tree.Execute;
import io.trino.sql.tree.ExecuteImmediate;
import io.trino.sql.tree.Explain;
import io.trino.sql.tree.ExplainAnalyze;
import io.trino.sql.tree.ExplainType;
import io.trino.sql.tree.Insert;
import io.trino.sql.tree.Merge;
import io.trino.sql.tree.Prepare;
import io.trino.sql.tree.RefreshMaterializedView;
import io.trino.sql.tree.ResetSession;
import io.trino.sql.tree.Rollback;
import io.trino.sql.tree.SetSession;
import io.trino.sql.tree.SetTimeZone;
import io.trino.sql.tree.StartTransaction;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.TableExecute;
import io.trino.sql.tree.Update;
import io.trino.sql.tree.Use;
import io.trino.util.StatementUtils;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.types.pojo.Schema;

/// What a statement answers with, known before it runs.
sealed interface StatementKind {
    /// Rows of these columns.
    record Rows(List<ResultColumn> columns) implements StatementKind {}

    /// A number of rows at most: it changes something.
    record Change() implements StatementKind {}

    /// What drivers are told: a change has no columns.
    default Schema schema() {
        return switch (this) {
            case Rows(List<ResultColumn> columns) -> ArrowTypes.schema(columns);
            case Change() -> new Schema(List.of());
        };
    }

    /// @throws TarnException what is wrong with the statement; `NOT_SUPPORTED` for those that change a session
    static StatementKind of(QueryEngine engine, QuerySession session, String sql) {
        return of(engine, session, sql, sql);
    }

    /// @param whole what the engine is asked to describe
    private static StatementKind of(QueryEngine engine, QuerySession session, String sql, String whole) {
        Statement statement;
        try {
            statement = new SqlParser().createStatement(sql);
        } catch (ParsingException e) {
            return new Rows(engine.describe(session, whole)); // which says what is wrong
        }
        refuseSessions(statement);
        return switch (statement) {
            case ExecuteImmediate immediate ->
                of(engine, session, immediate.getStatement().getValue(), whole);
            case Explain explain -> new Rows(List.of(explained(explain)));
            case ExplainAnalyze ignored -> new Rows(List.of(new ResultColumn("Query Plan", VarcharType.VARCHAR)));
            case TableExecute ignored ->
                new Rows(List.of(
                        new ResultColumn("metric_name", VarcharType.VARCHAR),
                        new ResultColumn("metric_value", BigintType.BIGINT)));
            case Analyze ignored -> new Change();
            case Insert ignored -> new Change();
            case Update ignored -> new Change();
            case Delete ignored -> new Change();
            case Merge ignored -> new Change();
            case CreateTableAsSelect ignored -> new Change();
            case RefreshMaterializedView ignored -> new Change();
            default -> isDefinition(statement) ? new Change() : new Rows(engine.describe(session, whole));
        };
    }

    /// @throws TarnException `NOT_SUPPORTED` for statements that change a session
    static void refuseSessions(String sql) {
        try {
            refuseSessions(new SqlParser().createStatement(sql));
        } catch (ParsingException e) {
            // The engine says it better.
        }
    }

    private static void refuseSessions(Statement statement) {
        switch (statement) {
            case Use ignored -> throw sessionless("USE", "the header 'schema'");
            case SetSession ignored -> throw sessionless("SET SESSION", "the headers 'schema' and 'branch'");
            case ResetSession ignored -> throw sessionless("RESET SESSION", "the headers 'schema' and 'branch'");
            case SetTimeZone ignored -> throw sessionless("SET TIME ZONE", "the header 'time-zone'");
            case Prepare ignored -> throw sessionless("PREPARE", "a prepared statement of your driver's");
            case Execute ignored -> throw sessionless("EXECUTE", "a prepared statement of your driver's");
            case Deallocate ignored -> throw sessionless("DEALLOCATE", "a prepared statement of your driver's");
            case StartTransaction ignored -> throw sessionless("START TRANSACTION", "the Trino protocol");
            case Commit ignored -> throw sessionless("COMMIT", "the Trino protocol");
            case Rollback ignored -> throw sessionless("ROLLBACK", "the Trino protocol");
            default -> {}
        }
    }

    private static boolean isDefinition(Statement statement) {
        return StatementUtils.getQueryType(statement)
                .filter(QueryType.DATA_DEFINITION::equals)
                .isPresent();
    }

    private static ResultColumn explained(Explain explain) {
        Optional<ExplainType.Type> type = explain.getOptions().stream()
                .filter(ExplainType.class::isInstance)
                .map(option -> ((ExplainType) option).getType())
                .findFirst();
        return type.filter(ExplainType.Type.VALIDATE::equals).isPresent()
                ? new ResultColumn("Valid", BooleanType.BOOLEAN)
                : new ResultColumn("Query Plan", VarcharType.VARCHAR);
    }

    private static TarnException sessionless(String what, String instead) {
        return new TarnException(
                ErrorCode.NOT_SUPPORTED,
                what + " has no effect beyond its own call over Arrow Flight SQL: use " + instead + " instead");
    }
}
