package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.INVALID_ARGUMENTS;
import static io.trino.spi.StandardErrorCode.NOT_SUPPORTED;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.query.Substitutes;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ConnectorAccessControl;
import io.trino.spi.connector.ConnectorAnalyzeMetadata;
import io.trino.spi.connector.ConnectorMaterializedViewDefinition;
import io.trino.spi.connector.ConnectorMetadata;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.connector.ConnectorTableExecuteHandle;
import io.trino.spi.connector.ConnectorTableHandle;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.ConnectorTableVersion;
import io.trino.spi.connector.ConnectorViewDefinition;
import io.trino.spi.connector.ConnectorViewDefinition.ViewColumn;
import io.trino.spi.connector.MaterializedViewFreshness;
import io.trino.spi.connector.MaterializedViewNotFoundException;
import io.trino.spi.connector.PointerType;
import io.trino.spi.connector.RelationColumnsMetadata;
import io.trino.spi.connector.RelationCommentMetadata;
import io.trino.spi.connector.RelationType;
import io.trino.spi.connector.RetryMode;
import io.trino.spi.connector.RowChangeParadigm;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.statistics.Estimate;
import io.trino.spi.statistics.TableStatistics;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TimestampWithTimeZoneType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import io.trino.spi.type.VarcharType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SnapshotUtil;
import org.apache.iceberg.view.SQLViewRepresentation;
import org.apache.iceberg.view.View;
import org.jspecify.annotations.Nullable;

/// The reading half of [LakeMetadata]: schemas, tables, columns, views, comments, statistics, time travel.
abstract class LakeReads implements ConnectorMetadata {
    static final String OWNER = "trino.run-as-owner";
    static final String COMMENT = "comment";

    protected final LakeCatalog catalog;
    protected final TypeManager types;
    protected final MaterializedViews materialized;
    private final Function<String, LakeCatalog> branches;
    private final Map<TableIdentifier, Optional<Table>> tables = new HashMap<>();
    private final Map<TableIdentifier, Optional<View>> views = new HashMap<>();

    LakeReads(String catalogName, LakeCatalog catalog, TypeManager types, Function<String, LakeCatalog> branches) {
        this.catalog = catalog;
        this.materialized = new MaterializedViews(catalog, catalogName, types);
        this.branches = branches;
        this.types = types;
    }

    static TableIdentifier identifier(SchemaTableName name) {
        return TableIdentifier.of(Namespace.of(name.getSchemaName()), name.getTableName());
    }

    private static SchemaTableName name(TableIdentifier identifier) {
        return new SchemaTableName(identifier.namespace().toString(), identifier.name());
    }

    /// The table as this statement sees it.
    protected synchronized Optional<Table> table(SchemaTableName name) {
        return tables.computeIfAbsent(identifier(name), id -> {
            Optional<Table> substitute = Substitutes.of(id).map(Substitutes.Substitute::table);
            if (substitute.isPresent()) {
                return substitute;
            }
            try {
                return Optional.of(catalog.loadTable(id));
            } catch (NoSuchTableException | NoSuchNamespaceException e) {
                return ViewsAsTables.standIn(catalog, id);
            }
        });
    }

    protected synchronized Optional<View> view(SchemaTableName name) {
        if (ViewsAsTables.areOn()) {
            return Optional.empty();
        }
        return views.computeIfAbsent(identifier(name), id -> {
            try {
                return Optional.of(catalog.loadView(id));
            } catch (NoSuchViewException | NoSuchNamespaceException e) {
                return Optional.empty();
            }
        });
    }

    /// Forgets what was read of a table or view that this statement changed.
    protected synchronized void forget(SchemaTableName name) {
        tables.remove(identifier(name));
        views.remove(identifier(name));
    }

    @Override
    public boolean schemaExists(ConnectorSession session, String schema) {
        return catalog.namespaceExists(Namespace.of(schema));
    }

    @Override
    public List<String> listSchemaNames(ConnectorSession session) {
        return catalog.listNamespaces().stream().map(Namespace::toString).toList();
    }

