package dev.tarn.query.duckdb;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// What the manifests say exactly of a column: how many values it has, its least and its greatest. Bounds of text and
/// bytes may be shortened, and by other writers silently, so that they are never believed; those of floating point
/// leave NaN out and do not tell zeros apart.
public final class ExactColumn {
    private final Types.NestedField field;
    private final Map<Integer, OptionalInt> positions = new HashMap<>();
    private final Comparator<Object> order;
    private long values;
    private @Nullable Object min;
    private @Nullable Object max;

    /// @param field a primitive column
    public ExactColumn(Table table, Types.NestedField field) {
        this.field = field;
        this.order = Comparators.forType(field.type().asPrimitiveType());
        table.specs().forEach((id, spec) -> positions.put(id, position(spec)));
    }

    /// The column.
    public Types.NestedField field() {
        return field;
    }

    /// How many values it has in the files added, nulls left out.
    public long values() {
        return values;
    }

    /// The least value; null when there is none.
    public @Nullable Object min() {
        return min;
    }

    /// The greatest value; null when there is none.
    public @Nullable Object max() {
        return max;
    }

    /// Whether a file has one value of the column, which its partition names.
    public boolean isPartition(DataFile file) {
        return positions.getOrDefault(file.specId(), OptionalInt.empty()).isPresent();
    }

    /// That value.
    public @Nullable Object partition(DataFile file) {
        Object value = file.partition().get(positions.get(file.specId()).getAsInt(), Object.class);
        return value instanceof CharSequence ? value.toString() : value;
    }

    /// Adds a file without deleted rows.
    ///
    /// @param bounds whether its least and greatest value matter
    /// @return whether the file says exactly what was asked; if not, nothing here counts
    public boolean add(DataFile file, boolean bounds) {
        if (isPartition(file)) {
            Object value = partition(file);
            if (value != null) {
                values += file.recordCount();
                widen(value, value);
            }
            return true;
        }
        Map<Integer, Long> nulls = file.nullValueCounts();
        Long missing = nulls == null ? null : nulls.get(field.fieldId());
        if (missing == null || missing < 0 || missing > file.recordCount()) {
            return false;
        }
        values += file.recordCount() - missing;
        if (!bounds || missing == file.recordCount()) {
            return true;
        }
        Object low = bound(file, file.lowerBounds());
        Object high = bound(file, file.upperBounds());
        if (low == null || high == null) {
            return false;
        }
        widen(low, high);
        return true;
    }

    private void widen(Object low, Object high) {
        min = min == null || order.compare(low, min) < 0 ? low : min;
        max = max == null || order.compare(high, max) > 0 ? high : max;
    }

    private @Nullable Object bound(DataFile file, @Nullable Map<Integer, ByteBuffer> bounds) {
        ByteBuffer bound = bounds == null ? null : bounds.get(field.fieldId());
        if (bound == null) {
            return null;
        }
        return switch (field.type().typeId()) {
            case BOOLEAN, INTEGER, LONG, DATE, DECIMAL -> Conversions.fromByteBuffer(field.type(), bound);
            // Shorter ones are dates of before the column was widened.
            case TIME, TIMESTAMP, TIMESTAMP_NANO ->
                bound.remaining() == Long.BYTES ? Conversions.fromByteBuffer(field.type(), bound) : null;
            case FLOAT, DOUBLE -> floating(file, Conversions.fromByteBuffer(field.type(), bound));
            case STRING, UUID, FIXED, BINARY, STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> null;
        };
    }

    private @Nullable Object floating(DataFile file, Object value) {
        Map<Integer, Long> nans = file.nanValueCounts();
        boolean none = nans != null && Long.valueOf(0).equals(nans.get(field.fieldId()));
        double number = ((Number) value).doubleValue();
        return none && number != 0 && !Double.isNaN(number) ? value : null;
    }

    /// Where the partition of a spec holds the column's own value.
    private OptionalInt position(PartitionSpec spec) {
        if (field.type().typeId() == Type.TypeID.FLOAT || field.type().typeId() == Type.TypeID.DOUBLE) {
            return OptionalInt.empty();
        }
        for (int i = 0; i < spec.fields().size(); i++) {
            PartitionField partition = spec.fields().get(i);
            if (partition.sourceId() == field.fieldId() && partition.transform().isIdentity()) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }
}
