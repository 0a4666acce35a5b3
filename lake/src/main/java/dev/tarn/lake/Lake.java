package dev.tarn.lake;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.catalog.AppendQueue;
import dev.tarn.lake.catalog.AppendQueue.Append;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.Branches.Branch;
import dev.tarn.lake.catalog.Branches.Change;
import dev.tarn.lake.catalog.Branches.Fork;
import dev.tarn.lake.catalog.Branches.Publish;
import dev.tarn.lake.catalog.Branches.Savepoint;
import dev.tarn.lake.catalog.CatalogContext;
import dev.tarn.lake.catalog.CommitGate;
import dev.tarn.lake.catalog.Commits;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.lake.catalog.LakeTransaction;
import dev.tarn.lake.catalog.References;
import dev.tarn.lake.state.Database;
import dev.tarn.lake.storage.Digests;
import dev.tarn.lake.storage.LocalFileIO;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.FileIO;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Tarn's tables: files in a warehouse, and in a database the pointers that say which of them count.
/// Safe for use by many threads, and by several processes on one warehouse and database.
public final class Lake implements AutoCloseable {
    static {
        // Iceberg waits for its own pool in steps of ten milliseconds; manifests are read on the caller's thread.
        if (System.getProperty("iceberg.scan.plan-in-worker-pool") == null) {
            System.setProperty("iceberg.scan.plan-in-worker-pool", "false");
        }
    }

    /// A system property: `true` compares no file with what was written to it, to measure what that costs.
    private static final String UNCHECKED = "tarn.unchecked-files";

    private final Database database;
    private final FileIO io;
    private final CatalogContext context;
    private final Branches branches;
    private final References references;
    private final Commits commits;
    private final AppendQueue appends;
    private volatile Seen seen = new Seen(Long.MIN_VALUE, 0);

    /// What the publish number was when the database had a version.
    private record Seen(long version, long publishNumber) {}

    private Lake(Database database, FileIO io, CatalogContext context) {
        this.database = database;
        this.io = io;
        this.context = context;
        this.branches = new Branches(database);
        this.references = new References(database);
        this.commits = new Commits(context);
        this.appends = new AppendQueue(commits);
    }

