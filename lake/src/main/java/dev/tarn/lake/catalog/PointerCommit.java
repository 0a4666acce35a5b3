package dev.tarn.lake.catalog;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.catalog.Pointer.Kind;
import dev.tarn.lake.storage.WriteBatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadata.MetadataLogEntry;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.CommitStateUnknownException;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Commits new metadata for one or several tables of a branch: the files first, then all pointers in one
/// database transaction.
final class PointerCommit {
    private static final Logger LOG = LoggerFactory.getLogger(PointerCommit.class);

    /// One table's part in a commit.
    ///
    /// @param before the pointer that `base` was read from; null when the table is new
    record Step(
            TableIdentifier identifier,
            @Nullable Pointer before,
            @Nullable TableMetadata base,
            TableMetadata next) {}

    private final CatalogContext context;
    private final String branch;
    private final WriteBatch batch;

    /// @param batch holds what was written for this commit already, and is made durable before the pointers move
    PointerCommit(CatalogContext context, String branch, WriteBatch batch) {
        this.context = context;
        this.branch = branch;
        this.batch = batch;
    }

    /// Commits all steps or none.
    ///
    /// @param hooks run in the same database transaction, after the pointers have moved
    /// @return what was written, in the order of the steps sorted by name
    /// @throws CommitFailedException when one of the tables was changed meanwhile
    /// @throws CommitStateUnknownException when the database was lost at the moment of the commit
    List<WrittenMetadata> run(List<Step> unordered, List<Consumer<Handle>> hooks) {
        // One order for all, so that two commits never wait for each other.
        List<Step> steps = unordered.stream()
                .sorted(Comparator.comparing(step -> step.identifier().toString()))
                .toList();
        List<WrittenMetadata> written = new ArrayList<>();
        context.gate().get().check(branch, steps.stream().map(this::proposal).toList());
        try {
            for (Step step : steps) {
                written.add(context.write(batch, step.before(), step.next()));
            }
            batch.sync();
            context.database().writing(handle -> {
                for (int i = 0; i < steps.size(); i++) {
                    move(handle, steps.get(i), written.get(i).pointer());
                }
                hooks.forEach(hook -> hook.accept(handle));
                context.saveDigests(handle);
            });
        } catch (RuntimeException e) {
            if (!isCommitted(steps, written, e)) {
                written.forEach(context::discard);
                throw e;
            }
        }
        steps.forEach(this::removeOld);
        return written;
    }

    private CommitGate.Proposal proposal(Step step) {
        TableMetadata base = step.base();
        return new CommitGate.Proposal(
                step.identifier(), base == null ? null : table(step, base), table(step, step.next()));
    }

    private Table table(Step step, TableMetadata metadata) {
        return new LakeTable(
                new UncommittedOperations(metadata, batch), context.name() + "." + step.identifier(), Map.of());
    }

    private void move(Handle handle, Step step, Pointer after) {
        if (PointerStore.swap(handle, branch, step.identifier(), step.before(), after)) {
            return;
        }
        if (step.before() == null) {
            PointerStore.find(handle, branch, step.identifier()).ifPresent(other -> {
                throw occupied(step.identifier(), other);
            });
        }
        throw new CommitFailedException("Cannot commit to %s: it was changed by another commit", step.identifier());
    }

    static AlreadyExistsException occupied(TableIdentifier identifier, Pointer other) {
        return new AlreadyExistsException(
                other.kind() == Kind.VIEW
                        ? "View with same name already exists: %s"
                        : "Table with same name already exists: %s",
                identifier);
    }

    /// Whether a commit that ended in an error happened all the same, as when the connection broke at its end.
    private boolean isCommitted(List<Step> steps, List<WrittenMetadata> written, RuntimeException failure) {
        boolean reachedDatabase = written.size() == steps.size()
                && failure instanceof TarnException error
                && error.code() == ErrorCode.DATABASE_FAILED;
        if (!reachedDatabase) {
            return false;
        }
        String mine = written.getFirst().pointer().location();
        try {
            return context.find(branch, steps.getFirst().identifier())
                    .filter(now -> now.location().equals(mine)
                            || context.metadata().table(now.location()).previousFiles().stream()
                                    .anyMatch(old -> old.file().equals(mine)))
                    .isPresent();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            throw new CommitStateUnknownException(failure);
        }
    }

    /// Removes the metadata files that fell out of a table's log, unless a branch or a publish still needs them.
    private void removeOld(Step step) {
        boolean wanted = step.next()
                .propertyAsBoolean(
                        TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED,
                        TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED_DEFAULT);
        if (step.base() == null || !wanted) {
            return;
        }
        Set<MetadataLogEntry> gone = new HashSet<>(step.base().previousFiles());
        step.next().previousFiles().forEach(gone::remove);
        if (gone.isEmpty()) {
            return;
        }
        List<String> locations = gone.stream().map(MetadataLogEntry::file).toList();
        try {
            context.database()
                    .read(handle -> PointerStore.unreferenced(handle, locations))
                    .forEach(context.io()::deleteFile);
        } catch (RuntimeException e) {
            LOG.warn("Old metadata files of {} were not removed: {}", step.identifier(), e.getMessage());
        }
    }
}
