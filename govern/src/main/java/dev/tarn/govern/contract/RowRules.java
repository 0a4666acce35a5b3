package dev.tarn.govern.contract;

import java.util.List;
import java.util.stream.Collectors;

/// The rules of a table that decide about single rows: a row that breaks one does not get in.
///
/// @param rules those of severity error
record RowRules(List<Rule.EachRow> rules) {
    static RowRules of(Contract.Table table) {
        return new RowRules(table.rules().stream()
                .filter(Rule.EachRow.class::isInstance)
                .map(Rule.EachRow.class::cast)
                .filter(rule -> rule.about().severity() == Severity.ERROR)
                .toList());
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /// True of a row that breaks one of them; perhaps null of others.
    String broken() {
        return rules.stream().map(rule -> "(" + rule.brokenWhen() + ")").collect(Collectors.joining(" OR "));
    }

    /// True of a row that breaks none.
    String kept() {
        return "NOT coalesce(" + broken() + ", false)";
    }

    /// The names of the rules that a row breaks.
    String names() {
        return "concat_ws('; ', "
                + rules.stream()
                        .map(rule -> "CASE WHEN " + rule.brokenWhen() + " THEN "
                                + SqlNames.literal(rule.about().name()) + " END")
                        .collect(Collectors.joining(", "))
                + ")";
    }
}
