package dev.tarn.query.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.transforms.Transform;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Partition values computed by DuckDB against Iceberg's own transforms, on random and extreme values.
class PartitionTest {
    @TempDir
    Path folder;

    private TestTables tables;
    private int number;

    @BeforeEach
    void open() {
        tables = new TestTables(folder);
    }

    @AfterEach
    void close() throws Exception {
        tables.close();
    }

    private static List<Object> values(Type type, Random random) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            values.add(
                    switch (type.typeId()) {
                        case INTEGER -> i == 0 ? Integer.MIN_VALUE + 1_000 : random.nextInt();
                        case LONG -> i == 0 ? Long.MIN_VALUE + 1_000 : random.nextLong();
                        case DATE -> random.nextInt(-30_000, 60_000);
                        case TIMESTAMP -> random.nextLong(-2_000_000_000_000_000L, 4_000_000_000_000_000L);
                        case TIMESTAMP_NANO -> random.nextLong(-2_000_000_000_000_000_000L, 4_000_000_000_000_000_000L);
                        case TIME -> random.nextLong(86_400_000_000L);
                        case STRING ->
                            i == 0 ? "" : i == 1 ? "__HIVE_DEFAULT_PARTITION__" : i == 2 ? "a/b=%é😀'\"" : text(random);
                        case DECIMAL ->
                            new BigDecimal(new BigInteger(40, random).subtract(BigInteger.ONE.shiftLeft(39)), 2);
                        case UUID -> new UUID(random.nextLong(), random.nextLong());
                        case BINARY ->
                            java.nio.ByteBuffer.wrap(text(random).getBytes(java.nio.charset.StandardCharsets.UTF_8));
                        case BOOLEAN -> random.nextBoolean();
                        case DOUBLE -> i == 0 ? Double.NaN : i == 1 ? Double.NEGATIVE_INFINITY : random.nextGaussian();
                        default -> throw new IllegalArgumentException(type.toString());
                    });
        }
        return values;
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(1, 12), 0x20, 0x2fff)
                .filter(c -> c < 0xd800)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static String text(Object value) {
        return value instanceof java.nio.ByteBuffer bytes
                ? java.nio.charset.StandardCharsets.ISO_8859_1
                        .decode(bytes.duplicate())
                        .toString()
                : String.valueOf(value);
    }

    private void check(Type type, String transform) throws Exception {
        Schema schema = new Schema(
                Types.NestedField.optional(1, "n", Types.IntegerType.get()), Types.NestedField.optional(2, "v", type));
        PartitionSpec.Builder builder = PartitionSpec.builderFor(schema);
        PartitionSpec spec = switch (transform) {
            case "identity" -> builder.identity("v").build();
            case "bucket" -> builder.bucket("v", 7).build();
            case "truncate" -> builder.truncate("v", 3).build();
            case "year" -> builder.year("v").build();
            case "month" -> builder.month("v").build();
            case "day" -> builder.day("v").build();
            case "hour" -> builder.hour("v").build();
            default -> throw new IllegalArgumentException(transform);
        };
        Map<String, String> version =
                type.typeId() == Type.TypeID.TIMESTAMP_NANO ? Map.of("format-version", "3") : Map.of();
        Table table = tables.create("t" + number++, schema, spec, version);
        List<Object> values = values(type, new Random(number));
        StringBuilder rows = new StringBuilder("SELECT * FROM (VALUES (-1, " + DuckValues.literal(type, null) + ")");
        for (int i = 0; i < values.size(); i++) {
            rows.append(", (")
                    .append(i)
                    .append(", ")
                    .append(DuckValues.literal(type, values.get(i)))
                    .append(')');
        }
        List<DataFile> files = tables.insert(table, rows + ") AS t(n, v)");

        @SuppressWarnings("unchecked") // values of this type are what the transform takes
        Transform<Object, Object> expected =
                (Transform<Object, Object>) table.spec().fields().getFirst().transform();
        var bound = expected.bind(type);
        for (DataFile file : files) {
            String partition = text(file.partition().get(0, Object.class));
            for (String row : tables.query("SELECT n FROM read_parquet('" + Locations.path(file.location()) + "')")) {
                int n = Integer.parseInt(row);
                Object value = n < 0 ? null : bound.apply(values.get(n));
                assertThat(partition)
                        .describedAs("%s(%s) of %s", transform, type, n < 0 ? null : values.get(n))
                        .isEqualTo(text(value));
            }
        }
        assertThat(tables.query("SELECT count(*) FROM "
                        + tables.scan(table, Expressions.alwaysTrue(), "n").sql()))
                .containsExactly("41");
    }

    @Test
    void identity() throws Exception {
        for (Type type : List.of(
                Types.IntegerType.get(),
                Types.LongType.get(),
                Types.DateType.get(),
                Types.TimeType.get(),
                Types.TimestampType.withoutZone(),
                Types.TimestampType.withZone(),
                Types.StringType.get(),
                Types.DecimalType.of(14, 2),
                Types.UUIDType.get(),
                Types.BinaryType.get(),
                Types.BooleanType.get(),
                Types.DoubleType.get())) {
            check(type, "identity");
        }
    }

    @Test
    void bucket() throws Exception {
        for (Type type : List.of(
                Types.IntegerType.get(),
                Types.LongType.get(),
                Types.DateType.get(),
                Types.TimeType.get(),
                Types.TimestampType.withoutZone(),
                Types.TimestampType.withZone(),
                Types.TimestampNanoType.withoutZone(),
                Types.StringType.get(),
                Types.DecimalType.of(14, 2),
                Types.UUIDType.get(),
                Types.BinaryType.get())) {
            check(type, "bucket");
        }
    }

    @Test
    void truncate() throws Exception {
        for (Type type : List.of(
                Types.IntegerType.get(),
                Types.LongType.get(),
                Types.StringType.get(),
                Types.DecimalType.of(14, 2),
                Types.BinaryType.get())) {
            check(type, "truncate");
        }
    }

    @Test
    void times() throws Exception {
        for (String transform : List.of("year", "month", "day", "hour")) {
            check(Types.TimestampType.withoutZone(), transform);
            check(Types.TimestampType.withZone(), transform);
            check(Types.TimestampNanoType.withoutZone(), transform);
            if (!transform.equals("hour")) {
                check(Types.DateType.get(), transform);
            }
        }
    }
}
