package dev.tarn.query.plan;

import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.statistics.ColumnStatistics;
import io.trino.spi.statistics.DoubleRange;
import io.trino.spi.statistics.Estimate;
import io.trino.spi.statistics.TableStatistics;
import io.trino.spi.type.FixedWidthType;
import io.trino.spi.type.Type;
import io.trino.spi.type.VarbinaryType;
import io.trino.spi.type.VarcharType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BinaryOperator;
import org.apache.iceberg.BlobMetadata;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StatisticsFile;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.puffin.StandardBlobTypes;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.SnapshotUtil;
import org.jspecify.annotations.Nullable;

/// What a table's manifests and statistics files say of its columns, counted as Trino's Iceberg connector counts:
/// a column has a figure only where every file has it.
final class TableStatisticsReader {
    /// How much larger texts and bytes are in memory than on disk, as Trino estimates.
    private static final double TEXT_GROWTH = 2.7;

    private static final double BYTES_GROWTH = 1.4;

    private final Table table;
    private final Snapshot snapshot;
    private long rows;
    private final Map<Integer, Column> columns = new HashMap<>();

    /// One column so far; null where some file does not say.
    private static final class Column {
        private @Nullable Long nulls = 0L;
        private @Nullable Long bytes = 0L;
        private @Nullable Object min;
        private @Nullable Object max;
        private boolean ranged = true;
    }

    TableStatisticsReader(Table table, Snapshot snapshot) {
        this.table = table;
        this.snapshot = snapshot;
    }

    TableStatistics read() {
        for (Types.NestedField field : table.schema().columns()) {
            columns.put(field.fieldId(), new Column());
        }
        for (ManifestFile manifest : snapshot.dataManifests(table.io())) {
            try (CloseableIterable<DataFile> files = ManifestFiles.read(manifest, table.io(), table.specs())) {
                files.forEach(this::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        TableStatistics.Builder statistics = TableStatistics.builder().setRowCount(Estimate.of((double) rows));
        if (rows > 0) {
            Map<Integer, Long> distinct = distinctValues();
            for (Types.NestedField field : table.schema().columns()) {
                Type type = LakeTypes.toTrino(field.type());
                ColumnHandle handle = new LakeColumnHandle(field.fieldId(), field.name(), type);
                statistics.setColumnStatistics(handle, column(field, type, distinct.get(field.fieldId())));
            }
        }
        return statistics.build();
    }

    private void add(DataFile file) {
        rows += file.recordCount();
        for (Types.NestedField field : table.schema().columns()) {
            int id = field.fieldId();
            Column column = columns.get(id);
            Map<Integer, Long> nulls = file.nullValueCounts();
            column.nulls = sum(column.nulls, nulls == null ? null : nulls.get(id));
            Map<Integer, Long> sizes = file.columnSizes();
            column.bytes = sum(column.bytes, sizes == null ? null : sizes.get(id));
            boolean allNull = nulls != null && Long.valueOf(file.recordCount()).equals(nulls.get(id));
            if (field.type().isPrimitiveType() && !allNull) {
                range(column, field.type(), bound(file.lowerBounds(), field), bound(file.upperBounds(), field));
            }
        }
    }

    private static void range(
            Column column, org.apache.iceberg.types.Type type, @Nullable Object min, @Nullable Object max) {
        Comparator<Object> order = Comparators.forType(type.asPrimitiveType());
        column.ranged &= min != null && max != null;
        column.min = better(column.min, min, BinaryOperator.minBy(order));
        column.max = better(column.max, max, BinaryOperator.maxBy(order));
    }

    private static @Nullable Object better(
            @Nullable Object known, @Nullable Object other, BinaryOperator<Object> better) {
        if (known == null || other == null) {
            return known == null ? other : known;
        }
        return better.apply(known, other);
    }

    private static @Nullable Object bound(@Nullable Map<Integer, ByteBuffer> bounds, Types.NestedField field) {
        ByteBuffer bound = bounds == null ? null : bounds.get(field.fieldId());
        return bound == null ? null : Conversions.fromByteBuffer(field.type(), bound);
    }

    private static @Nullable Long sum(@Nullable Long known, @Nullable Long more) {
        return known == null || more == null ? null : Long.valueOf(known + more);
    }

    private ColumnStatistics column(Types.NestedField field, Type type, @Nullable Long distinct) {
        Column column = columns.get(field.fieldId());
        ColumnStatistics.Builder statistics = ColumnStatistics.builder();
        if (column.nulls != null) {
            statistics.setNullsFraction(Estimate.of((double) column.nulls / rows));
        }
        if (column.bytes != null && !(type instanceof FixedWidthType)) {
            double growth = switch (type) {
                case VarcharType ignored -> TEXT_GROWTH;
                case VarbinaryType ignored -> BYTES_GROWTH;
                default -> 1;
            };
            statistics.setDataSize(Estimate.of(Math.floor(column.bytes * growth)));
        }
        Object min = TableRows.ofIceberg(field.type(), column.min);
        Object max = TableRows.ofIceberg(field.type(), column.max);
        if (column.ranged && min != null && max != null) {
            DoubleRange.from(type, min, max).ifPresent(statistics::setRange);
        }
        if (distinct != null) {
            statistics.setDistinctValuesCount(Estimate.of((double) distinct));
        }
        return statistics.build();
    }

    /// Distinct values by field id, from the newest statistics file of the snapshot or of one before it.
    private Map<Integer, Long> distinctValues() {
        Map<Long, StatisticsFile> files = new HashMap<>();
        table.statisticsFiles().forEach(file -> files.put(file.snapshotId(), file));
        Set<Integer> known = new HashSet<>(columns.keySet());
        Map<Integer, Long> distinct = new HashMap<>();
        for (long id : SnapshotUtil.ancestorIds(snapshot, table::snapshot)) {
            StatisticsFile file = files.get(id);
            if (file != null) {
                for (BlobMetadata blob : file.blobMetadata()) {
                    String count = blob.properties().get("ndv");
                    if (blob.type().equals(StandardBlobTypes.APACHE_DATASKETCHES_THETA_V1)
                            && count != null
                            && blob.fields().size() == 1
                            && known.contains(blob.fields().getFirst())) {
                        distinct.put(blob.fields().getFirst(), Long.parseLong(count));
                    }
                }
                break;
            }
        }
        return distinct;
    }
}
