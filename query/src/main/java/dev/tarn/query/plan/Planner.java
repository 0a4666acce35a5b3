package dev.tarn.query.plan;

import static io.trino.execution.ParameterExtractor.bindParameters;
import static io.trino.execution.querystats.PlanOptimizersStatsCollector.createPlanOptimizersStatsCollector;
import static io.trino.execution.warnings.WarningCollector.NOOP;

import dev.tarn.query.QuerySession;
import dev.tarn.query.StatementInfo;
import io.trino.Session;
import io.trino.SystemSessionProperties;
import io.trino.cost.CachingTableStatsProvider;
import io.trino.cost.PlanCostEstimate;
import io.trino.cost.PlanNodeStatsEstimate;
import io.trino.execution.QueryPreparer;
import io.trino.execution.QueryPreparer.PreparedQuery;
import io.trino.spi.QueryId;
import io.trino.spi.security.Identity;
import io.trino.spi.type.TimeZoneKey;
import io.trino.sql.PlannerContext;
import io.trino.sql.SqlEnvironmentConfig;
import io.trino.sql.analyzer.Analysis;
import io.trino.sql.analyzer.AnalyzerFactory;
import io.trino.sql.parser.ParsingException;
import io.trino.sql.planner.LogicalPlanner;
import io.trino.sql.planner.PlanNodeIdAllocator;
import io.trino.sql.planner.optimizations.PlanOptimizer;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.sanity.PlanSanityChecker;
import io.trino.sql.rewrite.DescribeInputRewrite;
import io.trino.sql.rewrite.DescribeOutputRewrite;
import io.trino.sql.rewrite.ShowQueriesRewrite;
import io.trino.sql.rewrite.StatementRewrite;
import io.trino.sql.tree.DefaultTraversalVisitor;
import io.trino.sql.tree.Expression;
import io.trino.sql.tree.FunctionCall;
import io.trino.sql.tree.NodeRef;
import io.trino.sql.tree.Parameter;
import io.trino.sql.tree.Statement;
import io.trino.transaction.TransactionId;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;

/// Turns a statement's text into Trino's analysis and plan. Safe for any number of threads.
public final class Planner implements AutoCloseable {
    private final String catalog;
    private final TrinoFrontEnd trino;
    private final AnalyzerFactory analyzers;
    private final List<PlanOptimizer> optimizers;
    private final Predictions predictions;

    /// @param catalog the lake catalog's name in SQL
    /// @param catalogs opens the catalog of a branch
    public Planner(String catalog, Catalogs catalogs, LakeAccessControl accessControl, Predictions predictions) {
        this.catalog = catalog;
        this.predictions = predictions;
        this.trino = new TrinoFrontEnd(
                catalog, types -> new LakeConnector(catalog, catalogs, types, predictions), accessControl);
        this.optimizers = Optimizers.list(trino.context);
        this.analyzers = new AnalyzerFactory(
                trino.analyzers,
                new StatementRewrite(Set.of(
                        Explaining.showStats(trino, optimizers),
                        new DescribeInputRewrite(trino.parser),
                        new DescribeOutputRewrite(trino.parser),
                        new ShowQueriesRewrite(
                                new SqlEnvironmentConfig(),
                                trino.metadata,
                                trino.parser,
                                accessControl,
                                trino.sessionProperties,
                                trino.schemaProperties,
                                trino.columnProperties,
                                trino.tableProperties,
                                trino.viewProperties,
                                trino.materializedViewProperties))),
                trino.context.getTracer());
    }

    /// A statement ready to be analyzed: EXECUTE is replaced by what was prepared.
    public record Prepared(Statement statement, List<Expression> parameters) {}

    /// A query as Trino understands it.
    ///
    /// @param analysis every name, type, function and view that the statement refers to
    /// @param root the plan
    public record Planned(Session session, Analysis analysis, PlanNode root) {}

    /// Trino's services, for those who compile and run plans.
    public PlannerContext context() {
        return trino.context;
    }

    TrinoFrontEnd trino() {
        return trino;
    }

    /// Says who knows the statements that run, for `system.runtime.queries`.
    public void statements(Supplier<List<StatementInfo>> source) {
        trino.queries.from(source);
    }

    /// Statements that change the catalog or the session.
    public Definitions definitions() {
        return new Definitions(trino, analyzers);
    }

    /// What was meant by names that do not exist.
    public NearNames nearNames() {
        return new NearNames(trino.metadata);
    }

    /// The rows of tables outside the lake.
    public SystemRows systemRows() {
        return new SystemRows(trino);
    }

    /// What the predictions in a statement's text are pinned to now, such as `card_fraud version 3`; empty for a text
    /// that is no statement.
    public Set<String> predictions(String sql) {
        try {
            return predictions(trino.parser.createStatement(sql));
        } catch (ParsingException e) {
            return Set.of();
        }
    }

