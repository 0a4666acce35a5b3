package dev.tarn.query.plan;

import static io.trino.spi.StandardErrorCode.ALREADY_EXISTS;

import dev.tarn.lake.catalog.LakeCatalog;
import io.trino.spi.TrinoException;
import io.trino.spi.connector.CatalogSchemaTableName;
import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.ConnectorMaterializedViewDefinition;
import io.trino.spi.connector.ConnectorMaterializedViewDefinition.Column;
import io.trino.spi.connector.ConnectorMaterializedViewDefinition.WhenStaleBehavior;
import io.trino.spi.connector.ConnectorTableMetadata;
import io.trino.spi.connector.MaterializedViewFreshness;
import io.trino.spi.connector.MaterializedViewFreshness.Freshness;
import io.trino.spi.connector.SchemaNotFoundException;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.view.SQLViewRepresentation;
import org.apache.iceberg.view.View;
import org.apache.iceberg.view.ViewBuilder;

/// Materialized views: a view of Iceberg's with a mark, and a table beside it that stores its rows. What the rows were
/// computed from stands in the summary of that table's snapshot, so that it moves with them.
public final class MaterializedViews {
    /// The end of a storage table's name; such tables are not listed.
    static final String STORAGE = "$materialized_view_storage";

    /// Marks a view as materialized.
    private static final String STORED_IN = "tarn.storage-table";
    private static final String GRACE_SECONDS = "tarn.grace-period-seconds";
    private static final String WHEN_STALE = "tarn.when-stale";
    private static final String DEPENDS_ON = "tarn.depends-on";

    /// Of a view whose query asks for the time or for chance: nobody can say whether its rows are fresh.
    private static final String UNKNOWN = "?";

    private final LakeCatalog catalog;
    private final String catalogName;
    private final TypeManager types;

    MaterializedViews(LakeCatalog catalog, String catalogName, TypeManager types) {
        this.catalog = catalog;
        this.catalogName = catalogName;
        this.types = types;
    }

    /// Whether a view is a materialized one.
    public static boolean is(View view) {
        return view.properties().containsKey(STORED_IN);
    }

    static boolean isStorage(SchemaTableName name) {
        return name.getTableName().endsWith(STORAGE);
    }

    /// Whether a table of this name holds a materialized view's rows.
    public static boolean isStorage(TableIdentifier name) {
        return name.name().endsWith(STORAGE);
    }

    /// Whether a table holds a materialized view's rows.
    public static boolean isStorage(LakeTableHandle handle) {
        return isStorage(handle.name());
    }

    /// The name of the table that holds a view's rows.
    static SchemaTableName storage(SchemaTableName view) {
        return new SchemaTableName(view.getSchemaName(), view.getTableName() + STORAGE);
    }

    void create(
            SchemaTableName name,
            ConnectorMaterializedViewDefinition definition,
            Map<String, Object> properties,
            boolean replace,
            boolean ignoreExisting) {
        TableIdentifier view = LakeReads.identifier(name);
        if (catalog.viewExists(view)) {
            if (ignoreExisting) {
                return;
            }
            if (!replace) {
                throw new TrinoException(ALREADY_EXISTS, "Materialized view already exists: " + name);
            }
            drop(name);
        }
        SchemaTableName storage = storage(name);
        List<ColumnMetadata> columns = new ArrayList<>();
        for (Column column : definition.getColumns()) {
            columns.add(new ColumnMetadata(column.getName(), types.getType(column.getType())));
        }
        try {
            LakeTableProperties.define(new ConnectorTableMetadata(storage, columns, properties))
                    .builder(catalog, LakeReads.identifier(storage))
                    .create();
            builder(view, definition, storage).create();
        } catch (AlreadyExistsException e) {
            throw new TrinoException(ALREADY_EXISTS, "Materialized view already exists: " + name, e);
        } catch (NoSuchNamespaceException e) {
            throw new SchemaNotFoundException(name.getSchemaName(), e);
        }
    }

    private ViewBuilder builder(
            TableIdentifier view, ConnectorMaterializedViewDefinition definition, SchemaTableName storage) {
        AtomicInteger ids = new AtomicInteger();
        List<Types.NestedField> fields = new ArrayList<>();
        for (Column column : definition.getColumns()) {
            Type type = LakeTypes.storable(types.getType(column.getType()), 3);
            int id = ids.incrementAndGet();
            fields.add(Types.NestedField.optional(
                    id,
                    column.getName(),
                    LakeTypes.toIceberg(type, ids::incrementAndGet),
                    column.getComment().orElse(null)));
        }
        ViewBuilder builder = catalog.buildView(view)
                .withSchema(new Schema(fields))
                .withQuery("trino", definition.getOriginalSql())
                .withDefaultNamespace(definition.getSchema().map(Namespace::of).orElse(view.namespace()))
                .withDefaultCatalog(definition.getCatalog().orElse(null))
                .withProperty(STORED_IN, storage.getTableName());
        definition.getOwner().ifPresent(owner -> builder.withProperty(LakeReads.OWNER, owner));
        definition.getComment().ifPresent(comment -> builder.withProperty(LakeReads.COMMENT, comment));
        definition
                .getGracePeriod()
                .ifPresent(grace -> builder.withProperty(GRACE_SECONDS, Long.toString(grace.toSeconds())));
        definition.getWhenStaleBehavior().ifPresent(behavior -> builder.withProperty(WHEN_STALE, behavior.name()));
        return builder;
    }

