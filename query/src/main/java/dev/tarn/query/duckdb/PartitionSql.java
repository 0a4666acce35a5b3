package dev.tarn.query.duckdb;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.apache.iceberg.PartitionData;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.TypeUtil;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// Iceberg's partition transforms as DuckDB expressions with equal values, and the way back from the text
/// that DuckDB returns for each written partition.
final class PartitionSql {
    private static final long HOUR_MICROS = 3_600_000_000L;
    private static final long DAY_MICROS = 24 * HOUR_MICROS;

    private PartitionSql() {}

    /// The column of a field id, with its way through structs: `"a"."b"`.
    static String column(Schema schema, int fieldId) {
        Map<Integer, Integer> parents = TypeUtil.indexParents(schema.asStruct());
        Deque<String> path = new ArrayDeque<>();
        for (Integer id = fieldId; id != null; id = parents.get(id)) {
            path.push(SqlText.identifier(schema.findField(id).name()));
        }
        return String.join(".", path);
    }

    /// The value of a partition field for a row, in a form that [#parse] reads back without loss.
    static String expression(Schema schema, PartitionField field) {
        Types.NestedField source = schema.findField(field.sourceId());
        String value = column(schema, field.sourceId());
        String transform = field.transform().toString();
        return switch (name(transform)) {
            case "identity" -> exact(source.type(), value);
            case "bucket" -> bucket(source.type(), value, argument(transform));
            case "truncate" -> truncate(source.type(), value, argument(transform));
            case "year" -> "year(" + timestamp(source.type(), value) + ") - 1970";
            case "month" -> {
                String time = timestamp(source.type(), value);
                yield "(year(" + time + ") - 1970) * 12 + month(" + time + ") - 1";
            }
            case "day" -> floorDivide(micros(source.type(), value), DAY_MICROS);
            case "hour" -> floorDivide(micros(source.type(), value), HOUR_MICROS);
            case "void" -> "CAST(NULL AS INTEGER)";
            default ->
                throw new TarnException(
                        ErrorCode.NOT_SUPPORTED,
                        "The partition transform " + transform + " of " + field.name() + " is not known to Tarn");
        };
    }

    /// Whether the values of a field are equal for all rows: nothing to partition by.
    static boolean isVoid(PartitionField field) {
        return field.transform().isVoid();
    }

    private static String exact(Type type, String value) {
        return switch (type.typeId()) {
            case DATE, TIME, TIMESTAMP, TIMESTAMP_NANO -> raw(type, value);
            case FIXED, BINARY -> "hex(" + value + ")";
            // The mark keeps a text apart from the words that stand for null in a partition's name.
            case STRING -> "'=' || " + value;
            case BOOLEAN, INTEGER, LONG, FLOAT, DOUBLE, DECIMAL, UUID -> "CAST(" + value + " AS VARCHAR)";
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw unsuitable(type);
        };
    }

    /// The number that Iceberg stores for a value: days, microseconds or nanoseconds.
    private static String raw(Type type, String value) {
        return switch (type.typeId()) {
            case DATE -> "(" + value + " - DATE '1970-01-01')";
            case TIME, TIMESTAMP -> "epoch_us(" + value + ")";
            case TIMESTAMP_NANO -> "epoch_ns(" + value + ")";
            default -> throw unsuitable(type);
        };
    }

    private static String bucket(Type type, String value, int buckets) {
        String hash = switch (type.typeId()) {
            case INTEGER, LONG -> "tarn_hash_long(CAST(" + value + " AS BIGINT))";
            case DATE, TIME, TIMESTAMP -> "tarn_hash_long(CAST(" + raw(type, value) + " AS BIGINT))";
            // Iceberg hashes nanoseconds as the microseconds they lie in.
            case TIMESTAMP_NANO -> "tarn_hash_long(" + floorDivide("epoch_ns(" + value + ")", 1000) + ")";
            case STRING -> "tarn_hash_text(" + value + ")";
            case DECIMAL -> "tarn_hash_decimal(CAST(" + value + " AS VARCHAR))";
            case UUID -> "tarn_hash_hex(replace(CAST(" + value + " AS VARCHAR), '-', ''))";
            case FIXED, BINARY -> "tarn_hash_hex(hex(" + value + "))";
            case BOOLEAN, FLOAT, DOUBLE, STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN ->
                throw unsuitable(type);
        };
        return "(" + hash + " & 2147483647) % " + buckets;
    }

