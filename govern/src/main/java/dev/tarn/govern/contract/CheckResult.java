package dev.tarn.govern.contract;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a check of one rule found.
///
/// @param table `namespace.table`
/// @param rule what is said of the rule
/// @param outcome passed, broken, or not checked
/// @param measured the number that was compared: rows that break the rule, or the rule's measure; empty when there
///     was nothing to measure (an aggregate over no rows) or the rule is not checked
/// @param expected in words
/// @param samples values of a few rows that break a rule on single rows, as rows of the table
public record CheckResult(
        String table,
        Rule.About rule,
        Outcome outcome,
        Optional<BigDecimal> measured,
        String expected,
        List<List<@Nullable Object>> samples) {
    public CheckResult {
        samples = List.copyOf(samples);
    }

    /// How a check ended.
    public enum Outcome {
        PASSED,
        BROKEN,
        UNCHECKED
    }

    /// Whether it keeps a commit from becoming visible.
    public boolean blocks() {
        return outcome == Outcome.BROKEN && rule.severity() == Severity.ERROR;
    }

    /// In words, such as `amount is not null: 3 rows break it`.
    public String inWords() {
        String found = measured.map(BigDecimal::toPlainString).orElse("nothing to measure");
        return rule.name() + ": expected " + expected + ", found " + found;
    }
}
