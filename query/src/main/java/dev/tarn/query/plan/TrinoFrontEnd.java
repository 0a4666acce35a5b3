package dev.tarn.query.plan;

import static com.google.common.util.concurrent.MoreExecutors.directExecutor;
import static io.airlift.tracing.Tracing.noopTracer;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.airlift.configuration.secrets.SecretsResolver;
import io.airlift.json.JsonCodec;
import io.airlift.json.JsonCodecFactory;
import io.airlift.json.JsonMapperProvider;
import io.opentelemetry.api.OpenTelemetry;
import io.trino.FeaturesConfig;
import io.trino.SystemSessionProperties;
import io.trino.block.BlockJsonSerde;
import io.trino.connector.CatalogServiceProviderModule;
import io.trino.connector.CoordinatorDynamicCatalogManager;
import io.trino.connector.DefaultCatalogFactory;
import io.trino.connector.InMemoryCatalogStore;
import io.trino.connector.LazyCatalogFactory;
import io.trino.connector.system.AnalyzePropertiesSystemTable;
import io.trino.connector.system.CatalogSystemTable;
import io.trino.connector.system.ColumnPropertiesSystemTable;
import io.trino.connector.system.GlobalSystemConnector;
import io.trino.connector.system.MaterializedViewSystemTable;
import io.trino.connector.system.NodeSystemTable;
import io.trino.connector.system.SchemaPropertiesSystemTable;
import io.trino.connector.system.TableCommentSystemTable;
import io.trino.connector.system.TablePropertiesSystemTable;
import io.trino.connector.system.TransactionsSystemTable;
import io.trino.connector.system.jdbc.AttributeJdbcTable;
import io.trino.connector.system.jdbc.CatalogJdbcTable;
import io.trino.connector.system.jdbc.ColumnJdbcTable;
import io.trino.connector.system.jdbc.ProcedureColumnJdbcTable;
import io.trino.connector.system.jdbc.ProcedureJdbcTable;
import io.trino.connector.system.jdbc.PseudoColumnJdbcTable;
import io.trino.connector.system.jdbc.SchemaJdbcTable;
import io.trino.connector.system.jdbc.SuperTableJdbcTable;
import io.trino.connector.system.jdbc.SuperTypeJdbcTable;
import io.trino.connector.system.jdbc.TableJdbcTable;
import io.trino.connector.system.jdbc.TableTypeJdbcTable;
import io.trino.connector.system.jdbc.TypesJdbcTable;
import io.trino.connector.system.jdbc.UdtJdbcTable;
import io.trino.execution.DynamicFilterConfig;
import io.trino.execution.QueryManagerConfig;
import io.trino.execution.TaskManagerConfig;
import io.trino.execution.scheduler.NodeSchedulerConfig;
import io.trino.memory.MemoryManagerConfig;
import io.trino.memory.NodeMemoryConfig;
import io.trino.metadata.AnalyzePropertyManager;
import io.trino.metadata.ColumnPropertyManager;
import io.trino.metadata.DisabledSystemSecurityMetadata;
import io.trino.metadata.FunctionManager;
import io.trino.metadata.GlobalFunctionCatalog;
import io.trino.metadata.InternalFunctionBundle;
import io.trino.metadata.LanguageFunctionEngineManager;
import io.trino.metadata.LanguageFunctionManager;
import io.trino.metadata.MaterializedViewPropertyManager;
import io.trino.metadata.Metadata;
import io.trino.metadata.MetadataManager;
import io.trino.metadata.ProcedureRegistry;
import io.trino.metadata.SchemaPropertyManager;
import io.trino.metadata.SessionPropertyManager;
import io.trino.metadata.SystemFunctionBundle;
import io.trino.metadata.TableFunctionRegistry;
import io.trino.metadata.TableProceduresRegistry;
import io.trino.metadata.TablePropertyManager;
import io.trino.metadata.TypeRegistry;
import io.trino.metadata.ViewPropertyManager;
import io.trino.node.InternalNodeManager;
import io.trino.node.TestingInternalNodeManager;
import io.trino.operator.FlatHashStrategyCompiler;
import io.trino.operator.GroupByHashPageIndexerFactory;
import io.trino.operator.NullSafeHashCompiler;
import io.trino.operator.PagesIndex;
import io.trino.operator.PagesIndexPageSorter;
import io.trino.operator.scalar.json.JsonExistsFunction;
import io.trino.operator.scalar.json.JsonQueryFunction;
import io.trino.operator.scalar.json.JsonValueFunction;
import io.trino.operator.table.ExcludeColumnsFunction;
import io.trino.operator.table.SequenceFunction;
import io.trino.security.AccessControl;
import io.trino.server.protocol.spooling.SpoolingEnabledConfig;
import io.trino.spi.NodeVersion;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockEncodingSerde;
import io.trino.spi.catalog.CatalogName;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorContext;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.connector.ConnectorName;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeDescriptor;
import io.trino.spi.type.TypeManager;
import io.trino.spi.type.TypeOperators;
import io.trino.split.PageSourceManager;
import io.trino.split.SplitManager;
import io.trino.sql.PlannerContext;
import io.trino.sql.analyzer.StatementAnalyzerFactory;
import io.trino.sql.ir.Expression;
import io.trino.sql.parser.SqlParser;
import io.trino.sql.planner.InternalConnectorExpressionEvaluator;
import io.trino.sql.planner.OptimizerConfig;
import io.trino.transaction.InMemoryTransactionManager;
import io.trino.transaction.TransactionManager;
import io.trino.transaction.TransactionManagerConfig;
import io.trino.type.BlockTypeOperators;
import io.trino.type.InternalTypeManager;
import io.trino.type.SqlJsonPathType;
import io.trino.type.TypeDescriptorDeserializer;
import io.trino.type.TypeDescriptorKeyDeserializer;
import io.trino.type.TypeDeserializer;
import io.trino.util.EmbedVersion;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/// Trino's services that analysis and planning need, wired as `io.trino.testing.PlanTester` wires them, without
/// those that only run plans. One per process; everything in it is safe for any number of threads.
final class TrinoFrontEnd implements AutoCloseable {
    /// The Trino whose answers are the reference.
    static final NodeVersion VERSION = new NodeVersion("483");