    /// The same of a statement.
    public Set<String> predictions(Statement statement) {
        Set<String> pinned = new TreeSet<>();
        new DefaultTraversalVisitor<Void>() {
            @Override
            protected Void visitFunctionCall(FunctionCall call, Void context) {
                List<String> parts = call.getName().getParts();
                if (parts.size() > 1 && parts.get(parts.size() - 2).equals(Predictions.SCHEMA)) {
                    pinned.add(predictions.pinned(parts.getLast()));
                }
                return super.visitFunctionCall(call, null);
            }
        }.process(statement, null);
        return pinned;
    }

    /// Reads the text.
    public Prepared prepare(Session session, String sql) {
        PreparedQuery prepared = new QueryPreparer(trino.parser).prepareQuery(session, sql);
        return new Prepared(prepared.getStatement(), prepared.getParameters());
    }

    /// The Trino session of a statement, in the transaction that its client began, or in none.
    public Session session(QuerySession session, String queryId) {
        Session.SessionBuilder builder = Session.builder(trino.sessionProperties)
                .setQueryId(QueryId.valueOf(queryId))
                .setIdentity(Identity.ofUser(session.identity().user()))
                .setOriginalIdentity(Identity.ofUser(session.identity().user()))
                .setSource(session.identity().client())
                .setCatalog(session.catalog())
                .setSchema(session.schema())
                .setLocale(Locale.ENGLISH)
                .setTimeZoneKey(TimeZoneKey.getTimeZoneKey(session.properties()
                        .getOrDefault(
                                SystemSessionProperties.TIME_ZONE_ID,
                                session.zone().getId())))
                .setCatalogSessionProperty(catalog, LakeConnector.BRANCH, session.branch());
        session.properties().forEach((name, value) -> {
            int dot = name.indexOf('.');
            if (dot < 0) {
                builder.setSystemProperty(name, value);
            } else {
                builder.setCatalogSessionProperty(name.substring(0, dot), name.substring(dot + 1), value);
            }
        });
        session.prepared().forEach(builder::addPreparedStatement);
        builder.setClientTransactionSupport();
        Session outside = builder.build();
        return session.transaction()
                .map(id -> OpenTransactions.find(trino.transactions, id))
                .map(id -> outside.beginTransactionId(id, trino.transactions, trino.accessControl))
                .orElse(outside);
    }

    /// Runs `work` with a session in the transaction that its client began, or in one of its own.
    public <T> T inTransaction(Session session, Function<Session, T> work) {
        if (session.getTransactionId().isPresent()) {
            return OpenTransactions.use(trino.transactions, session, () -> {
                trino.metadata.beginQuery(session);
                try {
                    return work.apply(session);
                } finally {
                    trino.metadata.cleanupQuery(session);
                }
            });
        }
        TransactionId id = trino.transactions.beginTransaction(true);
        Session inside = session.beginTransactionId(id, trino.transactions, trino.accessControl);
        boolean done = false;
        try {
            trino.metadata.beginQuery(inside);
            T result = work.apply(inside);
            done = true;
            return result;
        } finally {
            trino.metadata.cleanupQuery(inside);
            if (done) {
                io.airlift.concurrent.MoreFutures.getFutureValue(trino.transactions.asyncCommit(id));
            } else {
                io.airlift.concurrent.MoreFutures.getFutureValue(trino.transactions.asyncAbort(id));
            }
        }
    }

    /// Resolves every name and type; the session must be in a transaction.
    public Analysis analyze(Session session, Prepared prepared) {
        Map<NodeRef<Parameter>, Expression> parameters = bindParameters(prepared.statement(), prepared.parameters());
        return analyzers
                .createAnalyzer(session, prepared.parameters(), parameters, NOOP, createPlanOptimizersStatsCollector())
                .analyze(prepared.statement());
    }

    /// What an ANALYZE asks for; the session must be in a transaction.
    public AnalyzedTable analyzedTable(Session session, Prepared prepared) {
        return AnalyzedTable.of(analyze(session, prepared).getAnalyzeMetadata().orElseThrow());
    }

    /// Analyzes and plans; the session must be in a transaction.
    public Planned plan(Session session, Prepared prepared) {
        return plan(session, prepared, LogicalPlanner.Stage.OPTIMIZED);
    }

    /// Analyzes and plans, and changes nothing for speed: every column and condition that was written is there. A
    /// view counts as a table of its own.
    public Planned asWritten(Session session, Prepared prepared) {
        return ViewsAsTables.during(() -> plan(session, prepared, LogicalPlanner.Stage.CREATED));
    }

    private Planned plan(Session session, Prepared prepared, LogicalPlanner.Stage stage) {
        Analysis analysis = analyze(session, prepared);
        LogicalPlanner planner = new LogicalPlanner(
                session,
                optimizers,
                new PlanSanityChecker(true),
                new PlanNodeIdAllocator(),
                trino.context,
                (node, context) -> PlanNodeStatsEstimate.unknown(),
                (node, stats, sources, any) -> PlanCostEstimate.unknown(),
                NOOP,
                createPlanOptimizersStatsCollector(),
                new CachingTableStatsProvider(trino.metadata, session, () -> false));
        PlanNode root = planner.plan(analysis, stage, false).getRoot();
        PlanLimits.check(root);
        return new Planned(session, analysis, root);
    }

    @Override
    public void close() {
        trino.close();
    }
}
