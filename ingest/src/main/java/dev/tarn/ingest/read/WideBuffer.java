package dev.tarn.ingest.read;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/// Values of sixteen bytes, the highest first: long decimals and UUIDs.
final class WideBuffer extends ColumnBuffer {
    static final int BYTES = 16;

    WideBuffer(Type type, byte delimiter) {
        super(type, delimiter);
    }

    @Override
    boolean append(byte[] bytes, int from, int to) {
        if (type() instanceof Types.DecimalType decimal) {
            Optional<BigInteger> unscaled = Values.wideDecimal(bytes, from, to, decimal.precision(), decimal.scale());
            unscaled.ifPresent(this::add);
            return unscaled.isPresent();
        }
        Optional<BigInteger> uuid = Values.uuid(bytes, from, to);
        uuid.ifPresent(this::add);
        return uuid.isPresent();
    }

    private void add(BigInteger value) {
        reserve(length, BYTES);
        byte[] big = value.toByteArray();
        // A UUID with its highest bit set has a byte more, for the sign.
        int skip = Math.max(0, big.length - BYTES);
        int pad = BYTES - (big.length - skip);
        Arrays.fill(data, length, length + pad, (byte) (value.signum() < 0 ? -1 : 0));
        System.arraycopy(big, skip, data, length + pad, big.length - skip);
        lengthBefore = length;
        length += BYTES;
        count++;
    }
}
