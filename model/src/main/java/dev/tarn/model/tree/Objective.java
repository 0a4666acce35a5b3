package dev.tarn.model.tree;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;

/// What a model's raw scores stand for: how XGBoost turns its base score into one (the link), and one
/// into a prediction (the inverse link). In 32-bit floats, in XGBoost's order of operations.
enum Objective {
    IDENTITY,
    LOGISTIC,
    EXPONENTIAL,
    /// One probability a class; `multi:softmax` too, whose class is that of the highest.
    SOFTPROB;

    static Objective named(String name) {
        return switch (name) {
            case "reg:squarederror",
                    "reg:linear",
                    "reg:absoluteerror",
                    "reg:pseudohubererror",
                    "binary:logitraw",
                    "rank:ndcg",
                    "rank:map",
                    "rank:pairwise" -> IDENTITY;
            case "binary:logistic", "reg:logistic" -> LOGISTIC;
            case "count:poisson", "reg:gamma", "reg:tweedie" -> EXPONENTIAL;
            case "multi:softmax", "multi:softprob" -> SOFTPROB;
            default -> throw unsupported(name);
        };
    }

    /// The base score as a raw score.
    float link(float baseScore) {
        return switch (this) {
            case LOGISTIC -> -FloatMath.log(1.0f / baseScore - 1.0f);
            case EXPONENTIAL -> FloatMath.log(baseScore);
            case IDENTITY, SOFTPROB -> baseScore;
        };
    }

    /// Turns raw scores into predictions in place.
    void transform(float[] scores) {
        switch (this) {
            case LOGISTIC -> scores[0] = sigmoid(scores[0]);
            case EXPONENTIAL -> scores[0] = FloatMath.exp(scores[0]);
            case SOFTPROB -> softmax(scores);
            case IDENTITY -> {}
        }
    }

    static float sigmoid(float x) {
        float negated = Math.min(-x, 88.7f);
        float denominator = FloatMath.exp(negated) + 1.0f + 1e-16f;
        return 1.0f / denominator;
    }

    private static void softmax(float[] scores) {
        float max = scores[0];
        for (float score : scores) {
            max = Math.max(score, max);
        }
        double sum = 0;
        for (int i = 0; i < scores.length; i++) {
            scores[i] = FloatMath.exp(scores[i] - max);
            sum += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= (float) sum;
        }
    }

    private static TarnException unsupported(String name) {
        return new TarnException(
                ErrorCode.MODEL_INVALID,
                "the model's objective '" + name
                        + "' is not one that Tarn predicts with: export the model to ONNX instead");
    }
}
