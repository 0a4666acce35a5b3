package dev.tarn.feature.window;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.List;

/// The exact sums of a plan: what one event adds, and how rows of cells are added and taken away.
///
/// A double is put on a grid of 2^-40 for sums and 2^-20 for squares before it is summed; from there on
/// all is integer arithmetic, and so the same in any order, on any machine.
public final class Cells {
    private static final double SUM_GRID = 0x1p40;
    private static final double SUM_LIMIT = 0x1p53;
    private static final double SQUARES_GRID = 0x1p20;
    private static final double SQUARES_LIMIT = 0x1p43;

    private final ViewPlan plan;
    private final ViewPlan.Cell[] cells;
    private final int[] widths;

    public Cells(ViewPlan plan) {
        this.plan = plan;
        this.cells = plan.cells().toArray(ViewPlan.Cell[]::new);
        List<Integer> words = new java.util.ArrayList<>();
        for (ViewPlan.Cell cell : cells) {
            switch (cell.kind()) {
                case COUNT, DISTINCT -> words.add(1);
                case SUM -> words.add(2);
                case SQUARES -> {
                    words.add(2);
                    words.add(3);
                }
            }
        }
        this.widths = words.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Writes what an event adds into `row`, which is overwritten. Counts of different values are left 0.
    ///
    /// @throws TarnException `BAD_REQUEST` for a value that cannot be summed
    public void of(Event event, long[] row) {
        for (ViewPlan.Cell cell : cells) {
            int at = cell.at();
            int measure = cell.measure();
            boolean counts = measure < 0 || !event.isNull(measure);
            switch (cell.kind()) {
                case COUNT -> row[at] = counts ? 1 : 0;
                case DISTINCT -> row[at] = 0;
                case SUM -> {
                    if (counts) {
                        sum(event, measure, row, at);
                    } else {
                        row[at] = 0;
                        row[at + 1] = 0;
                    }
                }
                case SQUARES -> {
                    if (counts) {
                        squares(event, measure, row, at);
                    } else {
                        java.util.Arrays.fill(row, at, at + 5, 0);
                    }
                }
            }
        }
    }

    /// `a[at…] += b[from…]`, a whole row.
    public void add(long[] a, int at, long[] b, int from) {
        int i = 0;
        for (int width : widths) {
            if (width == 1) {
                a[at + i] += b[from + i];
            } else {
                Wide.add(a, at + i, b, from + i, width);
            }
            i += width;
        }
    }

    /// `a[at…] -= b[from…]`, a whole row.
    public void subtract(long[] a, int at, long[] b, int from) {
        int i = 0;
        for (int width : widths) {
            if (width == 1) {
                a[at + i] -= b[from + i];
            } else {
                Wide.subtract(a, at + i, b, from + i, width);
            }
            i += width;
        }
    }

    private void sum(Event event, int measure, long[] row, int at) {
        if (plan.measures().get(measure).kind() == Measure.Kind.LONG) {
            row[at] = event.bits[measure];
            row[at + 1] = event.bits[measure] >> 63;
            return;
        }
        double value = Double.longBitsToDouble(event.bits[measure]);
        check(value, SUM_LIMIT, measure);
        double onGrid = Math.rint(value * SUM_GRID);
        if (Math.abs(onGrid) < 0x1p63) {
            row[at] = (long) onGrid;
            row[at + 1] = row[at] >> 63;
            return;
        }
        // An integer of more than 63 bits: 53 of them, shifted.
        int shift = Math.getExponent(onGrid) - 52;
        long mantissa = (long) Math.scalb(onGrid, -shift);
        row[at] = mantissa << shift;
        row[at + 1] = mantissa >> (64 - shift);
    }

    private void squares(Event event, int measure, long[] row, int at) {
        long value;
        if (plan.measures().get(measure).kind() == Measure.Kind.LONG) {
            value = event.bits[measure];
        } else {
            double exact = Double.longBitsToDouble(event.bits[measure]);
            check(exact, SQUARES_LIMIT, measure);
            value = (long) Math.rint(exact * SQUARES_GRID);
        }
        row[at] = value;
        row[at + 1] = value >> 63;
        row[at + 2] = value * value;
        row[at + 3] = Math.multiplyHigh(value, value);
        row[at + 4] = 0;
    }

    private void check(double value, double limit, int measure) {
        if (!(Math.abs(value) < limit)) {
            String why = Double.isNaN(value) || Double.isInfinite(value)
                    ? value + " cannot be summed: leave such events out with where: is_finite(…)"
                    : value + " is too large to be summed exactly (the limit is " + limit + "): scale it down";
            throw new TarnException(ErrorCode.BAD_REQUEST, why)
                    .in("measure", plan.measures().get(measure).type() + " #" + measure)
                    .in("feature view", plan.view().name());
        }
    }
}
