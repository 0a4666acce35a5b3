package dev.tarn.server.pipeline;

import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Step;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/// Chooses steps by name: `silver.payments`, `payments`, `gold.*`, `+gold.fct_payments`, `silver.cards+`.
final class Selector {
    private final List<Step> steps;
    private final Map<Asset, Step> makers = new HashMap<>();

    Selector(List<Step> steps) {
        this.steps = steps;
        steps.forEach(step -> step.outputs().forEach(output -> makers.put(output, step)));
    }

    /// The names of the steps that fit one of the words.
    Set<String> select(List<String> words) {
        Set<String> chosen = new LinkedHashSet<>();
        words.forEach(word -> select(word, chosen));
        return chosen;
    }

    private void select(String word, Set<String> chosen) {
        boolean upstream = word.startsWith("+");
        boolean downstream = word.length() > 1 && word.endsWith("+");
        String name = word.substring(upstream ? 1 : 0, word.length() - (downstream ? 1 : 0));
        Pattern pattern = Pattern.compile(
                "(?:[^.]*\\.)?" + Pattern.quote(name).replace("*", "\\E.*\\Q"), Pattern.CASE_INSENSITIVE);
        for (Step step : steps) {
            if (pattern.matcher(step.name()).matches()) {
                chosen.add(step.name());
                if (upstream) {
                    addUpstream(step, chosen);
                }
                if (downstream) {
                    addDownstream(step, chosen);
                }
            }
        }
    }

    private void addUpstream(Step step, Set<String> chosen) {
        for (Asset input : step.inputs()) {
            Step maker = makers.get(input);
            if (maker != null && chosen.add(maker.name())) {
                addUpstream(maker, chosen);
            }
        }
    }

    private void addDownstream(Step step, Set<String> chosen) {
        for (Step other : steps) {
            if (other.inputs().stream().anyMatch(step.outputs()::contains) && chosen.add(other.name())) {
                addDownstream(other, chosen);
            }
        }
    }
}
