package dev.tarn.query.plan;

import static dev.tarn.query.plan.MetadataTables.column;
import static dev.tarn.query.plan.MetadataTables.map;
import static dev.tarn.query.plan.TableRows.ofIceberg;
import static io.trino.spi.type.BigintType.BIGINT;
import static io.trino.spi.type.IntegerType.INTEGER;
import static io.trino.spi.type.VarbinaryType.VARBINARY;
import static io.trino.spi.type.VarcharType.VARCHAR;

import io.trino.spi.connector.ColumnMetadata;
import io.trino.spi.connector.SchemaTableName;
import io.trino.spi.connector.SystemTable;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeManager;
import io.trino.type.JsonType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileContent;
import org.apache.iceberg.MetadataColumns;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Comparators;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Type.PrimitiveType;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// `name$files`, `name$entries`, `name$all_entries` and `name$partitions`: the files of a table, with what the
/// manifests say of each.
final class FileTables {
    private final SchemaTableName name;
    private final Table table;
    private final TypeManager types;
    private final ManifestEntries manifests;
    private final PartitionRows partitions;
    private final List<Types.NestedField> leaves;
    private final Map<Integer, PrimitiveType> leafTypes;

    FileTables(SchemaTableName name, Table table, TypeManager types) {
        this.name = name;
        this.table = table;
        this.types = types;
        this.manifests = new ManifestEntries(table);
        this.partitions = new PartitionRows(table);
        this.leaves =
                table.schema().columns().stream().flatMap(FileTables::leaves).toList();
        this.leafTypes = leaves.stream()
                .collect(Collectors.toMap(
                        Types.NestedField::fieldId, leaf -> leaf.type().asPrimitiveType()));
    }

    private static Stream<Types.NestedField> leaves(Types.NestedField field) {
        return field.type().isPrimitiveType()
                ? Stream.of(field)
                : field.type().asNestedType().fields().stream()
                        .flatMap(FileTables::leaves)
                        .map(leaf -> Types.NestedField.from(leaf)
                                .withName(field.name() + "." + leaf.name())
                                .build());
    }

    SystemTable files() {
        Type counts = map(types, INTEGER, BIGINT);
        List<ColumnMetadata> columns = new ArrayList<>(List.of(
                column("content", INTEGER),
                column("file_path", VARCHAR),
                column("file_format", VARCHAR),
                column("spec_id", INTEGER)));
        partitions.type().ifPresent(type -> columns.add(column("partition", type)));
        columns.addAll(List.of(
                column("record_count", BIGINT),
                column("file_size_in_bytes", BIGINT),
                column("column_sizes", counts),
                column("value_counts", counts),
                column("null_value_counts", counts),
                column("nan_value_counts", counts)));
        if (!leaves.isEmpty()) {
            Type bounds = RowType.from(leaves.stream()
                    .map(leaf -> RowType.field(Integer.toString(leaf.fieldId()), LakeTypes.toTrino(leaf.type())))
                    .toList());
            columns.add(column("lower_bounds", bounds));
            columns.add(column("upper_bounds", bounds));
        }
        columns.addAll(List.of(
                column("key_metadata", VARBINARY),
                column("split_offsets", new ArrayType(BIGINT)),
                column("equality_ids", new ArrayType(INTEGER)),
                column("sort_order_id", INTEGER),
                column("readable_metrics", JsonType.JSON),
                column("added_snapshot_id", BIGINT),
                column("file_sequence_number", BIGINT),
                column("data_sequence_number", BIGINT),
                column("referenced_data_file", VARCHAR),
                column("pos", BIGINT),
                column("manifest_location", VARCHAR),
                column("first_row_id", BIGINT),
                column("content_offset", BIGINT),
                column("content_size_in_bytes", BIGINT)));
        return TableRows.of(
                name, columns, () -> manifests.live().stream().map(this::file).toList());
    }

    private List<@Nullable Object> file(ManifestEntries.Entry entry) {
        ContentFile<?> file = entry.file();
        DeleteFile delete = file instanceof DeleteFile found ? found : null;
        List<@Nullable Object> row = start(file);
        if (!leaves.isEmpty()) {
            row.add(bounds(file.lowerBounds()));
            row.add(bounds(file.upperBounds()));
        }
        row.add(file.keyMetadata());
        row.add(file.splitOffsets());
        row.add(file.equalityFieldIds());
        row.add(file.sortOrderId());
        row.add(ReadableMetrics.json(table.schema(), leaves, file));
        row.add(entry.snapshotId());
        row.add(file.fileSequenceNumber());
        row.add(file.dataSequenceNumber());
        row.add(delete == null ? null : delete.referencedDataFile());
        row.add(file.pos());
        row.add(file.manifestLocation());
        row.add(file.firstRowId());
        row.add(delete == null ? null : delete.contentOffset());
        row.add(delete == null ? null : delete.contentSizeInBytes());
        return row;
    }

