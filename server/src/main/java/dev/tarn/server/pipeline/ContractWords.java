package dev.tarn.server.pipeline;

import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractResults.Kept;
import dev.tarn.govern.contract.Rule;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A table's contract as the page of `tarn docs` reads it.
final class ContractWords {
    private ContractWords() {}

    /// @param results newest first
    static Map<String, @Nullable Object> of(Contract contract, Contract.Table table, List<Kept> results) {
        Map<String, Kept> last = new LinkedHashMap<>();
        results.forEach(result -> last.putIfAbsent(result.rule(), result));
        List<Map<String, @Nullable Object>> rules = new ArrayList<>();
        for (Rule rule : table.rules()) {
            Map<String, @Nullable Object> words = new LinkedHashMap<>();
            words.put("name", rule.about().name());
            words.put("severity", rule.about().severity().name().toLowerCase(Locale.ROOT));
            Kept found = last.get(rule.about().name());
            if (found != null) {
                words.put("expected", found.expected());
                words.put("outcome", found.outcome().name());
                words.put(
                        "measured",
                        found.measured().map(BigDecimal::toPlainString).orElse(null));
            }
            rules.add(words);
        }
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("id", contract.id());
        all.put("version", contract.version());
        all.put("status", contract.status());
        all.put("rules", rules);
        return all;
    }
}
