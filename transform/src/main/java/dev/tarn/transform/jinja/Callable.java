package dev.tarn.transform.jinja;

import org.jspecify.annotations.Nullable;

/// A function that templates can call.
@FunctionalInterface
public interface Callable {
    @Nullable
    Object call(Arguments arguments);
}
