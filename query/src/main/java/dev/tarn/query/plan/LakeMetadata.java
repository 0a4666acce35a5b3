package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;
import static io.trino.spi.StandardErrorCode.INVALID_TABLE_PROPERTY;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;
import static io.trino.spi.StandardErrorCode.SCHEMA_NOT_EMPTY;

import dev.tarn.lake.catalog.LakeCatalog;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ColumnPosition;
import io.trino.spi.connector.ConnectorMaterializedViewDefinition;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorViewDefinition;
import io.trino.spi.connector.SaveMode;
import io.trino.spi.connector.SchemaNotFoundException;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.ViewNotFoundException;
import io.trino.spi.function.BoundSignature;
import io.trino.spi.function.FunctionDependencyDeclaration;
import io.trino.spi.function.FunctionId;
import io.trino.spi.function.FunctionMetadata;
import io.trino.spi.function.SchemaFunctionName;
import io.trino.spi.security.TrinoPrincipal;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdatePartitionSpec;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.view.ViewBuilder;

/// The lake's catalog as Trino's analyzer and its data definition tasks see it, on one branch, for one statement.
///
/// Dropping a table leaves its files: other branches and published states may still read them, and the
/// maintenance of the lake removes what nothing refers to.
final class LakeMetadata extends LakeReads {
    private final Predictions predictions;
    /// A statement predicts with one version of a model, however often it names it.
    private final Map<String, FunctionMetadata> pinned = new ConcurrentHashMap<>();

    /// @param branches opens the catalog of another branch
    LakeMetadata(
            String catalogName,
            LakeCatalog catalog,
            TypeManager types,
            Predictions predictions,
            Function<String, LakeCatalog> branches) {
        super(catalogName, catalog, types, branches);
        this.predictions = predictions;
    }

    @Override
    public Collection<FunctionMetadata> listFunctions(ConnectorSession session, String schema) {
        return schema.equals(Predictions.SCHEMA) ? predictions.all() : List.of();
    }

    @Override
    public Collection<FunctionMetadata> getFunctions(ConnectorSession session, SchemaFunctionName name) {
        return name.schemaName().equals(Predictions.SCHEMA)
                ? List.of(pinned.computeIfAbsent(name.functionName(), predictions::find))
                : List.of();
    }

    @Override
    public FunctionMetadata getFunctionMetadata(ConnectorSession session, FunctionId id) {
        return predictions.metadata(id);
    }

    @Override
    public FunctionDependencyDeclaration getFunctionDependencies(
            ConnectorSession session, FunctionId id, BoundSignature signature) {
        return FunctionDependencyDeclaration.NO_DEPENDENCIES;
    }

    @Override
    public void createSchema(
            ConnectorSession session, String schema, Map<String, Object> properties, TrinoPrincipal owner) {
        Map<String, String> stored = new LinkedHashMap<>();
        Object location = properties.get("location");
        if (location != null) {
            stored.put("location", location.toString());
        }
        stored.put("owner", session.getUser());
        try {
            catalog.createNamespace(Namespace.of(schema), stored);
        } catch (AlreadyExistsException e) {
            throw new TrinoException(ALREADY_EXISTS, "Schema '" + schema + "' already exists", e);
        }
    }

    @Override
    public void dropSchema(ConnectorSession session, String schema, boolean cascade) {
        Namespace namespace = Namespace.of(schema);
        try {
            if (cascade) {
                catalog.listViews(namespace).forEach(catalog::dropView);
                catalog.listTables(namespace).forEach(id -> catalog.dropTable(id, false));
            }
            if (!catalog.dropNamespace(namespace)) {
                throw new SchemaNotFoundException(schema);
            }
        } catch (NamespaceNotEmptyException e) {
            throw new TrinoException(SCHEMA_NOT_EMPTY, "Schema not empty: " + schema, e);
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(schema, e);
        }
    }

    @Override
    public Optional<Type> getSupportedType(ConnectorSession session, Map<String, Object> properties, Type type) {
        Type storable = LakeTypes.storable(type, LakeTableProperties.formatVersion(properties));
        return storable.equals(type) ? Optional.empty() : Optional.of(storable);
    }

