package dev.tarn.query.plan;

import io.airlift.slice.SliceInput;
import io.airlift.slice.SliceOutput;
import io.trino.spi.block.ArrayBlockEncoding;
import io.trino.spi.block.Block;
import io.trino.spi.block.BlockBuilder;
import io.trino.spi.block.BlockEncoding;
import io.trino.spi.block.BlockEncodingSerde;
import io.trino.spi.block.ByteArrayBlock;
import io.trino.spi.block.ByteArrayBlockBuilder;
import io.trino.spi.block.DictionaryBlockEncoding;
import io.trino.spi.block.Fixed12BlockEncoding;
import io.trino.spi.block.Int128ArrayBlockEncoding;
import io.trino.spi.block.IntArrayBlock;
import io.trino.spi.block.IntArrayBlockBuilder;
import io.trino.spi.block.LongArrayBlock;
import io.trino.spi.block.LongArrayBlockBuilder;
import io.trino.spi.block.MapBlockEncoding;
import io.trino.spi.block.RowBlockEncoding;
import io.trino.spi.block.RunLengthBlockEncoding;
import io.trino.spi.block.ShortArrayBlock;
import io.trino.spi.block.ShortArrayBlockBuilder;
import io.trino.spi.block.VariableWidthBlockEncoding;
import io.trino.spi.block.VariantBlockEncoding;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeId;
import io.trino.spi.type.TypeManager;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/// Blocks of values as bytes, as Trino's analyzer wants them for constants of expressions and routines.
///
/// Trino's own encodings of the blocks of fixed width load only with Java's incubating vector module, and with an
/// incubating module the JVM starts without the linked classes of its AOT cache, a tenth of a server's start. The
/// four are therefore written here, value by value.
final class BlockSerde implements BlockEncodingSerde {
    private static final List<BlockEncoding> ENCODINGS = List.of(
            new FixedWidth<>(
                    "BYTE_ARRAY",
                    ByteArrayBlock.class,
                    n -> new ByteArrayBlockBuilder(null, n),
                    (block, i, out) -> out.writeByte(block.getByte(i)),
                    (in, builder) -> builder.writeByte(in.readByte())),
            new FixedWidth<>(
                    "SHORT_ARRAY",
                    ShortArrayBlock.class,
                    n -> new ShortArrayBlockBuilder(null, n),
                    (block, i, out) -> out.writeShort(block.getShort(i)),
                    (in, builder) -> builder.writeShort(in.readShort())),
            new FixedWidth<>(
                    "INT_ARRAY",
                    IntArrayBlock.class,
                    n -> new IntArrayBlockBuilder(null, n),
                    (block, i, out) -> out.writeInt(block.getInt(i)),
                    (in, builder) -> builder.writeInt(in.readInt())),
            new FixedWidth<>(
                    "LONG_ARRAY",
                    LongArrayBlock.class,
                    n -> new LongArrayBlockBuilder(null, n),
                    (block, i, out) -> out.writeLong(block.getLong(i)),
                    (in, builder) -> builder.writeLong(in.readLong())),
            new VariableWidthBlockEncoding(),
            new Fixed12BlockEncoding(),
            new Int128ArrayBlockEncoding(),
            new VariantBlockEncoding(),
            new DictionaryBlockEncoding(),
            new ArrayBlockEncoding(),
            new MapBlockEncoding(),
            new RowBlockEncoding(),
            new RunLengthBlockEncoding());
    private static final Map<String, BlockEncoding> BY_NAME =
            ENCODINGS.stream().collect(Collectors.toMap(BlockEncoding::getName, Function.identity()));
    private static final Map<Class<? extends Block>, BlockEncoding> BY_CLASS =
            ENCODINGS.stream().collect(Collectors.toMap(BlockEncoding::getBlockClass, Function.identity()));

    private final TypeManager types;

    BlockSerde(TypeManager types) {
        this.types = types;
    }

    @Override
    public Block readBlock(SliceInput in) {
        return found(BY_NAME, readText(in)).readBlock(this, in);
    }

    @Override
    public void writeBlock(SliceOutput out, Block block) {
        BlockEncoding encoding = found(BY_CLASS, block.getClass());
        Optional<Block> replacement = encoding.replacementBlockForWrite(block);
        if (replacement.isPresent()) {
            writeBlock(out, replacement.get());
        } else {
            writeText(out, encoding.getName());
            encoding.writeBlock(this, out, block);
        }
    }

    @Override
    public long estimatedWriteSize(Block block) {
        return Integer.BYTES + found(BY_CLASS, block.getClass()).getName().length() + block.getSizeInBytes();
    }

    @Override
    public Type readType(SliceInput in) {
        return types.getType(TypeId.of(readText(in)));
    }

    @Override
    public void writeType(SliceOutput out, Type type) {
        writeText(out, type.getTypeId().getId());
    }

    private static <K> BlockEncoding found(Map<K, BlockEncoding> encodings, K key) {
        BlockEncoding encoding = encodings.get(key);
        if (encoding == null) {
            throw new IllegalArgumentException("unknown encoding of a block: " + key);
        }
        return encoding;
    }

    private static String readText(SliceInput in) {
        byte[] bytes = new byte[in.readInt()];
        in.readBytes(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static void writeText(SliceOutput out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.writeBytes(bytes);
    }

    private interface Write<B extends Block> {
        void value(B block, int position, SliceOutput out);
    }

    private interface Read<C extends BlockBuilder> {
        void value(SliceInput in, C builder);
    }

    /// The number of positions, then for each whether it has a value, and the value.
    private record FixedWidth<B extends Block, C extends BlockBuilder>(
            String getName, Class<B> getBlockClass, IntFunction<C> builder, Write<B> write, Read<C> read)
            implements BlockEncoding {
        @Override
        public void writeBlock(BlockEncodingSerde serde, SliceOutput out, Block block) {
            B typed = getBlockClass.cast(block);
            out.writeInt(typed.getPositionCount());
            for (int i = 0; i < typed.getPositionCount(); i++) {
                out.writeBoolean(!typed.isNull(i));
                if (!typed.isNull(i)) {
                    write.value(typed, i, out);
                }
            }
        }

        @Override
        public Block readBlock(BlockEncodingSerde serde, SliceInput in) {
            int positions = in.readInt();
            C made = builder.apply(positions);
            for (int i = 0; i < positions; i++) {
                if (in.readBoolean()) {
                    read.value(in, made);
                } else {
                    made.appendNull();
                }
            }
            return made.build();
        }
    }
}
