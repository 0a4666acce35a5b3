package dev.tarn.transform.jinja;

import org.jspecify.annotations.Nullable;

/// An object of the host that templates can look into; it prints as its `toString`.
public interface Attributes {
    /// The attribute's value (a [Callable] for a method), or an [Undefined] when there is none.
    @Nullable
    Object attribute(String name);

    /// Whether templates may treat it like a dict.
    default boolean isMapping() {
        return false;
    }
}