    @Override
    public Optional<SystemTable> getSystemTable(ConnectorSession session, SchemaTableName name) {
        return MetadataTables.base(name).flatMap(this::table).flatMap(table -> MetadataTables.find(name, table, types));
    }

    @Override
    public Map<String, Object> getSchemaProperties(ConnectorSession session, String schema) {
        try {
            String location =
                    catalog.loadNamespaceMetadata(Namespace.of(schema)).get("location");
            return location == null ? Map.of() : Map.of("location", location);
        } catch (NoSuchNamespaceException e) {
            throw new io.trino.spi.connector.SchemaNotFoundException(schema);
        }
    }

    @Override
    public @Nullable ConnectorTableHandle getTableHandle(
            ConnectorSession session,
            SchemaTableName name,
            Optional<ConnectorTableVersion> startVersion,
            Optional<ConnectorTableVersion> endVersion) {
        if (startVersion.isPresent()) {
            throw new TrinoException(NOT_SUPPORTED, "Read table with start version is not supported");
        }
        Optional<Table> found = name.getTableName().contains("$") && !MaterializedViews.isStorage(name)
                ? Optional.empty()
                : table(name);
        if (found.isEmpty()) {
            return null;
        }
        Table table = found.get();
        if (endVersion.isPresent()) {
            Optional<Table> onBranch = onBranch(name, table, endVersion.get());
            if (onBranch.isPresent()) {
                return handle(name, onBranch.get(), false);
            }
            long snapshot = snapshotOf(session, table, endVersion.get());
            return new LakeTableHandle(
                    name, table, OptionalLong.of(snapshot), SnapshotUtil.schemaFor(table, snapshot), false, false);
        }
        return handle(name, table, true);
    }

    private static LakeTableHandle handle(SchemaTableName name, Table table, boolean here) {
        Snapshot current = table.currentSnapshot();
        return new LakeTableHandle(
                name,
                table,
                current == null ? OptionalLong.empty() : OptionalLong.of(current.snapshotId()),
                table.schema(),
                here,
                !here);
    }

    /// The table on the catalog's branch that a version names, unless a branch or tag of the table has that name.
    private Optional<Table> onBranch(SchemaTableName name, Table table, ConnectorTableVersion version) {
        if (version.getPointerType() != PointerType.TARGET_ID || !(version.getVersionType() instanceof VarcharType)) {
            return Optional.empty();
        }
        String branch = ((io.airlift.slice.Slice) version.getVersion()).toStringUtf8();
        if (table.refs().containsKey(branch)) {
            return Optional.empty();
        }
        try {
            return Optional.of(branches.apply(branch).loadTable(identifier(name)));
        } catch (TarnException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        } catch (NoSuchTableException e) {
            throw new TrinoException(INVALID_ARGUMENTS, "Branch " + branch + " has no table " + name, e);
        }
    }

    private static long snapshotOf(ConnectorSession session, Table table, ConnectorTableVersion version) {
        Object value = version.getVersion();
        Type type = version.getVersionType();
        return switch (version.getPointerType()) {
            case TARGET_ID -> {
                if (type instanceof BigintType || type instanceof io.trino.spi.type.IntegerType) {
                    long id = ((Number) value).longValue();
                    if (table.snapshot(id) == null) {
                        throw new TrinoException(INVALID_ARGUMENTS, "Iceberg snapshot ID does not exists: " + id);
                    }
                    yield id;
                }
                if (type instanceof VarcharType) {
                    String ref = ((io.airlift.slice.Slice) value).toStringUtf8();
                    SnapshotRef found = table.refs().get(ref);
                    if (found == null) {
                        throw new TrinoException(INVALID_ARGUMENTS, "Cannot find snapshot with reference name: " + ref);
                    }
                    yield found.snapshotId();
                }
                throw new TrinoException(NOT_SUPPORTED, "Unsupported type for table version: " + type.getDisplayName());
            }
            case TEMPORAL -> {
                long millis = TableVersions.epochMillis(session, type, value);
                try {
                    yield SnapshotUtil.snapshotIdAsOfTime(table, millis);
                } catch (IllegalArgumentException e) {
                    throw new TrinoException(
                            INVALID_ARGUMENTS,
                            "No version history table \"" + table.name() + "\" at or before "
                                    + java.time.Instant.ofEpochMilli(millis),
                            e);
                }
            }
        };
    }

