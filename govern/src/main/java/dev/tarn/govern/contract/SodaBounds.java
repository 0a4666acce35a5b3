package dev.tarn.govern.contract;

import dev.tarn.core.error.TarnException;
import java.math.BigDecimal;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Thresholds as Soda writes them: `= 0`, `< 5%`, `between 10 and 20`, `not between (10 and 20]`.
final class SodaBounds {
    private static final String NUMBER = "([-+]?(?:\\d+(?:\\.\\d+)?|\\.\\d+))";
    private static final Pattern ONE = Pattern.compile("(=|!=|<>|<=|>=|<|>) ?" + NUMBER + " ?%?");
    private static final Pattern BETWEEN =
            Pattern.compile("(not )?between ?([\\[(])? ?" + NUMBER + " ?%? and " + NUMBER + " ?%? ?([\\])])?");

    private SodaBounds() {}

    /// The bounds that all must hold; two where an end of a range is left out of it.
    static List<Bound> of(String text, Function<String, TarnException> error) {
        String threshold = text.strip();
        Matcher one = ONE.matcher(threshold);
        if (one.matches()) {
            BigDecimal value = new BigDecimal(one.group(2));
            return List.of(
                    switch (one.group(1)) {
                        case "=" -> new Bound.Equal(value, false);
                        case "!=", "<>" -> new Bound.Equal(value, true);
                        case "<" -> new Bound.AtMost(value, true);
                        case "<=" -> new Bound.AtMost(value, false);
                        case ">" -> new Bound.AtLeast(value, true);
                        default -> new Bound.AtLeast(value, false);
                    });
        }
        Matcher between = BETWEEN.matcher(threshold);
        if (!between.matches()) {
            throw error.apply("expected a threshold such as > 5 or between 10 and 20, not '" + threshold + "'");
        }
        BigDecimal low = new BigDecimal(between.group(3));
        BigDecimal high = new BigDecimal(between.group(4));
        boolean withoutLow = "(".equals(between.group(2));
        boolean withoutHigh = ")".equals(between.group(5));
        boolean negated = between.group(1) != null;
        // Round brackets on both sides are also written for their looks alone, but then they mean what they say.
        if (!withoutLow && !withoutHigh) {
            return List.of(new Bound.Between(low, high, negated));
        }
        if (negated) {
            throw error.apply("not between takes both ends in: write < and > as two checks");
        }
        return List.of(new Bound.AtLeast(low, withoutLow), new Bound.AtMost(high, withoutHigh));
    }

    /// What holds when none of what is said does.
    static Bound negated(List<Bound> bounds, Function<String, TarnException> error) {
        if (bounds.size() != 1) {
            throw error.apply("a range without its ends cannot be what fails: write two lines");
        }
        return switch (bounds.getFirst()) {
            case Bound.Equal(BigDecimal value, boolean not) -> new Bound.Equal(value, !not);
            case Bound.AtLeast(BigDecimal value, boolean excluded) -> new Bound.AtMost(value, !excluded);
            case Bound.AtMost(BigDecimal value, boolean excluded) -> new Bound.AtLeast(value, !excluded);
            case Bound.Between(BigDecimal low, BigDecimal high, boolean not) -> new Bound.Between(low, high, !not);
        };
    }
}
