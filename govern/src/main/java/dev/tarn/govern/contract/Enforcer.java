package dev.tarn.govern.contract;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.Lake;
import dev.tarn.lake.catalog.CommitGate;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import dev.tarn.query.Substitutes;
import dev.tarn.query.Substitutes.Substitute;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.ScanFile;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataOperations;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Enforces contracts at the commit, whoever writes. Rows that a statement of Tarn's inserts and that break
/// a rule on single rows go to quarantine; any other commit that breaks a rule of severity error is refused.
/// Runs work on branches of their own, which are checked before they are published.
public final class Enforcer implements CommitGate {
    /// Branches with this prefix belong to runs.
    private static final String RUN_PREFIX = "run-";

    private final Lake lake;
    private final Supplier<QueryEngine> engine;
    private final ContractFiles contracts;
    private final InstantSource clock;
    private final KnownResults known;
    private final ContractResults results;

    /// @param engine asked for when a table with a contract is written
    public Enforcer(Lake lake, Supplier<QueryEngine> engine, ContractFiles contracts, InstantSource clock) {
        this.lake = lake;
        this.engine = engine;
        this.contracts = contracts;
        this.clock = clock;
        this.known = KnownResults.open(lake.database());
        this.results = ContractResults.open(lake.database());
    }

    private ContractChecker checker() {
        return new ContractChecker(engine.get(), lake, known, clock);
    }

    @Override
    public Admitted admit(String branch, TableIdentifier name, Table table, List<DataFile> files, String user) {
        Optional<ContractFiles.Found> found = found(branch, name);
        RowRules rules = found.map(contract -> RowRules.of(contract.table())).orElse(new RowRules(List.of()));
        if (found.isEmpty() || rules.isEmpty()) {
            return new Admitted(files, Optional.empty());
        }
        Contract.Table contract = found.get().table();
        QuerySession session = session(branch, user);
        Substitute added = Substitute.files(
                table, files.stream().map(file -> new ScanFile(file, List.of())).toList());
        return Substitutes.during(Map.of(name, added), () -> {
            List<CheckResult> ofAdded = checker().check(session, contract, List.copyOf(rules.rules()));
            if (ofAdded.stream().noneMatch(result -> result.outcome() == Outcome.BROKEN)) {
                return new Admitted(files, Optional.empty());
            }
            String run = "insert by " + user;
            results.keep(run + " at " + clock.instant(), broken(ofAdded), clock.instant());
            Quarantine quarantine = new Quarantine(engine.get(), lake, checker(), clock);
            Table held = quarantine.ensure(branch, name, table);
            List<DataFile> kept = engine.get()
                    .write(
                            session,
                            "SELECT * FROM " + SqlNames.table(contract.name()) + " WHERE " + rules.kept(),
                            table);
            List<DataFile> aside = engine.get().write(session, quarantine.broken(contract, held, rules, run), held);
            DataFileWriter.delete(files);
            return new Admitted(kept, Optional.of(transaction -> {
                AppendFiles append = transaction.table(Quarantine.name(name)).newAppend();
                aside.forEach(append::appendFile);
                append.commit();
            }));
        });
    }

    private static List<CheckResult> broken(List<CheckResult> results) {
        return results.stream()
                .filter(result -> result.outcome() == Outcome.BROKEN)
                .toList();
    }

    @Override
    public void check(String branch, List<Proposal> proposals) {
        for (Proposal proposal : proposals) {
            if (changesRows(proposal)) {
                found(branch, proposal.identifier()).ifPresent(found -> check(branch, proposal, found));
            }
        }
    }

    /// Writing the same rows to other files, as compaction does, breaks nothing.
    private static boolean changesRows(Proposal proposal) {
        Table before = proposal.before();
        Snapshot now = proposal.after().currentSnapshot();
        if (before != null && now != null && DataOperations.REPLACE.equals(now.operation())) {
            return false;
        }
        return before == null
                ? proposal.after().currentSnapshot() != null
                : !Objects.equals(snapshot(before), snapshot(proposal.after()))
                        || !before.schema().sameSchema(proposal.after().schema());
    }

    private static @Nullable Long snapshot(Table table) {
        Snapshot snapshot = table.currentSnapshot();
        return snapshot == null ? null : snapshot.snapshotId();
    }

    private void check(String branch, Proposal proposal, ContractFiles.Found found) {
        QuerySession session = session(branch, "contracts");
        List<CheckResult> all = during(proposal, proposal.after(), () -> {
            List<String> differences = ContractLint.compare(
                    found.contract(),
                    found.table(),
                    engine.get().describe(session, ContractLint.columnsOf(found.table())));
            if (!differences.isEmpty()) {
                throw ContractGate.broken(found.contract(), found.table(), differences);
            }
            return checker().check(session, found.table());
        });
        List<CheckResult> broken = broken(all);
        // Beside what is broken, numbers that later checks are compared with.
        Set<String> compared = found.table().rules().stream()
                .filter(Rule.Steady.class::isInstance)
                .map(rule -> rule.about().name())
                .collect(Collectors.toSet());
        results.keep(
                "commit " + snapshot(proposal.after()),
                all.stream()
                        .filter(result -> result.outcome() == Outcome.BROKEN
                                || compared.contains(result.rule().name()))
                        .toList(),
                clock.instant());
        List<String> blocking = broken.stream()
                .filter(CheckResult::blocks)
                .filter(result -> !isNoWorse(session, proposal, found.table(), result))
                .map(CheckResult::inWords)
                .toList();
        if (!blocking.isEmpty()) {
            throw ContractGate.broken(found.contract(), found.table(), blocking);
        }
    }

    /// Whether a rule on single rows was broken by as many rows before: whoever cleans a table up step by
    /// step is let.
    private boolean isNoWorse(QuerySession session, Proposal proposal, Contract.Table table, CheckResult result) {
        Table before = proposal.before();
        Optional<Rule> rule = table.rules().stream()
                .filter(each -> each instanceof Rule.EachRow && each.about().equals(result.rule()))
                .findFirst();
        if (before == null || rule.isEmpty()) {
            return false;
        }
        CheckResult was = during(
                proposal,
                before,
                () -> checker().check(session, table, List.of(rule.get())).getFirst());
        return was.measured().orElseThrow().compareTo(result.measured().orElseThrow()) >= 0;
    }

    private static <T> T during(Proposal proposal, Table table, Supplier<T> work) {
        return Substitutes.during(Map.of(proposal.identifier(), Substitute.whole(table)), work);
    }

    private Optional<ContractFiles.Found> found(String branch, TableIdentifier name) {
        return branch.startsWith(RUN_PREFIX) ? Optional.empty() : contracts.enforced(name.toString());
    }

    private static QuerySession session(String branch, String user) {
        return QuerySession.of(new Identity(user, "contracts", false))
                .withBranch(branch)
                .withZone(ZoneOffset.UTC);
    }
}
