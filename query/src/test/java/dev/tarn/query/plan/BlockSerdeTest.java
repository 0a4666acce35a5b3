package dev.tarn.query.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.slice.DynamicSliceOutput;
import io.airlift.slice.Slices;
import io.trino.spi.block.ArrayBlockBuilder;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.MapBlockBuilder;
import io.trino.spi.block.RowBlockBuilder;
import io.trino.spi.block.RunLengthEncodedBlock;
import io.trino.spi.block.ValueBlock;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.DoubleType;
import io.trino.spi.type.Int128;
import io.trino.spi.type.IntegerType;
import io.trino.spi.type.LongTimestamp;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.SmallintType;
import io.trino.spi.type.TimestampType;
import io.trino.spi.type.TinyintType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeOperators;
import io.trino.spi.type.TypeUtils;
import io.trino.spi.type.VarcharType;
import io.trino.type.InternalTypeManager;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class BlockSerdeTest {
    private final BlockSerde serde = new BlockSerde(InternalTypeManager.TESTING_TYPE_MANAGER);

    static Stream<Arguments> values() {
        return Stream.of(
                Arguments.of(BooleanType.BOOLEAN, List.of(true, false)),
                Arguments.of(TinyintType.TINYINT, List.of(-128L, 127L)),
                Arguments.of(SmallintType.SMALLINT, List.of(-32_768L, 32_767L)),
                Arguments.of(IntegerType.INTEGER, List.of(Long.valueOf(Integer.MIN_VALUE), 7L)),
                Arguments.of(DateType.DATE, List.of(0L, 20_000L)),
                Arguments.of(BigintType.BIGINT, List.of(Long.MIN_VALUE, Long.MAX_VALUE)),
                Arguments.of(DoubleType.DOUBLE, List.of(Double.NaN, -0.0)),
                Arguments.of(VarcharType.VARCHAR, List.of(Slices.utf8Slice("ä€😀"), Slices.utf8Slice(""))),
                Arguments.of(
                        DecimalType.createDecimalType(38, 2),
                        List.of(Int128.valueOf(1L << 40, 7L), Int128.valueOf(-1L, -5L))),
                Arguments.of(TimestampType.TIMESTAMP_PICOS, List.of(new LongTimestamp(5, 7))));
    }

    @ParameterizedTest
    @MethodSource("values")
    void everyTypeComesBack(Type type, List<Object> values) {
        assertThat(read(type, roundTrip(block(type, values)))).isEqualTo(read(type, block(type, values)));
    }

    @ParameterizedTest
    @MethodSource("values")
    void nestedValuesComeBack(Type type, List<Object> values) {
        ValueBlock elements = block(type, values);
        List<Type> nested = List.of(
                new ArrayType(type),
                RowType.anonymous(List.of(type, VarcharType.VARCHAR)),
                new MapType(BigintType.BIGINT, type, new TypeOperators()));
        for (Type outer : nested) {
            BlockBuilder builder = outer.createBlockBuilder(null, 2);
            builder.appendNull();
            switch (builder) {
                case ArrayBlockBuilder array ->
                    array.buildEntry(each -> each.appendBlockRange(elements, 0, elements.getPositionCount()));
                case RowBlockBuilder row ->
                    row.buildEntry(fields -> {
                        fields.get(0).append(elements, 0);
                        fields.get(1).appendNull();
                    });
                case MapBlockBuilder map ->
                    map.buildEntry((keys, mapped) -> {
                        BigintType.BIGINT.writeLong(keys, 1);
                        mapped.append(elements, 0);
                    });
                default -> throw new AssertionError(builder);
            }
            Block block = builder.build();
            assertThat(read(outer, roundTrip(block))).isEqualTo(read(outer, block));
        }
    }

    @Test
    void repeatedValuesStayRepeated() {
        Block block = RunLengthEncodedBlock.create(BigintType.BIGINT, 42L, 1_000);

        Block back = roundTrip(block);

        assertThat(back).isInstanceOf(RunLengthEncodedBlock.class);
        assertThat(read(BigintType.BIGINT, back)).hasSize(1_000).containsOnly(42L);
    }

    @Test
    void aTypeComesBack() {
        DynamicSliceOutput out = new DynamicSliceOutput(16);
        Type type = new ArrayType(DecimalType.createDecimalType(12, 3));
        serde.writeType(out, type);

        assertThat(serde.readType(out.slice().getInput())).isEqualTo(type);
    }

    /// The values, then a null.
    private static ValueBlock block(Type type, List<Object> values) {
        BlockBuilder builder = type.createBlockBuilder(null, values.size() + 1);
        values.forEach(value -> TypeUtils.writeNativeValue(type, builder, value));
        builder.appendNull();
        return builder.buildValueBlock();
    }

    private Block roundTrip(Block block) {
        DynamicSliceOutput out = new DynamicSliceOutput(64);
        serde.writeBlock(out, block);
        return serde.readBlock(out.slice().getInput());
    }

    private static List<@Nullable Object> read(Type type, Block block) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int i = 0; i < block.getPositionCount(); i++) {
            values.add(type.getObjectValue(block, i));
        }
        return values;
    }
}
