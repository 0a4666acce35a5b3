package dev.tarn.feature;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The definition of windows by brute force: every event is looked at for every label, with decimal
/// arithmetic of any length. Slow, and simple enough to be believed; all other ways are compared with it.
public final class Reference {
    /// One row of the source. A null key or time takes part in nothing; a null `created` is the time.
    public record Row(
            @Nullable Long key,
            @Nullable Long time,
            @Nullable Long created,
            @Nullable String id,
            @Nullable Double amount,
            @Nullable Long count,
            @Nullable BigDecimal price,
            @Nullable String word) {
        long known() {
            return created == null ? Objects.requireNonNull(time) : created;
        }
    }

    private static final BigDecimal SUM_GRID = BigDecimal.valueOf(2).pow(40);
    private static final BigDecimal SQUARES_GRID = BigDecimal.valueOf(2).pow(20);

    private final List<Row> rows;
    private final long delay;
    private final boolean byId;

    public Reference(List<Row> rows, long delay, boolean byId) {
        this.rows = rows;
        this.delay = delay;
        this.byId = byId;
    }

    /// The events of a window: `(t - delay - window, t - delay]`, known at `t`.
    public List<Row> window(long key, long t, long window) {
        List<Row> known = new ArrayList<>();
        for (Row row : rows) {
            if (row.key() != null && row.key() == key && row.time() != null) {
                known.add(row);
            }
        }
        if (byId) {
            known = firsts(known);
        }
        List<Row> in = new ArrayList<>();
        for (Row row : known) {
            long time = Objects.requireNonNull(row.time());
            if (time <= t - delay && time > t - delay - window && row.known() <= t) {
                in.add(row);
            }
        }
        return in;
    }

    /// Of the rows with one id, the one that was known first.
    private static List<Row> firsts(List<Row> rows) {
        Comparator<Row> arrival = Comparator.comparingLong(Row::known)
                .thenComparingLong(row -> Objects.requireNonNull(row.time()))
                .thenComparing(Row::amount, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(Row::count, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(Row::price, Comparator.nullsLast(Comparator.naturalOrder()))
                .thenComparing(Row::word, Comparator.nullsLast(Comparator.naturalOrder()));
        Map<String, Row> first = new HashMap<>();
        List<Row> kept = new ArrayList<>();
        for (Row row : rows) {
            if (row.id() == null) {
                kept.add(row);
            } else {
                first.merge(row.id(), row, (one, other) -> arrival.compare(one, other) <= 0 ? one : other);
            }
        }
        kept.addAll(first.values());
        return kept;
    }

    public static @Nullable Double sum(List<Double> values) {
        if (values.isEmpty()) {
            return null;
        }
        return rounded(new BigDecimal(onGrid(values, SUM_GRID).stream().reduce(BigInteger.ZERO, BigInteger::add))
                .divide(SUM_GRID));
    }

    public static @Nullable Double mean(List<Double> values) {
        Double sum = sum(values);
        return sum == null ? null : sum / values.size();
    }

    public static @Nullable Double deviation(List<Double> values) {
        if (values.size() < 2) {
            return null;
        }
        BigInteger n = BigInteger.valueOf(values.size());
        BigInteger total = BigInteger.ZERO;
        BigInteger squares = BigInteger.ZERO;
        for (BigInteger value : onGrid(values, SQUARES_GRID)) {
            total = total.add(value);
            squares = squares.add(value.multiply(value));
        }
        double spread = n.multiply(squares).subtract(total.multiply(total)).doubleValue();
        return Math.sqrt(spread / ((double) values.size() * (values.size() - 1))) / 0x1p20;
    }

    public static Optional<Row> last(List<Row> rows, Comparator<Row> byValue) {
        return rows.stream()
                .max(Comparator.comparingLong((Row row) -> Objects.requireNonNull(row.time()))
                        .thenComparingLong(Row::known)
                        .thenComparing(byValue));
    }

    public static long distinct(List<?> values) {
        return new HashSet<>(values).size();
    }

    private static List<BigInteger> onGrid(List<Double> values, BigDecimal grid) {
        return values.stream()
                .map(value -> new BigDecimal(value)
                        .multiply(grid)
                        .setScale(0, java.math.RoundingMode.HALF_EVEN)
                        .toBigInteger())
                .toList();
    }

    private static double rounded(BigDecimal exact) {
        return exact.round(MathContext.UNLIMITED).doubleValue();
    }
}
