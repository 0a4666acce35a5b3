package dev.tarn.server.pipeline;

import dev.tarn.govern.contract.CheckResult;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractGate;
import dev.tarn.govern.contract.ContractResults;
import dev.tarn.govern.contract.Rule;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Checks a table that the run has made against its contract, before it is published: a run that breaks a rule
/// of severity error publishes nothing.
final class ContractStep implements Step {
    private final Contract contract;
    private final Contract.Table table;
    private final Lakehouse lakehouse;

    ContractStep(Contract contract, Contract.Table table, Lakehouse lakehouse) {
        this.contract = contract;
        this.table = table;
        this.lakehouse = lakehouse;
    }

    @Override
    public String name() {
        return "contract." + table.name();
    }

    @Override
    public StepKind kind() {
        return StepKind.TEST;
    }

    @Override
    public Set<Asset> inputs() {
        return Set.of(Asset.table(table.name()));
    }

    @Override
    public Set<Asset> outputs() {
        return Set.of();
    }

    /// The same rules over the same snapshot have the same result, unless one of them reads other tables, the
    /// clock or earlier results.
    @Override
    public Optional<String> fingerprint(StepContext context) {
        boolean dependsOnMore = table.rules().stream()
                .anyMatch(rule ->
                        rule instanceof Rule.Query || rule instanceof Rule.Fresh || rule instanceof Rule.Steady);
        return dependsOnMore ? Optional.empty() : Optional.of(table.columns() + " " + table.rules());
    }

    @Override
    public StepResult run(StepContext context) {
        ContractGate gate = new ContractGate(
                lakehouse.engine(),
                lakehouse.lake(),
                ContractResults.open(lakehouse.lake().database()),
                InstantSource.system());
        QuerySession session = QuerySession.of(context.identity()).withBranch(context.branch());
        List<CheckResult> results = gate.check(session, contract, table, context.runId());
        List<CheckResult> broken = results.stream()
                .filter(result -> result.outcome() == Outcome.BROKEN)
                .toList();
        String warnings = broken.isEmpty()
                ? ""
                : "; warnings: "
                        + String.join(
                                "; ", broken.stream().map(CheckResult::inWords).toList());
        return StepResult.of(results.size() - broken.size() + " rules kept" + warnings);
    }
}
