package dev.tarn.model.training;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/// Work on several things at once, where each takes one core.
final class AtOnce {
    private AtOnce() {}

    /// The results in the order of the things.
    ///
    /// @throws RuntimeException the first failure in that order, when all have ended
    static <T, R> List<R> all(List<T> things, int threads, Function<? super T, ? extends R> work) {
        int atOnce = Math.clamp(things.size(), 1, Math.max(1, threads));
        try (ExecutorService pool = Executors.newFixedThreadPool(
                atOnce, Thread.ofPlatform().name("training-", 0).daemon().factory())) {
            List<Future<R>> running = new ArrayList<>();
            for (T thing : things) {
                running.add(pool.submit(() -> work.apply(thing)));
            }
            List<R> results = new ArrayList<>();
            for (Future<R> one : running) {
                results.add(one.get());
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TarnException(ErrorCode.CANCELLED, "the training was interrupted", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        }
    }
}
