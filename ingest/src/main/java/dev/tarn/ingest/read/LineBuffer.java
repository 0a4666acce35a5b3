package dev.tarn.ingest.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// A window on a stream that grows until what is being parsed fits, up to a limit.
final class LineBuffer {
    private static final int INITIAL_BYTES = 1 << 18;

    private final InputStream in;
    private final int maxBytes;
    byte[] bytes = new byte[INITIAL_BYTES];
    /// The first byte not yet consumed.
    int start;
    /// Behind the last byte read.
    int end;
    private boolean ended;

    LineBuffer(InputStream in, int maxBytes) throws IOException {
        this.in = in;
        this.maxBytes = maxBytes;
        more();
        // A byte order mark is no part of the first column's name.
        if (end >= 3 && bytes[0] == (byte) 0xef && bytes[1] == (byte) 0xbb && bytes[2] == (byte) 0xbf) {
            start = 3;
        }
    }

    /// Whether there is something to parse; reads on where the window is used up.
    boolean hasMore() throws IOException {
        while (start == end && !ended) {
            more();
        }
        return start < end;
    }

    /// Whether everything was read into the window.
    boolean ended() {
        return ended;
    }

    /// Whether the window holds as much as it may.
    boolean full() {
        return start == 0 && end == bytes.length && bytes.length >= maxBytes;
    }

    /// Reads on. The byte at `start` moves to the window's front.
    void more() throws IOException {
        if (start > 0) {
            System.arraycopy(bytes, start, bytes, 0, end - start);
            end -= start;
            start = 0;
        } else if (end == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(maxBytes, bytes.length * 2));
        }
        while (end < bytes.length && !ended) {
            int count = in.read(bytes, end, bytes.length - end);
            ended = count < 0;
            end += Math.max(0, count);
        }
    }
}
