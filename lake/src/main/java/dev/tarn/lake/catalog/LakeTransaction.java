package dev.tarn.lake.catalog;

import dev.tarn.lake.storage.CheckedFiles;
import dev.tarn.lake.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.iceberg.LocationProviders;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Changes to several tables of a branch that become visible together, with rows in the database if wanted.
///
/// What is committed to the tables it hands out is only staged, and seen only through them, until the
/// transaction itself commits. Used by one thread.
public final class LakeTransaction {
    private static final Logger LOG = LoggerFactory.getLogger(LakeTransaction.class);

    private final CatalogContext context;
    private final String branch;
    private final Map<String, String> summary;
    private final Map<TableIdentifier, StagedOperations> staged = new LinkedHashMap<>();
    private final List<Consumer<Handle>> hooks = new ArrayList<>();
    private final StagingIO io;
    private @Nullable Handle lock;

    LakeTransaction(CatalogContext context, String branch, Map<String, String> summary) {
        this.context = context;
        this.branch = branch;
        this.summary = summary;
        this.io = new StagingIO(WriteBatch.in(context.io()));
    }

    /// A table to be changed within this transaction.
    ///
    /// @throws NoSuchTableException when the branch has no such table
    public Table table(TableIdentifier identifier) {
        StagedOperations operations = staged.computeIfAbsent(identifier, this::open);
        return new LakeTable(operations, context.name() + "." + identifier, summary);
    }

    /// Runs with the database transaction that moves the pointers, after they have moved. What it throws
    /// undoes all.
    public void alongside(Consumer<Handle> hook) {
        hooks.add(hook);
    }

    /// Says that this transaction changes a table's files and not its rows: a publish that left the table as it was
    /// before can still be undone, as if nothing had happened since.
    public void keepsRows(TableIdentifier identifier) {
        StagedOperations operations = staged.computeIfAbsent(identifier, this::open);
        if (branch.equals(PointerStore.MAIN)) {
            alongside(handle -> PointerStore.find(handle, branch, identifier)
                    .ifPresent(now -> Branches.follow(handle, operations.pointer, now)));
        }
    }

    /// Fails when a branch other than main has changed a table: its publish would find main changed.
    ///
    /// @throws Forked in the transaction's commit
    public void unlessForked(TableIdentifier identifier) {
        alongside(handle -> {
            if (LiveMetadata.isForked(handle, identifier)) {
                throw new Forked();
            }
        });
    }

    /// A branch has changed the table, so that it is left alone.
    public static final class Forked extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Forked() {
            super("a branch has changed the table", null, false, false);
        }
    }

    private StagedOperations open(TableIdentifier identifier) {
        if (lock != null) {
            PointerStore.lock(lock, branch, identifier);
        }
        Pointer pointer = context.find(branch, identifier)
                .filter(found -> found.kind() == Pointer.Kind.TABLE)
                .orElseThrow(() -> new NoSuchTableException("Table does not exist: %s", identifier));
        return new StagedOperations(identifier, pointer, context.metadata().table(pointer.location()));
    }

    /// Makes everything visible.
    ///
    /// @throws CommitFailedException when one of the tables was changed meanwhile; nothing has happened then
    void commit() {
        List<PointerCommit.Step> steps =
                staged.values().stream().flatMap(each -> each.step().stream()).toList();
        try {
            if (steps.isEmpty()) {
                context.database().writing(handle -> hooks.forEach(hook -> hook.accept(handle)));
            } else {
                new PointerCommit(context, branch, io.files).run(steps, hooks);
            }
        } catch (CommitStateUnknownException e) {
            // Perhaps it happened: nothing may be cleaned up.
            throw e;
        } catch (RuntimeException e) {
            abort();
            throw e;
        }
    }

    /// Deletes what the work asked to delete, once the commit is certain.
    void finish() {
        io.deleteStaged();
    }

    /// From now on keeps others from changing the tables that are opened, until the database transaction ends.
    void lockWith(Handle handle) {
        lock = handle;
        if (!branch.equals(PointerStore.MAIN)) {
            PointerStore.lock(handle, branch);
        }
    }

    /// Gives everything up, and removes the files that were written for it.
    void abort() {
        io.deleteWritten();
    }

    /// A table whose commits change only what is staged.
    private final class StagedOperations implements TableOperations {
        private final TableIdentifier identifier;
        private final Pointer pointer;
        private final TableMetadata base;
        private TableMetadata now;

        StagedOperations(TableIdentifier identifier, Pointer pointer, TableMetadata base) {
            this.identifier = identifier;
            this.pointer = pointer;
            this.base = base;
            this.now = base;
        }

        @SuppressWarnings("ReferenceEquality") // Whether anything was committed at all.
        Optional<PointerCommit.Step> step() {
            return now == base ? Optional.empty() : Optional.of(new PointerCommit.Step(identifier, pointer, base, now));
        }

        @Override
        public TableMetadata current() {
            return now;
        }

        @Override
        public TableMetadata refresh() {
            return now;
        }

        @Override
        @SuppressWarnings("ReferenceEquality") // The very metadata that was read, as Iceberg's contract says.
        public void commit(@Nullable TableMetadata expected, TableMetadata next) {
            if (expected != now) {
                throw new CommitFailedException("Cannot commit to %s: it was changed in this transaction", identifier);
            }
            now = next;
        }

        @Override
        public FileIO io() {
            return io;
        }

        @Override
        public String metadataFileLocation(String fileName) {
            return CatalogContext.metadataLocation(now, fileName);
        }

        @Override
        public LocationProvider locationProvider() {
            return LocationProviders.locationsFor(now.location(), now.properties());
        }

        @Override
        public TableOperations temp(TableMetadata uncommitted) {
            return new UncommittedOperations(uncommitted, io);
        }
    }

    /// Remembers what is written, to remove it if the transaction fails, and deletes nothing before it succeeds.
    private static final class StagingIO implements FileIO, CheckedFiles {
        private static final long serialVersionUID = 1L;

        private final WriteBatch files;
        private final ArrayList<String> written = new ArrayList<>();
        private final ArrayList<String> deleted = new ArrayList<>();

        StagingIO(WriteBatch files) {
            this.files = files;
        }

        @Override
        public org.apache.iceberg.io.InputFile newInputFile(String location) {
            return files.newInputFile(location);
        }

        @Override
        public org.apache.iceberg.io.InputFile newInputFile(String location, long length) {
            return files.newInputFile(location, length);
        }

        @Override
        public synchronized org.apache.iceberg.io.OutputFile newOutputFile(String location) {
            written.add(location);
            return files.newOutputFile(location);
        }

        @Override
        public synchronized void deleteFile(String location) {
            deleted.add(location);
        }

        @Override
        public void check(Collection<String> locations) {
            files.check(locations);
        }

        @Override
        public void written(Collection<String> locations) {
            files.written(locations);
        }

        synchronized void deleteStaged() {
            delete(deleted);
        }

        synchronized void deleteWritten() {
            delete(written);
        }

        private void delete(List<String> locations) {
            for (String location : locations) {
                try {
                    files.deleteFile(location);
                } catch (RuntimeException e) {
                    LOG.warn("{} was not removed: {}", location, e.getMessage());
                }
            }
            locations.clear();
        }
    }
}
