package dev.tarn.bench;

import java.util.List;

/// One measured quantity: the samples as they came, and the one that is reported.
///
/// @param what what was measured, such as `Tarn, 8 threads`
/// @param unit `ms`, `appends/s`, `MB`, `×`, …
/// @param value the reported value: the median of the samples unless `what` says otherwise
/// @param samples every sample, in the order taken; empty for a figure computed from others
public record Figure(String what, String unit, double value, List<Double> samples) {
    public Figure {
        samples = List.copyOf(samples);
    }

    /// The median of samples.
    public static Figure median(String what, String unit, List<Double> samples) {
        return new Figure(what, unit, Stats.median(samples), samples);
    }

    /// A figure computed from others, such as a ratio of medians.
    public static Figure computed(String what, String unit, double value) {
        return new Figure(what, unit, value, List.of());
    }
}
