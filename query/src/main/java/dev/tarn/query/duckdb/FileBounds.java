package dev.tarn.query.duckdb;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// What the statistics of data files say about a column.
public final class FileBounds {
    /// More files than that are not worth looking through for a faster statement.
    private static final int FILES_MAX = 10_000;

    private FileBounds() {}

    /// The least and the greatest value.
    public record Decimals(BigDecimal low, BigDecimal high) {}

    /// Bounds of a decimal column over all files; empty when a file does not say. Zero when all rows are null.
    public static Optional<Decimals> decimals(Types.NestedField field, List<ScanFile> files) {
        if (!(field.type() instanceof Types.DecimalType type) || files.size() > FILES_MAX) {
            return Optional.empty();
        }
        BigDecimal low = null;
        BigDecimal high = null;
        for (ScanFile file : files) {
            if (onlyNulls(file.file(), field.fieldId())) {
                continue;
            }
            BigDecimal least = bound(type, file.file().lowerBounds(), field.fieldId());
            BigDecimal greatest = bound(type, file.file().upperBounds(), field.fieldId());
            if (least == null || greatest == null) {
                return Optional.empty();
            }
            low = low == null ? least : low.min(least);
            high = high == null ? greatest : high.max(greatest);
        }
        return Optional.of(
                low == null || high == null ? new Decimals(BigDecimal.ZERO, BigDecimal.ZERO) : new Decimals(low, high));
    }

    private static boolean onlyNulls(DataFile file, int fieldId) {
        Map<Integer, Long> nulls = file.nullValueCounts();
        return nulls != null && nulls.containsKey(fieldId) && nulls.get(fieldId) == file.recordCount();
    }

    private static @Nullable BigDecimal bound(
            Types.DecimalType type, @Nullable Map<Integer, ByteBuffer> bounds, int fieldId) {
        ByteBuffer bound = bounds == null ? null : bounds.get(fieldId);
        return bound == null ? null : Conversions.fromByteBuffer(type, bound);
    }
}
