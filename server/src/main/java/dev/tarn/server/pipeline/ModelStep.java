package dev.tarn.server.pipeline;

import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.transform.run.Outcome;
import dev.tarn.transform.run.ProjectRun;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// A node of the dbt project as a step.
record ModelStep(ProjectRun.Work work) implements Step {
    @Override
    public String name() {
        return work.name();
    }

    @Override
    public StepKind kind() {
        return switch (work.node().type()) {
            case MODEL -> StepKind.MODEL;
            case SEED -> StepKind.SEED;
            case SNAPSHOT -> StepKind.SNAPSHOT;
            case TEST, UNIT_TEST -> StepKind.TEST;
            case OPERATION -> StepKind.HOOK;
            case ANALYSIS, SOURCE, EXPOSURE ->
                throw new IllegalStateException(work.node().uniqueId());
        };
    }

    @Override
    public Set<Asset> inputs() {
        return work.inputs().stream().map(Asset::table).collect(Collectors.toSet());
    }

    @Override
    public Set<Asset> outputs() {
        return work.outputs().stream().map(Asset::table).collect(Collectors.toSet());
    }

    @Override
    public Set<String> after() {
        return work.after();
    }

    @Override
    public Optional<String> fingerprint(StepContext context) {
        return work.fingerprint(context.branch(), context.identity());
    }

    @Override
    public Optional<String> definition(StepContext context) {
        return work.definition(context.branch(), context.identity());
    }

    @Override
    public Optional<ColumnLineage> lineage(StepContext context) {
        return work.lineage(context.branch(), context.identity());
    }

    @Override
    public StepResult run(StepContext context) {
        Outcome outcome = work.run(context.branch(), context.identity());
        return new StepResult(outcome.rows(), outcome.message(), Optional.of(outcome.sql()));
    }
}
