package dev.tarn.feature.window;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/// Turns exact cells into values; the only place where rounding happens, and it happens once.
public final class Finish {
    private static final double SUM_GRID = 0x1p-40;
    private static final double SQUARES_GRID = 0x1p-20;

    private Finish() {}

    /// Finishes a feature from the cells of its window, which start at `at`.
    public static void cells(ViewPlan plan, ViewPlan.Output.OfCells output, long[] cells, int at, Out out) {
        long count = cells[at + output.count()];
        switch (output.feature().function()) {
            case COUNT, COUNT_DISTINCT -> out.ofLong(count);
            case SUM -> {
                if (count == 0) {
                    missing(output, out);
                } else {
                    sum(plan, output, cells, at + output.at(), out);
                }
            }
            case MEAN -> {
                if (count == 0) {
                    missing(output, out);
                } else {
                    out.ofDouble(total(plan, output, cells, at + output.at()) / (double) count);
                }
            }
            case STDDEV -> {
                if (count < 2) {
                    missing(output, out);
                } else {
                    out.ofDouble(deviation(plan, output, count, cells, at + output.at()));
                }
            }
            case MIN, MAX, LAST -> throw new IllegalStateException("not summed up");
        }
    }

    /// Writes the default of a feature without a value, or null.
    public static void missing(ViewPlan.Output output, Out out) {
        if (output.feature().fallback().isEmpty()) {
            out.ofNull();
            return;
        }
        double value = output.feature().fallback().get();
        if (output.type().equals("double") || output.type().equals("real")) {
            out.ofDouble(value);
        } else if (output.type().startsWith("decimal(38,")) {
            int scale = Integer.parseInt(
                    output.type().substring(11, output.type().length() - 1).strip());
            out.ofObject(BigDecimal.valueOf(value).setScale(scale, java.math.RoundingMode.HALF_UP));
        } else if (output.type().startsWith("decimal")) {
            int scale = scale(output.type());
            out.ofLong(BigDecimal.valueOf(value).movePointRight(scale).longValue());
        } else {
            out.ofLong((long) value);
        }
    }

    /// The quotient of two features, or the ratio's default.
    public static void ratio(ViewPlan.Output.OfRatio output, double numerator, double denominator, Out out) {
        if (Double.isNaN(numerator) || Double.isNaN(denominator) || denominator == 0) {
            missing(output, out);
        } else {
            out.ofDouble(numerator / denominator);
        }
    }

    /// A value of kind `LONG` or `DOUBLE` as a Java object of its Trino type.
    public static Object boxed(String type, long bits) {
        if (type.startsWith("timestamp")) {
            return Instant.ofEpochSecond(Math.floorDiv(bits, 1_000_000L), Math.floorMod(bits, 1_000_000L) * 1_000L);
        }
        if (type.startsWith("decimal")) {
            return BigDecimal.valueOf(bits, scale(type));
        }
        return switch (type) {
            case "double", "real" -> Double.longBitsToDouble(bits);
            case "boolean" -> bits != 0;
            case "date" -> LocalDate.ofEpochDay(bits);
            default -> bits;
        };
    }

    /// The digits after the point of a decimal type.
    public static int scale(String type) {
        return Integer.parseInt(
                type.substring(type.indexOf(',') + 1, type.indexOf(')')).strip());
    }

    /// An order of values of kind `LONG` or `DOUBLE` in which `Long.compare` is right; NaN is greatest.
    public static long ordered(@Nullable Measure measure, long bits) {
        return measure != null && measure.kind() == Measure.Kind.DOUBLE ? bits ^ ((bits >> 63) & Long.MAX_VALUE) : bits;
    }

    private static void sum(ViewPlan plan, ViewPlan.Output.OfCells output, long[] cells, int at, Out out) {
        Measure measure = plan.measures().get(output.measure());
        if (measure.kind() == Measure.Kind.DOUBLE) {
            out.ofDouble(total(plan, output, cells, at));
        } else if (measure.isDecimal()) {
            out.ofObject(new BigDecimal(Wide.toBigInteger(cells, at, 2), measure.scale()));
        } else if (cells[at + 1] == cells[at] >> 63) {
            out.ofLong(cells[at]);
        } else {
            throw new TarnException(
                            ErrorCode.LIMIT_EXCEEDED, "a sum does not fit in a bigint: cast the column to double")
                    .in("feature", output.feature().name())
                    .in("feature view", plan.view().name());
        }
    }

    private static double total(ViewPlan plan, ViewPlan.Output.OfCells output, long[] cells, int at) {
        Measure measure = plan.measures().get(output.measure());
        double sum = Wide.toDouble(cells[at], cells[at + 1]);
        return measure.kind() == Measure.Kind.DOUBLE ? sum * SUM_GRID : sum / powerOfTen(measure.scale());
    }

    /// The sample standard deviation, from `(n·Σx² - (Σx)²) / (n·(n-1))`, whose numerator is exact.
    private static double deviation(ViewPlan plan, ViewPlan.Output.OfCells output, long count, long[] cells, int at) {
        Measure measure = plan.measures().get(output.measure());
        double spread = spread(count, cells, at);
        double deviation = Math.sqrt(spread / ((double) count * (double) (count - 1)));
        return measure.kind() == Measure.Kind.DOUBLE
                ? deviation * SQUARES_GRID
                : deviation / powerOfTen(measure.scale());
    }

    private static double spread(long n, long[] cells, int at) {
        long sum = cells[at];
        long square = cells[at + 2];
        boolean small = cells[at + 1] == sum >> 63 && square >= 0 && cells[at + 3] == 0 && cells[at + 4] == 0;
        if (small) {
            // n·Σx² and (Σx)² both fit in 128 bits.
            long low = n * square;
            long high = Math.multiplyHigh(n, square);
            long takeLow = sum * sum;
            long takeHigh = Math.multiplyHigh(sum, sum);
            long borrow = Long.compareUnsigned(low, takeLow) < 0 ? 1 : 0;
            return Wide.toDouble(low - takeLow, high - takeHigh - borrow);
        }
        BigInteger total = Wide.toBigInteger(cells, at, 2);
        BigInteger squares = Wide.toBigInteger(cells, at + 2, 3);
        return BigInteger.valueOf(n)
                .multiply(squares)
                .subtract(total.multiply(total))
                .doubleValue();
    }

    private static double powerOfTen(int scale) {
        return BigDecimal.ONE.movePointRight(scale).doubleValue();
    }
}
