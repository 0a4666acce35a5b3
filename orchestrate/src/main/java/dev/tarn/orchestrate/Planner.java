package dev.tarn.orchestrate;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.orchestrate.Plan.PlannedStep;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// Puts steps in order by the assets they make and read.
public final class Planner {
    private Planner() {}

    /// Plans all steps.
    public static Plan plan(Collection<? extends Step> steps) {
        return plan(steps, step -> true);
    }

    /// Plans the selected steps. One that is not selected orders nothing: what it makes is read as published.
    ///
    /// @throws TarnException `CONFIG_INVALID` when two steps have one name or make one asset, or wait for each
    ///     other in a circle
    public static Plan plan(Collection<? extends Step> steps, Predicate<Step> selected) {
        Map<String, Step> byName = new LinkedHashMap<>();
        Map<Asset, Step> makers = new HashMap<>();
        for (Step step : steps) {
            if (byName.put(step.name(), step) != null) {
                throw invalid("two steps are named " + step.name() + ": rename one");
            }
            for (Asset output : step.outputs()) {
                Step other = makers.put(output, step);
                if (other != null) {
                    throw invalid(
                            other.name() + " and " + step.name() + " both make " + output + ": only one of them may");
                }
            }
        }
        Map<String, Set<String>> before = new LinkedHashMap<>();
        for (Step step : byName.values()) {
            if (selected.test(step)) {
                Set<String> names = new TreeSet<>();
                for (Asset input : step.inputs()) {
                    Step maker = makers.get(input);
                    if (maker != null && !maker.name().equals(step.name()) && selected.test(maker)) {
                        names.add(maker.name());
                    }
                }
                for (String name : step.after()) {
                    Step earlier = byName.get(name);
                    if (earlier != null && selected.test(earlier)) {
                        names.add(name);
                    }
                }
                before.put(step.name(), names);
            }
        }
        return new Plan(ordered(byName, before));
    }

    /// Kahn's algorithm; among steps that are free the kind and then the order given decide, so that plans are
    /// stable.
    private static List<PlannedStep> ordered(Map<String, Step> byName, Map<String, Set<String>> before) {
        Map<String, Integer> position = new HashMap<>();
        byName.keySet().forEach(name -> position.put(name, position.size()));
        Map<String, List<String>> next = new HashMap<>();
        Map<String, Integer> waiting = new HashMap<>();
        PriorityQueue<String> free = new PriorityQueue<>((a, b) -> {
            int byKind = byName.get(a).kind().compareTo(byName.get(b).kind());
            return byKind != 0 ? byKind : Integer.compare(position.get(a), position.get(b));
        });
        before.forEach((name, names) -> {
            waiting.put(name, names.size());
            names.forEach(other ->
                    next.computeIfAbsent(other, key -> new ArrayList<>()).add(name));
            if (names.isEmpty()) {
                free.add(name);
            }
        });
        List<PlannedStep> order = new ArrayList<>();
        while (!free.isEmpty()) {
            String name = free.remove();
            waiting.remove(name);
            order.add(new PlannedStep(byName.get(name), List.copyOf(before.get(name))));
            for (String other : next.getOrDefault(name, List.of())) {
                if (waiting.merge(other, -1, Integer::sum) == 0) {
                    free.add(other);
                }
            }
        }
        if (!waiting.isEmpty()) {
            throw invalid("these steps wait for each other: " + String.join(" → ", circle(waiting.keySet(), before)));
        }
        return order;
    }

    /// Follows the steps that are still waiting backwards until one comes again.
    private static List<String> circle(Set<String> waiting, Map<String, Set<String>> before) {
        Deque<String> path = new ArrayDeque<>();
        Set<String> seen = new LinkedHashSet<>();
        String at = new TreeSet<>(waiting).first();
        while (seen.add(at)) {
            path.push(at);
            at = before.get(at).stream().filter(waiting::contains).findFirst().orElseThrow();
        }
        List<String> circle = new ArrayList<>(List.of(at));
        for (String name : path) {
            circle.add(name);
            if (name.equals(at)) {
                break;
            }
        }
        return circle;
    }

    private static TarnException invalid(String message) {
        return new TarnException(ErrorCode.CONFIG_INVALID, message);
    }
}
