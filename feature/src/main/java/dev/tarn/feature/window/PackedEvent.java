package dev.tarn.feature.window;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// An event where it lies in the online store, see [EventCodec]: texts and the id are parts of its bytes in UTF-8,
/// whose order as unsigned bytes is that of [EventOrder#compareText].
final class PackedEvent extends Event {
    byte[] bytes = new byte[0];
    final int[] textFrom;
    final int[] textTo;
    /// -1 when every row counts.
    int idFrom;

    int idTo;

    PackedEvent(int measures) {
        super(measures);
        textFrom = new int[measures];
        textTo = new int[measures];
    }

    String text(int measure) {
        return new String(bytes, textFrom[measure], textTo[measure] - textFrom[measure], StandardCharsets.UTF_8);
    }

    boolean hasId() {
        return idFrom >= 0;
    }

    int idHash() {
        int hash = 0;
        for (int i = idFrom; i < idTo; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash ^ hash >>> 15;
    }

    boolean hasIdOf(PackedEvent other) {
        return Arrays.equals(bytes, idFrom, idTo, other.bytes, other.idFrom, other.idTo);
    }

    int compareText(int measure, PackedEvent other) {
        return Arrays.compareUnsigned(
                bytes, textFrom[measure], textTo[measure], other.bytes, other.textFrom[measure], other.textTo[measure]);
    }
}