    /// Opens a lake, making its folder and its database when there are none.
    ///
    /// @throws TarnException `STORAGE_FAILED`, `DATABASE_FAILED`, or `WAREHOUSE_TOO_NEW`
    public static Lake open(LakeConfig config) {
        if (config.warehouse().matches("s3[an]?://.*")) {
            throw new TarnException(
                    ErrorCode.NOT_SUPPORTED,
                    "the warehouse " + config.warehouse() + " is not on this machine: only local folders are served");
        }
        Database database = Database.open(config.database());
        try {
            LocalFileIO io = new LocalFileIO(
                    LocalFileIO.path(config.warehouse()), Boolean.getBoolean(UNCHECKED) ? null : Digests.in(database));
            return new Lake(
                    database, io, CatalogContext.of(config.name(), LocalFileIO.location(io.root()), database, io));
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /// The database, which other parts keep their own tables in.
    public Database database() {
        return database;
    }

    /// The warehouse's files.
    public FileIO io() {
        return io;
    }

    /// The warehouse's location, such as `file:///lake/warehouse`.
    public String warehouse() {
        return context.warehouse();
    }

    /// The catalog's name, as clients see it.
    public String name() {
        return context.name();
    }

    /// The catalog as readers see it.
    public LakeCatalog main() {
        return new LakeCatalog(context, Branches.MAIN, Map.of());
    }

    /// The catalog on a branch, `main` included.
    ///
    /// @throws TarnException `NOT_FOUND`
    public LakeCatalog branch(String name) {
        if (!branches.exists(name)) {
            throw new TarnException(ErrorCode.NOT_FOUND, "there is no branch '" + name + "'");
        }
        return new LakeCatalog(context, name, Map.of());
    }

    /// Makes a branch that reads as main does until something is changed on it.
    ///
    /// @throws TarnException `ALREADY_EXISTS`
    public Branch createBranch(String name, Identity identity) {
        return branches.create(name, identity);
    }

    /// Forgets a branch and all that was changed on it.
    ///
    /// @throws TarnException `NOT_FOUND`
    public void dropBranch(String name) {
        branches.drop(name);
    }

    /// Like [#dropBranch], with a hook that runs in the same database transaction.
    public void dropBranch(String name, Consumer<Handle> hook) {
        branches.drop(name, hook);
    }

    /// Makes a branch that reads as another one, not main, does now; [#adopt] gives back what becomes of it.
    ///
    /// @throws TarnException `ALREADY_EXISTS`, `NOT_FOUND`
    public Fork fork(String origin, String name, Identity identity) {
        return branches.fork(origin, name, identity);
    }

    /// Makes a fork's origin what the fork has become, in one database transaction, and ends the fork.
    ///
    /// @param hook runs in the same transaction
    /// @throws TarnException `PUBLISH_CONFLICT` when the origin was changed meanwhile
    public void adopt(Fork fork, Consumer<Handle> hook) {
        branches.adopt(fork, hook);
    }

    /// Moves what a branch made under some names to another branch, and forgets the rest of it.
    ///
    /// @throws TarnException `NOT_FOUND`
    public void salvage(String from, String to, List<TableIdentifier> names) {
        branches.salvage(from, to, names);
    }

    /// Notes what some names of a branch, not main, stand for, to come back to it with [#rollBack].
    public Savepoint savepoint(String branch, List<TableIdentifier> names) {
        return branches.savepoint(branch, names);
    }

    /// Makes the names of a savepoint stand for what they stood for then, in one database transaction.
    public void rollBack(Savepoint savepoint) {
        branches.rollBack(savepoint);
    }

    /// All branches, main among them.
    public List<Branch> branches() {
        return branches.list();
    }

    /// What publishing a branch would change.
    public List<Change> changes(String branch) {
        return branches.changes(branch);
    }

    /// Moves everything that a branch changed to main, in one database transaction, and ends the branch.
    ///
    /// @param summary the publisher's own word, such as the run's id
    /// @param hooks run in the same transaction: what they write becomes visible with the tables; what they throw
    ///     undoes all
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was changed on main meanwhile; `NOT_FOUND`
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final Publish publish(String branch, Identity identity, String summary, Consumer<Handle>... hooks) {
        Consumer<Handle> hook = all(Arrays.asList(hooks));
        return branches.publish(branch, identity, summary, (handle, publish) -> hook.accept(handle));
    }

    /// Like [#publish], with a hook that is told what was published.
    public Publish publish(String branch, Identity identity, String summary, BiConsumer<Handle, Publish> hook) {
        return branches.publish(branch, identity, summary, hook);
    }

    /// One publish; empty when there is none of that number, or it was forgotten.
    public Optional<Publish> publish(long id) {
        return branches.publish(id);
    }

    /// Puts main back to where it was before a publish, in one database transaction.
    ///
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was changed since; `NOT_FOUND`; `BAD_REQUEST`
    @SafeVarargs
    @SuppressWarnings("varargs")
    public final Publish undo(long publishId, Identity identity, Consumer<Handle>... hooks) {
        return branches.undo(publishId, identity, all(Arrays.asList(hooks)));
    }

    /// A number that every publish and every undoing changes, within its transaction: who asks after one is told
    /// another number than before. Takes a few microseconds, so that every reader can ask (on PostgreSQL the number
    /// may be 10 ms old).
    public long publishNumber() {
        long version = database.version();
        Seen last = seen;
        if (last.version() == version) {
            return last.publishNumber();
        }
        long number = branches.publishNumber();
        seen = new Seen(version, number);
        return number;
    }

    /// The latest publishes, newest first.
    public List<Publish> publishes(int limit) {
        return branches.publishes(limit);
    }

    /// Forgets publishes that are older than this: they can no longer be undone, and nothing keeps the files that
    /// only they name.
    ///
    /// @return how many
    public int forgetPublishes(Instant before) {
        return branches.forgetPublishes(before);
    }

    /// Decides from now on what may be committed through this lake.
    public void guard(CommitGate gate) {
        context.gate().set(gate);
    }

    /// What decides.
    public CommitGate gate() {
        return context.gate().get();
    }

    /// Who still needs which snapshots.
    public References references() {
        return references;
    }

    /// Adds files to a table in one snapshot, shared with whatever else is being appended to it.
    ///
    /// @param files written and durable; each must exist with the size it claims
    /// @param summary properties for the snapshot, such as [LakeCatalog#USER]
    /// @return the snapshot's id
    /// @throws TarnException `NOT_FOUND`, `BAD_REQUEST` for a file that does not fit the table, `COMMIT_CONFLICT`
    public long append(String branch, TableIdentifier table, List<DataFile> files, Map<String, String> summary) {
        return await(appendLater(branch, table, files, summary, handle -> {}));
    }

    /// Like [#append], returning at once, with a hook that runs in the commit's database transaction.
    public CompletableFuture<Long> appendLater(
            String branch,
            TableIdentifier table,
            List<DataFile> files,
            Map<String, String> summary,
            Consumer<Handle> hook) {
        files.forEach(this::requireWhole);
        return appends.submit(branch, table, new Append(files, summary, hook));
    }

    /// Changes several tables, and rows in the database, in one transaction. The work may run several times:
    /// again whenever one of the tables was changed by others meanwhile.
    ///
    /// @param summary properties for every snapshot that the work makes
    /// @throws TarnException `COMMIT_CONFLICT`, `NOT_FOUND`
    public <T extends @Nullable Object> T commit(
            String branch, Map<String, String> summary, Function<LakeTransaction, T> work) {
        return commits.run(branch, summary, work);
    }

    private void requireWhole(DataFile file) {
        var input = io.newInputFile(file.location());
        if (!input.exists()) {
            throw new TarnException(ErrorCode.BAD_REQUEST, "the data file " + file.location() + " does not exist");
        }
        if (input.getLength() != file.fileSizeInBytes()) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the data file " + file.location() + " has " + input.getLength() + " bytes, not "
                            + file.fileSizeInBytes() + ": it is not whole");
        }
    }

    private static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted while appending; the append may still happen", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static Consumer<Handle> all(List<Consumer<Handle>> hooks) {
        return handle -> hooks.forEach(hook -> hook.accept(handle));
    }

    @Override
    public void close() {
        io.close();
        database.close();
    }
}
