package dev.tarn.govern.contract;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import java.time.InstantSource;
import java.util.List;

/// Decides whether a table on a branch may become visible: it fits its contract's columns, and no rule of
/// severity error is broken. Whatever was found is kept.
public final class ContractGate {
    private static final int NAMED_MAX = 10;

    private final QueryEngine engine;
    private final ContractChecker checker;
    private final ContractResults results;
    private final InstantSource clock;

    public ContractGate(QueryEngine engine, Lake lake, ContractResults results, InstantSource clock) {
        this.engine = engine;
        this.checker = new ContractChecker(engine, lake);
        this.results = results;
        this.clock = clock;
    }

    /// Checks a table as it is on the session's branch.
    ///
    /// @param run names the occasion in the results
    /// @return everything found, the broken warnings among it
    /// @throws TarnException `CONTRACT_BROKEN` naming the broken rules, or how the table differs from its contract
    public List<CheckResult> check(QuerySession session, Contract contract, Contract.Table table, String run) {
        List<String> differences =
                ContractLint.compare(contract, table, engine.describe(session, ContractLint.columnsOf(table)));
        if (!differences.isEmpty()) {
            throw broken(contract, table, differences);
        }
        List<CheckResult> found = checker.check(session, table);
        results.keep(run, found, clock.instant());
        List<String> broken = found.stream()
                .filter(CheckResult::blocks)
                .map(CheckResult::inWords)
                .toList();
        if (!broken.isEmpty()) {
            throw broken(contract, table, broken);
        }
        return found;
    }

    static TarnException broken(Contract contract, Contract.Table table, List<String> what) {
        String named = String.join("; ", what.subList(0, Math.min(what.size(), NAMED_MAX)));
        String more = what.size() > NAMED_MAX ? "; and " + (what.size() - NAMED_MAX) + " more" : "";
        return new TarnException(ErrorCode.CONTRACT_BROKEN, table.name() + " breaks its contract: " + named + more)
                .in("contract", contract.file());
    }
}
