package dev.tarn.server.pipeline;

import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.Quarantine;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.server.Lakehouse;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/// A step that makes a table with a contract: rows that break a rule on single rows are put aside before
/// anything reads the table.
record GuardedStep(Step inner, Contract.Table table, Lakehouse lakehouse) implements Step {
    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public StepKind kind() {
        return inner.kind();
    }

    @Override
    public Set<Asset> inputs() {
        return inner.inputs();
    }

    @Override
    public Set<Asset> outputs() {
        return inner.outputs();
    }

    @Override
    public Set<String> after() {
        return inner.after();
    }

    @Override
    public Set<Asset> asides() {
        Set<Asset> asides = new HashSet<>(inner.asides());
        asides.add(Asset.table(table.name() + Quarantine.SUFFIX));
        return asides;
    }

    /// The rules decide what the table holds.
    @Override
    public Optional<String> fingerprint(StepContext context) throws Exception {
        return inner.fingerprint(context).map(code -> code + "\n" + table.rules());
    }

    @Override
    public OptionalLong waiting(StepContext context) throws Exception {
        return inner.waiting(context);
    }

    @Override
    public Optional<String> definition(StepContext context) throws Exception {
        return inner.definition(context);
    }

    @Override
    public Optional<ColumnLineage> lineage(StepContext context) throws Exception {
        return inner.lineage(context);
    }

    @Override
    public StepResult run(StepContext context) throws Exception {
        StepResult result = inner.run(context);
        QuerySession session =
                QuerySession.of(context.identity()).withBranch(context.branch()).withZone(ZoneOffset.UTC);
        long aside = new Quarantine(lakehouse.engine(), lakehouse.lake(), InstantSource.system())
                .sortOut(session, table, context.runId());
        return aside == 0
                ? result
                : new StepResult(
                        result.rows(),
                        result.message() + "; " + aside + (aside == 1 ? " row" : " rows") + " in quarantine",
                        result.detail());
    }
}
