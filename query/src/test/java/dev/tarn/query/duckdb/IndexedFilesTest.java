package dev.tarn.query.duckdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.expressions.Binder;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.expressions.InclusiveMetricsEvaluator;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;

/// A file with a row that satisfies the filter is never left out.
class IndexedFilesTest {
    private static final Schema SCHEMA = new Schema(
            Types.NestedField.optional(1, "l", Types.LongType.get()),
            Types.NestedField.optional(2, "s", Types.StringType.get()),
            Types.NestedField.optional(3, "c", Types.DecimalType.of(12, 2)),
            Types.NestedField.optional(4, "d", Types.DoubleType.get()),
            Types.NestedField.optional(5, "t", Types.DateType.get()));

    private final SplittableRandom random = new SplittableRandom(7);

    /// A row in Iceberg's own representation.
    private record Row(List<Object> values) implements StructLike {
        @Override
        public int size() {
            return values.size();
        }

        @Override
        public <T> T get(int position, Class<T> type) {
            return type.cast(values.get(position));
        }

        @Override
        public <T> void set(int position, T value) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void noFileIsLeftOutThatHasARowForTheFilter() {
        List<Row> rows = new ArrayList<>();
        IndexedFiles files = new IndexedFiles(files(500, true, rows));
        int leftOut = 0;
        for (int i = 0; i < 3_000; i++) {
            Expression filter = filter(3);
            Evaluator evaluator = new Evaluator(SCHEMA.asStruct(), filter, true);
            List<DataFile> candidates = candidates(files, filter);
            List<DataFile> withRows = IntStream.range(0, rows.size())
                    .filter(file -> evaluator.eval(rows.get(file)))
                    .mapToObj(files.all()::get)
                    .toList();
            assertThat(new HashSet<>(candidates).containsAll(withRows))
                    .as(filter.toString())
                    .isTrue();
            leftOut += files.all().size() - candidates.size();
        }
        assertThat(leftOut).isPositive();
    }

    @Test
    void aComparisonWithKnownBoundsLeavesOutAsMuchAsIceberg() {
        IndexedFiles files = new IndexedFiles(files(500, false, new ArrayList<>()));
        for (int i = 0; i < 1_000; i++) {
            int value = random.nextInt(100);
            for (Expression filter : List.of(
                    Expressions.equal("l", value),
                    Expressions.lessThan("l", value),
                    Expressions.greaterThanOrEqual("s", "v%03d".formatted(value)),
                    Expressions.and(Expressions.greaterThan("t", value), Expressions.lessThanOrEqual("c", value)))) {
                assertThat(candidates(files, filter)).as(filter.toString()).isEqualTo(kept(files.all(), filter));
            }
        }
    }

    @Test
    void aBoundWrittenBeforeItsColumnWasWidenedIsReadAsTheWiderType() {
        List<DataFile> widened = IntStream.range(0, 200)
                .mapToObj(i -> file(i, Map.of(1, integer(i)), Map.of(1, integer(i))))
                .toList();
        assertThat(candidates(new IndexedFiles(widened), Expressions.equal("l", 17L)))
                .containsExactly(widened.get(17));
    }

    private static List<DataFile> candidates(IndexedFiles files, Expression filter) {
        return files.candidates(Binder.bind(SCHEMA.asStruct(), Expressions.rewriteNot(filter), true));
    }

    private static List<DataFile> kept(List<DataFile> files, Expression filter) {
        InclusiveMetricsEvaluator evaluator = new InclusiveMetricsEvaluator(SCHEMA, filter, true);
        return files.stream().filter(evaluator::eval).toList();
    }

    private Expression filter(int depth) {
        if (depth > 0 && random.nextBoolean()) {
            return switch (random.nextInt(3)) {
                case 0 -> Expressions.and(filter(depth - 1), filter(depth - 1));
                case 1 -> Expressions.or(filter(depth - 1), filter(depth - 1));
                default -> Expressions.not(filter(depth - 1));
            };
        }
        Types.NestedField column =
                SCHEMA.columns().get(random.nextInt(SCHEMA.columns().size()));
        String name = column.name();
        return switch (random.nextInt(8)) {
            case 0 -> Expressions.equal(name, value(column));
            case 1 -> Expressions.lessThan(name, value(column));
            case 2 -> Expressions.lessThanOrEqual(name, value(column));
            case 3 -> Expressions.greaterThan(name, value(column));
            case 4 -> Expressions.greaterThanOrEqual(name, value(column));
            case 5 -> Expressions.notEqual(name, value(column));
            case 6 -> Expressions.in(name, value(column), value(column));
            default -> Expressions.isNull(name);
        };
    }

    private Object value(Types.NestedField column) {
        return value(column, random.nextInt(100));
    }

    private static Object value(Types.NestedField column, int value) {
        return switch (column.fieldId()) {
            case 1 -> (long) value;
            case 2 -> "v%03d".formatted(value);
            case 3 -> BigDecimal.valueOf(value, 2);
            case 4 -> (double) value;
            default -> value;
        };
    }

    /// Files of one row each, whose values go to `rows`, with or without gaps in what is known of them.
    private List<DataFile> files(int number, boolean gaps, List<Row> rows) {
        List<DataFile> files = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Map<Integer, ByteBuffer> lower = new HashMap<>();
            Map<Integer, ByteBuffer> upper = new HashMap<>();
            List<Object> row = new ArrayList<>();
            for (Types.NestedField column : SCHEMA.columns()) {
                int least = random.nextInt(90);
                int beyond = random.nextInt(5);
                row.add(value(column, least + random.nextInt(beyond + 1)));
                if (!gaps || random.nextInt(5) > 0) {
                    lower.put(column.fieldId(), bound(column, least));
                }
                if (!gaps || random.nextInt(5) > 0) {
                    upper.put(column.fieldId(), bound(column, least + beyond));
                }
            }
            files.add(file(i, lower, upper));
            rows.add(new Row(row));
        }
        return files;
    }

    /// The bounds of floating numbers may be NaN, which says nothing.
    private ByteBuffer bound(Types.NestedField column, int value) {
        boolean nan = column.fieldId() == 4 && random.nextInt(10) == 0;
        return Conversions.toByteBuffer(column.type(), nan ? Double.NaN : value(column, value));
    }

    private static ByteBuffer integer(int value) {
        return Conversions.toByteBuffer(Types.IntegerType.get(), value);
    }

    private static DataFile file(int number, Map<Integer, ByteBuffer> lower, Map<Integer, ByteBuffer> upper) {
        Map<Integer, Long> values = new HashMap<>();
        Map<Integer, Long> nulls = new HashMap<>();
        SCHEMA.columns().forEach(column -> {
            values.put(column.fieldId(), 10L);
            nulls.put(column.fieldId(), 0L);
        });
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath("/data/" + number + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(1000)
                .withMetrics(new Metrics(10L, null, values, nulls, null, lower, upper))
                .build();
    }
}
