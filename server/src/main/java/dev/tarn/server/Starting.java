package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Something that takes a while to start, and starts beside everything else. Who needs it waits for it.
///
/// @param <T> what starts
final class Starting<T> implements Supplier<T> {
    private static final Logger log = LoggerFactory.getLogger(Starting.class);
    private static final Duration WAIT_MAX = Duration.ofMinutes(2);

    private final String name;
    private final CompletableFuture<T> value = new CompletableFuture<>();

    /// Begins to start it on a thread of its own.
    Starting(String name, Supplier<T> start) {
        this.name = name;
        // A platform thread: starting is computing, and must not take a carrier from requests.
        Thread.ofPlatform().name("start-" + name).daemon().start(() -> {
            try {
                value.complete(start.get());
            } catch (Throwable failure) {
                log.error("{} could not start", name, failure);
                value.completeExceptionally(failure);
            }
        });
    }

    /// The thing, once it has started.
    ///
    /// @throws TarnException why it could not start, or `UNAVAILABLE` when it takes too long
    @Override
    public T get() {
        try {
            return value.get(WAIT_MAX.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof TarnException tarn) {
                throw tarn;
            }
            throw new TarnException(ErrorCode.INTERNAL_ERROR, name + " could not start: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new TarnException(
                    ErrorCode.UNAVAILABLE, name + " has not started within " + WAIT_MAX.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "interrupted while " + name + " started", e);
        }
    }

    boolean isReady() {
        return value.isDone() && !value.isCompletedExceptionally();
    }

    Readiness.State state() {
        if (!value.isDone()) {
            return Readiness.State.STARTING;
        }
        return value.isCompletedExceptionally() ? Readiness.State.FAILED : Readiness.State.READY;
    }

    /// The thing when it has started; empty when it could not. Waits while it starts, so that it can be closed.
    Optional<T> settled() {
        try {
            return Optional.of(get());
        } catch (TarnException e) {
            return Optional.empty();
        }
    }
}
