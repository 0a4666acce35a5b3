package dev.tarn.orchestrate.lineage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.orchestrate.Plan;
import dev.tarn.orchestrate.RunCause;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.Runner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.query.lineage.ColumnLineage;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/// Tells OpenLineage's receivers how a run goes. What it cannot tell is logged and does not disturb the run.
public final class LineageListener implements RunListener, AutoCloseable {
    private static final Logger LOG = System.getLogger(LineageListener.class.getName());

    private final LineageEvents events;
    private final LineageSender sender;
    private final Identity identity;
    private volatile String runId = "";

    /// @param project whose name is the namespace if the settings name none
    public LineageListener(LineageSettings settings, String project, Lake lake, Identity identity, RunCause cause) {
        String namespace = settings.namespace().isEmpty() ? project : settings.namespace();
        this.events = new LineageEvents(namespace, cause.schedule().orElse("run"), lake, cause);
        this.sender = new LineageSender(settings);
        this.identity = identity;
    }

    @Override
    public void started(String id, Plan plan) {
        runId = id;
        tell(() -> events.run(LineageEvents.Type.START, id, Instant.now(), Optional.empty()));
    }

    @Override
    public void stepStarted(Step step) {
        tell(() -> step(LineageEvents.Type.START, step, Optional.empty()));
    }

    @Override
    public void stepEnded(Step step, StepReport report) {
        switch (report.status()) {
            case DONE -> tell(() -> step(LineageEvents.Type.COMPLETE, step, Optional.empty()));
            case FAILED -> tell(() -> step(LineageEvents.Type.FAIL, step, Optional.of(report.message())));
            case UNCHANGED, SKIPPED -> {}
        }
    }

    @Override
    public void publishing() {
        tell(() -> events.run(LineageEvents.Type.RUNNING, runId, Instant.now(), Optional.empty()));
    }

    @Override
    public void ended(RunReport report, Duration took) {
        LineageEvents.Type type = report.succeeded()
                ? LineageEvents.Type.COMPLETE
                : report.status() == RunStatus.CANCELLED ? LineageEvents.Type.ABORT : LineageEvents.Type.FAIL;
        tell(() -> events.run(type, runId, Instant.now(), report.error()));
    }

    private ObjectNode step(LineageEvents.Type type, Step step, Optional<String> error) throws Exception {
        String branch = Runner.BRANCH_PREFIX + runId;
        StepContext context = new StepContext(runId, branch, identity, new AtomicBoolean(), message -> {}, hook -> {});
        Optional<ColumnLineage> columns =
                type == LineageEvents.Type.COMPLETE ? step.lineage(context) : Optional.empty();
        return events.step(type, runId, step, branch, Instant.now(), step.definition(context), columns, error);
    }

    private void tell(Callable<ObjectNode> event) {
        try {
            sender.send(event.call().toString());
        } catch (Exception e) {
            LOG.log(Level.WARNING, "an event of the run " + runId + " cannot be told", e);
        }
    }

    /// Waits a little for events that were not sent yet.
    @Override
    public void close() {
        sender.close();
    }
}