    @Override
    public ConnectorTableMetadata getTableMetadata(ConnectorSession session, ConnectorTableHandle handle) {
        LakeTableHandle table = (LakeTableHandle) handle;
        List<ColumnMetadata> columns = columns(table.schema());
        LakeColumnHandle.hidden(table.table()).forEach(column -> columns.add(hidden(column)));
        return new ConnectorTableMetadata(
                table.name(),
                columns,
                LakeTableProperties.of(table.table()),
                Optional.ofNullable(table.table().properties().get(COMMENT)));
    }

    private static List<ColumnMetadata> columns(Schema schema) {
        List<ColumnMetadata> columns = new ArrayList<>();
        for (Types.NestedField field : schema.columns()) {
            columns.add(column(field));
        }
        return columns;
    }

    private static ColumnMetadata hidden(LakeColumnHandle column) {
        return ColumnMetadata.builder()
                .setName(column.name())
                .setType(column.type())
                .setHidden(true)
                .build();
    }

    private static ColumnMetadata column(Types.NestedField field) {
        return ColumnMetadata.builder()
                .setName(field.name())
                .setType(LakeTypes.toTrino(field.type()))
                .setNullable(field.isOptional())
                .setComment(Optional.ofNullable(field.doc()))
                .setDefaultValue(DefaultValues.sql(field))
                .build();
    }

    @Override
    public List<SchemaTableName> listTables(ConnectorSession session, Optional<String> schema) {
        return List.copyOf(getRelationTypes(session, schema).keySet());
    }

    @Override
    public Map<SchemaTableName, RelationType> getRelationTypes(ConnectorSession session, Optional<String> schema) {
        Map<SchemaTableName, RelationType> types = new LinkedHashMap<>();
        for (Namespace namespace : namespaces(schema)) {
            Set<SchemaTableName> stored = new HashSet<>();
            for (TableIdentifier id : catalog.listTables(namespace)) {
                if (MaterializedViews.isStorage(name(id))) {
                    stored.add(name(id));
                } else {
                    types.put(name(id), RelationType.TABLE);
                }
            }
            for (TableIdentifier id : catalog.listViews(namespace)) {
                boolean materialized = stored.contains(MaterializedViews.storage(name(id)));
                types.put(name(id), materialized ? RelationType.MATERIALIZED_VIEW : RelationType.VIEW);
            }
        }
        return types;
    }

    private List<Namespace> namespaces(Optional<String> schema) {
        if (schema.isEmpty()) {
            return catalog.listNamespaces();
        }
        Namespace one = Namespace.of(schema.get());
        return catalog.namespaceExists(one) ? List.of(one) : List.of();
    }

    @Override
    public Map<String, ColumnHandle> getColumnHandles(ConnectorSession session, ConnectorTableHandle handle) {
        Map<String, ColumnHandle> handles = new LinkedHashMap<>();
        LakeTableHandle table = (LakeTableHandle) handle;
        for (Types.NestedField field : table.schema().columns()) {
            handles.put(
                    field.name().toLowerCase(java.util.Locale.ROOT),
                    new LakeColumnHandle(field.fieldId(), field.name(), LakeTypes.toTrino(field.type())));
        }
        LakeColumnHandle.hidden(table.table()).forEach(column -> handles.putIfAbsent(column.name(), column));
        return handles;
    }

    @Override
    public ColumnMetadata getColumnMetadata(
            ConnectorSession session, ConnectorTableHandle handle, ColumnHandle column) {
        LakeColumnHandle lake = (LakeColumnHandle) column;
        if (lake.isHidden()) {
            return hidden(lake);
        }
        return column(((LakeTableHandle) handle).schema().findField(lake.fieldId()));
    }

