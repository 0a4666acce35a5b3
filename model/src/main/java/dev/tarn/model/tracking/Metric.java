package dev.tarn.model.tracking;

/// One value of a metric.
///
/// @param value may be NaN; infinities are kept as the largest finite numbers
/// @param timestampMs milliseconds since 1970
public record Metric(String key, double value, long timestampMs, long step) {
    public Metric {
        if (Double.isInfinite(value)) {
            value = Math.copySign(Double.MAX_VALUE, value);
        }
    }

    /// Whether this is the one to show of two: the later step, then the later time, then the larger value.
    boolean isNewerThan(Metric other) {
        if (step != other.step) {
            return step > other.step;
        }
        if (timestampMs != other.timestampMs) {
            return timestampMs > other.timestampMs;
        }
        return value > other.value;
    }
}
