package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditEntry;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.Branches;
import dev.tarn.lake.catalog.Branches.Branch;
import dev.tarn.lake.catalog.Branches.Fork;
import dev.tarn.lake.catalog.Branches.Publish;
import dev.tarn.orchestrate.Plan.PlannedStep;
import dev.tarn.orchestrate.StepReport.Status;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jdbi.v3.core.Handle;

/// Executes plans: each run on a catalog branch of its own, which is then published in one transaction. Readers
/// see what was before or what is after, never a mix; a run that fails or dies leaves no trace that they see.
public final class Runner {
    /// The prefix of the branches that runs work on.
    public static final String BRANCH_PREFIX = "run-";

    private static final Logger LOG = System.getLogger(Runner.class.getName());
    private static final DateTimeFormatter ID_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Lake lake;
    private final RunHistory history;
    private final AuditLog audit;

    public Runner(Lake lake, AuditLog audit) {
        this.lake = lake;
        this.history = RunHistory.open(lake.database());
        this.audit = audit;
    }

    /// What is known of earlier runs.
    public RunHistory history() {
        return history;
    }

    /// Runs a plan. A step that fails is in the report and not an exception.
    ///
    /// @throws TarnException `RUN_IN_PROGRESS` when another run of the project, or of the environment, is
    ///     under way
    public RunReport run(Plan plan, Identity identity, RunOptions options, RunListener listener) {
        Instant started = Instant.now();
        String id = newId(started);
        String lane = options.environment();
        if (!lane.equals(Branches.MAIN)) {
            Environments.checkName(lane);
        }
        cleanUp();
        begin(id, lane, identity, started, options.cause());
        RunReport report;
        try (RunWriter writer = new RunWriter(id, history, lake.database(), options.cancelled())) {
            listener.started(id, plan);
            report = onBranch(id, started, plan, identity, options, listener, writer);
        } catch (RuntimeException | Error e) {
            abandon(id, RunStatus.FAILED, Optional.of(describe(e)));
            audit.append(AuditEntry.failed(started, identity, "run", id, e));
            throw e;
        }
        audit.append(new AuditEntry(
                started,
                identity,
                "run",
                id,
                report.succeeded() ? AuditEntry.OK : report.status().name(),
                report.took(),
                report.error().orElse("")));
        listener.ended(report, report.took());
        return report;
    }

    /// Begins a run. When the database goes away meanwhile it may have been noted all the same; it must not stand in
    /// the way of the next one for as long as this process lives.
    private void begin(String id, String lane, Identity identity, Instant started, RunCause cause) {
        try {
            history.begin(id, lane, identity, started, cause);
        } catch (RuntimeException e) {
            if (Patience.isAway(e)) {
                abandon(id, RunStatus.FAILED, Optional.of(describe(e)));
            }
            throw e;
        }
    }

