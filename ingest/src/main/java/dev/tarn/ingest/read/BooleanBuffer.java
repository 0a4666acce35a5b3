package dev.tarn.ingest.read;

import org.apache.iceberg.types.Types;

/// Truth values, a byte each until they are packed.
final class BooleanBuffer extends ColumnBuffer {
    BooleanBuffer(byte delimiter) {
        super(Types.BooleanType.get(), delimiter);
    }

    @Override
    boolean append(byte[] bytes, int from, int to) {
        boolean truth = Values.word(bytes, from, to, "true");
        if (!truth && !Values.word(bytes, from, to, "false")) {
            return false;
        }
        reserve(length, 1);
        lengthBefore = length;
        data[length++] = (byte) (truth ? 1 : 0);
        count++;
        return true;
    }

    /// One bit for each value that is not null, from the lowest on.
    byte[] packed() {
        byte[] bits = new byte[(length + 7) / 8];
        for (int i = 0; i < length; i++) {
            bits[i >> 3] |= (byte) (data[i] << (i & 7));
        }
        return bits;
    }
}