    final SqlParser parser = new SqlParser();
    final PlannerContext context;
    final Metadata metadata;
    final AccessControl accessControl;
    final TransactionManager transactions;
    final SessionPropertyManager sessionProperties;
    final SchemaPropertyManager schemaProperties;
    final ColumnPropertyManager columnProperties;
    final TablePropertyManager tableProperties;
    final ViewPropertyManager viewProperties;
    final MaterializedViewPropertyManager materializedViewProperties;
    final StatementAnalyzerFactory analyzers;
    final ProcedureRegistry procedures;
    final SplitManager splits;
    final PageSourceManager pageSources;
    final StatementsTable queries = new StatementsTable();

    private final CoordinatorDynamicCatalogManager catalogs;
    private final ScheduledExecutorService idleChecks;

    /// @param catalog the name of the lake's catalog
    /// @param connector the lake as a catalog of Trino
    /// @param accessControl asked about every table and column by the analyzer
    TrinoFrontEnd(String catalog, Function<TypeManager, Connector> connector, AccessControl accessControl) {
        this.accessControl = accessControl;
        this.idleChecks = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("query-transactions").factory());
        FeaturesConfig features = new FeaturesConfig();
        OptimizerConfig optimizer = new OptimizerConfig();
        NodeSchedulerConfig scheduler = new NodeSchedulerConfig().setIncludeCoordinator(true);
        TypeOperators typeOperators = new TypeOperators();
        BlockTypeOperators blockOperators = new BlockTypeOperators(typeOperators);
        InternalNodeManager nodes = TestingInternalNodeManager.createDefault();
        SecretsResolver secrets = new SecretsResolver(Map.of());

        LazyCatalogFactory catalogFactory = new LazyCatalogFactory();
        this.catalogs =
                new CoordinatorDynamicCatalogManager(new InMemoryCatalogStore(), catalogFactory, directExecutor());
        this.transactions = InMemoryTransactionManager.create(
                new TransactionManagerConfig(), idleChecks, catalogs, directExecutor());