    @Override
    public Iterator<RelationColumnsMetadata> streamRelationColumns(
            ConnectorSession session, Optional<String> schema, UnaryOperator<Set<SchemaTableName>> filter) {
        Map<SchemaTableName, RelationType> relations = getRelationTypes(session, schema);
        return filter.apply(relations.keySet()).stream()
                .flatMap(name -> switch (relations.get(name)) {
                    case VIEW ->
                        getView(session, name).stream()
                                .map(view -> RelationColumnsMetadata.forView(name, view.getColumns()));
                    case MATERIALIZED_VIEW ->
                        getMaterializedView(session, name).stream()
                                .map(view -> RelationColumnsMetadata.forMaterializedView(name, view.getColumns()));
                    case TABLE ->
                        table(name).stream()
                                .map(table -> RelationColumnsMetadata.forTable(name, columns(table.schema())));
                })
                .iterator();
    }

    @Override
    public Iterator<RelationCommentMetadata> streamRelationComments(
            ConnectorSession session, Optional<String> schema, UnaryOperator<Set<SchemaTableName>> filter) {
        Map<SchemaTableName, RelationType> relations = getRelationTypes(session, schema);
        return filter.apply(relations.keySet()).stream()
                .map(name -> RelationCommentMetadata.forRelation(
                        name,
                        relations.get(name) != RelationType.TABLE
                                ? view(name).map(view -> view.properties().get(COMMENT))
                                : table(name).map(table -> table.properties().get(COMMENT))))
                .iterator();
    }

    @Override
    public TableStatistics getTableStatistics(ConnectorSession session, ConnectorTableHandle handle) {
        LakeTableHandle table = (LakeTableHandle) handle;
        if (table.snapshotId().isEmpty()) {
            return TableStatistics.builder().setRowCount(Estimate.zero()).build();
        }
        return new TableStatisticsReader(
                        table.table(), table.table().snapshot(table.snapshotId().getAsLong()))
                .read();
    }

    @Override
    public ConnectorAnalyzeMetadata getStatisticsCollectionMetadata(
            ConnectorSession session, ConnectorTableHandle handle, Map<String, Object> properties) {
        return AnalyzedTable.of((LakeTableHandle) handle, properties);
    }

    @Override
    public List<SchemaTableName> listViews(ConnectorSession session, Optional<String> schema) {
        return ofType(session, schema, RelationType.VIEW);
    }

    private List<SchemaTableName> ofType(ConnectorSession session, Optional<String> schema, RelationType type) {
        return getRelationTypes(session, schema).entrySet().stream()
                .filter(relation -> relation.getValue() == type)
                .map(Map.Entry::getKey)
                .toList();
    }

    @Override
    @SuppressWarnings("removal") // Trino 483 asks it all the same.
    public boolean delegateMaterializedViewRefreshToConnector(ConnectorSession session, SchemaTableName name) {
        return false;
    }

    @Override
    public List<SchemaTableName> listMaterializedViews(ConnectorSession session, Optional<String> schema) {
        return ofType(session, schema, RelationType.MATERIALIZED_VIEW);
    }

    @Override
    public Optional<ConnectorMaterializedViewDefinition> getMaterializedView(
            ConnectorSession session, SchemaTableName name) {
        return name.getTableName().contains("$")
                ? Optional.empty()
                : view(name).filter(MaterializedViews::is).map(view -> materialized.definition(name, view));
    }

    @Override
    public Map<String, Object> getMaterializedViewProperties(
            ConnectorSession session, SchemaTableName name, ConnectorMaterializedViewDefinition definition) {
        return table(MaterializedViews.storage(name))
                .map(LakeTableProperties::of)
                .orElse(Map.of());
    }

    @Override
    public MaterializedViewFreshness getMaterializedViewFreshness(
            ConnectorSession session, SchemaTableName name, boolean considerGracePeriod) {
        return view(name)
                .map(view -> materialized.freshness(name))
                .orElseThrow(() -> new MaterializedViewNotFoundException(name));
    }

