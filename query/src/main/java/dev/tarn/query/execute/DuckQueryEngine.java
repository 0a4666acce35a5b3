package dev.tarn.query.execute;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.storage.CheckedFiles;
import dev.tarn.query.Cancellation;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.StatementInfo;
import dev.tarn.query.Substitutes;
import dev.tarn.query.compile.JavaFunctions;
import dev.tarn.query.compile.QueryCompiler;
import dev.tarn.query.compile.QueryCompiler.Compiled;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.HotColumns;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanSql;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.PlanLineage;
import dev.tarn.query.plan.Definitions;
import dev.tarn.query.plan.LakeAccessControl;
import dev.tarn.query.plan.LakeTableHandle;
import dev.tarn.query.plan.MaterializedViews;
import dev.tarn.query.plan.NearNames;
import dev.tarn.query.plan.OpenTransactions;
import dev.tarn.query.plan.Planner;
import dev.tarn.query.plan.Planner.Planned;
import dev.tarn.query.plan.Planner.Prepared;
import dev.tarn.query.plan.Predictions;
import io.trino.Session;
import io.trino.metadata.TableHandle;
import io.trino.spi.TrinoException;
import io.trino.spi.eventlistener.TableInfo;
import io.trino.sql.analyzer.DeterminismEvaluator;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.tree.Analyze;
import io.trino.sql.tree.CreateTableAsSelect;
import io.trino.sql.tree.Delete;
import io.trino.sql.tree.Explain;
import io.trino.sql.tree.ExplainAnalyze;
import io.trino.sql.tree.Insert;
import io.trino.sql.tree.Merge;
import io.trino.sql.tree.Query;
import io.trino.sql.tree.RefreshMaterializedView;
import io.trino.sql.tree.Statement;
import io.trino.sql.tree.Update;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.duckdb.DuckDBConnection;

/// The embedded engine: Trino's front end over the lake, compiled to DuckDB.
public final class DuckQueryEngine implements QueryEngine {
    private static final DateTimeFormatter ID_TIME = DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss");

    private final QueryConfig config;
    private final Planner planner;
    private final Definitions definitions;
    private final QueryCompiler compiler;
    private final Writes writes;
    private final Explanations explanations;
    private final TableProcedures procedures;
    private final Analyzing analyzing;
    private final DuckDBConnection functionsConnection;
    private final Lake lake;
    private final PlanCache plans;
    private final FileTemplates templates;
    private final HotColumns hot;
    private final Connections connections;
    private final AtomicLong statements = new AtomicLong();

    public DuckQueryEngine(Lake lake, DuckDb duckDb, QueryConfig config, ServedModels models) {
        this.config = config;
        this.lake = lake;
        this.plans = new PlanCache(config.planCacheEntries());
        this.templates = new FileTemplates(config.planCacheEntries());
        this.hot = new HotColumns(duckDb, config.hotBytesMax());
        this.connections = new Connections(duckDb);
        Predictions predictions = new Predictions(models);
        this.planner = new Planner(
                config.catalog(),
                (branch, user) -> lake.branch(branch).as(new Identity(user, "sql", false)),
                new LakeAccessControl(),
                predictions);
        this.definitions = planner.definitions();
        this.functionsConnection = duckDb.connect();
        this.compiler = new QueryCompiler(
                planner.context(),
                new ScanSql(ManifestCache.standard()),
                planner.systemRows(),
                new JavaFunctions(functionsConnection),
                config.catalog(),
                predictions);
        this.writes = new Writes(lake, duckDb, compiler);
        this.explanations = new Explanations(planner, compiler, duckDb);
        this.procedures = new TableProcedures(lake, duckDb, compiler);
        this.analyzing = new Analyzing(lake, connections);
    }

    @Override
    public QueryResult execute(QuerySession session, String sql, Cancellation cancellation) {
        String id = newId();
        return guarded(
                () -> ScopedValue.where(Deadline.CANCELLATION, cancellation).call(() -> execute(id, session, sql)));
    }

