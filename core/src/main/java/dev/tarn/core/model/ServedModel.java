package dev.tarn.core.model;

import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// One version of a registered model, loaded and ready to predict. Immutable and safe for many threads.
public interface ServedModel {
    /// What a value of an input is.
    enum Kind {
        NUMBER,
        BOOLEAN,
        CATEGORY
    }

    /// One of the model's inputs.
    ///
    /// @param words the words that the model saw in training; empty unless it is a category
    record Input(String name, Kind kind, List<String> words) {
        public Input {
            words = List.copyOf(words);
        }
    }

    /// The registered model's name.
    String name();

    long version();

    /// The run that made it, or empty.
    String runId();

    /// What the code was that trained it: a commit, or a hash of the project's files; or empty.
    String code();

    /// The inputs, in the order in which values are given.
    List<Input> inputs();

    /// The threshold that training chose.
    OptionalDouble threshold();

    /// The probability of the positive class.
    ///
    /// @param values one for each input: a `Number`, `Boolean` or `String`, or null when it is missing.
    ///     A word that the model never saw counts as missing
    double predict(@Nullable Object[] values);

    /// What each input adds to the raw score of a prediction (log-odds; for a random forest the probability), and
    /// last the value it starts from; exact Shapley values, which sum to the raw score.
    ///
    /// @throws dev.tarn.core.error.TarnException `NOT_SUPPORTED` for a model that was trained elsewhere
    double[] contributions(@Nullable Object[] values);
}
