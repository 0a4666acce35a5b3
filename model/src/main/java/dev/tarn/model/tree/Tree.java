package dev.tarn.model.tree;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// One tree as the model file has it. Node 0 is the root; a leaf's `left` is -1.
///
/// @param output the class whose score it adds to
/// @param left the child when the value is smaller than the threshold, or not in the categories
/// @param right the other child
/// @param defaultLeft whether a missing value goes left
/// @param feature the feature a node looks at
/// @param threshold of an inner node; a leaf's value
/// @param categories of a categorical node, those that go right; null for a numeric one
/// @param cover the sum of Hessians of the training rows that reached the node
/// @param depth edges on the longest path
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record Tree(
        int output,
        int[] left,
        int[] right,
        boolean[] defaultLeft,
        int[] feature,
        float[] threshold,
        @Nullable BitSet[] categories,
        float[] cover,
        int depth) {
    /// XGBoost's bound on a category's number: 2^24, where floats cease to hold whole numbers.
    private static final float CATEGORY_LIMIT = 1 << 24;

    boolean isLeaf(int node) {
        return left[node] < 0;
    }

    int next(int node, float value) {
        if (Float.isNaN(value)) {
            return defaultLeft[node] ? left[node] : right[node];
        }
        BitSet set = categories[node];
        if (set == null) {
            return value < threshold[node] ? left[node] : right[node];
        }
        boolean valid = value >= 0 && value < CATEGORY_LIMIT;
        return valid && set.get((int) value) ? right[node] : left[node];
    }

    float predict(float[] row) {
        int node = 0;
        while (!isLeaf(node)) {
            node = next(node, row[feature[node]]);
        }
        return threshold[node];
    }
}
