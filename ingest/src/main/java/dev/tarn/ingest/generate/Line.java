package dev.tarn.ingest.generate;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/// ASCII text being put together, without a string for each piece.
final class Line {
    private static final int LARGE_BYTES = 1 << 16;

    private byte[] bytes = new byte[LARGE_BYTES + 4096];
    private int length;

    Line text(String text) {
        reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes[length++] = (byte) text.charAt(i);
        }
        return this;
    }

    Line bytes(byte[] more) {
        reserve(more.length);
        System.arraycopy(more, 0, bytes, length, more.length);
        length += more.length;
        return this;
    }

    Line comma() {
        return put((byte) ',');
    }

    Line space() {
        return put((byte) ' ');
    }

    /// A number that is not negative.
    Line number(long value) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        reserve(digits);
        length += digits;
        long rest = value;
        for (int i = 1; i <= digits; i++) {
            bytes[length - i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return this;
    }

    Line twoDigits(int value) {
        return put((byte) ('0' + value / 10)).put((byte) ('0' + value % 10));
    }

    private Line put(byte b) {
        reserve(1);
        bytes[length++] = b;
        return this;
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    void flushIfLarge(OutputStream out) throws IOException {
        if (length >= LARGE_BYTES) {
            flushTo(out);
        }
    }

    void flushTo(OutputStream out) throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }
}
