package dev.tarn.bench;

/// What was aimed at, and whether it was reached.
///
/// @param wanted the aim in words, such as `20 × the rate or more`
/// @param measured the figure that is held against it
public record Bar(String what, String wanted, Figure measured, boolean met) {
    /// A bar for a value that should be at most so much.
    public static Bar atMost(String what, double limit, Figure measured) {
        return new Bar(
                what, Stats.show(limit) + " " + measured.unit() + " or less", measured, measured.value() <= limit);
    }

    /// A bar for a value that should be at least so much.
    public static Bar atLeast(String what, double limit, Figure measured) {
        return new Bar(
                what, Stats.show(limit) + " " + measured.unit() + " or more", measured, measured.value() >= limit);
    }
}
