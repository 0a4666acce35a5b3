package dev.tarn.query.duckdb;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Files taken over from Hive layouts may lack a column whose value is in the partition alone. Iceberg
/// reads it from there.
final class PartitionConstants {
    private PartitionConstants() {}

    /// Whether one of the columns may be missing in a file and known from its partition.
    static boolean needed(Table table, List<Types.NestedField> columns, ScanFile file) {
        return columns.stream().anyMatch(column -> missing(table, column, file));
    }

    private static boolean missing(Table table, Types.NestedField column, ScanFile file) {
        Map<Integer, Long> sizes = file.file().columnSizes();
        return identity(table.specs().get(file.file().specId()), column).isPresent()
                && (sizes == null || !sizes.containsKey(column.fieldId()));
    }

    /// The column as read, or the partition's value where it reads as null.
    static String expression(Table table, Types.NestedField column, List<ScanFile> files, String fileIndex) {
        String name = SqlText.identifier(column.name());
        if (files.stream().noneMatch(file -> missing(table, column, file))) {
            return name;
        }
        String constants = files.stream()
                .map(file -> DuckValues.literal(column.type(), constant(table, column, file)))
                .collect(Collectors.joining(", ", "[", "]"));
        return "COALESCE(" + name + ", list_extract(" + constants + ", " + fileIndex + " + 1)) AS " + name;
    }

    private static @Nullable Object constant(Table table, Types.NestedField column, ScanFile file) {
        PartitionSpec spec = table.specs().get(file.file().specId());
        return identity(spec, column)
                .map(field -> {
                    int position = spec.fields().indexOf(field);
                    return file.file().partition().get(position, Object.class);
                })
                .orElse(null);
    }

    private static Optional<PartitionField> identity(PartitionSpec spec, Types.NestedField column) {
        return spec.fields().stream()
                .filter(field -> field.sourceId() == column.fieldId()
                        && field.transform().isIdentity())
                .findFirst();
    }
}
