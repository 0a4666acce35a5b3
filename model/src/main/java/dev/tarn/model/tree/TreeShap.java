package dev.tarn.model.tree;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;

/// Exact Shapley values of one tree's prediction (Lundberg, Erion and Lee, "Consistent Individualized
/// Feature Attribution for Tree Ensembles", 2018, algorithm 2), in `double`.
///
/// The value of a set of known features is the tree's mean over the rows it was trained on, following
/// known features' branches and weighing both branches of the others by their cover.
final class TreeShap {
    private static final int MAX_DEPTH = 256;

    private final Tree tree;

    TreeShap(Tree tree) {
        if (tree.depth() > MAX_DEPTH) {
            throw new TarnException(
                    ErrorCode.LIMIT_EXCEEDED,
                    "a tree of depth " + tree.depth() + " is deeper than the " + MAX_DEPTH
                            + " levels that contributions are computed for");
        }
        this.tree = tree;
    }

    /// The features met on the way from the root, each once, with the share of weight that passes when
    /// the feature is unknown (zero) and known (one), and the weights of the subsets by their size.
    @SuppressWarnings("ArrayRecordComponent") // scratch space of one walk
    private record Path(int[] feature, double[] zero, double[] one, double[] weight) {
        static Path ofSize(int size) {
            return new Path(new int[size], new double[size], new double[size], new double[size]);
        }

        Path copy(int length, int size) {
            Path copy = ofSize(size);
            System.arraycopy(feature, 0, copy.feature, 0, length);
            System.arraycopy(zero, 0, copy.zero, 0, length);
            System.arraycopy(one, 0, copy.one, 0, length);
            System.arraycopy(weight, 0, copy.weight, 0, length);
            return copy;
        }

        void extend(int length, double zeroPart, double onePart, int by) {
            feature[length] = by;
            zero[length] = zeroPart;
            one[length] = onePart;
            weight[length] = length == 0 ? 1 : 0;
            for (int i = length - 1; i >= 0; i--) {
                weight[i + 1] += onePart * weight[i] * (i + 1) / (length + 1);
                weight[i] = zeroPart * weight[i] * (length - i) / (length + 1);
            }
        }

        /// Takes entry `index` out of a path whose last entry is `last`.
        void unwind(int last, int index) {
            double next = weight[last];
            for (int i = last - 1; i >= 0; i--) {
                if (one[index] != 0) {
                    double before = weight[i];
                    weight[i] = next * (last + 1) / ((i + 1) * one[index]);
                    next = before - weight[i] * zero[index] * (last - i) / (last + 1);
                } else {
                    weight[i] = weight[i] * (last + 1) / (zero[index] * (last - i));
                }
            }
            for (int i = index; i < last; i++) {
                feature[i] = feature[i + 1];
                zero[i] = zero[i + 1];
                one[i] = one[i + 1];
            }
        }

        /// The sum of the weights after [#unwind] of `index`, without doing it.
        double unwoundSum(int last, int index) {
            double next = weight[last];
            double total = 0;
            for (int i = last - 1; i >= 0; i--) {
                if (one[index] != 0) {
                    double part = next * (last + 1) / ((i + 1) * one[index]);
                    total += part;
                    next = weight[i] - part * zero[index] * (last - i) / (last + 1);
                } else if (zero[index] != 0) {
                    total += weight[i] / zero[index] / ((double) (last - i) / (last + 1));
                }
            }
            return total;
        }
    }

    /// Adds each feature's part to its place, and the tree's mean to the last one.
    void addTo(double[] parts, float[] row) {
        parts[parts.length - 1] += mean(0);
        if (!tree.isLeaf(0)) {
            walk(parts, row, 0, Path.ofSize(tree.depth() + 2), 0, 1, 1, -1);
        }
    }

    private double mean(int node) {
        if (tree.isLeaf(node)) {
            return tree.threshold()[node];
        }
        int left = tree.left()[node];
        int right = tree.right()[node];
        return mean(left) * share(node, left) + mean(right) * share(node, right);
    }

    private double share(int node, int child) {
        double cover = tree.cover()[node];
        return cover == 0 ? 0 : tree.cover()[child] / cover;
    }

    private void walk(double[] parts, float[] row, int node, Path parent, int length, double zero, double one, int by) {
        Path path = parent.copy(length, tree.depth() + 2);
        path.extend(length, zero, one, by);
        int last = length;
        if (tree.isLeaf(node)) {
            double value = tree.threshold()[node];
            for (int i = 1; i <= last; i++) {
                double weight = path.unwoundSum(last, i);
                parts[path.feature()[i]] += weight * (path.one()[i] - path.zero()[i]) * value;
            }
            return;
        }
        int feature = tree.feature()[node];
        int hot = tree.next(node, row[feature]);
        int cold = hot == tree.left()[node] ? tree.right()[node] : tree.left()[node];
        double incomingZero = 1;
        double incomingOne = 1;
        for (int i = 1; i <= last; i++) {
            if (path.feature()[i] == feature) {
                incomingZero = path.zero()[i];
                incomingOne = path.one()[i];
                path.unwind(last, i);
                last--;
                break;
            }
        }
        walk(parts, row, hot, path, last + 1, share(node, hot) * incomingZero, incomingOne, feature);
        walk(parts, row, cold, path, last + 1, share(node, cold) * incomingZero, 0, feature);
    }
}
