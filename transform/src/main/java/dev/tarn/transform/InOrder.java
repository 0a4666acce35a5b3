package dev.tarn.transform;

import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Does the same work for many things on all processors, with the outcome of doing it one after the other.
final class InOrder {
    private InOrder() {}

    private record Done<R>(Optional<R> result, Optional<TarnException> failure) {}

    /// @return the results in the order of what they were made of
    /// @throws TarnException that of the first thing, in that order, whose work failed
    static <T, R> List<R> map(List<T> things, Function<T, R> work) {
        List<Done<R>> all = things.parallelStream()
                .map(thing -> {
                    try {
                        return new Done<>(Optional.of(work.apply(thing)), Optional.<TarnException>empty());
                    } catch (TarnException e) {
                        return new Done<>(Optional.<R>empty(), Optional.of(e));
                    }
                })
                .toList();
        List<R> results = new ArrayList<>(all.size());
        for (Done<R> done : all) {
            if (done.failure().isPresent()) {
                throw done.failure().get();
            }
            results.add(done.result().orElseThrow());
        }
        return results;
    }
}
