package dev.tarn.query.duckdb;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// How DuckDB is told an Iceberg schema: by field id when it reads Parquet files, and to stamp the ids
/// when it writes them. Names are only labels; a renamed, widened, added or nested field is found by its id.
final class ParquetSchema {
    private ParquetSchema() {}

    /// The `schema` argument of `read_parquet`.
    static String forRead(List<Types.NestedField> columns) {
        return children(columns);
    }

    private static String children(List<Types.NestedField> fields) {
        return fields.stream()
                .map(field -> field.fieldId() + ": " + readField(field))
                .collect(Collectors.joining(", ", "MAP {", "}"));
    }

    private static String readField(Types.NestedField field) {
        // A missing column reads as its initial default; DuckDB fills it per file. As text, which it casts to the
        // column's type, because the defaults of all columns must have one type.
        String missing = Optional.ofNullable(field.initialDefault())
                .map(value -> "CAST(" + DuckValues.literal(field.type(), value) + " AS VARCHAR)")
                .orElse("NULL");
        List<Types.NestedField> nested = nested(field.type());
        return "{name: " + SqlText.string(field.name()) + ", type: " + SqlText.string(DuckTypes.sql(field.type()))
                + ", default_value: " + missing
                + (nested.isEmpty() ? "" : ", children: " + children(nested)) + "}";
    }

    private static List<Types.NestedField> nested(Type type) {
        return type.isNestedType() ? type.asNestedType().fields() : List.of();
    }

    /// The `FIELD_IDS` option of `COPY`.
    static String forWrite(List<Types.NestedField> columns) {
        return columns.stream().map(ParquetSchema::writeField).collect(Collectors.joining(", ", "{", "}"));
    }

    private static String writeField(Types.NestedField field) {
        List<Types.NestedField> nested = nested(field.type());
        String ids = nested.isEmpty()
                ? Integer.toString(field.fieldId())
                : "{__duckdb_field_id: " + field.fieldId() + ", "
                        + nested.stream().map(ParquetSchema::writeField).collect(Collectors.joining(", ")) + "}";
        return SqlText.string(field.name()) + ": " + ids;
    }

    /// A leaf of a schema: its field, and whether it is inside a list or map.
    record Leaf(Types.NestedField field, boolean repeated) {}

    /// The primitive fields by their path as DuckDB writes it in its statistics: `"a"."element"."b c"`.
    static Map<String, Leaf> leaves(Schema schema) {
        Map<String, Leaf> leaves = new LinkedHashMap<>();
        schema.columns().forEach(column -> addLeaves("", column, false, leaves));
        return leaves;
    }

    private static void addLeaves(String parent, Types.NestedField field, boolean repeated, Map<String, Leaf> leaves) {
        String path = parent + SqlText.identifier(field.name());
        boolean inner = repeated || field.type().isListType() || field.type().isMapType();
        if (field.type().isPrimitiveType()) {
            leaves.put(path, new Leaf(field, repeated));
        }
        nested(field.type()).forEach(child -> addLeaves(path + ".", child, inner, leaves));
    }
}
