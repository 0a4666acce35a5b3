package dev.tarn.lake.catalog;

import dev.tarn.core.identity.Identity;
import dev.tarn.lake.catalog.Pointer.Kind;
import dev.tarn.lake.storage.LocalFileIO;
import dev.tarn.lake.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.MetadataUpdate;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.UpdateRequirement;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NamespaceNotEmptyException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NoSuchViewException;
import org.apache.iceberg.rest.requests.UpdateTableRequest;
import org.apache.iceberg.view.BaseMetastoreViewCatalog;
import org.apache.iceberg.view.View;
import org.apache.iceberg.view.ViewOperations;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Iceberg's catalog over one branch. Safe for use by many threads; cheap to make.
///
/// Its exceptions are Iceberg's own, which Iceberg's code and clients expect; what is wrong with the database,
/// the disk or the branch itself is a [dev.tarn.core.error.TarnException].
public final class LakeCatalog extends BaseMetastoreViewCatalog implements SupportsNamespaces {
    /// The summary property of a snapshot that says who made it.
    public static final String USER = "tarn.user";

    /// The summary property of a snapshot that was only written anew: the snapshot whose rows it has.
    public static final String ROWS_OF = "tarn.rows-of";

    private static final Logger LOG = LoggerFactory.getLogger(LakeCatalog.class);
    private static final int NAMESPACE_RETRIES_MAX = 20;
    private static final int FORMAT_VERSION = 2;

    /// What new tables get unless their creator says otherwise: their log of metadata files stays short.
    private static final Map<String, String> TABLE_DEFAULTS = Map.of(
            "table-default." + TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true",
            "table-default." + TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "20");

    private final CatalogContext context;
    private final String branch;
    private final Map<String, String> summary;

    public LakeCatalog(CatalogContext context, String branch, Map<String, String> summary) {
        this.context = context;
        this.branch = branch;
        this.summary = Map.copyOf(summary);
    }

    /// The snapshot whose rows a snapshot has: itself, unless Tarn has only written the files anew.
    public static long rowsOf(Snapshot snapshot) {
        String same = snapshot.summary() == null ? null : snapshot.summary().get(ROWS_OF);
        return same != null && DataOperations.REPLACE.equals(snapshot.operation())
                ? Long.parseLong(same)
                : snapshot.snapshotId();
    }

    /// The same catalog, whose snapshots say that this user made them.
    public LakeCatalog as(Identity identity) {
        return new LakeCatalog(context, branch, Map.of(USER, identity.user()));
    }

    @Override
    public String name() {
        return context.name();
    }

    /// The branch it reads and writes.
    public String branch() {
        return branch;
    }

    @Override
    public void initialize(String name, Map<String, String> properties) {
        throw new UnsupportedOperationException("A lake's catalog is made by the lake");
    }

    /// The metadata file that a table or view stands for; empty when there is neither.
    public Optional<Pointer> pointer(TableIdentifier identifier) {
        return context.find(branch, identifier);
    }

    @Override
    protected Map<String, String> properties() {
        return TABLE_DEFAULTS;
    }

    @Override
    protected TableOperations newTableOps(TableIdentifier identifier) {
        return new CatalogTableOperations(context, branch, identifier);
    }

    @Override
    protected ViewOperations newViewOps(TableIdentifier identifier) {
        return new CatalogViewOperations(context, branch, identifier);
    }

    @Override
    protected String defaultWarehouseLocation(TableIdentifier identifier) {
        Map<String, String> properties = loadNamespaceMetadata(identifier.namespace());
        String location = properties.get("location");
        return location == null
                ? Names.location(context.warehouse(), identifier)
                : Names.location(location, TableIdentifier.of(identifier.name()));
    }

    // Tables

    @Override
    public Table loadTable(TableIdentifier identifier) {
        Table found = super.loadTable(identifier);
        return found instanceof BaseTable table ? new LakeTable(table.operations(), table.name(), summary) : found;
    }

