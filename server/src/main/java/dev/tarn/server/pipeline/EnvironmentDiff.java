package dev.tarn.server.pipeline;

import dev.tarn.govern.contract.ContractResults;
import dev.tarn.orchestrate.diff.TableDiff;
import java.util.List;

/// How an environment differs from what is published.
///
/// @param tables everything that publishing it would change
/// @param contracts what the environment's latest run found of the changed tables' contracts
public record EnvironmentDiff(String environment, List<TableDiff> tables, List<ContractResults.Kept> contracts) {
    public EnvironmentDiff {
        tables = List.copyOf(tables);
        contracts = List.copyOf(contracts);
    }
}
