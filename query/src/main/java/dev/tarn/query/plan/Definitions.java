package dev.tarn.query.plan;

import static io.airlift.concurrent.MoreFutures.getFutureValue;
import static io.trino.execution.querystats.PlanOptimizersStatsCollector.createPlanOptimizersStatsCollector;
import static io.trino.execution.warnings.WarningCollector.NOOP;

import dev.tarn.query.SessionChanges;
import io.trino.Session;
import io.trino.SystemSessionProperties;
import io.trino.exchange.ExchangeMetricsCollector;
import io.trino.execution.AddColumnTask;
import io.trino.execution.CallTask;
import io.trino.execution.CommentTask;
import io.trino.execution.CommitTask;
import io.trino.execution.CreateMaterializedViewTask;
import io.trino.execution.CreateSchemaTask;
import io.trino.execution.CreateTableTask;
import io.trino.execution.CreateViewTask;
import io.trino.execution.DataDefinitionTask;
import io.trino.execution.DeallocateTask;
import io.trino.execution.DropColumnTask;
import io.trino.execution.DropDefaultValueTask;
import io.trino.execution.DropMaterializedViewTask;
import io.trino.execution.DropNotNullConstraintTask;
import io.trino.execution.DropSchemaTask;
import io.trino.execution.DropTableTask;
import io.trino.execution.DropViewTask;
import io.trino.execution.PrepareTask;
import io.trino.execution.QueryStateMachine;
import io.trino.execution.RefreshViewTask;
import io.trino.execution.RenameColumnTask;
import io.trino.execution.RenameMaterializedViewTask;
import io.trino.execution.RenameTableTask;
import io.trino.execution.RenameViewTask;
import io.trino.execution.ResetSessionTask;
import io.trino.execution.RollbackTask;
import io.trino.execution.SessionPropertyEvaluator;
import io.trino.execution.SetColumnTypeTask;
import io.trino.execution.SetDefaultValueTask;
import io.trino.execution.SetPropertiesTask;
import io.trino.execution.SetSessionTask;
import io.trino.execution.SetTimeZoneTask;
import io.trino.execution.StartTransactionTask;
import io.trino.execution.TruncateTableTask;
import io.trino.execution.UseTask;
import io.trino.metadata.Metadata;
import io.trino.security.AccessControl;
import io.trino.spi.resourcegroups.QueryType;
import io.trino.spi.resourcegroups.ResourceGroupId;
import io.trino.sql.SqlEnvironmentConfig;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.tree.AddColumn;
import io.trino.sql.tree.Call;
import io.trino.sql.tree.Comment;
import io.trino.sql.tree.Commit;
import io.trino.sql.tree.CreateMaterializedView;
import io.trino.sql.tree.CreateSchema;
import io.trino.sql.tree.CreateTable;
import io.trino.sql.tree.CreateView;
import io.trino.sql.tree.Deallocate;
import io.trino.sql.tree.DropColumn;
import io.trino.sql.tree.DropDefaultValue;
import io.trino.sql.tree.DropMaterializedView;
import io.trino.sql.tree.DropNotNullConstraint;
import io.trino.sql.tree.DropSchema;
import io.trino.sql.tree.DropTable;
import io.trino.sql.tree.DropView;
import io.trino.sql.tree.Prepare;
import io.trino.sql.tree.RefreshView;
import io.trino.sql.tree.RenameColumn;
import io.trino.sql.tree.RenameMaterializedView;
import io.trino.sql.tree.RenameTable;
import io.trino.sql.tree.RenameView;
import io.trino.sql.tree.ResetSession;
import io.trino.sql.tree.Rollback;
import io.trino.sql.tree.SetColumnType;
import io.trino.sql.tree.SetDefaultValue;
import io.trino.sql.tree.SetProperties;
import io.trino.sql.tree.SetSession;
import io.trino.sql.tree.SetTimeZone;
import io.trino.sql.tree.StartTransaction;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.TruncateTable;
import io.trino.sql.tree.Use;
import io.trino.transaction.TransactionId;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/// Statements that change the catalog or the session: each is carried out by Trino's own task for it, over
/// [LakeMetadata].
public final class Definitions {
    private static final ExchangeMetricsCollector EXCHANGES =
            new ExchangeMetricsCollector(List::of, Duration.ofMinutes(5));

    private final TrinoFrontEnd trino;
    private final Map<Class<? extends Statement>, DataDefinitionTask<?>> tasks;

