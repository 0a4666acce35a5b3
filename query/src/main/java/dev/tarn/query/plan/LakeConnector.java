package dev.tarn.query.plan;

import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorCapabilities;
import io.trino.spi.connector.ConnectorMetadata;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorSplitManager;
import io.trino.spi.connector.ConnectorSplitSource;
import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.ConnectorTransactionHandle;
import io.trino.spi.connector.Constraint;
import io.trino.spi.connector.TableProcedureMetadata;
import io.trino.spi.function.FunctionProvider;
import io.trino.spi.procedure.Procedure;
import io.trino.spi.session.PropertyMetadata;
import io.trino.spi.transaction.IsolationLevel;
import io.trino.spi.type.TypeManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The lake as a catalog of Trino. Each statement is a transaction with metadata of its own, so that it sees one
/// state of each table however often it names it.
final class LakeConnector implements Connector {
    /// The session property that names the catalog's branch.
    static final String BRANCH = "branch";

    private final String name;
    private final Catalogs catalogs;
    private final TypeManager types;
    private final Predictions predictions;
    private final Map<Opened, LakeMetadata> open = new ConcurrentHashMap<>();

    LakeConnector(String name, Catalogs catalogs, TypeManager types, Predictions predictions) {
        this.predictions = predictions;
        this.name = name;
        this.catalogs = catalogs;
        this.types = types;
    }

    @Override
    public void shutdown() {
        open.clear();
    }

    record Transaction(UUID id) implements ConnectorTransactionHandle {}

    /// A transaction on a branch: its client may change the branch meanwhile.
    private record Opened(Transaction transaction, String branch) {}

    @Override
    public ConnectorTransactionHandle beginTransaction(IsolationLevel level, boolean readOnly, boolean autoCommit) {
        return new Transaction(UUID.randomUUID());
    }

    @Override
    public ConnectorMetadata getMetadata(ConnectorSession session, ConnectorTransactionHandle transaction) {
        return open.computeIfAbsent(
                new Opened((Transaction) transaction, session.getProperty(BRANCH, String.class)),
                key -> new LakeMetadata(
                        name,
                        catalogs.open(key.branch(), session.getUser()),
                        types,
                        predictions,
                        branch -> catalogs.open(branch, session.getUser())));
    }

    @Override
    public void commit(ConnectorTransactionHandle transaction) {
        forget(transaction);
    }

    @Override
    public void rollback(ConnectorTransactionHandle transaction) {
        forget(transaction);
    }

    private void forget(ConnectorTransactionHandle transaction) {
        open.keySet().removeIf(opened -> opened.transaction().equals(transaction));
    }

    @Override
    public ConnectorSplitManager getSplitManager() {
        return new ConnectorSplitManager() {
            @Override
            public ConnectorSplitSource getSplits(
                    ConnectorTransactionHandle transaction,
                    ConnectorSession session,
                    ConnectorTableHandle table,
                    Set<ColumnHandle> dynamicFilterColumns,
                    Constraint constraint) {
                throw new UnsupportedOperationException("lake tables are read by DuckDB, not by Trino's operators");
            }
        };
    }

    @Override
    public Optional<FunctionProvider> getFunctionProvider() {
        return Optional.of(predictions);
    }

    @Override
    public List<PropertyMetadata<?>> getSessionProperties() {
        List<PropertyMetadata<?>> properties = new ArrayList<>(TableProcedure.sessionProperties());
        properties.add(
                PropertyMetadata.stringProperty(BRANCH, "The catalog's branch to read and write", "main", false));
        return properties;
    }

    @Override
    public Set<TableProcedureMetadata> getTableProcedures() {
        return TableProcedure.all();
    }

    @Override
    public Set<Procedure> getProcedures() {
        return CatalogProcedures.all(catalogs);
    }

    @Override
    public List<PropertyMetadata<?>> getTableProperties() {
        return LakeTableProperties.all();
    }

    @Override
    public List<PropertyMetadata<?>> getMaterializedViewProperties() {
        return LakeTableProperties.all();
    }

    @Override
    public List<PropertyMetadata<?>> getAnalyzeProperties() {
        return AnalyzedTable.properties();
    }

    @Override
    public List<PropertyMetadata<?>> getSchemaProperties() {
        return List.of(PropertyMetadata.stringProperty("location", "Base file system location URI", null, false));
    }

    @Override
    public List<PropertyMetadata<?>> getViewProperties() {
        return List.of(PropertyMetadata.stringProperty("location", "File system location URI", null, false));
    }

    @Override
    public Set<ConnectorCapabilities> getCapabilities() {
        return Set.of(
                ConnectorCapabilities.DEFAULT_COLUMN_VALUE,
                ConnectorCapabilities.NOT_NULL_COLUMN_CONSTRAINT,
                ConnectorCapabilities.MATERIALIZED_VIEW_GRACE_PERIOD,
                ConnectorCapabilities.MATERIALIZED_VIEW_WHEN_STALE_BEHAVIOR);
    }
}
