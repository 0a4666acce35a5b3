package dev.tarn.govern.contract;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The metrics of Soda that both of its ways of writing a check have: with keys and as text.
final class SodaMetrics {
    static final List<String> NAMES = List.of(
            "row_count",
            "missing_count",
            "missing_percent",
            "invalid_count",
            "invalid_percent",
            "duplicate_count",
            "duplicate_percent",
            "avg",
            "min",
            "max",
            "sum",
            "stddev",
            "percentile",
            "avg_length",
            "min_length",
            "max_length");

    private SodaMetrics() {}

    /// How a metric of one column's values is measured, given their SQL; empty for all others.
    static Optional<Function<String, Measure>> ofValues(String metric) {
        return switch (metric) {
            case "avg" -> Optional.of(Measure.Mean::new);
            case "min" -> Optional.of(Measure.Least::new);
            case "max" -> Optional.of(Measure.Greatest::new);
            case "sum" -> Optional.of(Measure.Total::new);
            case "stddev" -> Optional.of(Measure.Deviation::new);
            case "avg_length" -> Optional.of(value -> new Measure.Mean("length(" + value + ")"));
            case "min_length" -> Optional.of(value -> new Measure.Least("length(" + value + ")"));
            case "max_length" -> Optional.of(value -> new Measure.Greatest("length(" + value + ")"));
            default -> Optional.empty();
        };
    }
}
