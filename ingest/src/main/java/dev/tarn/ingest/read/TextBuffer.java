package dev.tarn.ingest.read;

import org.apache.iceberg.types.Types;

/// Texts, each behind its length in bytes.
final class TextBuffer extends ColumnBuffer {
    private static final long ONES = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;
    private static final long SPACES = ' ' * ONES;

    private final long delimiters;
    private final long quotes;

    TextBuffer(byte delimiter, byte quote) {
        super(Types.StringType.get(), delimiter);
        delimiters = (delimiter & 0xff) * ONES;
        quotes = (quote & 0xff) * ONES;
    }

    /// Copies eight bytes at a time and looks for the end in all of them at once. The lowest bit that is set
    /// in `stops` belongs to a true find; those above it may be carried over.
    @Override
    int plain(byte[] bytes, int at, int end) {
        int in = at;
        int out = length + Integer.BYTES;
        while (in + Long.BYTES <= end) {
            long eight = (long) LONGS.get(bytes, in);
            long delimiter = eight ^ delimiters;
            long quote = eight ^ quotes;
            long stops = (eight
                            | ((eight - SPACES) & ~eight)
                            | ((delimiter - ONES) & ~delimiter)
                            | ((quote - ONES) & ~quote))
                    & HIGH;
            reserve(out, Long.BYTES);
            LONGS.set(data, out, eight);
            if (stops != 0) {
                int rest = Long.numberOfTrailingZeros(stops) >>> 3;
                add(out + rest);
                return in + rest;
            }
            in += Long.BYTES;
            out += Long.BYTES;
        }
        return -1;
    }

    @Override
    boolean append(byte[] bytes, int from, int to) {
        int out = length + Integer.BYTES;
        reserve(out, to - from);
        System.arraycopy(bytes, from, data, out, to - from);
        add(out + to - from);
        return true;
    }

    private void add(int newLength) {
        lengthBefore = length;
        INTS.set(data, length, newLength - length - Integer.BYTES);
        length = newLength;
        count++;
    }
}
