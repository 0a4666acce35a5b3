package dev.tarn.lake.catalog;

import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.Pointer.Kind;
import dev.tarn.lake.storage.WriteBatch;
import java.util.List;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jspecify.annotations.Nullable;

/// One table on one branch: reads the metadata that the branch's pointer names, and commits by writing a new
/// metadata file and moving the pointer in the database.
final class CatalogTableOperations implements TableOperations {
    private final CatalogContext context;
    private final String branch;
    private final TableIdentifier identifier;
    private @Nullable Pointer pointer;
    private @Nullable TableMetadata metadata;
    private boolean stale = true;

    CatalogTableOperations(CatalogContext context, String branch, TableIdentifier identifier) {
        this.context = context;
        this.branch = branch;
        this.identifier = identifier;
    }

    /// The present metadata, or null when the table does not exist (Iceberg's convention).
    @Override
    public @Nullable TableMetadata current() {
        return stale ? refresh() : metadata;
    }

    @Override
    public @Nullable TableMetadata refresh() {
        Pointer found = find();
        if (found == null) {
            boolean known = metadata != null;
            pointer = null;
            metadata = null;
            if (known) {
                throw new NoSuchTableException("Table does not exist: %s", identifier);
            }
        } else if (!Pointer.same(found, pointer)) {
            metadata = read(found);
            pointer = found;
        }
        stale = false;
        return metadata;
    }

    private @Nullable Pointer find() {
        return context.find(branch, identifier)
                .filter(found -> found.kind() == Kind.TABLE)
                .orElse(null);
    }

    private TableMetadata read(Pointer found) {
        try {
            return context.metadata().table(found.location());
        } catch (NotFoundException e) {
            // Old metadata files are removed after a commit: perhaps the pointer has moved on meanwhile.
            Pointer again = find();
            if (again != null && !Pointer.same(again, found)) {
                return context.metadata().table(again.location());
            }
            throw e;
        } catch (TarnException e) {
            throw e.in("table", identifier);
        }
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // The very metadata that was read, as Iceberg's contract says.
    public void commit(@Nullable TableMetadata base, TableMetadata next) {
        if (base != current()) {
            if (base == null) {
                throw new AlreadyExistsException("Table already exists: %s", identifier);
            }
            throw new CommitFailedException("Cannot commit to %s: it was changed by another commit", identifier);
        }
        if (base == next) {
            return;
        }
        WrittenMetadata written = new PointerCommit(context, branch, WriteBatch.in(io()))
                .run(List.of(new PointerCommit.Step(identifier, pointer, base, next)), List.of())
                .getFirst();
        pointer = written.pointer();
        metadata = written.metadata();
        stale = false;
    }

    @Override
    public FileIO io() {
        return context.metadata().io();
    }

    @Override
    public String metadataFileLocation(String fileName) {
        TableMetadata now = current();
        if (now == null) {
            throw new NoSuchTableException("Table does not exist: %s", identifier);
        }
        return CatalogContext.metadataLocation(now, fileName);
    }

    @Override
    public LocationProvider locationProvider() {
        TableMetadata now = current();
        if (now == null) {
            throw new NoSuchTableException("Table does not exist: %s", identifier);
        }
        return LocationProviders.locationsFor(now.location(), now.properties());
    }

    @Override
    public TableOperations temp(TableMetadata uncommitted) {
        return new UncommittedOperations(uncommitted, io());
    }
}
