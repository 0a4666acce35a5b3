package dev.tarn.query.compile;

import io.trino.spi.type.RowType;
import java.util.ArrayList;
import java.util.List;

/// Rows as DuckDB structs.
final class Rows {
    private Rows() {}

    /// A row from its fields.
    static String pack(RowType type, List<String> fields) {
        List<String> names = DuckType.fieldNames(type);
        List<String> items = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            items.add('"' + names.get(i) + "\" := " + fields.get(i));
        }
        return "struct_pack(" + String.join(", ", items) + ")";
    }

    /// A field by position, from 0.
    static String field(String row, int position) {
        return "struct_extract_at(" + row + ", " + (position + 1) + ")";
    }
}
