package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.Branches.Change;
import dev.tarn.lake.catalog.Branches.Publish;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;

/// Environments: branches of the catalog that runs are built on and compared with what is published, until
/// they are published whole or dropped. And undoing what was published.
public final class Environments {
    private final Lake lake;
    private final RunHistory history;
    private final AuditLog audit;

    public Environments(Lake lake, AuditLog audit) {
        this.lake = lake;
        this.history = RunHistory.open(lake.database());
        this.audit = audit;
    }

    /// An environment.
    ///
    /// @param changes what publishing it would change
    public record Environment(String name, Instant createdAt, String createdBy, List<Change> changes) {}

    /// What was published or taken back.
    ///
    /// @param runId what [#undo] takes
    public record Moved(String runId, Publish publish) {}

    /// All environments, by name.
    public List<Environment> list() {
        return lake.branches().stream()
                .filter(branch -> isEnvironment(branch.name()))
                .map(branch -> new Environment(
                        branch.name(), branch.createdAt(), branch.createdBy(), lake.changes(branch.name())))
                .toList();
    }

    /// One environment.
    ///
    /// @throws TarnException `NOT_FOUND`
    public Environment get(String name) {
        return list().stream()
                .filter(environment -> environment.name().equals(name))
                .findFirst()
                .orElseThrow(() -> notFound(name));
    }

    /// Forgets an environment and all that was made in it.
    ///
    /// @throws TarnException `NOT_FOUND`; `RUN_IN_PROGRESS` while it is being built
    public void drop(String name, Identity identity) {
        Instant began = Instant.now();
        get(name);
        requireIdle(name);
        lake.dropBranch(name, handle -> StepStates.forget(handle, name));
        audit(began, identity, "environment.drop", name);
    }

    /// Makes everything that was made in an environment visible to all, in one transaction, and ends it.
    ///
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was published or written under the same names
    ///     since the environment changed them; `RUN_IN_PROGRESS`; `NOT_FOUND`. Nothing has happened then.
    public Moved publish(String name, Identity identity) {
        get(name);
        requireIdle(name);
        new Runner(lake, audit).cleanUp();
        Instant began = Instant.now();
        String id = Runner.newId(began);
        history.begin(id, Branches.MAIN, identity, began, RunCause.BY_HAND);
        try {
            Publish published = lake.publish(name, identity, "environment " + name, (handle, publish) -> {
                StepStates.move(handle, name, Branches.MAIN, id);
                RunHistory.end(handle, id, RunStatus.PUBLISHED, Optional.empty());
                RunHistory.publishedAs(handle, id, publish.id());
            });
            audit(began, identity, "environment.publish", name);
            return new Moved(id, published);
        } catch (RuntimeException e) {
            lake.database()
                    .writing(handle -> RunHistory.end(handle, id, RunStatus.FAILED, Optional.of(Runner.describe(e))));
            audit.append(AuditEntry.failed(began, identity, "environment.publish", name, e));
            throw e;
        }
    }

    /// Takes back everything that a run, or the publishing of an environment, made visible, in one transaction.
    ///
    /// @param runId the run's id, or the number of a publish
    /// @param undoers put back what moved beside the tables, by its kind; see [StepContext#undoable]
    /// @throws TarnException `PUBLISH_CONFLICT` naming what was changed since; `NOT_FOUND`; `BAD_REQUEST`
    ///     when the run published nothing, or was taken back already. Nothing has happened then.
    public Moved undo(String runId, Identity identity, Map<String, BiConsumer<Handle, String>> undoers) {
        Instant began = Instant.now();
        long publishId = publishOf(runId);
        Publish undone = lake.undo(publishId, identity, handle -> {
            for (String run : history.publishers(handle, publishId)) {
                for (RunHistory.Undoable each : RunHistory.undoables(handle, run)) {
                    BiConsumer<Handle, String> undoer = undoers.get(each.kind());
                    if (undoer == null) {
                        throw new IllegalStateException("nobody knows how to put back a " + each.kind());
                    }
                    undoer.accept(handle, each.payload());
                }
                handle.execute("DELETE FROM run_state WHERE lane = 'main' AND run_id = ?", run);
                handle.execute("UPDATE run SET status = ? WHERE id = ?", RunStatus.UNDONE.name(), run);
            }
        });
        audit(began, identity, "undo", runId);
        return new Moved(runId, undone);
    }

    private long publishOf(String runId) {
        if (runId.matches("\\d{1,18}")) {
            return Long.parseLong(runId);
        }
        RunReport run = history.run(runId);
        return run.publishId()
                .map(Long::parseLong)
                .orElseThrow(
                        () -> new TarnException(ErrorCode.BAD_REQUEST, "the run " + runId + " has published nothing"));
    }

    /// Whether a branch is one that people work on, rather than main or a run's own.
    public static boolean isEnvironment(String branch) {
        return !branch.equals(Branches.MAIN) && !branch.startsWith(Runner.BRANCH_PREFIX);
    }

    static void checkName(String name) {
        if (!isEnvironment(name)) {
            throw new TarnException(
                    ErrorCode.USAGE,
                    "an environment cannot be called '" + name + "': 'main' is what is published, and names that start"
                            + " with '" + Runner.BRANCH_PREFIX + "' are runs' own");
        }
    }

    private void requireIdle(String name) {
        for (RunHistory.Begun run : history.running()) {
            if (run.lane().equals(name) && run.isAlive()) {
                throw new TarnException(
                        ErrorCode.RUN_IN_PROGRESS,
                        "the run " + run.id() + " is building '" + name + "': wait for it, or stop it");
            }
        }
    }

    private TarnException notFound(String name) {
        List<String> names = list().stream().map(Environment::name).toList();
        return new TarnException(
                ErrorCode.NOT_FOUND,
                "there is no environment '" + name + "'"
                        + (names.isEmpty()
                                ? "; 'tarn run --env " + name + "' makes it"
                                : "; there are " + String.join(", ", names)));
    }

    private void audit(Instant began, Identity identity, String action, String object) {
        audit.append(new AuditEntry(
                began, identity, action, object, AuditEntry.OK, Duration.between(began, Instant.now()), ""));
    }
}