    @Override
    public List<TableIdentifier> listTables(Namespace namespace) {
        return list(namespace, Kind.TABLE);
    }

    @Override
    public boolean tableExists(TableIdentifier identifier) {
        return find(identifier, Kind.TABLE).isPresent();
    }

    @Override
    public boolean dropTable(TableIdentifier identifier, boolean purge) {
        Optional<Pointer> found = find(identifier, Kind.TABLE);
        if (found.isEmpty()) {
            return false;
        }
        TableMetadata last = purge ? lastMetadata(identifier, found.get()) : null;
        if (!swap(identifier, found.get(), null)) {
            throw new CommitFailedException("Cannot drop %s: it was changed by another commit", identifier);
        }
        if (last != null) {
            purge(identifier, found.get(), last);
        }
        return true;
    }

    private @Nullable TableMetadata lastMetadata(TableIdentifier identifier, Pointer pointer) {
        try {
            return context.metadata().table(pointer.location());
        } catch (RuntimeException e) {
            LOG.warn("{} is dropped, its files stay: {}", identifier, e.getMessage());
            return null;
        }
    }

    /// Deletes a dropped table's files, unless a branch, a publish or a pin may still need them; then they stay
    /// until maintenance finds that nothing does.
    private void purge(TableIdentifier identifier, Pointer pointer, TableMetadata last) {
        boolean shared = context.database().read(handle -> References.isReferred(handle, pointer.uuid()));
        if (shared) {
            LOG.info("{} is dropped; its files stay while a branch, a publish or a run refers to them", identifier);
            return;
        }
        CatalogUtil.dropTableData(context.io(), last);
    }

    @Override
    public void renameTable(TableIdentifier from, TableIdentifier to) {
        Pointer pointer =
                find(from, Kind.TABLE).orElseThrow(() -> new NoSuchTableException("Table does not exist: %s", from));
        rename(from, to, pointer);
    }

    /// Makes sure that a location lies in the warehouse, before anything there is looked at for somebody.
    ///
    /// @throws dev.tarn.core.error.TarnException `FORBIDDEN`
    public void requireInWarehouse(String location) {
        if (context.io() instanceof LocalFileIO local) {
            local.confined(location);
        }
    }

    @Override
    public Table registerTable(TableIdentifier identifier, String metadataFileLocation) {
        requireInWarehouse(metadataFileLocation);
        return super.registerTable(identifier, metadataFileLocation);
    }

    @Override
    public Table registerTable(TableIdentifier identifier, String metadataFileLocation, boolean overwrite) {
        if (!overwrite || find(identifier, Kind.TABLE).isEmpty()) {
            return registerTable(identifier, metadataFileLocation);
        }
        requireInWarehouse(metadataFileLocation);
        TableMetadata metadata = context.metadata().table(metadataFileLocation);
        Pointer before = find(identifier, Kind.TABLE).orElseThrow();
        if (!swap(identifier, before, new Pointer(Kind.TABLE, metadataFileLocation, metadata.uuid()))) {
            throw new CommitFailedException("Cannot register %s: it was changed by another commit", identifier);
        }
        return loadTable(identifier);
    }

    /// Where a table's present metadata is, or nothing when there is no such table.
    public Optional<String> metadataLocation(TableIdentifier identifier) {
        return find(identifier, Kind.TABLE).map(Pointer::location);
    }

    /// Changes several tables at once, each as its requirements and updates say.
    ///
    /// @throws CommitFailedException when a requirement does not hold or a table was changed meanwhile; nothing
    ///     has happened then
    public void commit(List<UpdateTableRequest> changes) {
        List<PointerCommit.Step> steps = new ArrayList<>();
        Set<TableIdentifier> seen = new HashSet<>();
        for (UpdateTableRequest change : changes) {
            TableIdentifier identifier = change.identifier();
            if (!seen.add(identifier)) {
                throw new IllegalArgumentException("Invalid transaction: changes " + identifier + " twice");
            }
            step(identifier, change).ifPresent(steps::add);
        }
        if (!steps.isEmpty()) {
            new PointerCommit(context, branch, WriteBatch.in(context.io())).run(steps, List.of());
        }
    }

