package dev.tarn.model.training;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The end of what a process says, read as it comes: however much that is, little is kept.
final class Tail {
    private static final int KEPT_BYTES = 4_000;
    /// What was said is read to its end in this time, unless something that outlived the process holds it open.
    private static final Duration END_WAIT = Duration.ofSeconds(5);

    private final byte[] kept = new byte[KEPT_BYTES];
    private long total;
    private final Thread reader;

    private Tail(InputStream in) {
        reader = Thread.ofVirtual().unstarted(() -> read(in));
    }

    static Tail of(InputStream in) {
        Tail tail = new Tail(in);
        tail.reader.start();
        return tail;
    }

    private void read(InputStream in) {
        byte[] buffer = new byte[8192];
        try (in) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                add(buffer, n);
            }
        } catch (IOException e) {
            // The process was stopped; what it said until then stands.
        }
    }

    private synchronized void add(byte[] bytes, int count) {
        for (int i = 0; i < count; i++) {
            kept[(int) (total++ % KEPT_BYTES)] = bytes[i];
        }
    }

    /// What was said, once all of it is read.
    String text() throws InterruptedException {
        reader.join(END_WAIT);
        synchronized (this) {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            for (long at = Math.max(0, total - KEPT_BYTES); at < total; at++) {
                text.write(kept[(int) (at % KEPT_BYTES)]);
            }
            return text.toString(StandardCharsets.UTF_8);
        }
    }
}
