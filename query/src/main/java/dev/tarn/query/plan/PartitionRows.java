package dev.tarn.query.plan;

import io.trino.spi.type.RowType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Type;
import org.jspecify.annotations.Nullable;

/// The partition of a file as a row that has a field for each partition field that the table ever had.
final class PartitionRows {
    private final Table table;
    private final List<PartitionField> fields;
    private final List<Type> types = new ArrayList<>();

    PartitionRows(Table table) {
        this.table = table;
        Map<Integer, PartitionField> byId = new LinkedHashMap<>();
        for (PartitionSpec spec : table.specs().values()) {
            for (PartitionField field : spec.fields()) {
                if (table.schema().findField(field.sourceId()) != null) {
                    byId.put(field.fieldId(), field);
                }
            }
        }
        fields = List.copyOf(byId.values());
        for (PartitionField field : fields) {
            types.add(field.transform().getResultType(table.schema().findType(field.sourceId())));
        }
    }

    /// Empty when the table was never partitioned.
    Optional<RowType> type() {
        List<RowType.Field> columns = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            columns.add(RowType.field(fields.get(i).name(), LakeTypes.toTrino(types.get(i))));
        }
        return columns.isEmpty() ? Optional.empty() : Optional.of(RowType.from(columns));
    }

    /// The values, as [TableRows] takes them.
    List<@Nullable Object> row(ContentFile<?> file) {
        PartitionSpec spec = table.specs().get(file.specId());
        List<@Nullable Object> row = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            int at = position(spec, fields.get(i).fieldId());
            row.add(
                    at < 0
                            ? null
                            : TableRows.ofIceberg(types.get(i), file.partition().get(at, Object.class)));
        }
        return row;
    }

    private static int position(PartitionSpec spec, int fieldId) {
        for (int i = 0; i < spec.fields().size(); i++) {
            if (spec.fields().get(i).fieldId() == fieldId) {
                return i;
            }
        }
        return -1;
    }
}