    private Optional<PointerCommit.Step> step(TableIdentifier identifier, UpdateTableRequest change) {
        Pointer before = find(identifier, Kind.TABLE).orElse(null);
        TableMetadata base = before == null ? null : context.metadata().table(before.location());
        boolean creates =
                change.requirements().stream().anyMatch(UpdateRequirement.AssertTableDoesNotExist.class::isInstance);
        if (base == null && !creates) {
            throw new NoSuchTableException("Table does not exist: %s", identifier);
        }
        change.requirements().forEach(requirement -> requirement.validate(base));
        TableMetadata.Builder builder =
                base == null ? TableMetadata.buildFromEmpty(formatVersion(change)) : TableMetadata.buildFrom(base);
        change.updates().forEach(update -> update.applyTo(builder));
        TableMetadata next = builder.build();
        return next.changes().isEmpty()
                ? Optional.empty()
                : Optional.of(new PointerCommit.Step(identifier, before, base, next));
    }

    private static int formatVersion(UpdateTableRequest change) {
        return change.updates().stream()
                .filter(MetadataUpdate.UpgradeFormatVersion.class::isInstance)
                .mapToInt(update -> ((MetadataUpdate.UpgradeFormatVersion) update).formatVersion())
                .findFirst()
                .orElse(FORMAT_VERSION);
    }

    // Views

    @Override
    public List<TableIdentifier> listViews(Namespace namespace) {
        return list(namespace, Kind.VIEW);
    }

    @Override
    public boolean viewExists(TableIdentifier identifier) {
        return find(identifier, Kind.VIEW).isPresent();
    }

    @Override
    public boolean dropView(TableIdentifier identifier) {
        Optional<Pointer> found = find(identifier, Kind.VIEW);
        if (found.isPresent() && !swap(identifier, found.get(), null)) {
            throw new CommitFailedException("Cannot drop %s: it was changed by another commit", identifier);
        }
        return found.isPresent();
    }

    @Override
    public View registerView(TableIdentifier identifier, String metadataFileLocation) {
        if (viewExists(identifier)) {
            throw new AlreadyExistsException("View already exists: %s", identifier);
        }
        newViewOps(identifier).commit(null, context.metadata().view(metadataFileLocation));
        return loadView(identifier);
    }

    @Override
    public void renameView(TableIdentifier from, TableIdentifier to) {
        Pointer pointer =
                find(from, Kind.VIEW).orElseThrow(() -> new NoSuchViewException("View does not exist: %s", from));
        rename(from, to, pointer);
    }

    // Namespaces

    @Override
    public void createNamespace(Namespace namespace, Map<String, String> properties) {
        if (namespace.isEmpty()) {
            throw new AlreadyExistsException("The root namespace always exists");
        }
        Namespace parent = parent(namespace);
        boolean made = context.database().write(handle -> {
            if (!parent.isEmpty()) {
                NamespaceStore.requireForWrite(handle, branch, parent);
            }
            return NamespaceStore.swap(handle, branch, namespace, null, NamespaceStore.json(properties));
        });
        if (!made) {
            throw new AlreadyExistsException("Namespace already exists: %s", namespace);
        }
    }

    @Override
    public boolean namespaceExists(Namespace namespace) {
        return namespace.isEmpty() || findNamespace(namespace).isPresent();
    }

    @Override
    public List<Namespace> listNamespaces(Namespace parent) {
        requireNamespace(parent);
        return context.database().read(handle -> NamespaceStore.children(handle, branch, parent));
    }

