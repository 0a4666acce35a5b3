package dev.tarn.query.compile;

import io.trino.spi.type.DecimalType;
import java.util.Optional;

/// Decimal arithmetic that DuckDB does in floating point, done here on whole numbers of 128 bits.
final class Decimals {
    /// The most digits that certainly fit a HUGEINT.
    private static final int DIGITS = 38;

    private Decimals() {}

    /// The digits of a decimal as a whole number, `1.25` being `125`.
    static String unscaled(String decimal, int precision, int scale) {
        if (scale == 0) {
            return "CAST(" + decimal + " AS HUGEINT)";
        }
        int width = Math.max(precision, scale);
        // Multiplying by a power of ten moves the point without a loss where the product has room.
        return width + scale <= DIGITS
                ? "CAST(CAST(" + decimal + " AS DECIMAL(" + (width + scale) + "," + scale + ")) * " + power(scale)
                        + " AS HUGEINT)"
                : "CAST(replace(CAST(" + decimal + " AS VARCHAR), '.', '') AS HUGEINT)";
    }

    /// A whole number as the digits of a decimal.
    static String scaled(String number, DecimalType type) {
        if (type.getScale() == 0) {
            return "CAST(" + number + " AS " + DuckType.of(type) + ")";
        }
        return "CAST(CAST(" + number + " AS DECIMAL(38,0)) * CAST('" + smallest(type.getScale()) + "' AS DECIMAL("
                + type.getScale() + "," + type.getScale() + ")) AS " + DuckType.of(type) + ")";
    }

    private static String smallest(int scale) {
        return "0." + "0".repeat(scale - 1) + "1";
    }

    private static String power(int digits) {
        return "CAST('1" + "0".repeat(digits) + "' AS DECIMAL(" + (digits + 1) + ",0))";
    }

    /// `left / right`, rounded half away from zero as Trino does; empty when 128 bits may not hold the steps.
    static Optional<String> divide(DecimalType result, DecimalType left, String l, DecimalType right, String r) {
        int shift = result.getScale() - left.getScale() + right.getScale();
        // Doubling the remainder needs a digit more on the divisor.
        if (shift < 0
                || left.getPrecision() + shift > DIGITS
                || right.getPrecision() >= DIGITS
                || result.getPrecision() + result.getScale() > DIGITS) {
            return Optional.empty();
        }
        String dividend = "(" + unscaled(l, left.getPrecision(), left.getScale()) + " * CAST('1" + "0".repeat(shift)
                + "' AS HUGEINT))";
        String divisor = unscaled(r, right.getPrecision(), right.getScale());
        return Optional.of(scaled(roundedQuotient(dividend, divisor), result));
    }

    /// A quotient of whole numbers, rounded half away from zero.
    static String roundedQuotient(String dividend, String divisor) {
        return "(" + dividend + " // " + divisor + " + CASE WHEN 2 * abs(" + dividend + " % " + divisor + ") >= abs("
                + divisor + ") THEN CASE WHEN (" + dividend + " < 0) = (" + divisor + " < 0) THEN 1 ELSE -1 END"
                + " ELSE 0 END)";
    }
}
