package dev.tarn.query.duckdb;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.expressions.And;
import org.apache.iceberg.expressions.BoundLiteralPredicate;
import org.apache.iceberg.expressions.BoundPredicate;
import org.apache.iceberg.expressions.BoundReference;
import org.apache.iceberg.expressions.BoundSetPredicate;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.expressions.Or;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/// The live data files of one manifest. Beside them, for each column that a filter compared, the files' bounds as
/// decoded values in a row: most files are left out by one comparison each, without a look into their statistics.
final class IndexedFiles {
    /// Fewer are looked through one by one.
    private static final int INDEXED_MIN = 100;

    private final List<DataFile> files;
    private final Map<Column, Bounds> bounds = new ConcurrentHashMap<>();

    IndexedFiles(List<DataFile> files) {
        this.files = List.copyOf(files);
    }

    /// A column as a schema reads it: a bound that was written as an integer may be read as a bigint.
    private record Column(int fieldId, Type.PrimitiveType type) {}

    /// The least and the greatest value in each file, null where it does not say.
    private record Bounds(List<@Nullable Object> lower, List<@Nullable Object> upper) {}

    List<DataFile> all() {
        return files;
    }

    /// The files that may hold rows for a filter, and possibly others: one is left out only when its bounds say that
    /// none of its rows satisfies the filter.
    ///
    /// @param filter bound to a schema, without NOT
    List<DataFile> candidates(Expression filter) {
        if (files.size() < INDEXED_MIN) {
            return files;
        }
        BitSet every = new BitSet(files.size());
        every.set(0, files.size());
        BitSet left = left(filter, every);
        if (left.cardinality() == files.size()) {
            return files;
        }
        return left.stream().mapToObj(files::get).toList();
    }

    private BitSet left(Expression filter, BitSet among) {
        return switch (filter) {
            case And and -> left(and.right(), left(and.left(), among));
            case Or or -> {
                BitSet either = (BitSet) left(or.left(), among).clone();
                either.or(left(or.right(), among));
                yield either;
            }
            case BoundLiteralPredicate<?> comparison when isIndexed(comparison) -> compared(comparison, among);
            case BoundSetPredicate<?> in when isIndexed(in) && in.op() == Expression.Operation.IN -> within(in, among);
            default -> among;
        };
    }

    private <T> BitSet compared(BoundLiteralPredicate<T> predicate, BitSet among) {
        Literal<T> literal = predicate.literal();
        Range<T> range = new Range<>(bounds(predicate), literal.comparator());
        T value = literal.value();
        return switch (predicate.op()) {
            case LT -> kept(among, i -> range.least(i, value) < 0);
            case LT_EQ -> kept(among, i -> range.least(i, value) <= 0);
            case GT -> kept(among, i -> range.greatest(i, value) > 0);
            case GT_EQ -> kept(among, i -> range.greatest(i, value) >= 0);
            case EQ -> kept(among, i -> range.least(i, value) <= 0 && range.greatest(i, value) >= 0);
            default -> among;
        };
    }

    private <T> BitSet within(BoundSetPredicate<T> predicate, BitSet among) {
        Comparator<T> order = predicate.term().comparator();
        Range<T> range = new Range<>(bounds(predicate), order);
        T least = predicate.literalSet().stream().min(order).orElseThrow();
        T greatest = predicate.literalSet().stream().max(order).orElseThrow();
        return kept(among, i -> range.least(i, greatest) <= 0 && range.greatest(i, least) >= 0);
    }

    private static BitSet kept(BitSet among, IntPredicate condition) {
        BitSet kept = new BitSet(among.length());
        among.stream().filter(condition).forEach(kept::set);
        return kept;
    }

    /// Compares bounds with a value; a bound that is not known is beyond every value.
    private record Range<T>(Bounds bounds, Comparator<T> order) {
        @SuppressWarnings("unchecked") // bounds are decoded as the column's type, which is the literal's
        int least(int file, T value) {
            Object bound = bounds.lower().get(file);
            return bound == null ? -1 : order.compare((T) bound, value);
        }

        @SuppressWarnings("unchecked")
        int greatest(int file, T value) {
            Object bound = bounds.upper().get(file);
            return bound == null ? 1 : order.compare((T) bound, value);
        }
    }

    /// Left to Iceberg are types with values outside of their order (NaN), with more than one order (UUID), and
    /// those that nobody compares.
    private static boolean isIndexed(BoundPredicate<?> predicate) {
        return predicate.term() instanceof BoundReference<?> reference
                && switch (reference.type().typeId()) {
                    case INTEGER, LONG, DATE, TIME, TIMESTAMP, TIMESTAMP_NANO, STRING, DECIMAL -> true;
                    default -> false;
                };
    }

    private Bounds bounds(BoundPredicate<?> predicate) {
        BoundReference<?> reference = predicate.ref();
        return bounds.computeIfAbsent(
                new Column(reference.fieldId(), reference.type().asPrimitiveType()), this::read);
    }

    private Bounds read(Column column) {
        List<@Nullable Object> lower = new ArrayList<>(files.size());
        List<@Nullable Object> upper = new ArrayList<>(files.size());
        for (DataFile file : files) {
            lower.add(value(column, file.lowerBounds()));
            upper.add(value(column, file.upperBounds()));
        }
        return new Bounds(lower, upper);
    }

    private static @Nullable Object value(Column column, @Nullable Map<Integer, ByteBuffer> bounds) {
        ByteBuffer bound = bounds == null ? null : bounds.get(column.fieldId());
        return bound == null ? null : Conversions.fromByteBuffer(column.type(), bound);
    }
}
