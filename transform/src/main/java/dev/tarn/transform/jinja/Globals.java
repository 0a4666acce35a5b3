package dev.tarn.transform.jinja;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// The names that are known everywhere in a template.
public interface Globals {
    /// The name's value, or an [Undefined].
    @Nullable
    Object get(String name);

    /// All names, to find what was probably meant.
    Collection<String> names();
}
