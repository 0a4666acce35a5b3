package dev.tarn.feature.online;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Keeps readers to one publish: whoever begins to read after a run was published sees the features of all views as
/// its tables have them, and nobody sees those of one view before it and of another after it. Readers that come
/// between the publish and the moment when its features are in wait.
public final class PublishGate {
    /// A publish that no number stands for.
    private static final long NONE = Long.MIN_VALUE;

    private static final int LOOKS_MAX = 1_000;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LongSupplier published;
    private final Duration waitMax;
    private final ReentrantReadWriteLock content = new ReentrantReadWriteLock();
    private final ReentrantLock waiting = new ReentrantLock();
    private final Condition changed = waiting.newCondition();
    private final Map<String, TarnException> failures = new ConcurrentHashMap<>();
    private volatile long shown = NONE;
    private boolean closed;

    /// @param published see [dev.tarn.feature.Relations#published]
    /// @param waitMax how long a reader waits for features to be brought to a publish
    public PublishGate(LongSupplier published, Duration waitMax) {
        this.published = published;
        this.waitMax = waitMax;
    }

    /// Reads when what is in the store is what was last published.
    ///
    /// @throws TarnException `UNAVAILABLE` when that takes too long
    <T> T read(Supplier<T> work) {
        long until = System.nanoTime() + waitMax.toNanos();
        for (int look = 0; look < LOOKS_MAX; look++) {
            long now = published.getAsLong();
            content.readLock().lock();
            try {
                if (shown == now) {
                    return work.get();
                }
            } finally {
                content.readLock().unlock();
            }
            await(now, until);
        }
        throw late();
    }

    /// What keeps a view from being brought to the last publish, or nothing.
    ///
    /// @throws TarnException `UNAVAILABLE` with the reason
    void check(String view) {
        TarnException why = failures.get(view);
        if (why != null) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE,
                    "the view '" + view + "' cannot be brought to what was last published: " + why.describe(),
                    why);
        }
    }

    void failed(String view, TarnException why) {
        failures.put(view, why);
    }

    void succeeded(String view) {
        failures.remove(view);
    }

    /// Whether readers are let in as things are.
    public boolean isCurrent() {
        return shown == published.getAsLong();
    }

    /// Changes what readers see, while none reads. Nobody reads again before [#show].
    void change(Runnable work) {
        content.writeLock().lock();
        try {
            shown = NONE;
            work.run();
        } finally {
            content.writeLock().unlock();
        }
    }

    /// Changes what readers see of one view, while none reads; they go on afterwards.
    void exchange(Runnable work) {
        content.writeLock().lock();
        try {
            work.run();
        } finally {
            content.writeLock().unlock();
        }
    }

    /// Lets readers in: the store holds what this publish has.
    void show(long publish) {
        waiting.lock();
        try {
            shown = publish;
            changed.signalAll();
        } finally {
            waiting.unlock();
        }
    }

    /// Waits until something was published, or some time has passed.
    public void awaitPublish(Duration atMost) throws InterruptedException {
        waiting.lock();
        try {
            long until = System.nanoTime() + atMost.toNanos();
            // A publish by another process wakes nobody; a reader that waits does.
            for (long left = atMost.toNanos(); left > 0 && !closed && isCurrent(); left = until - System.nanoTime()) {
                changed.awaitNanos(Math.min(left, LOOK_NANOS));
            }
        } finally {
            waiting.unlock();
        }
    }

    /// Sends everybody home.
    public void close() {
        waiting.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            waiting.unlock();
        }
    }

    private void await(long now, long until) {
        waiting.lock();
        try {
            changed.signalAll();
            while (shown != now && published.getAsLong() == now) {
                long left = until - System.nanoTime();
                if (left <= 0 || closed) {
                    throw late();
                }
                changed.awaitNanos(Math.min(left, LOOK_NANOS));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted while features were brought up to date", e);
        } finally {
            waiting.unlock();
        }
    }

    private TarnException late() {
        return new TarnException(
                ErrorCode.UNAVAILABLE,
                "the features are being brought to what was just published, which takes more than "
                        + waitMax.toSeconds() + " s: ask again");
    }
}