    Definitions(TrinoFrontEnd trino, AnalyzerFactory analyzers) {
        this.trino = trino;
        Metadata metadata = trino.metadata;
        AccessControl access = trino.accessControl;
        this.tasks = Map.ofEntries(
                Map.entry(CreateSchema.class, new CreateSchemaTask(trino.context, access, trino.schemaProperties)),
                Map.entry(DropSchema.class, new DropSchemaTask(metadata, access)),
                Map.entry(
                        CreateTable.class,
                        new CreateTableTask(trino.context, access, trino.columnProperties, trino.tableProperties)),
                Map.entry(DropTable.class, new DropTableTask(metadata, access)),
                Map.entry(TruncateTable.class, new TruncateTableTask(metadata, access)),
                Map.entry(RenameTable.class, new RenameTableTask(metadata, access)),
                Map.entry(AddColumn.class, new AddColumnTask(trino.context, access, trino.columnProperties)),
                Map.entry(DropColumn.class, new DropColumnTask(metadata, access)),
                Map.entry(RenameColumn.class, new RenameColumnTask(metadata, access)),
                Map.entry(SetColumnType.class, new SetColumnTypeTask(metadata, trino.context.getTypeManager(), access)),
                Map.entry(DropNotNullConstraint.class, new DropNotNullConstraintTask(metadata, access)),
                Map.entry(SetDefaultValue.class, new SetDefaultValueTask(trino.context, access)),
                Map.entry(DropDefaultValue.class, new DropDefaultValueTask(metadata, access)),
                Map.entry(
                        SetProperties.class,
                        new SetPropertiesTask(
                                trino.context, access, trino.tableProperties, trino.materializedViewProperties)),
                Map.entry(Comment.class, new CommentTask(metadata, access)),
                Map.entry(
                        CreateView.class,
                        new CreateViewTask(trino.context, access, trino.parser, analyzers, trino.viewProperties)),
                Map.entry(DropView.class, new DropViewTask(metadata, access)),
                Map.entry(
                        RefreshView.class,
                        new RefreshViewTask(trino.context, access, user -> Set.of(), trino.parser, analyzers)),
                Map.entry(
                        CreateMaterializedView.class,
                        new CreateMaterializedViewTask(
                                trino.context, access, trino.parser, analyzers, trino.materializedViewProperties)),
                Map.entry(DropMaterializedView.class, new DropMaterializedViewTask(metadata, access)),
                Map.entry(RenameMaterializedView.class, new RenameMaterializedViewTask(metadata, access)),
                Map.entry(RenameView.class, new RenameViewTask(metadata, access)),
                Map.entry(Use.class, new UseTask(metadata, access)),
                Map.entry(
                        SetSession.class,
                        new SetSessionTask(
                                new SessionPropertyEvaluator(
                                        trino.context, access, trino.sessionProperties, new SqlEnvironmentConfig()),
                                access)),
                Map.entry(ResetSession.class, new ResetSessionTask(metadata, trino.sessionProperties)),
                Map.entry(SetTimeZone.class, new SetTimeZoneTask(trino.context, access)),
                Map.entry(Call.class, new CallTask(trino.transactions, trino.context, access, trino.procedures)),
                Map.entry(StartTransaction.class, new StartTransactionTask(trino.transactions)),
                Map.entry(Commit.class, new CommitTask(trino.transactions)),
                Map.entry(Rollback.class, new RollbackTask(trino.transactions)),
                Map.entry(Prepare.class, new PrepareTask(trino.parser)),
                Map.entry(Deallocate.class, new DeallocateTask()));
    }

    /// What a statement did.
    public record Done(String updateType, SessionChanges changes) {}

    /// Carries a statement out; empty when it is of another kind.
    ///
    /// @param session outside any transaction
    public Optional<Done> run(Session session, String sql, Planner.Prepared prepared) {
        DataDefinitionTask<?> task = tasks.get(prepared.statement().getClass());
        return task == null ? Optional.empty() : Optional.of(run(task, session, sql, prepared));
    }

    @SuppressWarnings("unchecked")
    private <T extends Statement> Done run(
            DataDefinitionTask<T> task, Session session, String sql, Planner.Prepared prepared) {
        Executor direct = Runnable::run;
        boolean transactionControl = prepared.statement() instanceof StartTransaction
                || prepared.statement() instanceof Commit
                || prepared.statement() instanceof Rollback;
        QueryStateMachine machine = QueryStateMachine.begin(
                Optional.empty(),
                sql,
                Optional.empty(),
                session,
                URI.create("http://127.0.0.1"),
                new ResourceGroupId("statements"),
                transactionControl,
                trino.transactions,
                trino.accessControl,
                direct,
                trino.metadata,
                NOOP,
                createPlanOptimizersStatsCollector(),
                EXCHANGES,
                Optional.of(QueryType.DATA_DEFINITION),
                false,
                Optional.empty(),
                TrinoFrontEnd.VERSION);
        if (transactionControl) {
            getFutureValue(task.execute((T) prepared.statement(), machine, prepared.parameters(), NOOP));
            return new Done(task.getName(), changes(prepared.statement(), machine));
        }
        if (session.getTransactionId().isPresent()) {
            OpenTransactions.use(trino.transactions, session, () -> {
                getFutureValue(task.execute((T) prepared.statement(), machine, prepared.parameters(), NOOP));
                trino.metadata.cleanupQuery(machine.getSession());
                return true;
            });
            return new Done(task.getName(), changes(prepared.statement(), machine));
        }
        TransactionId transaction = machine.getSession().getRequiredTransactionId();
        boolean done = false;
        try {
            getFutureValue(task.execute((T) prepared.statement(), machine, prepared.parameters(), NOOP));
            done = true;
        } finally {
            trino.metadata.cleanupQuery(machine.getSession());
            getFutureValue(
                    done ? trino.transactions.asyncCommit(transaction) : trino.transactions.asyncAbort(transaction));
        }
        return new Done(task.getName(), changes(prepared.statement(), machine));
    }

    private static SessionChanges changes(Statement statement, QueryStateMachine machine) {
        Optional<Use> use = statement instanceof Use found ? Optional.of(found) : Optional.empty();
        return new SessionChanges(
                use.flatMap(Use::getCatalog).map(name -> name.getValue().toLowerCase(Locale.ROOT)),
                use.map(found -> found.getSchema().getValue().toLowerCase(Locale.ROOT)),
                Optional.ofNullable(machine.getSetSessionProperties().get(SystemSessionProperties.TIME_ZONE_ID))
                        .map(ZoneId::of),
                machine.getSetSessionProperties(),
                machine.getResetSessionProperties(),
                machine.getAddedPreparedStatements(),
                machine.getDeallocatedPreparedStatements(),
                statement instanceof StartTransaction
                        ? machine.updateQueryInfo(Optional.empty())
                                .getStartedTransactionId()
                                .map(TransactionId::toString)
                        : Optional.empty(),
                statement instanceof Commit || statement instanceof Rollback);
    }
}
