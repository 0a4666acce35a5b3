package dev.tarn.core.model;

import java.util.List;
import java.util.Optional;

/// The registry, as serving sees it. Thread-safe.
public interface ServedModels {
    /// A registry without models.
    static ServedModels none() {
        return new NoModels();
    }

    /// The registered models' names.
    List<String> names();

    /// How a version's training data was distributed, as JSON (`profile.json` of its run); empty when nobody wrote it
    /// down.
    default Optional<String> profile(String model, long version) {
        return Optional.empty();
    }

    /// The version that an alias points at now; cheap enough to ask often.
    ///
    /// @throws dev.tarn.core.error.TarnException `NOT_FOUND` naming the alias and those that there are
    long version(String model, String alias);

    /// A number that is another one whenever an alias may have moved since; cheap enough to ask for every request.
    /// Here, another one each second.
    default long changes() {
        return System.nanoTime() / 1_000_000_000L;
    }

    /// Loads a version; what was loaded before is answered from memory.
    ///
    /// @throws dev.tarn.core.error.TarnException `NOT_FOUND`, or `MODEL_INVALID` for a damaged file
    ServedModel load(String model, long version);
}
