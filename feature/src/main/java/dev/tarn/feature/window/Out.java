package dev.tarn.feature.window;

/// Takes a finished value.
public interface Out {
    /// A null.
    void ofNull();

    /// A value of kind `LONG`: integers, unscaled short decimals, booleans, dates, timestamps.
    void ofLong(long value);

    /// A double.
    void ofDouble(double value);

    /// A text, or a `BigDecimal` for `decimal(38, s)`.
    void ofObject(Object value);
}