    private QueryResult execute(String id, QuerySession querySession, String sql) {
        Optional<PlanCache.Plan> cached = cached(querySession, sql, true);
        if (cached.isPresent() && cached.get().use().acquire()) {
            return started(id, cached.get());
        }
        Session session = planner.session(querySession, id);
        Prepared prepared = prepare(session, sql);
        return naming(session, prepared, () -> execute(id, querySession, session, sql, prepared));
    }

    private QueryResult execute(String id, QuerySession querySession, Session session, String sql, Prepared prepared) {
        Duration timeMax = timeMax(session);
        if (prepared.statement() instanceof Explain explain) {
            return explanations.explained(
                    id, session, explain, new Prepared(explain.getStatement(), prepared.parameters()));
        }
        if (prepared.statement() instanceof ExplainAnalyze explain) {
            return Done.text(
                    id,
                    "Query Plan",
                    explanations.analyzed(
                            session, new Prepared(explain.getStatement(), prepared.parameters()), timeMax));
        }
        Optional<Definitions.Done> done = definitions.run(session, sql, prepared);
        if (done.isPresent()) {
            return Done.changed(id, done.get().updateType(), done.get().changes());
        }
        if (prepared.statement() instanceof Analyze) {
            return Retries.whileConflicting(() -> {
                analyze(querySession, session, prepared, timeMax);
                return Done.uncounted(id, "ANALYZE");
            });
        }
        NotHere.check(prepared.statement());
        return Retries.whileConflicting(() -> planned(id, querySession, sql, session, prepared, timeMax));
    }

    private void analyze(QuerySession querySession, Session session, Prepared prepared, Duration timeMax) {
        OpenTransactions.refuseWrites(session, Set.of(config.catalog()));
        planner.inTransaction(session, inside -> {
            analyzing.run(querySession, planner.analyzedTable(inside, prepared), timeMax);
            return true;
        });
    }

    private QueryResult planned(
            String id, QuerySession querySession, String sql, Session session, Prepared prepared, Duration timeMax) {
        return planner.inTransaction(session, inside -> {
            Planned planned = planner.plan(inside, prepared);
            Optional<PlanNode> procedure = TableProcedures.find(planned.root());
            if (procedure.isPresent() || Writes.isWrite(planned.root())) {
                OpenTransactions.refuseWrites(session, Set.of(config.catalog()));
            }
            if (procedure.isPresent()) {
                return Done.metrics(
                        id,
                        "ALTER TABLE EXECUTE",
                        procedures.run(querySession, inside, planned, procedure.get(), timeMax));
            }
            if (Writes.isWrite(planned.root())) {
                return Done.wrote(id, updateType(prepared.statement()), writes.run(querySession, planned, timeMax));
            }
            if (prepared.statement() instanceof CreateTableAsSelect
                    || prepared.statement() instanceof RefreshMaterializedView) {
                // IF NOT EXISTS, and it does; or what is stored is fresh.
                return Done.wrote(id, updateType(prepared.statement()), 0);
            }
            PlanCache.Plan plan = compiled(querySession, sql, planned, true);
            if (!plan.use().acquire()) {
                plan = compiled(querySession, sql, planned, false);
            }
            return started(id, plan);
        });
    }

    /// @param plan whose copies of columns are held
    private QueryResult started(String id, PlanCache.Plan plan) {
        return DuckResult.start(id, plan.query(), config, plan.timeMax(), connections, plan.use()::release);
    }

    private Optional<PlanCache.Plan> cached(QuerySession session, String sql, boolean mayReadCopies) {
        Optional<PlanCache.Plan> found =
                Substitutes.any() || session.transaction().isPresent()
                        ? Optional.empty()
                        : plans.find(session, sql, mayReadCopies, lake.branch(session.branch()));
        found.ifPresent(plan -> CheckedFiles.check(lake.io(), plan.query().files()));
        return found;
    }