    void drop(SchemaTableName name) {
        catalog.dropView(LakeReads.identifier(name));
        catalog.dropTable(LakeReads.identifier(storage(name)), false);
    }

    void rename(SchemaTableName source, SchemaTableName target) {
        catalog.renameTable(LakeReads.identifier(storage(source)), LakeReads.identifier(storage(target)));
        catalog.renameView(LakeReads.identifier(source), LakeReads.identifier(target));
    }

    ConnectorMaterializedViewDefinition definition(SchemaTableName name, View view) {
        SQLViewRepresentation sql = view.sqlFor("trino");
        Map<String, String> properties = view.properties();
        Optional<String> home = Optional.ofNullable(view.currentVersion().defaultCatalog());
        Namespace namespace = view.currentVersion().defaultNamespace();
        return new ConnectorMaterializedViewDefinition(
                sql.sql(),
                Optional.of(new CatalogSchemaTableName(catalogName, storage(name))),
                home,
                home.filter(any -> !namespace.isEmpty()).map(any -> namespace.toString()),
                view.schema().columns().stream()
                        .map(field -> new Column(
                                field.name(),
                                LakeTypes.toTrino(field.type()).getTypeId(),
                                Optional.ofNullable(field.doc())))
                        .toList(),
                Optional.ofNullable(properties.get(GRACE_SECONDS))
                        .map(text -> Duration.ofSeconds(Long.parseLong(text))),
                Optional.ofNullable(properties.get(WHEN_STALE)).map(WhenStaleBehavior::valueOf),
                Optional.ofNullable(properties.get(LakeReads.COMMENT)),
                Optional.ofNullable(properties.get(LakeReads.OWNER)),
                List.of());
    }

    /// Whether the stored rows are those that the query would give now.
    MaterializedViewFreshness freshness(SchemaTableName name) {
        Snapshot stored = snapshot(storage(name)).orElse(null);
        String dependencies = stored == null ? null : stored.summary().get(DEPENDS_ON);
        if (dependencies == null) {
            return new MaterializedViewFreshness(Freshness.STALE, Optional.empty());
        }
        Optional<Instant> refreshed = Optional.of(Instant.ofEpochMilli(stored.timestampMillis()));
        if (dependencies.equals(UNKNOWN)) {
            return new MaterializedViewFreshness(Freshness.UNKNOWN, refreshed);
        }
        Map<String, String> then = new TreeMap<>();
        for (String line : dependencies.split("\n", -1)) {
            int at = line.lastIndexOf('=');
            if (at > 0) {
                then.put(line.substring(0, at), line.substring(at + 1));
            }
        }
        boolean fresh =
                then.entrySet().stream().allMatch(entry -> entry.getValue().equals(state(tableName(entry.getKey()))));
        return fresh
                ? new MaterializedViewFreshness(Freshness.FRESH, Optional.empty())
                : new MaterializedViewFreshness(Freshness.STALE, refreshed);
    }

    private static SchemaTableName tableName(String text) {
        String[] parts = text.split("\u001f", 2);
        return new SchemaTableName(parts[0], parts[1]);
    }

    private String state(SchemaTableName table) {
        return snapshot(table).map(found -> Long.toString(found.snapshotId())).orElse("");
    }

    private Optional<Snapshot> snapshot(SchemaTableName name) {
        try {
            Table table = catalog.loadTable(LakeReads.identifier(name));
            return Optional.ofNullable(table.currentSnapshot());
        } catch (NoSuchTableException e) {
            return Optional.empty();
        }
    }

    /// What a refresh writes into the summary of its snapshot.
    ///
    /// @param sources the tables read, as they were read
    /// @param repeatable whether the same tables give the same rows: no other sources, no time, no chance
    public static Map<String, String> dependencies(List<LakeTableHandle> sources, boolean repeatable) {
        if (!repeatable) {
            return Map.of(DEPENDS_ON, UNKNOWN);
        }
        return Map.of(
                DEPENDS_ON,
                sources.stream()
                        .map(source -> source.name().getSchemaName() + "\u001f"
                                + source.name().getTableName() + "="
                                + (source.snapshotId().isPresent()
                                        ? source.snapshotId().getAsLong()
                                        : ""))
                        .distinct()
                        .collect(Collectors.joining("\n", "\n", "\n")));
    }
}
