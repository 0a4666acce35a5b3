package dev.tarn.model.tree;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;

/// Trees packed for speed: each node is one `long`, and eight trees are walked side by side, so that
/// the processor overlaps their loads; no step has a branch that depends on the data.
///
/// Floats are compared as integers of the same order. Each feature fills two slots of the row, which
/// differ when its value is missing: the first then sends every node right, the second left, and a
/// node names the slot that does what it does by default. A leaf goes to itself for ever, so that all
/// trees of a group take the same number of steps.
final class PackedTrees {
    private static final int LANES = 8;
    private static final int MAX_DEPTH = 24;
    private static final int MAX_FIELD = 0xffff;
    private static final int GOES_LEFT = Integer.MIN_VALUE;
    private static final int GOES_RIGHT = Integer.MAX_VALUE;

    private final int features;
    /// Bits 32 to 63: the threshold; 16 to 31: how far on the left child is; 0 to 15: the slot.
    private final long[] nodes;
    private final float[] values;
    private final int[] roots;
    private final int[] groupDepths;

    private PackedTrees(int features, long[] nodes, float[] values, int[] roots, int[] groupDepths) {
        this.features = features;
        this.nodes = nodes;
        this.values = values;
        this.roots = roots;
        this.groupDepths = groupDepths;
    }

    /// Packs the trees, or says that they do not fit: categories, very deep, very wide.
    static Optional<PackedTrees> of(List<Tree> trees, int features) {
        long total = trees.stream().mapToLong(tree -> tree.left().length).sum();
        if (2 * features + 1 > MAX_FIELD || total > Integer.MAX_VALUE - LANES) {
            return Optional.empty();
        }
        long[] nodes = new long[(int) total];
        float[] values = new float[(int) total];
        int[] roots = new int[trees.size()];
        int[] groupDepths = new int[(trees.size() + LANES - 1) / LANES];
        int base = 0;
        for (int t = 0; t < trees.size(); t++) {
            Tree tree = trees.get(t);
            if (tree.depth() > MAX_DEPTH) {
                return Optional.empty();
            }
            roots[t] = base;
            groupDepths[t / LANES] = Math.max(groupDepths[t / LANES], tree.depth());
            int size = pack(tree, base, features, nodes, values);
            if (size < 0) {
                return Optional.empty();
            }
            base += size;
        }
        return Optional.of(new PackedTrees(features, nodes, values, roots, groupDepths));
    }

    /// Lays a tree out level by level, siblings side by side; the number of nodes, or -1 when it does not fit.
    private static int pack(Tree tree, int base, int features, long[] nodes, float[] values) {
        ArrayDeque<Integer> level = new ArrayDeque<>(List.of(0));
        int at = base;
        int free = base + 1;
        while (!level.isEmpty()) {
            int node = level.remove();
            if (tree.isLeaf(node)) {
                values[at] = tree.threshold()[node];
                nodes[at] = ((long) GOES_RIGHT << 32) | (2L * features);
            } else {
                int step = free - at;
                if (step > MAX_FIELD || tree.categories()[node] != null) {
                    return -1;
                }
                int slot = 2 * tree.feature()[node] + (tree.defaultLeft()[node] ? 1 : 0);
                nodes[at] = ((long) thresholdKey(tree.threshold()[node]) << 32) | ((long) step << 16) | slot;
                level.add(tree.left()[node]);
                level.add(tree.right()[node]);
                free += 2;
            }
            at++;
        }
        return at - base;
    }

    /// An integer that orders as the float does; both zeros are one.
    private static int key(float value) {
        int bits = Float.floatToRawIntBits(value + 0.0f);
        return bits ^ ((bits >> 31) & 0x7fffffff);
    }

    /// No value is smaller than NaN: only a missing one that goes left by default does.
    private static int thresholdKey(float threshold) {
        return Float.isNaN(threshold) ? GOES_LEFT + 1 : key(threshold);
    }

    private int[] slots(float[] row) {
        int[] slots = new int[2 * features + 1];
        for (int i = 0; i < features; i++) {
            float value = row[i];
            if (Float.isNaN(value)) {
                slots[2 * i] = GOES_RIGHT;
                slots[2 * i + 1] = GOES_LEFT;
            } else {
                int key = key(value);
                slots[2 * i] = key;
                slots[2 * i + 1] = key;
            }
        }
        slots[2 * features] = GOES_LEFT;
        return slots;
    }

    /// The start and all leaves' values, added in the order of the trees.
    float sum(float[] row, float start) {
        int[] slots = slots(row);
        float sum = start;
        int tree = 0;
        for (; tree + LANES <= roots.length; tree += LANES) {
            sum = addEight(slots, tree, sum);
        }
        for (; tree < roots.length; tree++) {
            int at = roots[tree];
            for (int depth = groupDepths[tree / LANES]; depth > 0; depth--) {
                at = step(nodes, slots, at);
            }
            sum += values[at];
        }
        return sum;
    }

    private float addEight(int[] slots, int tree, float start) {
        long[] nodes = this.nodes;
        int a = roots[tree];
        int b = roots[tree + 1];
        int c = roots[tree + 2];
        int d = roots[tree + 3];
        int e = roots[tree + 4];
        int f = roots[tree + 5];
        int g = roots[tree + 6];
        int h = roots[tree + 7];
        for (int depth = groupDepths[tree / LANES]; depth > 0; depth--) {
            a = step(nodes, slots, a);
            b = step(nodes, slots, b);
            c = step(nodes, slots, c);
            d = step(nodes, slots, d);
            e = step(nodes, slots, e);
            f = step(nodes, slots, f);
            g = step(nodes, slots, g);
            h = step(nodes, slots, h);
        }
        float[] values = this.values;
        float sum = start + values[a] + values[b] + values[c] + values[d];
        return sum + values[e] + values[f] + values[g] + values[h];
    }

    /// To the left child when the slot is smaller than the threshold, and otherwise to its right sibling.
    private static int step(long[] nodes, int[] slots, int at) {
        long node = nodes[at];
        long difference = slots[(int) node & MAX_FIELD] - (node >> 32);
        return at + ((int) node >>> 16) + 1 + (int) (difference >> 63);
    }
}