    private List<@Nullable Object> start(ContentFile<?> file) {
        List<@Nullable Object> row = new ArrayList<>();
        row.add(file.content().id());
        row.add(file.location());
        row.add(file.format().toString());
        row.add(file.specId());
        if (partitions.type().isPresent()) {
            row.add(partitions.row(file));
        }
        row.add(file.recordCount());
        row.add(file.fileSizeInBytes());
        row.add(file.columnSizes());
        row.add(file.valueCounts());
        row.add(file.nullValueCounts());
        row.add(file.nanValueCounts());
        return row;
    }

    private @Nullable List<@Nullable Object> bounds(@Nullable Map<Integer, ByteBuffer> bounds) {
        if (bounds == null) {
            return null;
        }
        List<@Nullable Object> row = new ArrayList<>();
        for (Types.NestedField leaf : leaves) {
            ByteBuffer bound = bounds.get(leaf.fieldId());
            row.add(bound == null ? null : ofIceberg(leaf.type(), Conversions.fromByteBuffer(leaf.type(), bound)));
        }
        return row;
    }

    /// @param all of all snapshots, and not of the current one alone
    SystemTable entries(boolean all) {
        Type counts = map(types, INTEGER, BIGINT);
        List<RowType.Field> file = new ArrayList<>(List.of(
                RowType.field("content", INTEGER),
                RowType.field("file_path", VARCHAR),
                RowType.field("file_format", VARCHAR),
                RowType.field("spec_id", INTEGER)));
        partitions.type().ifPresent(type -> file.add(RowType.field("partition", type)));
        file.addAll(List.of(
                RowType.field("record_count", BIGINT),
                RowType.field("file_size_in_bytes", BIGINT),
                RowType.field("column_sizes", counts),
                RowType.field("value_counts", counts),
                RowType.field("null_value_counts", counts),
                RowType.field("nan_value_counts", counts),
                RowType.field("lower_bounds", map(types, INTEGER, VARCHAR)),
                RowType.field("upper_bounds", map(types, INTEGER, VARCHAR)),
                RowType.field("key_metadata", VARBINARY),
                RowType.field("split_offsets", new ArrayType(BIGINT)),
                RowType.field("equality_ids", new ArrayType(INTEGER)),
                RowType.field("sort_order_id", INTEGER)));
        return TableRows.of(
                name,
                List.of(
                        column("status", INTEGER),
                        column("snapshot_id", BIGINT),
                        column("sequence_number", BIGINT),
                        column("file_sequence_number", BIGINT),
                        column("data_file", RowType.from(file)),
                        column("readable_metrics", JsonType.JSON)),
                () -> (all ? manifests.everything() : manifests.current())
                        .stream().map(this::entry).toList());
    }

    private List<@Nullable Object> entry(ManifestEntries.Entry entry) {
        ContentFile<?> file = entry.file();
        boolean positions = file.content() == FileContent.POSITION_DELETES;
        List<@Nullable Object> dataFile = start(file);
        dataFile.add(texts(file.lowerBounds(), positions));
        dataFile.add(texts(file.upperBounds(), positions));
        dataFile.add(file.keyMetadata());
        dataFile.add(file.splitOffsets());
        dataFile.add(file.content() == FileContent.EQUALITY_DELETES ? file.equalityFieldIds() : null);
        dataFile.add(positions ? null : file.sortOrderId());
        return TableRows.row(
                entry.status(),
                entry.snapshotId(),
                file.dataSequenceNumber(),
                file.fileSequenceNumber(),
                dataFile,
                ReadableMetrics.json(table.schema(), leaves, file));
    }

    private @Nullable Map<Integer, String> texts(@Nullable Map<Integer, ByteBuffer> bounds, boolean positions) {
        if (bounds == null) {
            return null;
        }
        Map<Integer, String> texts = new LinkedHashMap<>();
        bounds.forEach((id, bound) -> {
            org.apache.iceberg.types.Type type = positions ? positionType(id) : leafTypes.get(id);
            if (type != null) {
                Object value = Conversions.fromByteBuffer(type, bound);
                texts.put(
                        id, org.apache.iceberg.transforms.Transforms.identity().toHumanString(type, value));
            }
        });
        return texts;
    }