    /// A run's id: the time in UTC and a random word, so that ids sort by time.
    static String newId(Instant started) {
        return ID_TIME.format(started) + "-"
                + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt(1 << 16), 4);
    }

    private RunReport onBranch(
            String id,
            Instant started,
            Plan plan,
            Identity identity,
            RunOptions options,
            RunListener listener,
            RunWriter writer) {
        String branch = BRANCH_PREFIX + id;
        Optional<Fork> fork = branch(id, branch, options.environment(), identity);
        boolean resumed = resume(branch, plan, options.environment(), fork);
        Execution.Scope scope = new Execution.Scope(id, branch, options.environment(), resumed);
        Execution execution = new Execution(scope, plan, identity, options, listener, lake, history, writer);
        List<StepReport> steps = execution.run();
        boolean cancelled = options.cancelled().get();
        List<String> failed = steps.stream()
                .filter(step -> step.status() == Status.FAILED)
                .map(StepReport::step)
                .toList();
        Optional<String> error = cancelled
                ? Optional.of("cancelled")
                : failed.isEmpty() ? Optional.empty() : Optional.of("failed: " + String.join(", ", failed));
        RunStatus status = cancelled ? RunStatus.CANCELLED : failed.isEmpty() ? RunStatus.PUBLISHED : RunStatus.FAILED;
        Optional<String> publishId = Optional.empty();
        if (status == RunStatus.PUBLISHED) {
            listener.publishing();
            try {
                publishId = published(scope, fork, identity, execution);
            } catch (TarnException e) {
                status = RunStatus.FAILED;
                error = Optional.of(e.code() + ": " + e.describe());
            }
        }
        if (status != RunStatus.PUBLISHED) {
            abandon(id, status, error);
        }
        return new RunReport(id, status, started, Duration.between(started, Instant.now()), publishId, error, steps);
    }

    /// Makes the run's own branch: as main is, or as the environment is.
    private Optional<Fork> branch(String id, String branch, String environment, Identity identity) {
        if (environment.equals(Branches.MAIN)) {
            lake.createBranch(branch, identity);
            return Optional.empty();
        }
        if (!hasBranch(environment)) {
            lake.createBranch(environment, identity);
        }
        Fork fork = lake.fork(environment, branch, identity);
        history.forked(id, fork.changes());
        return Optional.of(fork);
    }

    /// Takes over what the steps of a run that died have finished, and forgets what they had only begun.
    ///
    /// @return whether there was such a run
    private boolean resume(String branch, Plan plan, String lane, Optional<Fork> fork) {
        boolean resumed = false;
        Set<String> branches = lake.branches().stream().map(Branch::name).collect(Collectors.toSet());
        for (RunHistory.Begun lost : history.lost(lane)) {
            String left = BRANCH_PREFIX + lost.id();
            if (!branches.contains(left)) {
                continue;
            }
            // Making a fork changes its origin once: what the lost run began as still stands if nothing else did.
            boolean stands = fork.isEmpty()
                    || (lost.forkChanges().isPresent()
                            && lost.forkChanges().getAsLong() + 1 == fork.get().changes());
            if (resumed || !stands) {
                dropBranch(left);
                lake.database().writing(handle -> StepStates.forget(handle, left));
            } else {
                LOG.log(Level.INFO, "going on with the run {0}, which was lost", lost.id());
                List<StepStates.Made> finished = lake.database().read(handle -> StepStates.all(handle, left));
                lake.salvage(left, branch, outputs(plan, finished));
                lake.database().writing(handle -> StepStates.move(handle, left, branch));
                resumed = true;
            }
        }
        return resumed;
    }

    private static List<TableIdentifier> outputs(Plan plan, List<StepStates.Made> finished) {
        Set<String> names = finished.stream().map(StepStates.Made::step).collect(Collectors.toSet());
        return plan.steps().stream()
                .map(PlannedStep::step)
                .filter(step -> names.contains(step.name()))
                .flatMap(step -> Stream.concat(step.outputs().stream(), step.asides().stream()))
                .filter(asset -> asset.kind() == Asset.Kind.TABLE)
                .map(asset -> TableIdentifier.parse(asset.name()))
                .toList();
    }

    /// Publishes, once: a database that went away may or may not have done it.
    private Optional<String> published(
            Execution.Scope scope, Optional<Fork> fork, Identity identity, Execution execution) {
        return new Patience(lake.database()).with(() -> {
            RunReport known = history.run(scope.runId());
            return known.succeeded() ? known.publishId() : publish(scope, fork, identity, execution);
        });
    }

    /// Makes everything visible at once, together with what the steps want to be known and the run's own end.
    private Optional<String> publish(
            Execution.Scope scope, Optional<Fork> fork, Identity identity, Execution execution) {
        String id = scope.runId();
        if (fork.isPresent()) {
            // A model's alias and the like are for all to see: they wait until the environment is published.
            lake.adopt(fork.get(), handle -> ended(handle, scope));
            return Optional.empty();
        }
        if (lake.changes(scope.branch()).isEmpty()) {
            lake.dropBranch(scope.branch(), handle -> {
                execution.atPublish(handle);
                ended(handle, scope);
            });
            return Optional.empty();
        }
        Publish published = lake.publish(scope.branch(), identity, "run " + id, (handle, publish) -> {
            execution.atPublish(handle);
            ended(handle, scope);
            RunHistory.publishedAs(handle, id, publish.id());
        });
        return Optional.of(String.valueOf(published.id()));
    }

    private static void ended(Handle handle, Execution.Scope scope) {
        StepStates.move(handle, scope.branch(), scope.environment());
        if (!RunHistory.end(handle, scope.runId(), RunStatus.PUBLISHED, Optional.empty())) {
            throw new TarnException(
                    ErrorCode.CANCELLED,
                    "this process was not heard of for too long, so another run has taken over its work");
        }
    }

    /// Forgets what a run did. Its files are no longer referred to, and maintenance removes them.
    private void abandon(String id, RunStatus status, Optional<String> error) {
        new Patience(lake.database()).doing(() -> {
            dropBranch(BRANCH_PREFIX + id);
            lake.database().writing(handle -> {
                StepStates.forget(handle, BRANCH_PREFIX + id);
                RunHistory.end(handle, id, status, error);
            });
        });
    }

    /// Notes runs whose process has died. What they finished stays on their branch for the next run.
    public void cleanUp() {
        history.noteLost();
    }

    private boolean hasBranch(String name) {
        return lake.branches().stream().anyMatch(branch -> branch.name().equals(name));
    }

    private void dropBranch(String branch) {
        try {
            lake.dropBranch(branch);
        } catch (TarnException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
        }
    }

    static String describe(Throwable e) {
        return e instanceof TarnException known ? known.describe() : String.valueOf(e);
    }
}
