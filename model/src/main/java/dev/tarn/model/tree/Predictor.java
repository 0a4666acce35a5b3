package dev.tarn.model.tree;

import java.util.List;

/// A model in memory that turns one row of numbers into predictions. Immutable and safe for many threads.
public sealed interface Predictor permits TreeModel, LinearModel {
    /// The numbers a row must have.
    int featureCount();

    /// The names of the features as the model file gives them; empty when it gives none.
    List<String> featureNames();

    /// Numbers that a prediction has: 1, or the number of classes.
    int outputCount();

    /// How many nodes or weights it has: what contributions cost grows with it.
    long size();

    /// The raw scores of a row, before the objective turns them into predictions.
    ///
    /// @param row `featureCount` numbers; NaN is a missing value
    float[] margins(float[] row);

    /// The predictions of a row: a probability for a binary classifier, one a class for several classes.
    ///
    /// @param row `featureCount` numbers; NaN is a missing value
    default float[] predict(float[] row) {
        float[] scores = margins(row);
        transform(scores);
        return scores;
    }

    /// Turns raw scores into predictions, in place.
    void transform(float[] scores);

    /// The first prediction of a row; the probability for a binary classifier.
    default float predictOne(float[] row) {
        return predict(row)[0];
    }

    /// What each feature adds to the raw score of one output, and last the value it starts from.
    /// They sum to the raw score. Exact Shapley values, following the trees' own paths.
    ///
    /// @param output the class, 0 when there is one output
    double[] contributions(float[] row, int output);
}