        TypeRegistry typeRegistry = new TypeRegistry(typeOperators, features);
        TypeManager types = new InternalTypeManager(typeRegistry);
        BlockEncodingSerde blockSerde = new BlockSerde(types);

        AtomicReference<PlannerContext> contextHolder = new AtomicReference<>();
        GlobalFunctionCatalog functions = new GlobalFunctionCatalog(
                () -> contextHolder.get().getMetadata(),
                () -> contextHolder.get().getTypeManager(),
                () -> contextHolder.get().getFunctionManager());
        functions.addFunctions(SystemFunctionBundle.create(features, typeOperators, blockOperators, VERSION));
        functions.addFunctions(
                InternalFunctionBundle.builder().scalars(JsonSchemas.class).build());
        LanguageFunctionManager languageFunctions = new LanguageFunctionManager(
                parser, types, user -> Set.of(), blockSerde, new LanguageFunctionEngineManager());
        TableFunctionRegistry tableFunctions =
                new TableFunctionRegistry(CatalogServiceProviderModule.createTableFunctionProvider(catalogs));
        this.metadata = new MetadataManager(
                accessControl,
                new DisabledSystemSecurityMetadata(),
                transactions,
                functions,
                languageFunctions,
                tableFunctions,
                types,
                catalogs,
                features);

        JsonCodecFactory codecs = new JsonCodecFactory(jsonMapper(types, blockSerde));
        typeRegistry.addType(new SqlJsonPathType(codecs.jsonCodec(io.trino.jsonpath.ir.IrJsonPath.class)));
        JsonCodec<Expression> expressionCodec = codecs.jsonCodec(Expression.class);
        FunctionManager functionManager = new FunctionManager(
                CatalogServiceProviderModule.createFunctionProvider(catalogs), functions, languageFunctions);
        this.context = new PlannerContext(
                metadata,
                typeOperators,
                blockSerde,
                types,
                functionManager,
                languageFunctions,
                noopTracer(),
                expressionCodec,
                features);
        contextHolder.set(context);
        functions.addFunctions(new InternalFunctionBundle(
                new JsonExistsFunction(functionManager, metadata, types),
                new JsonValueFunction(functionManager, metadata, types),
                new JsonQueryFunction(functionManager, metadata, types)));
        languageFunctions.setPlannerContext(context);

        FlatHashStrategyCompiler hashing =
                new FlatHashStrategyCompiler(typeOperators, new NullSafeHashCompiler(typeOperators));
        InternalConnectorExpressionEvaluator evaluator = new InternalConnectorExpressionEvaluator(context);
        catalogFactory.setCatalogFactory(new DefaultCatalogFactory(
                metadata,
                accessControl,
                TestingInternalNodeManager.CURRENT_NODE,
                nodes,
                new PagesIndexPageSorter(new PagesIndex.TestingFactory(false)),
                new GroupByHashPageIndexerFactory(hashing),
                EmbedVersion.testingVersionEmbedder(),
                OpenTelemetry.noop(),
                transactions,
                types,
                hashing,
                scheduler,
                optimizer,
                secrets,
                evaluator));