    @Override
    public Map<SchemaTableName, ConnectorViewDefinition> getViews(ConnectorSession session, Optional<String> schema) {
        Map<SchemaTableName, ConnectorViewDefinition> definitions = new LinkedHashMap<>();
        for (SchemaTableName name : listViews(session, schema)) {
            getView(session, name).ifPresent(definition -> definitions.put(name, definition));
        }
        return definitions;
    }

    @Override
    public Optional<ConnectorViewDefinition> getView(ConnectorSession session, SchemaTableName name) {
        return name.getTableName().contains("$")
                ? Optional.empty()
                : view(name).filter(view -> !MaterializedViews.is(view)).flatMap(LakeReads::definition);
    }

    private static Optional<ConnectorViewDefinition> definition(View view) {
        SQLViewRepresentation sql = view.sqlFor("trino");
        if (sql == null || !sql.dialect().equalsIgnoreCase("trino")) {
            throw new TrinoException(
                    NOT_SUPPORTED,
                    "View " + view.name() + " is written in the dialect of "
                            + (sql == null ? "another engine" : sql.dialect()) + ", which Tarn does not read");
        }
        Optional<String> home = Optional.ofNullable(view.currentVersion().defaultCatalog());
        Namespace namespace = view.currentVersion().defaultNamespace();
        Optional<String> owner = Optional.ofNullable(view.properties().get(OWNER));
        List<ViewColumn> columns = view.schema().columns().stream()
                .map(field -> new ViewColumn(
                        field.name(), LakeTypes.toTrino(field.type()).getTypeId(), Optional.ofNullable(field.doc())))
                .toList();
        return Optional.of(new ConnectorViewDefinition(
                sql.sql(),
                home,
                home.filter(any -> !namespace.isEmpty()).map(any -> namespace.toString()),
                columns,
                Optional.ofNullable(view.properties().get(COMMENT)),
                owner,
                owner.isEmpty(),
                List.of()));
    }

    @Override
    public Optional<ConnectorTableExecuteHandle> getTableHandleForExecute(
            ConnectorSession session,
            ConnectorAccessControl access,
            ConnectorTableHandle table,
            String procedure,
            Map<String, Object> properties,
            RetryMode retries) {
        return TableProcedure.handle((LakeTableHandle) table, procedure, properties);
    }

    @Override
    public RowChangeParadigm getRowChangeParadigm(ConnectorSession session, ConnectorTableHandle handle) {
        return RowChangeParadigm.DELETE_ROW_AND_INSERT_ROW;
    }

    @Override
    public ColumnHandle getMergeRowIdColumnHandle(ConnectorSession session, ConnectorTableHandle handle) {
        return LakeColumnHandle.ROW_ID;
    }

    /// Instants of `FOR TIMESTAMP AS OF`.
    private static final class TableVersions {
        static long epochMillis(ConnectorSession session, Type type, Object value) {
            java.time.ZoneId zone = session.getTimeZoneKey().getZoneId();
            if (type instanceof DateType) {
                return java.time.LocalDate.ofEpochDay((Long) value)
                        .atStartOfDay(zone)
                        .toInstant()
                        .toEpochMilli();
            }
            if (type instanceof TimestampType timestamp) {
                long micros =
                        timestamp.isShort() ? (Long) value : ((io.trino.spi.type.LongTimestamp) value).getEpochMicros();
                return java.time.LocalDateTime.ofEpochSecond(
                                Math.floorDiv(micros, 1_000_000),
                                Math.floorMod(micros, 1_000_000) * 1_000,
                                java.time.ZoneOffset.UTC)
                        .atZone(zone)
                        .toInstant()
                        .toEpochMilli();
            }
            if (type instanceof TimestampWithTimeZoneType timestamp) {
                return timestamp.isShort()
                        ? io.trino.spi.type.DateTimeEncoding.unpackMillisUtc((Long) value)
                        : ((io.trino.spi.type.LongTimestampWithTimeZone) value).getEpochMillis();
            }
            throw new TrinoException(
                    NOT_SUPPORTED, "Unsupported type for temporal table version: " + type.getDisplayName());
        }
    }
}
