package dev.tarn.feature.window;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An event as bytes: its length in 4, then time, created and nulls in 8 each, then each measure that is not
/// null (8 bytes, or a text after its length in 4), then the id after its length. Little-endian. An entity's events
/// stand one after the other.
public final class EventCodec {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int HEAD = 28;
    private static final int TEXT_MAX = 1 << 16;

    private final List<Measure> measures;
    private final boolean[] isText;

    public EventCodec(ViewPlan plan) {
        this.measures = plan.measures();
        this.isText = new boolean[measures.size()];
        for (int i = 0; i < isText.length; i++) {
            isText[i] = measures.get(i).kind() == Measure.Kind.TEXT;
        }
    }

    /// The bytes of an event, its length first.
    public byte[] write(WholeEvent event) {
        byte[][] texts = new byte[measures.size() + 1][];
        int length = HEAD;
        for (int i = 0; i < measures.size(); i++) {
            if (event.isNull(i)) {
                continue;
            }
            if (isText[i]) {
                texts[i] = text(event.texts[i]);
                length += 4 + texts[i].length;
            } else {
                length += 8;
            }
        }
        if (event.id != null) {
            texts[measures.size()] = text(event.id);
            length += 4 + texts[measures.size()].length;
        }
        byte[] out = new byte[length];
        INT.set(out, 0, length - 4);
        LONG.set(out, 4, event.time);
        LONG.set(out, 12, event.created);
        LONG.set(out, 20, event.nulls);
        int at = HEAD;
        for (int i = 0; i <= measures.size(); i++) {
            byte[] text = texts[i];
            if (text != null) {
                INT.set(out, at, text.length);
                System.arraycopy(text, 0, out, at + 4, text.length);
                at += 4 + text.length;
            } else if (i < measures.size() && !event.isNull(i)) {
                LONG.set(out, at, event.bits[i]);
                at += 8;
            }
        }
        return out;
    }

    /// The time of the event that starts at `at`.
    public static long time(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + 4);
    }

    /// When the event that starts at `at` was created.
    static long created(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at + 12);
    }

    /// The bytes of the event that starts at `at`, with its length.
    public static int length(byte[] bytes, int at) {
        return 4 + (int) INT.get(bytes, at);
    }

    /// The end of the event that starts at `at`, checked.
    ///
    /// @throws TarnException `DATA_CORRUPT` when it is cut off
    static int end(byte[] bytes, int at, int length) {
        int end = at + length(bytes, at);
        if (end > length || end < at + HEAD) {
            throw new TarnException(ErrorCode.DATA_CORRUPT, "an event in the online store is cut off");
        }
        return end;
    }

    /// Points to the event that starts at `at`, whose texts stay where they lie.
    void read(byte[] bytes, int at, PackedEvent event) {
        event.bytes = bytes;
        event.time = time(bytes, at);
        event.created = created(bytes, at);
        event.nulls = (long) LONG.get(bytes, at + 20);
        int end = at + length(bytes, at);
        int next = at + HEAD;
        for (int i = 0; i < isText.length; i++) {
            if (event.isNull(i)) {
                continue;
            }
            if (isText[i]) {
                int length = (int) INT.get(bytes, next);
                event.textFrom[i] = next + 4;
                event.textTo[i] = next + 4 + length;
                next += 4 + length;
            } else {
                event.bits[i] = (long) LONG.get(bytes, next);
                next += 8;
            }
        }
        event.idFrom = next < end ? next + 4 : -1;
        event.idTo = end;
    }

    private static byte[] text(@Nullable String value) {
        byte[] text = String.valueOf(value).getBytes(StandardCharsets.UTF_8);
        if (text.length > TEXT_MAX) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "a text of " + text.length + " bytes is too long for a feature (" + TEXT_MAX + "): starts with "
                            + new String(Arrays.copyOf(text, 40), StandardCharsets.UTF_8));
        }
        return text;
    }
}
