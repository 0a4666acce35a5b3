package dev.tarn.model.tree;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Gradient-boosted trees or a random forest, whose predictions equal XGBoost's bit for bit.
public final class TreeModel implements Predictor {
    private final List<String> featureNames;
    private final int features;
    private final int outputs;
    private final Objective objective;
    private final float baseMargin;
    /// The trees of each output, in order.
    private final List<List<Tree>> trees = new ArrayList<>();
    /// The same, packed; empty where they do not fit.
    private final List<Optional<PackedTrees>> packed = new ArrayList<>();

    TreeModel(
            List<String> featureNames,
            int features,
            int outputs,
            Objective objective,
            float baseMargin,
            List<Tree> allTrees) {
        this.featureNames = List.copyOf(featureNames);
        this.features = features;
        this.outputs = outputs;
        this.objective = objective;
        this.baseMargin = baseMargin;
        for (int output = 0; output < outputs; output++) {
            int wanted = output;
            List<Tree> own =
                    allTrees.stream().filter(tree -> tree.output() == wanted).toList();
            trees.add(own);
            packed.add(PackedTrees.of(own, features));
        }
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

    /// The number of trees of all outputs.
    public int treeCount() {
        return trees.stream().mapToInt(List::size).sum();
    }

    @Override
    public long size() {
        return trees.stream()
                .flatMap(List::stream)
                .mapToLong(tree -> tree.left().length)
                .sum();
    }

    @Override
    public float[] margins(float[] row) {
        checkWidth(row, features);
        float[] sums = new float[outputs];
        for (int output = 0; output < outputs; output++) {
            sums[output] = margin(row, output);
        }
        return sums;
    }

    @Override
    public void transform(float[] scores) {
        objective.transform(scores);
    }

    @Override
    public float predictOne(float[] row) {
        if (outputs == 1 && objective == Objective.LOGISTIC) {
            checkWidth(row, features);
            return Objective.sigmoid(margin(row, 0));
        }
        return predict(row)[0];
    }

    @Override
    public double[] contributions(float[] row, int output) {
        checkWidth(row, features);
        double[] parts = new double[features + 1];
        parts[features] = baseMargin;
        for (Tree tree : trees.get(output)) {
            new TreeShap(tree).addTo(parts, row);
        }
        return parts;
    }

    private float margin(float[] row, int output) {
        Optional<PackedTrees> fast = packed.get(output);
        if (fast.isPresent()) {
            return fast.get().sum(row, baseMargin);
        }
        float sum = baseMargin;
        for (Tree tree : trees.get(output)) {
            sum += tree.predict(row);
        }
        return sum;
    }

    static void checkWidth(float[] row, int features) {
        if (row.length != features) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "the model takes " + features + " features, and the row has " + row.length + " numbers");
        }
    }
}