        this.splits = new SplitManager(
                CatalogServiceProviderModule.createSplitManagerProvider(catalogs),
                noopTracer(),
                new QueryManagerConfig().setMinScheduleSplitBatchSize(1));
        this.pageSources =
                new PageSourceManager(CatalogServiceProviderModule.createPageSourceProviderFactory(catalogs));
        this.sessionProperties = CatalogServiceProviderModule.createSessionPropertyManager(
                Set.of(new SystemSessionProperties(
                        new QueryManagerConfig(),
                        new SpoolingEnabledConfig(),
                        new TaskManagerConfig().setTaskConcurrency(4),
                        new MemoryManagerConfig(),
                        features,
                        optimizer,
                        new NodeMemoryConfig(),
                        new DynamicFilterConfig(),
                        scheduler)),
                catalogs);
        this.schemaProperties = CatalogServiceProviderModule.createSchemaPropertyManager(catalogs);
        this.columnProperties = CatalogServiceProviderModule.createColumnPropertyManager(catalogs);
        this.tableProperties = CatalogServiceProviderModule.createTablePropertyManager(catalogs);
        this.viewProperties = CatalogServiceProviderModule.createViewPropertyManager(catalogs);
        this.materializedViewProperties = CatalogServiceProviderModule.createMaterializedViewPropertyManager(catalogs);
        this.procedures = new ProcedureRegistry(CatalogServiceProviderModule.createProceduresProvider(catalogs));
        AnalyzePropertyManager analyzeProperties = CatalogServiceProviderModule.createAnalyzePropertyManager(catalogs);
        this.analyzers = new StatementAnalyzerFactory(
                context,
                parser,
                accessControl,
                transactions,
                user -> Set.of(),
                new TableProceduresRegistry(CatalogServiceProviderModule.createTableProceduresProvider(catalogs)),
                tableFunctions,
                tableProperties,
                analyzeProperties,
                CatalogServiceProviderModule.createTableProceduresPropertyManager(catalogs));

        catalogs.registerGlobalSystemConnector(new GlobalSystemConnector(
                Set.of(
                        new NodeSystemTable(nodes),
                        new TransactionsSystemTable(types, transactions),
                        queries,
                        new CatalogSystemTable(metadata, accessControl),
                        new TableCommentSystemTable(metadata, accessControl),
                        new MaterializedViewSystemTable(metadata, accessControl),
                        new SchemaPropertiesSystemTable(metadata, accessControl, schemaProperties),
                        new TablePropertiesSystemTable(metadata, accessControl, tableProperties),
                        new ColumnPropertiesSystemTable(metadata, accessControl, columnProperties),
                        new AnalyzePropertiesSystemTable(metadata, accessControl, analyzeProperties),
                        new AttributeJdbcTable(),
                        new CatalogJdbcTable(metadata, accessControl),
                        new ColumnJdbcTable(metadata, accessControl, evaluator),
                        new ProcedureColumnJdbcTable(),
                        new ProcedureJdbcTable(),
                        new PseudoColumnJdbcTable(),
                        new SchemaJdbcTable(metadata, accessControl),
                        new SuperTableJdbcTable(),
                        new SuperTypeJdbcTable(),
                        new TableJdbcTable(metadata, accessControl, TestingInternalNodeManager.CURRENT_NODE),
                        new TableTypeJdbcTable(),
                        new TypesJdbcTable(typeRegistry),
                        new UdtJdbcTable()),
                Set.of(),
                Set.of(new ExcludeColumnsFunction(), new SequenceFunction())));
        addCatalog(catalogFactory, catalog, connector.apply(types));
    }

    CoordinatorDynamicCatalogManager catalogs() {
        return catalogs;
    }

    private void addCatalog(LazyCatalogFactory factory, String name, Connector connector) {
        ConnectorName connectorName = new ConnectorName("lake");
        factory.addConnectorFactory(new ConnectorFactory() {
            @Override
            public String getName() {
                return connectorName.toString();
            }

            @Override
            public Connector create(String catalogName, Map<String, String> config, ConnectorContext context) {
                return connector;
            }
        });
        catalogs.createCatalog(new CatalogName(name), connectorName, Map.of(), false);
    }

    private static JsonMapper jsonMapper(TypeManager types, BlockEncodingSerde blockSerde) {
        return new JsonMapperProvider()
                .withJsonDeserializers(Map.of(
                        Type.class, new TypeDeserializer(types),
                        TypeDescriptor.class, new TypeDescriptorDeserializer(),
                        Block.class, new BlockJsonSerde.Deserializer(blockSerde)))
                .withKeyDeserializers(Map.of(TypeDescriptor.class, new TypeDescriptorKeyDeserializer()))
                .withJsonSerializers(Map.of(Block.class, new BlockJsonSerde.Serializer(blockSerde)))
                .get();
    }

    @Override
    public void close() {
        idleChecks.shutdownNow();
        catalogs.stop();
    }
}