    private static String truncate(Type type, String value, int width) {
        return switch (type.typeId()) {
            case INTEGER, LONG -> floorTo("CAST(" + value + " AS HUGEINT)", width);
            case DECIMAL -> {
                int scale = ((Types.DecimalType) type).scale();
                // On the unscaled value, as Iceberg does.
                String unscaled = "CAST(replace(CAST(" + value + " AS VARCHAR), '.', '') AS HUGEINT)";
                yield floorTo(scale == 0 ? "CAST(" + value + " AS HUGEINT)" : unscaled, width);
            }
            case STRING -> "'=' || left(" + value + ", " + width + ")";
            case BINARY -> "left(hex(" + value + "), " + 2L * width + ")";
            case BOOLEAN,
                    FLOAT,
                    DOUBLE,
                    DATE,
                    TIME,
                    TIMESTAMP,
                    TIMESTAMP_NANO,
                    UUID,
                    FIXED,
                    STRUCT,
                    LIST,
                    MAP,
                    GEOMETRY,
                    GEOGRAPHY,
                    VARIANT,
                    UNKNOWN -> throw unsuitable(type);
        };
    }

    private static String timestamp(Type type, String value) {
        return type.typeId() == Type.TypeID.DATE ? value : "make_timestamp(" + micros(type, value) + ")";
    }

    private static String micros(Type type, String value) {
        return switch (type.typeId()) {
            case DATE -> "(CAST(" + raw(type, value) + " AS BIGINT) * " + DAY_MICROS + ")";
            case TIMESTAMP -> raw(type, value);
            case TIMESTAMP_NANO -> floorDivide(raw(type, value), 1000);
            default -> throw unsuitable(type);
        };
    }

    private static String floorTo(String value, long width) {
        return "(" + value + " - ((" + value + " % " + width + ") + " + width + ") % " + width + ")";
    }

    private static String floorDivide(String value, long divisor) {
        return "(" + floorTo(value, divisor) + " // " + divisor + ")";
    }

    /// The values of a partition as DuckDB returned them, one text (or null) per field of the spec.
    static PartitionData parse(PartitionSpec spec, @Nullable String[] texts) {
        PartitionData data = new PartitionData(spec.partitionType());
        for (int i = 0; i < texts.length; i++) {
            String text = texts[i];
            if (text != null) {
                PartitionField field = spec.fields().get(i);
                data.set(i, value(spec.partitionType().fields().get(i).type(), field, text));
            }
        }
        return data;
    }

    private static Object value(Type type, PartitionField field, String text) {
        return switch (type.typeId()) {
            case STRING -> text.substring(1);
            case INTEGER, DATE -> Integer.parseInt(text);
            case LONG, TIME, TIMESTAMP, TIMESTAMP_NANO -> Long.parseLong(text);
            case DECIMAL -> {
                int scale = ((Types.DecimalType) type).scale();
                yield name(field.transform().toString()).equals("truncate")
                        ? new java.math.BigDecimal(new java.math.BigInteger(text), scale)
                        : new java.math.BigDecimal(text).setScale(scale);
            }
            case BOOLEAN, FLOAT, DOUBLE, UUID, FIXED, BINARY ->
                DuckValues.parse(type, text).orElseThrow(() -> new IllegalArgumentException(text));
            case STRUCT, LIST, MAP, GEOMETRY, GEOGRAPHY, VARIANT, UNKNOWN -> throw unsuitable(type);
        };
    }

    private static String name(String transform) {
        int bracket = transform.indexOf('[');
        return bracket < 0 ? transform : transform.substring(0, bracket);
    }

    private static int argument(String transform) {
        return Integer.parseInt(transform.substring(transform.indexOf('[') + 1, transform.length() - 1));
    }

    private static TarnException unsuitable(Type type) {
        return new TarnException(ErrorCode.NOT_SUPPORTED, "A column of type " + type + " cannot be partitioned by so");
    }
}