    @Override
    public void createTable(ConnectorSession session, ConnectorTableMetadata metadata, SaveMode mode) {
        SchemaTableName name = metadata.getTable();
        TableDefinition definition = LakeTableProperties.define(metadata);
        try {
            Catalog.TableBuilder builder = definition.builder(catalog, identifier(name));
            switch (mode) {
                case REPLACE -> builder.createOrReplaceTransaction().commitTransaction();
                case IGNORE, FAIL -> builder.create();
            }
        } catch (AlreadyExistsException e) {
            if (mode != SaveMode.IGNORE) {
                throw new TrinoException(ALREADY_EXISTS, "Table '" + name + "' already exists", e);
            }
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(name.getSchemaName(), e);
        }
        forget(name);
    }

    @Override
    public void dropTable(ConnectorSession session, ConnectorTableHandle handle) {
        SchemaTableName name = ((LakeTableHandle) handle).name();
        catalog.dropTable(identifier(name), false);
        forget(name);
    }

    @Override
    public void truncateTable(ConnectorSession session, ConnectorTableHandle handle) {
        current(handle)
                .newDelete()
                .deleteFromRowFilter(org.apache.iceberg.expressions.Expressions.alwaysTrue())
                .set("tarn.user", session.getUser())
                .commit();
    }

    @Override
    public void renameTable(ConnectorSession session, ConnectorTableHandle handle, SchemaTableName newName) {
        SchemaTableName name = ((LakeTableHandle) handle).name();
        try {
            catalog.renameTable(identifier(name), identifier(newName));
        } catch (AlreadyExistsException e) {
            throw new TrinoException(ALREADY_EXISTS, "Table '" + newName + "' already exists", e);
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(newName.getSchemaName(), e);
        }
        forget(name);
    }

    private static Table current(ConnectorTableHandle handle) {
        return ((LakeTableHandle) handle).table();
    }

    @Override
    public void setTableProperties(
            ConnectorSession session, ConnectorTableHandle handle, Map<String, Optional<Object>> properties) {
        org.apache.iceberg.Transaction transaction = current(handle).newTransaction();
        properties.forEach((name, value) -> {
            switch (name) {
                case LakeTableProperties.PARTITIONING ->
                    changePartitioning(transaction, LakeTableProperties.texts(value.orElse(null)));
                case LakeTableProperties.SORTED_BY -> changeSortOrder(transaction, value);
                case LakeTableProperties.EXTRA_PROPERTIES -> {
                    org.apache.iceberg.UpdateProperties update = transaction.updateProperties();
                    LakeTableProperties.extra(value.orElse(Map.of())).forEach(update::set);
                    update.commit();
                }
                case LakeTableProperties.FORMAT_VERSION ->
                    transaction
                            .updateProperties()
                            .set("format-version", value.orElse(2).toString())
                            .commit();
                default ->
                    throw new TrinoException(
                            INVALID_TABLE_PROPERTY,
                            "The property " + name + " of a table cannot be changed; create the table anew with it");
            }
        });
        transaction.commitTransaction();
    }

    private static void changePartitioning(org.apache.iceberg.Transaction transaction, List<String> wanted) {
        List<String> present =
                LakeTableProperties.partitionTexts(transaction.table().spec());
        UpdatePartitionSpec update = transaction.updateSpec();
        present.stream()
                .filter(field -> !wanted.contains(field))
                .forEach(field -> update.removeField(LakeTableProperties.term(field)));
        wanted.stream()
                .filter(field -> !present.contains(field))
                .forEach(field -> update.addField(LakeTableProperties.term(field)));
        update.commit();
    }

    private static void changeSortOrder(org.apache.iceberg.Transaction transaction, Optional<Object> value) {
        org.apache.iceberg.SortOrder order = LakeTableProperties.sortOrder(
                transaction.table().schema(), LakeTableProperties.texts(value.orElse(null)));
        org.apache.iceberg.ReplaceSortOrder replace = transaction.replaceSortOrder();
        order.fields().forEach(field -> {
            String column = order.schema().findColumnName(field.sourceId());
            if (field.direction() == org.apache.iceberg.SortDirection.ASC) {
                replace.asc(column, field.nullOrder());
            } else {
                replace.desc(column, field.nullOrder());
            }
        });
        replace.commit();
    }

    @Override
    public void setTableComment(ConnectorSession session, ConnectorTableHandle handle, Optional<String> comment) {
        if (comment.isPresent()) {
            current(handle).updateProperties().set(COMMENT, comment.get()).commit();
        } else {
            current(handle).updateProperties().remove(COMMENT).commit();
        }
    }

    @Override
    public void setColumnComment(
            ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column, Optional<String> comment) {
        change(handle, update -> update.updateColumnDoc(name(column), comment.orElse(null)));
    }

