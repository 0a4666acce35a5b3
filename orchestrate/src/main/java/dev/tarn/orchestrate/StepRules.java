package dev.tarn.orchestrate;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/// Which policy holds for which step. Of several rules for a step, the later one wins, key by key.
///
/// @param pools how many steps of a pool may work at a time
public record StepRules(List<Rule> rules, Map<String, Integer> pools) {
    /// Every step once, as long as it takes.
    public static final StepRules NONE = new StepRules(List.of(), Map.of());

    public StepRules {
        rules = List.copyOf(rules);
        pools = Map.copyOf(pools);
    }

    /// What is said of some steps.
    ///
    /// @param names of steps, in which `*` stands for anything
    public record Rule(
            List<String> names,
            OptionalInt retries,
            Optional<Duration> retryWait,
            Optional<Duration> retryWaitMax,
            Optional<Duration> timeLimit,
            Optional<String> pool,
            OptionalInt priority) {
        boolean isAbout(String step) {
            return names.stream()
                    .anyMatch(name -> Pattern.matches(Pattern.quote(name).replace("*", "\\E.*\\Q"), step));
        }
    }

    /// The policy of a step.
    public StepPolicy of(String step) {
        StepPolicy policy = StepPolicy.DEFAULT;
        for (Rule rule : rules) {
            if (rule.isAbout(step)) {
                policy = new StepPolicy(
                        rule.retries().orElse(policy.retries()),
                        rule.retryWait().orElse(policy.retryWait()),
                        rule.retryWaitMax().orElse(policy.retryWaitMax()),
                        rule.timeLimit().or(policy::timeLimit),
                        rule.pool().or(policy::pool),
                        rule.priority().orElse(policy.priority()));
            }
        }
        return policy;
    }

    /// The places of a pool; 1 when nothing is said of it.
    int places(String pool) {
        return pools.getOrDefault(pool, 1);
    }
}
