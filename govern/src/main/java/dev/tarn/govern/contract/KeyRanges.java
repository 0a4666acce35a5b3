package dev.tarn.govern.contract;

import dev.tarn.query.duckdb.ScanFile;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Tells by the columns' smallest and largest values which files can hold the values of others.
final class KeyRanges {
    private KeyRanges() {}

    /// From the smallest to the largest value, both within.
    record Range(long low, long high) {}

    /// The range of a column of whole numbers in some files, when all of them state it.
    static Optional<Range> ofWholeNumbers(TableFiles all, String column, Set<String> files) {
        Types.NestedField field = all.table().schema().findField(column);
        if (field == null
                || (field.type().typeId() != Type.TypeID.INTEGER && field.type().typeId() != Type.TypeID.LONG)) {
            return Optional.empty();
        }
        long low = Long.MAX_VALUE;
        long high = Long.MIN_VALUE;
        for (String file : files) {
            Object least = bound(all, field, file, true);
            Object most = bound(all, field, file, false);
            if (!(least instanceof Number from) || !(most instanceof Number to)) {
                return Optional.empty();
            }
            low = Math.min(low, from.longValue());
            high = Math.max(high, to.longValue());
        }
        return low <= high ? Optional.of(new Range(low, high)) : Optional.empty();
    }

    /// Those of the files whose key's range meets that of one of the added files.
    static Set<String> overlapping(TableFiles all, List<String> columns, Set<String> files, Set<String> added) {
        Set<String> near = new LinkedHashSet<>(files);
        for (String column : columns) {
            Types.NestedField field = all.table().schema().findField(column);
            if (field != null && field.type().isPrimitiveType()) {
                near.removeIf(file -> added.stream().noneMatch(other -> meet(all, field, file, other)));
            }
        }
        return near;
    }

    @SuppressWarnings("unchecked")
    private static boolean meet(TableFiles all, Types.NestedField field, String one, String other) {
        Comparator<Object> order = (Comparator<Object>)
                (Comparator<?>) Comparators.forType(field.type().asPrimitiveType());
        Object low = bound(all, field, one, true);
        Object high = bound(all, field, one, false);
        Object otherLow = bound(all, field, other, true);
        Object otherHigh = bound(all, field, other, false);
        boolean below = high != null && otherLow != null && order.compare(high, otherLow) < 0;
        boolean above = low != null && otherHigh != null && order.compare(low, otherHigh) > 0;
        return !below && !above;
    }

    private static @Nullable Object bound(TableFiles all, Types.NestedField field, String key, boolean lower) {
        ScanFile file = all.files().get(key);
        if (file == null) {
            return null;
        }
        Map<Integer, ByteBuffer> bounds =
                lower ? file.file().lowerBounds() : file.file().upperBounds();
        ByteBuffer bytes = bounds == null ? null : bounds.get(field.fieldId());
        return bytes == null ? null : Conversions.fromByteBuffer(field.type(), bytes);
    }
}
