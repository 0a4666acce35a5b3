package dev.tarn.query.duckdb;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.MetricsModes;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.util.BinaryUtil;
import org.apache.iceberg.util.UnicodeUtil;
import org.jspecify.annotations.Nullable;

/// Iceberg's metrics of a data file, from the statistics that DuckDB returns for it, in the modes that
/// the table's properties ask for (`write.metadata.metrics.*`). Like Iceberg's own writers, it keeps no
/// counts and bounds for what is inside lists and maps.
final class FileMetrics {
    private final Map<String, ParquetSchema.Leaf> leaves;
    private final Map<Integer, MetricsModes.MetricsMode> modes = new HashMap<>();

    FileMetrics(Schema schema, MetricsConfig config) {
        leaves = ParquetSchema.leaves(schema);
        leaves.values()
                .forEach(leaf -> modes.put(
                        leaf.field().fieldId(),
                        config.columnMode(schema.findColumnName(leaf.field().fieldId()))));
    }

    /// @param statistics DuckDB's `column_statistics`: column path → name → value, all as text
    Metrics of(long rows, Map<String, Map<String, String>> statistics) {
        Map<Integer, Long> sizes = new HashMap<>();
        Map<Integer, Long> values = new HashMap<>();
        Map<Integer, Long> nulls = new HashMap<>();
        Map<Integer, Long> nans = new HashMap<>();
        Map<Integer, ByteBuffer> lower = new HashMap<>();
        Map<Integer, ByteBuffer> upper = new HashMap<>();
        statistics.forEach((path, column) -> {
            ParquetSchema.Leaf leaf = leaves.get(path);
            if (leaf == null) {
                return;
            }
            int id = leaf.field().fieldId();
            MetricsModes.MetricsMode mode = modes.get(id);
            number(column, "column_size_bytes").ifPresent(size -> sizes.put(id, size));
            if (leaf.repeated() || mode instanceof MetricsModes.None) {
                return;
            }
            number(column, "num_values").ifPresent(count -> values.put(id, count));
            number(column, "null_count").ifPresent(count -> nulls.put(id, count));
            number(column, "nan_count").ifPresent(count -> nans.put(id, count));
            if (!(mode instanceof MetricsModes.Counts)) {
                int length = mode instanceof MetricsModes.Truncate truncate ? truncate.length() : Integer.MAX_VALUE;
                put(lower, id, leaf.field().type(), lower(leaf.field().type(), column, length));
                put(upper, id, leaf.field().type(), upper(leaf.field().type(), column, length));
            }
        });
        return new Metrics(rows, sizes, values, nulls, nans, lower, upper);
    }

    private static @Nullable Object lower(Type type, Map<String, String> column, int length) {
        Object value = bound(type, column.get("min"));
        return switch (value) {
            case null -> null;
            // Zero has two signs which DuckDB does not tell apart and Iceberg does.
            case Double zero when zero == 0.0 -> -0.0d;
            case Float zero when zero == 0.0f -> -0.0f;
            case String text when length < text.length() -> UnicodeUtil.truncateStringMin(text, length);
            case ByteBuffer bytes when length < bytes.remaining() -> BinaryUtil.truncateBinaryMin(bytes, length);
            default -> value;
        };
    }

    private static @Nullable Object upper(Type type, Map<String, String> column, int length) {
        if (!"true".equals(column.getOrDefault("max_is_exact", "true"))) {
            return null;
        }
        Object value = bound(type, column.get("max"));
        return switch (value) {
            case null -> null;
            case Double zero when zero == 0.0 -> 0.0d;
            case Float zero when zero == 0.0f -> 0.0f;
            case String text when length < text.length() -> UnicodeUtil.truncateStringMax(text, length);
            case ByteBuffer bytes when length < bytes.remaining() -> BinaryUtil.truncateBinaryMax(bytes, length);
            default -> value;
        };
    }

    private static @Nullable Object bound(Type type, @Nullable String text) {
        // Iceberg's readers do not agree on the order of UUIDs, so a bound could hide rows from one.
        if (text == null || type.typeId() == Type.TypeID.UUID) {
            return null;
        }
        return DuckValues.parse(type, text).orElse(null);
    }

    private static void put(Map<Integer, ByteBuffer> bounds, int id, Type type, @Nullable Object value) {
        if (value != null) {
            bounds.put(id, Conversions.toByteBuffer(type, value));
        }
    }

    private static Optional<Long> number(Map<String, String> column, String name) {
        return Optional.ofNullable(column.get(name)).map(Long::parseLong);
    }
}