    @Override
    public void addColumn(
            ConnectorSession session, ConnectorTableHandle handle, ColumnMetadata column, ColumnPosition position) {
        if (!column.isNullable()) {
            throw new TrinoException(
                    NOT_SUPPORTED, "A NOT NULL column cannot be added: the rows that are there have no value for it");
        }
        int version = LakeTableProperties.formatVersion(current(handle));
        DefaultValues.check(version, column.getDefaultValue().isPresent());
        AtomicInteger ids = new AtomicInteger(current(handle).schema().highestFieldId() + 1);
        Type stored = LakeTypes.storable(column.getType(), version);
        Literal<?> value = DefaultValues.of(column, stored);
        change(handle, update -> {
            update.addColumn(
                    column.getName(),
                    LakeTypes.toIceberg(stored, ids::incrementAndGet),
                    column.getComment().orElse(null),
                    value);
            switch (position) {
                case ColumnPosition.First ignored -> update.moveFirst(column.getName());
                case ColumnPosition.After after -> update.moveAfter(column.getName(), after.columnName());
                case ColumnPosition.Last ignored -> {}
            }
        });
    }

    @Override
    public void setDefaultValue(
            ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column, String defaultValue) {
        DefaultValues.check(LakeTableProperties.formatVersion(current(handle)), true);
        Literal<?> value = DefaultValues.parse(defaultValue, ((LakeColumnHandle) column).type());
        change(handle, update -> update.updateColumnDefault(name(column), value));
    }

    @Override
    public void dropDefaultValue(ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column) {
        change(handle, update -> update.updateColumnDefault(name(column), null));
    }

    @Override
    public void addField(
            ConnectorSession session,
            ConnectorTableHandle handle,
            List<String> parentPath,
            String fieldName,
            Type type,
            boolean ignoreExisting) {
        String parent = String.join(".", parentPath);
        if (current(handle).schema().caseInsensitiveFindField(parent + "." + fieldName) != null) {
            if (ignoreExisting) {
                return;
            }
            throw new TrinoException(
                    io.trino.spi.StandardErrorCode.COLUMN_ALREADY_EXISTS, "Field '" + fieldName + "' already exists");
        }
        AtomicInteger ids = new AtomicInteger(current(handle).schema().highestFieldId() + 1);
        Type stored = LakeTypes.storable(type, LakeTableProperties.formatVersion(current(handle)));
        change(
                handle,
                update -> update.addColumn(parent, fieldName, LakeTypes.toIceberg(stored, ids::incrementAndGet)));
    }

    @Override
    public void renameColumn(
            ConnectorSession session, ConnectorTableHandle handle, ColumnHandle source, String target) {
        change(handle, update -> update.renameColumn(name(source), target));
    }

    @Override
    public void renameField(ConnectorSession session, ConnectorTableHandle handle, List<String> path, String target) {
        change(handle, update -> update.renameColumn(String.join(".", path), target));
    }

    @Override
    public void dropColumn(ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column) {
        int id = ((LakeColumnHandle) column).fieldId();
        if (current(handle).spec().fields().stream().anyMatch(field -> field.sourceId() == id)) {
            throw new TrinoException(
                    NOT_SUPPORTED,
                    "Cannot drop partition field: " + name(column) + "; change the table's partitioning first");
        }
        change(handle, update -> update.deleteColumn(name(column)));
    }

    @Override
    public void dropField(
            ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column, List<String> fieldPath) {
        change(handle, update -> update.deleteColumn(name(column) + "." + String.join(".", fieldPath)));
    }

    @Override
    public void setColumnType(ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column, Type type) {
        widen(handle, name(column), type);
    }

    @Override
    public void setFieldType(ConnectorSession session, ConnectorTableHandle handle, List<String> path, Type type) {
        widen(handle, String.join(".", path), type);
    }

    private static void widen(ConnectorTableHandle handle, String column, Type type) {
        org.apache.iceberg.types.Type wanted = LakeTypes.toIceberg(type, () -> 0);
        if (!wanted.isPrimitiveType()) {
            throw new TrinoException(
                    NOT_SUPPORTED, "Cannot change the type of " + column + " to " + type.getDisplayName());
        }
        change(handle, update -> update.updateColumn(column, wanted.asPrimitiveType()));
    }

    @Override
    public void dropNotNullConstraint(ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column) {
        change(handle, update -> update.makeColumnOptional(name(column)));
    }

    private static String name(ColumnHandle column) {
        return ((LakeColumnHandle) column).name();
    }

