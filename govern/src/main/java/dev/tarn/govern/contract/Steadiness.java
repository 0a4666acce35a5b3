package dev.tarn.govern.contract;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Optional;

/// How near a number has to stay to what earlier checks found good.
public sealed interface Steadiness {
    /// So many earlier numbers are looked at.
    int HISTORY = 30;

    /// The change from the last number in percent of it.
    record Change(Optional<BigDecimal> low, Optional<BigDecimal> high) implements Steadiness {}

    /// The distance from the mean of the last numbers, in their standard deviations; nothing is expected before there
    /// are enough of them.
    record Deviations(BigDecimal most, int enough) implements Steadiness {}

    /// What the next number must be.
    ///
    /// @param before earlier numbers, newest first
    default Optional<Bound> bound(List<BigDecimal> before) {
        return switch (this) {
            case Change(Optional<BigDecimal> low, Optional<BigDecimal> high) -> {
                if (before.isEmpty()) {
                    yield Optional.empty();
                }
                BigDecimal last = before.getFirst();
                Optional<BigDecimal> least = low.map(percent -> changed(last, percent));
                Optional<BigDecimal> most = high.map(percent -> changed(last, percent));
                yield least.isPresent() && most.isPresent()
                        ? Optional.of(new Bound.Between(least.get(), most.get(), false))
                        : least.<Bound>map(value -> new Bound.AtLeast(value, false))
                                .or(() -> most.map(value -> new Bound.AtMost(value, false)));
            }
            case Deviations(BigDecimal most, int enough) -> {
                if (before.size() < enough) {
                    yield Optional.empty();
                }
                double mean = before.stream()
                        .mapToDouble(BigDecimal::doubleValue)
                        .average()
                        .orElse(0);
                double variance = before.stream()
                        .mapToDouble(value -> Math.pow(value.doubleValue() - mean, 2))
                        .average()
                        .orElse(0);
                double distance = most.doubleValue() * Math.sqrt(variance);
                yield Optional.of(new Bound.Between(rounded(mean - distance), rounded(mean + distance), false));
            }
        };
    }

    private static BigDecimal changed(BigDecimal last, BigDecimal percent) {
        return plain(last.add(last.multiply(percent).movePointLeft(2)).round(MathContext.DECIMAL64));
    }

    private static BigDecimal rounded(double value) {
        return plain(new BigDecimal(value).round(MathContext.DECIMAL32));
    }

    private static BigDecimal plain(BigDecimal value) {
        return new BigDecimal(value.stripTrailingZeros().toPlainString());
    }
}
