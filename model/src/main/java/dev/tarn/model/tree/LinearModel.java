package dev.tarn.model.tree;

import java.util.List;

/// XGBoost's linear booster: a weighted sum. A missing value adds nothing.
public final class LinearModel implements Predictor {
    private final List<String> featureNames;
    private final int features;
    private final int outputs;
    private final Objective objective;
    private final float baseMargin;
    private final float[] weights;

    /// @param weights one row of `outputs` weights a feature, and last the biases
    LinearModel(List<String> featureNames, int outputs, Objective objective, float baseMargin, float[] weights) {
        this.featureNames = List.copyOf(featureNames);
        this.features = weights.length / outputs - 1;
        this.outputs = outputs;
        this.objective = objective;
        this.baseMargin = baseMargin;
        this.weights = weights.clone();
    }

    @Override
    public int featureCount() {
        return features;
    }

    @Override
    public List<String> featureNames() {
        return featureNames;
    }

    @Override
    public int outputCount() {
        return outputs;
    }

    @Override
    public long size() {
        return weights.length;
    }

    @Override
    public float[] margins(float[] row) {
        TreeModel.checkWidth(row, features);
        float[] sums = new float[outputs];
        for (int output = 0; output < outputs; output++) {
            float sum = weights[features * outputs + output] + baseMargin;
            for (int feature = 0; feature < features; feature++) {
                if (!Float.isNaN(row[feature])) {
                    sum += row[feature] * weights[feature * outputs + output];
                }
            }
            sums[output] = sum;
        }
        return sums;
    }

    @Override
    public void transform(float[] scores) {
        objective.transform(scores);
    }

    @Override
    public double[] contributions(float[] row, int output) {
        TreeModel.checkWidth(row, features);
        double[] parts = new double[features + 1];
        for (int feature = 0; feature < features; feature++) {
            if (!Float.isNaN(row[feature])) {
                parts[feature] = (double) row[feature] * weights[feature * outputs + output];
            }
        }
        parts[features] = (double) weights[features * outputs + output] + baseMargin;
        return parts;
    }
}
