package dev.tarn.server;

import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractResults.Kept;
import dev.tarn.govern.contract.Rule;
import java.math.BigDecimal;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A table's contract as a page of its own: columns, rules with what was found last and before, and rows in
/// quarantine.
///
/// @param results newest first
/// @param columns of the quarantine; empty when there is none
/// @param held rows of the quarantine, as text
record ContractPage(
        Contract contract,
        Contract.Table table,
        List<Kept> results,
        List<String> columns,
        List<List<@Nullable String>> held) {
    private static final int HISTORY = 30;
    private static final String MASKED = "•••";

    /// Its body.
    String html() {
        return """
                <h1>%s</h1>
                <p class=soft>%s, version %s, %s</p>
                <h2>Columns</h2>
                %s
                <h2>Rules</h2>
                %s
                <h2>In quarantine</h2>
                %s
                """.formatted(
                        Page.escape(table.name()),
                        Page.escape(contract.id()),
                        Page.escape(contract.version()),
                        Page.escape(contract.status()),
                        described(),
                        rules(),
                        quarantine());
    }

    private String described() {
        StringBuilder html = new StringBuilder("<table><tr><th>column<th>type<th>may be null<th>classification\n");
        for (Contract.Column column : table.columns()) {
            String type = column.physicalType()
                    .or(() -> column.logicalType().map(logical -> logical.name().toLowerCase(Locale.ROOT)))
                    .orElse("");
            html.append("<tr><td>")
                    .append(Page.escape(column.name()))
                    .append("<td>")
                    .append(Page.escape(type))
                    .append("<td>")
                    .append(column.required() ? "no" : "yes")
                    .append("<td>")
                    .append(Page.escape(column.classification().orElse("")))
                    .append('\n');
        }
        return html.append("</table>").toString();
    }

    private String rules() {
        Map<String, List<Kept>> byRule = new LinkedHashMap<>();
        results.forEach(result ->
                byRule.computeIfAbsent(result.rule(), rule -> new ArrayList<>()).add(result));
        StringBuilder html =
                new StringBuilder("<table><tr><th>rule<th>severity<th>expected<th>found last<th>when<th>before\n");
        for (Rule rule : table.rules()) {
            List<Kept> found = byRule.getOrDefault(rule.about().name(), List.of());
            html.append("<tr><td>")
                    .append(Page.escape(rule.about().name()))
                    .append("<td>")
                    .append(rule.about().severity().name().toLowerCase(Locale.ROOT));
            if (found.isEmpty()) {
                html.append("<td><td>not checked yet<td><td>\n");
                continue;
            }
            Kept last = found.getFirst();
            html.append("<td>")
                    .append(Page.escape(last.expected()))
                    .append("<td class=\"")
                    .append(last.outcome().name().toLowerCase(Locale.ROOT))
                    .append("\">")
                    .append(Page.escape(
                            last.measured().map(BigDecimal::toPlainString).orElse("")))
                    .append(last.outcome() == Outcome.BROKEN ? " broken" : "")
                    .append("<td>")
                    .append(last.checkedAt().truncatedTo(ChronoUnit.SECONDS))
                    .append("<td>");
            found.stream()
                    .skip(1)
                    .limit(HISTORY)
                    .forEach(earlier -> html.append(earlier.outcome() == Outcome.BROKEN ? "✗" : "·"));
            html.append('\n');
        }
        return html.append("</table>").toString();
    }

    private String quarantine() {
        if (held.isEmpty()) {
            return "<p>Nothing.</p>";
        }
        StringBuilder html = new StringBuilder("<div class=\"wide\"><table><tr>");
        columns.forEach(column -> html.append("<th>").append(Page.escape(column)));
        for (List<@Nullable String> row : held) {
            html.append("\n<tr>");
            for (int i = 0; i < columns.size(); i++) {
                String value = row.get(i);
                html.append("<td>").append(value == null ? "" : isSecret(columns.get(i)) ? MASKED : Page.escape(value));
            }
        }
        return html.append("\n</table></div>").toString();
    }

    /// What the contract classifies as anything but public is not shown, nor what it does not speak of.
    private boolean isSecret(String column) {
        if (column.startsWith("_")) {
            return false;
        }
        Optional<Contract.Column> described = table.columns().stream()
                .filter(each -> each.name().equals(column))
                .findFirst();
        return described
                .map(each -> each.classification()
                        .filter(word -> !word.equals("public"))
                        .isPresent())
                .orElse(true);
    }
}
