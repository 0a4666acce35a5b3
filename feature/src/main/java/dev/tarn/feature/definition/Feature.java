package dev.tarn.feature.definition;

import java.time.Duration;
import java.util.Optional;

/// One feature of a view. A definition with several windows is several features, one for each.
public sealed interface Feature {
    /// Its name within the view, ending in its window, such as `amount_mean_7d`.
    String name();

    /// What it means, or empty.
    String description();

    /// The number that stands in place of null.
    Optional<Double> fallback();

    /// Where it is defined.
    Place place();

    /// How events become one value.
    enum Function {
        COUNT,
        SUM,
        MEAN,
        MIN,
        MAX,
        STDDEV,
        COUNT_DISTINCT,
        LAST;

        /// Its key in the file.
        public String key() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    /// A value over the events of a time window.
    ///
    /// @param of an expression in Trino's SQL over the source's columns, or empty for `count` of rows;
    ///     events where it is null do not take part
    /// @param where a condition in Trino's SQL that events must meet
    /// @param window its length; empty means all time
    record Aggregate(
            String name,
            Function function,
            Optional<String> of,
            Optional<String> where,
            Optional<Duration> window,
            Optional<Double> fallback,
            String description,
            Place place)
            implements Feature {}

    /// One feature of the same view divided by another, as doubles; null when the divisor is null or 0.
    record Ratio(
            String name,
            String numerator,
            String denominator,
            Optional<Double> fallback,
            String description,
            Place place)
            implements Feature {}
}
