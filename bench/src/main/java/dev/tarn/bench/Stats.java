package dev.tarn.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/// The few statistics that the results use.
public final class Stats {
    private Stats() {}

    /// The middle sample; the mean of the middle two when their number is even.
    public static double median(List<Double> samples) {
        return percentile(samples, 50);
    }

    /// The percentile by linear interpolation between the nearest ranks.
    public static double percentile(List<Double> samples, double percent) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("no samples");
        }
        double[] sorted =
                samples.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        double rank = percent / 100 * (sorted.length - 1);
        int below = (int) Math.floor(rank);
        int above = (int) Math.ceil(rank);
        return sorted[below] + (sorted[above] - sorted[below]) * (rank - below);
    }

    /// The geometric mean of positive values.
    public static double geometricMean(List<Double> values) {
        return Math.exp(values.stream().mapToDouble(Math::log).average().orElseThrow());
    }

    /// A number with three significant digits, without an exponent.
    public static String show(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return String.valueOf(value);
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(3));
        if (rounded.signum() == 0) {
            return "0";
        }
        return rounded.scale() < 0
                ? rounded.setScale(0).toPlainString()
                : rounded.stripTrailingZeros()
                        .setScale(Math.max(0, rounded.stripTrailingZeros().scale()))
                        .toPlainString();
    }
}