    /// Compiles, and keeps what the same tables will compile to again: nothing that asks for the time, for chance,
    /// for a view, for a prediction or for a system table.
    ///
    /// @param mayReadCopies whether the statement runs at once, here, and not as text that somebody keeps
    private PlanCache.Plan compiled(QuerySession session, String sql, Planned planned, boolean mayReadCopies) {
        HotColumns.Use use = mayReadCopies ? hot.use() : HotColumns.Use.none();
        Compiled compiled = compiler.query(planned, use);
        PlanCache.Plan plan = new PlanCache.Plan(compiled.query(), use, timeMax(planned.session()));
        if (session.transaction().isEmpty() && !Substitutes.any() && isRepeatable(planned, compiled)) {
            Map<TableIdentifier, Table> tables = new HashMap<>();
            for (TableHandle handle : planned.analysis().getTables()) {
                if (handle.connectorHandle() instanceof LakeTableHandle table) {
                    tables.put(
                            TableIdentifier.of(
                                    Namespace.of(table.name().getSchemaName()),
                                    table.name().getTableName()),
                            table.table());
                }
            }
            plans.keep(session, sql, mayReadCopies, plan, tables);
        }
        return plan;
    }

    /// Whether nothing but its text and the state of its tables decides what a query compiles to.
    private boolean isRepeatable(Planned planned, Compiled compiled) {
        return compiled.lakeOnly()
                && planned.analysis().getReferencedTables().stream().allMatch(TableInfo::isDirectlyReferenced)
                && !compiled.query().reads().isEmpty()
                && planned.analysis().getStatement() instanceof Query query
                && !DeterminismEvaluator.containsCurrentTimeFunctions(query)
                && planner.predictions(query).isEmpty()
                && planned.analysis().getTables().stream().noneMatch(DuckQueryEngine::dependsOnMore);
    }

    /// The query over whatever files, when it reads nothing but tables in whose place files stand.
    private Optional<CompiledQuery> template(QuerySession querySession, String sql) {
        Session session = planner.session(querySession, newId());
        Prepared prepared = prepare(session, sql);
        return planner.inTransaction(session, inside -> {
            Planned planned = planner.plan(inside, prepared);
            if (Writes.isWrite(planned.root())) {
                return Optional.empty();
            }
            Compiled compiled = compiler.query(planned);
            boolean filesOnly = compiled.query().reads().stream()
                    .allMatch(read -> Substitutes.of(TableIdentifier.of(read.schema(), read.table()))
                            .isPresent());
            return filesOnly && isRepeatable(planned, compiled) ? Optional.of(compiled.query()) : Optional.empty();
        });
    }

    /// Whether more than the table's own state on the session's branch decides what is read.
    private static boolean dependsOnMore(TableHandle handle) {
        return handle.connectorHandle() instanceof LakeTableHandle table
                && (table.otherBranch() || MaterializedViews.isStorage(table));
    }

    private static String updateType(Statement statement) {
        return switch (statement) {
            case CreateTableAsSelect ignored -> "CREATE TABLE";
            case Insert ignored -> "INSERT";
            case RefreshMaterializedView ignored -> "REFRESH MATERIALIZED VIEW";
            case Delete ignored -> "DELETE";
            case Update ignored -> "UPDATE";
            case Merge ignored -> "MERGE";
            default -> "WRITE";
        };
    }