    private static org.apache.iceberg.types.@Nullable Type positionType(int id) {
        return Stream.of(MetadataColumns.DELETE_FILE_PATH, MetadataColumns.DELETE_FILE_POS)
                .filter(field -> field.fieldId() == id)
                .map(Types.NestedField::type)
                .findFirst()
                .orElse(null);
    }

    SystemTable partitions() {
        Set<Integer> identities = table.spec().fields().stream()
                .filter(field -> field.transform().isIdentity())
                .map(field -> field.sourceId())
                .collect(Collectors.toSet());
        List<Types.NestedField> measured = table.schema().columns().stream()
                .filter(column -> column.type().isPrimitiveType() && !identities.contains(column.fieldId()))
                .toList();
        List<ColumnMetadata> columns = new ArrayList<>();
        partitions.type().ifPresent(type -> columns.add(column("partition", type)));
        columns.addAll(
                List.of(column("record_count", BIGINT), column("file_count", BIGINT), column("total_size", BIGINT)));
        if (!measured.isEmpty()) {
            columns.add(column(
                    "data",
                    RowType.from(measured.stream()
                            .map(field -> RowType.field(field.name(), measures(LakeTypes.toTrino(field.type()))))
                            .toList())));
        }
        return TableRows.of(name, columns, () -> {
            Map<List<@Nullable Object>, List<ContentFile<?>>> groups = new LinkedHashMap<>();
            if (partitions.type().isEmpty()) {
                groups.put(List.of(), new ArrayList<>());
            }
            for (ManifestEntries.Entry entry : manifests.live()) {
                groups.computeIfAbsent(partitions.row(entry.file()), key -> new ArrayList<>())
                        .add(entry.file());
            }
            List<List<@Nullable Object>> rows = new ArrayList<>();
            groups.forEach((partition, files) -> rows.add(partition(partition, files, measured)));
            return rows;
        });
    }

    private static RowType measures(Type type) {
        return RowType.rowType(
                RowType.field("min", type),
                RowType.field("max", type),
                RowType.field("null_count", BIGINT),
                RowType.field("nan_count", BIGINT));
    }

    private List<@Nullable Object> partition(
            List<@Nullable Object> partition, List<ContentFile<?>> files, List<Types.NestedField> measured) {
        List<@Nullable Object> row = new ArrayList<>();
        if (partitions.type().isPresent()) {
            row.add(partition);
        }
        // Sums over no rows are null, as in SQL.
        row.add(
                files.isEmpty()
                        ? null
                        : files.stream().mapToLong(ContentFile::recordCount).sum());
        row.add((long) files.size());
        row.add(
                files.isEmpty()
                        ? null
                        : files.stream().mapToLong(ContentFile::fileSizeInBytes).sum());
        if (!measured.isEmpty()) {
            List<@Nullable Object> data = new ArrayList<>();
            measured.forEach(field -> data.add(measures(field, files)));
            row.add(data);
        }
        return row;
    }

    private static @Nullable List<@Nullable Object> measures(Types.NestedField field, List<ContentFile<?>> files) {
        Comparator<Object> order = Comparators.forType(field.type().asPrimitiveType());
        Object min = bounds(field, files.stream().map(ContentFile::lowerBounds))
                .min(order)
                .orElse(null);
        Object max = bounds(field, files.stream().map(ContentFile::upperBounds))
                .max(order)
                .orElse(null);
        Long nulls = sum(field, files.stream().map(ContentFile::nullValueCounts));
        if (min == null && max == null && nulls == null) {
            return null;
        }
        return TableRows.row(
                ofIceberg(field.type(), min),
                ofIceberg(field.type(), max),
                nulls,
                sum(field, files.stream().map(ContentFile::nanValueCounts)));
    }

    private static Stream<Object> bounds(Types.NestedField field, Stream<@Nullable Map<Integer, ByteBuffer>> bounds) {
        return bounds.filter(Objects::nonNull)
                .map(map -> map.get(field.fieldId()))
                .filter(Objects::nonNull)
                .map(bound -> Conversions.fromByteBuffer(field.type(), bound));
    }

    private static @Nullable Long sum(Types.NestedField field, Stream<@Nullable Map<Integer, Long>> counts) {
        List<Long> known = counts.filter(Objects::nonNull)
                .map(map -> map.get(field.fieldId()))
                .filter(Objects::nonNull)
                .toList();
        return known.isEmpty()
                ? null
                : known.stream().mapToLong(Long::longValue).sum();
    }
}
