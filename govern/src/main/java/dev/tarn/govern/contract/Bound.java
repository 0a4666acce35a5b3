package dev.tarn.govern.contract;

import java.math.BigDecimal;

/// What a measure must be, as the standard's operators say it. Numbers compare by value, exactly.
public sealed interface Bound {
    /// `mustBe`, `mustNotBe`.
    record Equal(BigDecimal value, boolean negated) implements Bound {}

    /// `mustBeGreaterThan`, `mustBeGreaterOrEqualTo`.
    record AtLeast(BigDecimal value, boolean exclusive) implements Bound {}

    /// `mustBeLessThan`, `mustBeLessOrEqualTo`.
    record AtMost(BigDecimal value, boolean exclusive) implements Bound {}

    /// `mustBeBetween`, `mustNotBeBetween`; both ends belong to it.
    record Between(BigDecimal low, BigDecimal high, boolean negated) implements Bound {}

    /// The bound that only zero satisfies.
    static Bound zero() {
        return new Equal(BigDecimal.ZERO, false);
    }

    /// Whether a measured value satisfies it.
    default boolean admits(BigDecimal measured) {
        return switch (this) {
            case Equal(BigDecimal value, boolean negated) -> (measured.compareTo(value) == 0) != negated;
            case AtLeast(BigDecimal value, boolean exclusive) -> measured.compareTo(value) >= (exclusive ? 1 : 0);
            case AtMost(BigDecimal value, boolean exclusive) -> measured.compareTo(value) <= (exclusive ? -1 : 0);
            case Between(BigDecimal low, BigDecimal high, boolean negated) ->
                (measured.compareTo(low) >= 0 && measured.compareTo(high) <= 0) != negated;
        };
    }

    /// The bound in words, such as `at most 5`.
    default String inWords() {
        return switch (this) {
            case Equal(BigDecimal value, boolean negated) -> (negated ? "anything but " : "") + value.toPlainString();
            case AtLeast(BigDecimal value, boolean exclusive) ->
                (exclusive ? "more than " : "at least ") + value.toPlainString();
            case AtMost(BigDecimal value, boolean exclusive) ->
                (exclusive ? "less than " : "at most ") + value.toPlainString();
            case Between(BigDecimal low, BigDecimal high, boolean negated) ->
                (negated ? "outside " : "between ") + low.toPlainString() + " and " + high.toPlainString();
        };
    }
}
