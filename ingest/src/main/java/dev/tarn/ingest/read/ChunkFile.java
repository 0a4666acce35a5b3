package dev.tarn.ingest.read;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Writes a chunk as the plainest of Parquet files: one page per column and row group, not encoded and not
/// packed, no statistics. It is read once, at once, and deleted: what it costs is copying.
///
/// Constants are those of Parquet's `parquet.thrift`.
final class ChunkFile implements AutoCloseable {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);
    private static final int WRITE_BYTES = 1 << 20;
    private static final int OPTIONAL = 1;
    private static final int PLAIN = 0;
    private static final int RLE = 3;
    private static final int UNCOMPRESSED = 0;
    private static final int DATA_PAGE = 0;

    private static final int BOOLEAN = 0;
    private static final int INT32 = 1;
    private static final int INT64 = 2;
    private static final int FLOAT = 4;
    private static final int DOUBLE = 5;
    private static final int BYTE_ARRAY = 6;
    private static final int FIXED_LEN_BYTE_ARRAY = 7;

    private record Column(long offset, long bytes) {}

    private record Group(int rows, List<Column> columns) {}

    private final Path path;
    private final OutputStream out;
    private final List<Group> groups = new ArrayList<>();
    private long position;

    ChunkFile(Path path) throws IOException {
        this.path = path;
        out = Files.newOutputStream(path);
        write(MAGIC, MAGIC.length);
    }

    Path path() {
        return path;
    }

    /// Adds a row group.
    void write(int rows, int[] files, long[] lines, ColumnBuffer[] buffers) throws IOException {
        List<Column> columns = new ArrayList<>();
        ByteBuffer numbers = ByteBuffer.allocate(rows * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        numbers.asIntBuffer().put(files, 0, rows);
        columns.add(page(rows, allValid(rows), numbers.array(), rows * Integer.BYTES));
        numbers.asLongBuffer().put(lines, 0, rows);
        columns.add(page(rows, allValid(rows), numbers.array(), rows * Long.BYTES));
        for (ColumnBuffer buffer : buffers) {
            if (buffer.count != rows) {
                throw new IllegalStateException("a column has " + buffer.count + " of " + rows + " values");
            }
            byte[] levels = buffer.hasNulls() ? someNull(buffer.validity()) : allValid(rows);
            if (buffer instanceof BooleanBuffer truths) {
                byte[] packed = truths.packed();
                columns.add(page(rows, levels, packed, packed.length));
            } else {
                columns.add(page(rows, levels, buffer.data, buffer.length));
            }
        }
        groups.add(new Group(rows, columns));
    }

    /// A run of ones.
    private static byte[] allValid(int rows) {
        ByteBuffer run = ByteBuffer.allocate(8);
        varint(run, ((long) rows) << 1);
        run.put((byte) 1);
        return levels(run.array(), run.position(), new byte[0]);
    }

    /// Packed bits.
    private static byte[] someNull(byte[] validity) {
        ByteBuffer head = ByteBuffer.allocate(8);
        varint(head, (((long) validity.length) << 1) | 1);
        return levels(head.array(), head.position(), validity);
    }

    private static byte[] levels(byte[] head, int headBytes, byte[] bits) {
        return ByteBuffer.allocate(Integer.BYTES + headBytes + bits.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(headBytes + bits.length)
                .put(head, 0, headBytes)
                .put(bits)
                .array();
    }

    private static void varint(ByteBuffer out, long value) {
        long rest = value;
        while (rest > 0x7f) {
            out.put((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private Column page(int rows, byte[] levels, byte[] values, int valueBytes) throws IOException {
        int size = Math.addExact(levels.length, valueBytes);
        byte[] header = new ThriftWriter()
                .i32(1, DATA_PAGE)
                .i32(2, size)
                .i32(3, size)
                .struct(5)
                .i32(1, rows)
                .i32(2, PLAIN)
                .i32(3, RLE)
                .i32(4, RLE)
                .end()
                .end()
                .bytes();
        long offset = position;
        write(header, header.length);
        write(levels, levels.length);
        write(values, valueBytes);
        return new Column(offset, position - offset);
    }

    private void write(byte[] bytes, int length) throws IOException {
        for (int at = 0; at < length; at += WRITE_BYTES) {
            out.write(bytes, at, Math.min(WRITE_BYTES, length - at));
        }
        position += length;
    }

    /// Writes the footer and closes the file.
    ///
    /// @param types of the columns behind `f` and `l`
    void finish(List<Type> types) throws IOException {
        ThriftWriter footer = new ThriftWriter().i32(1, 1).structs(2, types.size() + 3);
        footer.element().text(4, "chunk").i32(5, types.size() + 2).end();
        List<Type> all = new ArrayList<>(List.of(Types.IntegerType.get(), Types.LongType.get()));
        all.addAll(types);
        for (int i = 0; i < all.size(); i++) {
            schema(footer.element(), all.get(i), name(i));
        }
        long rows = groups.stream().mapToLong(Group::rows).sum();
        footer.i64(3, rows).structs(4, groups.size());
        for (Group group : groups) {
            footer.element().structs(1, all.size());
            for (int i = 0; i < all.size(); i++) {
                column(
                        footer.element(),
                        all.get(i),
                        name(i),
                        group.rows(),
                        group.columns().get(i));
            }
            footer.i64(2, group.columns().stream().mapToLong(Column::bytes).sum());
            footer.i64(3, group.rows()).end();
        }
        byte[] bytes = footer.end().bytes();
        write(bytes, bytes.length);
        write(
                ByteBuffer.allocate(4)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(bytes.length)
                        .array(),
                4);
        write(MAGIC, MAGIC.length);
        close();
    }

    private static String name(int column) {
        return column == 0 ? "f" : column == 1 ? "l" : "v" + (column - 2);
    }

    private static void column(ThriftWriter out, Type type, String name, int rows, Column column) {
        out.i64(2, column.offset())
                .struct(3)
                .i32(1, physical(type))
                .i32s(2, PLAIN, RLE)
                .texts(3, name)
                .i32(4, UNCOMPRESSED)
                .i64(5, rows)
                .i64(6, column.bytes())
                .i64(7, column.bytes())
                .i64(9, column.offset())
                .end()
                .end();
    }

    private static int physical(Type type) {
        return switch (type.typeId()) {
            case BOOLEAN -> BOOLEAN;
            case INTEGER, DATE -> INT32;
            case LONG, TIME, TIMESTAMP -> INT64;
            case FLOAT -> FLOAT;
            case DOUBLE -> DOUBLE;
            case STRING -> BYTE_ARRAY;
            case UUID -> FIXED_LEN_BYTE_ARRAY;
            case DECIMAL -> ((Types.DecimalType) type).precision() <= Values.DIGITS_MAX ? INT64 : FIXED_LEN_BYTE_ARRAY;
            default -> throw new IllegalArgumentException("no column of text is read as " + type);
        };
    }

    /// The element of a column, with its logical type as the newer of Parquet's two ways writes it.
    private static void schema(ThriftWriter out, Type type, String name) {
        int physical = physical(type);
        out.i32(1, physical);
        if (physical == FIXED_LEN_BYTE_ARRAY) {
            out.i32(2, WideBuffer.BYTES);
        }
        out.i32(3, OPTIONAL).text(4, name);
        switch (type.typeId()) {
            case STRING -> out.i32(6, 0).struct(10).struct(1).end().end();
            case DATE -> out.i32(6, 6).struct(10).struct(6).end().end();
            case TIME -> micros(out.i32(6, 8).struct(10).struct(7), false).end();
            case TIMESTAMP ->
                micros(out.i32(6, 10).struct(10).struct(8), ((Types.TimestampType) type).shouldAdjustToUTC())
                        .end();
            case DECIMAL -> {
                Types.DecimalType decimal = (Types.DecimalType) type;
                out.i32(6, 5).i32(7, decimal.scale()).i32(8, decimal.precision());
                out.struct(10)
                        .struct(5)
                        .i32(1, decimal.scale())
                        .i32(2, decimal.precision())
                        .end()
                        .end();
            }
            case UUID -> out.struct(10).struct(14).end().end();
            default -> {}
        }
        out.end();
    }

    private static ThriftWriter micros(ThriftWriter out, boolean utc) {
        return out.bool(1, utc).struct(2).struct(2).end().end().end();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