    private static void change(ConnectorTableHandle handle, java.util.function.Consumer<UpdateSchema> change) {
        UpdateSchema update = current(handle).updateSchema();
        try {
            change.accept(update);
            update.commit();
        } catch (IllegalArgumentException e) {
            throw new TrinoException(NOT_SUPPORTED, "Failed to change the table: " + e.getMessage(), e);
        }
    }

    @Override
    public void createView(
            ConnectorSession session,
            SchemaTableName name,
            ConnectorViewDefinition definition,
            Map<String, Object> properties,
            boolean replace) {
        AtomicInteger ids = new AtomicInteger();
        List<Types.NestedField> fields = new ArrayList<>();
        for (ConnectorViewDefinition.ViewColumn column : definition.getColumns()) {
            Type type = LakeTypes.storable(types.getType(column.getType()), 3);
            int id = ids.incrementAndGet();
            fields.add(Types.NestedField.optional(
                    id,
                    column.getName(),
                    LakeTypes.toIceberg(type, ids::incrementAndGet),
                    column.getComment().orElse(null)));
        }
        ViewBuilder builder = catalog.buildView(identifier(name))
                .withSchema(new Schema(fields))
                .withQuery("trino", definition.getOriginalSql())
                .withDefaultNamespace(Namespace.of(definition.getSchema().orElse(name.getSchemaName())))
                .withDefaultCatalog(definition.getCatalog().orElse(null));
        definition.getOwner().ifPresent(owner -> builder.withProperty(OWNER, owner));
        definition.getComment().ifPresent(comment -> builder.withProperty(COMMENT, comment));
        try {
            if (replace) {
                builder.createOrReplace();
            } else {
                builder.create();
            }
        } catch (AlreadyExistsException e) {
            throw new TrinoException(ALREADY_EXISTS, "View already exists: " + name, e);
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(name.getSchemaName(), e);
        }
        forget(name);
    }

    @Override
    public void createMaterializedView(
            ConnectorSession session,
            SchemaTableName name,
            ConnectorMaterializedViewDefinition definition,
            Map<String, Object> properties,
            boolean replace,
            boolean ignoreExisting) {
        materialized.create(name, definition, properties, replace, ignoreExisting);
        forget(name);
        forget(MaterializedViews.storage(name));
    }

    @Override
    public void dropMaterializedView(ConnectorSession session, SchemaTableName name) {
        materialized.drop(name);
        forget(name);
        forget(MaterializedViews.storage(name));
    }

    @Override
    public void renameMaterializedView(ConnectorSession session, SchemaTableName source, SchemaTableName target) {
        materialized.rename(source, target);
        forget(source);
        forget(MaterializedViews.storage(source));
    }

    @Override
    public void refreshView(ConnectorSession session, SchemaTableName name, ConnectorViewDefinition definition) {
        createView(session, name, definition, Map.of(), true);
    }

    @Override
    public void renameView(ConnectorSession session, SchemaTableName source, SchemaTableName target) {
        catalog.renameView(identifier(source), identifier(target));
        forget(source);
    }

    @Override
    public void dropView(ConnectorSession session, SchemaTableName name) {
        if (!catalog.dropView(identifier(name))) {
            throw new ViewNotFoundException(name);
        }
        forget(name);
    }

    @Override
    public void setViewComment(ConnectorSession session, SchemaTableName name, Optional<String> comment) {
        ConnectorViewDefinition old = getView(session, name).orElseThrow(() -> new ViewNotFoundException(name));
        createView(session, name, with(old, old.getColumns(), comment), Map.of(), true);
    }

    @Override
    public void setViewColumnComment(
            ConnectorSession session, SchemaTableName name, String columnName, Optional<String> comment) {
        ConnectorViewDefinition old = getView(session, name).orElseThrow(() -> new ViewNotFoundException(name));
        List<ConnectorViewDefinition.ViewColumn> columns = old.getColumns().stream()
                .map(column -> column.getName().equals(columnName)
                        ? new ConnectorViewDefinition.ViewColumn(column.getName(), column.getType(), comment)
                        : column)
                .toList();
        createView(session, name, with(old, columns, old.getComment()), Map.of(), true);
    }

    private static ConnectorViewDefinition with(
            ConnectorViewDefinition old, List<ConnectorViewDefinition.ViewColumn> columns, Optional<String> comment) {
        return new ConnectorViewDefinition(
                old.getOriginalSql(),
                old.getCatalog(),
                old.getSchema(),
                columns,
                comment,
                old.getOwner(),
                old.isRunAsInvoker(),
                old.getPath());
    }
}