    private Prepared prepare(Session session, String sql) {
        if (sql.length() > config.statementCharsMax()) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "The statement has " + sql.length() + " characters; the limit is " + config.statementCharsMax(),
                    new TrinoException(io.trino.spi.StandardErrorCode.QUERY_TEXT_TOO_LARGE, "Query text is too long"));
        }
        return planner.prepare(session, sql);
    }

    private Duration timeMax(Session session) {
        Duration asked =
                io.trino.SystemSessionProperties.getQueryMaxRunTime(session).toJavaTime();
        return asked.compareTo(config.queryTimeMax()) < 0 ? asked : config.queryTimeMax();
    }

    @Override
    public void statements(Supplier<List<StatementInfo>> source) {
        planner.statements(source);
    }

    @Override
    public List<ResultColumn> describe(QuerySession session, String sql) {
        return compile(session, sql).columns();
    }

    @Override
    public CompiledQuery compile(QuerySession querySession, String sql) {
        return guarded(() -> {
            Optional<CompiledQuery> cached = cached(querySession, sql, false)
                    .map(PlanCache.Plan::query)
                    .or(() -> templates.find(querySession, sql, () -> template(querySession, sql)));
            if (cached.isPresent()) {
                return cached.get();
            }
            Session session = planner.session(querySession, newId());
            Prepared prepared = prepare(session, sql);
            NotHere.checkQuery(prepared.statement());
            return naming(
                    session,
                    prepared,
                    () -> planner.inTransaction(session, inside -> {
                        Planned planned = planner.plan(inside, prepared);
                        if (Writes.isWrite(planned.root())) {
                            throw new TarnException(
                                    ErrorCode.SQL_INVALID, "A query is expected here, not a statement that writes");
                        }
                        return compiled(querySession, sql, planned, false).query();
                    }));
        });
    }

    @Override
    public QueryResult run(QuerySession querySession, CompiledQuery query) {
        String id = newId();
        return guarded(() ->
                DuckResult.start(id, query, config, timeMax(planner.session(querySession, id)), connections, () -> {}));
    }

    @Override
    public List<DataFile> write(QuerySession querySession, String sql, Table target) {
        return guarded(() -> {
            Session session = planner.session(querySession, newId());
            Prepared prepared = prepare(session, sql);
            NotHere.checkQuery(prepared.statement());
            return planner.inTransaction(session, inside -> {
                Planned planned = planner.plan(inside, prepared);
                if (!(planned.root() instanceof OutputNode output) || Writes.isWrite(output)) {
                    throw new TarnException(ErrorCode.SQL_INVALID, "A query is expected here");
                }
                return writes.write(planned, output, target, timeMax(session));
            });
        });
    }

    @Override
    public String explain(QuerySession querySession, String sql) {
        return guarded(() -> {
            Session session = planner.session(querySession, newId());
            Prepared prepared = prepare(session, sql);
            return naming(session, prepared, () -> explanations.text(session, prepared));
        });
    }

    @Override
    public ColumnLineage lineage(QuerySession querySession, String sql) {
        return guarded(() -> {
            Session session = planner.session(querySession, newId());
            Prepared prepared = prepare(session, sql);
            return naming(
                    session,
                    prepared,
                    () -> planner.inTransaction(
                            session,
                            inside -> PlanLineage.of(
                                    planner.asWritten(inside, prepared),
                                    planner.context().getMetadata())));
        });
    }

    @Override
    public Set<String> predictions(String sql) {
        return planner.predictions(sql);
    }

    private String newId() {
        long number = statements.incrementAndGet();
        return LocalDateTime.now(ZoneOffset.UTC).format(ID_TIME) + String.format("_%05d_%s", number % 100_000, "tarn0");
    }

    /// A name that does not exist fails with those that are near it.
    private <T> T naming(Session session, Prepared prepared, Supplier<T> work) {
        try {
            return work.get();
        } catch (TrinoException e) {
            if (!NearNames.isAbout(e.getErrorCode())) {
                throw e;
            }
            throw Failures.of(
                    e,
                    planner.inTransaction(session, inside -> planner.nearNames().of(inside, prepared.statement(), e)));
        }
    }

    private static <T> T guarded(Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException | StackOverflowError e) {
            throw Failures.of(e);
        }
    }

    @Override
    public void close() {
        hot.close();
        connections.close();
        planner.close();
        try {
            functionsConnection.close();
        } catch (java.sql.SQLException e) {
            throw Failures.of(e);
        }
    }
}
