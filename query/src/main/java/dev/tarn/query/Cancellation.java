package dev.tarn.query;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import io.trino.spi.StandardErrorCode;
import io.trino.spi.TrinoException;
import java.util.ArrayList;
import java.util.List;

/// Stops a statement from any thread and at any time: before it has an answer, while it writes, while rows are read.
public final class Cancellation {
    private final List<Runnable> stops = new ArrayList<>(); // guarded by this
    private boolean cancelled; // guarded by this

    /// Stops the statement. Calling it again, or after the end, does nothing.
    public void cancel() {
        List<Runnable> all;
        synchronized (this) {
            cancelled = true;
            all = List.copyOf(stops);
            stops.clear();
        }
        all.forEach(Runnable::run);
    }

    /// What must be done to stop what runs now; done at once when the statement is cancelled already.
    public void onCancel(Runnable stop) {
        synchronized (this) {
            if (!cancelled) {
                stops.add(stop);
                return;
            }
        }
        stop.run();
    }

    /// @throws TarnException `CANCELLED` when the statement was cancelled
    public synchronized void check() {
        if (cancelled) {
            throw new TarnException(
                    ErrorCode.CANCELLED,
                    "The statement was cancelled",
                    new TrinoException(StandardErrorCode.USER_CANCELED, "Query was canceled"));
        }
    }
}