    @Override
    public Map<String, String> loadNamespaceMetadata(Namespace namespace) {
        if (namespace.isEmpty()) {
            return Map.of();
        }
        return NamespaceStore.map(findNamespace(namespace).orElseThrow(() -> noSuch(namespace)));
    }

    @Override
    public boolean dropNamespace(Namespace namespace) {
        return context.database().write(handle -> {
            NamespaceStore.touch(handle, branch, namespace);
            Optional<String> found = NamespaceStore.find(handle, branch, namespace);
            if (found.isEmpty()) {
                return false;
            }
            if (!PointerStore.isEmpty(handle, branch, namespace)
                    || !NamespaceStore.children(handle, branch, namespace).isEmpty()) {
                throw new NamespaceNotEmptyException("Namespace is not empty: %s", namespace);
            }
            return NamespaceStore.swap(handle, branch, namespace, found.get(), null);
        });
    }

    @Override
    public boolean setProperties(Namespace namespace, Map<String, String> properties) {
        return updateProperties(namespace, now -> {
            Map<String, String> next = new TreeMap<>(now);
            next.putAll(properties);
            return next;
        });
    }

    @Override
    public boolean removeProperties(Namespace namespace, Set<String> names) {
        return updateProperties(namespace, now -> {
            Map<String, String> next = new TreeMap<>(now);
            next.keySet().removeAll(names);
            return next;
        });
    }

    private boolean updateProperties(Namespace namespace, UnaryOperator<Map<String, String>> change) {
        for (int attempt = 0; attempt < NAMESPACE_RETRIES_MAX; attempt++) {
            String before = findNamespace(namespace).orElseThrow(() -> noSuch(namespace));
            String after = NamespaceStore.json(change.apply(NamespaceStore.map(before)));
            if (before.equals(after)
                    || context.database()
                            .write(handle -> NamespaceStore.swap(handle, branch, namespace, before, after))) {
                return !before.equals(after);
            }
        }
        throw new CommitFailedException("Cannot change the properties of %s: others keep changing them", namespace);
    }

    // Shared

    private Optional<Pointer> find(TableIdentifier identifier, Kind kind) {
        return context.find(branch, identifier).filter(found -> found.kind() == kind);
    }

    private List<TableIdentifier> list(Namespace namespace, Kind kind) {
        requireNamespace(namespace);
        return context.database().read(handle -> PointerStore.list(handle, branch, namespace, kind));
    }

    private boolean swap(TableIdentifier identifier, @Nullable Pointer before, @Nullable Pointer after) {
        return context.database().write(handle -> PointerStore.swap(handle, branch, identifier, before, after));
    }

    private void rename(TableIdentifier from, TableIdentifier to, Pointer pointer) {
        if (from.equals(to)) {
            return;
        }
        context.database().writing(handle -> {
            PointerStore.find(handle, branch, to).ifPresent(other -> {
                throw new AlreadyExistsException(
                        "Cannot rename %s to %s. %s already exists",
                        from, to, other.kind() == Kind.TABLE ? "Table" : "View");
            });
            if (!PointerStore.swap(handle, branch, from, pointer, null)
                    || !PointerStore.swap(handle, branch, to, null, pointer)) {
                throw new CommitFailedException("Cannot rename %s: it was changed by another commit", from);
            }
        });
    }

    private Optional<String> findNamespace(Namespace namespace) {
        return context.database().read(handle -> NamespaceStore.find(handle, branch, namespace));
    }

    private void requireNamespace(Namespace namespace) {
        if (!namespaceExists(namespace)) {
            throw noSuch(namespace);
        }
    }

    private static NoSuchNamespaceException noSuch(Namespace namespace) {
        return new NoSuchNamespaceException("Namespace does not exist: %s", namespace);
    }

    private static Namespace parent(Namespace namespace) {
        String[] levels = namespace.levels();
        return Namespace.of(Arrays.copyOf(levels, levels.length - 1));
    }
}
