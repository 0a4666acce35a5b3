package dev.tarn.govern.contract;

import dev.tarn.core.error.TarnException;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QuerySession;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Checks the tables of contracts as they are on a branch of the lake, or as [dev.tarn.query.Substitutes] say.
///
/// All rules on rows and all measures of a table are one statement over the files that were not checked before.
public final class ContractChecker {
    private static final int SAMPLES = 5;

    private final QueryEngine engine;
    private final Lake lake;
    private final KnownResults known;
    private final ContractResults results;
    private final InstantSource clock;

    public ContractChecker(QueryEngine engine, Lake lake) {
        this(engine, lake, KnownResults.open(lake.database()), InstantSource.system());
    }

    ContractChecker(QueryEngine engine, Lake lake, KnownResults known, InstantSource clock) {
        this.engine = engine;
        this.lake = lake;
        this.known = known;
        this.results = ContractResults.open(lake.database());
        this.clock = clock;
    }

    /// Checks every rule of a table.
    ///
    /// @throws TarnException when a statement fails, such as for a column that the table does not have
    public List<CheckResult> check(QuerySession session, Contract.Table table) {
        return check(session, table, table.rules());
    }

    /// Checks some rules of a table.
    List<CheckResult> check(QuerySession session, Contract.Table table, List<Rule> rules) {
        Measuring measuring = new Measuring(engine, lake, known, session, table);
        List<Measure> measures = new ArrayList<>();
        rules.forEach(rule -> measure(rule).ifPresent(measures::add));
        Map<Measure, Optional<BigDecimal>> found = measuring.of(measures);
        List<CheckResult> results = new ArrayList<>();
        for (Rule rule : rules) {
            Optional<BigDecimal> value =
                    measure(rule).flatMap(measure -> found.getOrDefault(measure, Optional.empty()));
            results.add(
                    switch (rule) {
                        case Rule.EachRow row -> eachRow(measuring, table, row, value);
                        case Rule.Aggregate aggregate -> bounded(table, aggregate.about(), aggregate.bound(), value);
                        case Rule.Query query -> bounded(table, query.about(), query.bound(), measuring.query(query));
                        case Rule.Structure structure -> structure(measuring, table, structure);
                        case Rule.Fresh fresh -> fresh(table, fresh, value);
                        case Rule.Steady steady ->
                            value.isEmpty()
                                    ? bounded(table, steady.about(), "a number", Optional.empty(), Optional.empty())
                                    : steady(table, steady, value.get());
                        case Rule.Unchecked(Rule.About about, String why) ->
                            new CheckResult(table.name(), about, Outcome.UNCHECKED, Optional.empty(), why, List.of());
                    });
        }
        return results;
    }

    private static Optional<Measure> measure(Rule rule) {
        return switch (rule) {
            case Rule.EachRow row -> Optional.of(new Measure.Count(row.broken()));
            case Rule.Aggregate aggregate -> Optional.of(aggregate.measure());
            case Rule.Query query -> Optional.empty();
            case Rule.Structure structure -> Optional.empty();
            case Rule.Fresh fresh -> Optional.of(fresh.newest());
            case Rule.Steady steady -> Optional.of(steady.measure());
            case Rule.Unchecked unchecked -> Optional.empty();
        };
    }

    private static CheckResult eachRow(
            Measuring measuring, Contract.Table table, Rule.EachRow rule, Optional<BigDecimal> broken) {
        boolean passed = broken.orElse(BigDecimal.ZERO).signum() == 0;
        List<List<@Nullable Object>> samples = passed
                ? List.of()
                : measuring.rows("SELECT * FROM " + SqlNames.table(table.name()) + " WHERE " + rule.brokenWhen()
                        + " LIMIT " + SAMPLES);
        return new CheckResult(table.name(), rule.about(), outcome(passed), broken, "no row that breaks it", samples);
    }

    private static CheckResult structure(Measuring measuring, Contract.Table table, Rule.Structure rule) {
        Optional<String> difference = rule.shape().difference(measuring.columns());
        return new CheckResult(
                table.name(),
                rule.about(),
                outcome(difference.isEmpty()),
                Optional.empty(),
                difference.map(what -> "the columns promised; " + what).orElse("the columns promised"),
                List.of());
    }

    /// How old the newest value is, in seconds.
    private CheckResult fresh(Contract.Table table, Rule.Fresh rule, Optional<BigDecimal> newest) {
        BigDecimal now = BigDecimal.valueOf(clock.instant().toEpochMilli());
        Optional<BigDecimal> age =
                newest.map(micros -> now.subtract(micros.movePointLeft(3)).movePointLeft(3));
        Bound bound = new Bound.AtMost(BigDecimal.valueOf(rule.ageMax().toSeconds()), false);
        return bounded(table, rule.about(), bound.inWords() + " seconds of age", Optional.of(bound), age);
    }

    private CheckResult steady(Contract.Table table, Rule.Steady rule, BigDecimal measured) {
        Optional<Bound> bound =
                rule.near().bound(results.measured(table.name(), rule.about().name(), Steadiness.HISTORY));
        String words = bound.map(Bound::inWords).orElse("anything, as too little is known yet");
        return bounded(table, rule.about(), words, bound, Optional.of(measured));
    }

    private static CheckResult bounded(
            Contract.Table table, Rule.About about, Bound bound, Optional<BigDecimal> measured) {
        return bounded(table, about, bound.inWords(), Optional.of(bound), measured);
    }

    private static CheckResult bounded(
            Contract.Table table,
            Rule.About about,
            String expected,
            Optional<Bound> bound,
            Optional<BigDecimal> measured) {
        boolean passed = bound.isEmpty() || measured.isEmpty() || bound.get().admits(measured.get());
        return new CheckResult(table.name(), about, outcome(passed), measured, expected, List.of());
    }

    private static Outcome outcome(boolean passed) {
        return passed ? Outcome.PASSED : Outcome.BROKEN;
    }
}
