package dev.tarn.feature.window;

import java.math.BigDecimal;

/// Passes a value on, and keeps it as a double for ratios; null and what is no number is NaN.
public final class Remembering implements Out {
    private final Out out;
    private final double[] numbers;
    private final int at;
    private final String type;

    public Remembering(Out out, double[] numbers, int at, String type) {
        this.out = out;
        this.numbers = numbers;
        this.at = at;
        this.type = type;
    }

    @Override
    public void ofNull() {
        numbers[at] = Double.NaN;
        out.ofNull();
    }

    @Override
    public void ofLong(long value) {
        numbers[at] = type.startsWith("decimal")
                ? BigDecimal.valueOf(value, Finish.scale(type)).doubleValue()
                : (double) value;
        out.ofLong(value);
    }

    @Override
    public void ofDouble(double value) {
        numbers[at] = value;
        out.ofDouble(value);
    }

    @Override
    public void ofObject(Object value) {
        numbers[at] = value instanceof BigDecimal decimal ? decimal.doubleValue() : Double.NaN;
        out.ofObject(value);
    }
}
