package dev.tarn.feature.offline;

import dev.tarn.feature.definition.Feature;
import dev.tarn.feature.window.EventOrder;
import dev.tarn.feature.window.Measure;
import org.jspecify.annotations.Nullable;

/// The least, greatest or last value for each label, when each event belongs to a range of labels: one
/// segment tree for each key, laid out in one array. An update touches a logarithm of the key's labels.
final class ExtremeTree {
    private final Feature.Function function;
    private final boolean isText;
    private final long[] order;
    private final long[] bits;
    private final long[] times;
    private final long[] created;
    private final @Nullable String[] texts;
    private final boolean[] present;

    ExtremeTree(Feature.Function function, Measure measure, int labels) {
        this.function = function;
        this.isText = measure.kind() == Measure.Kind.TEXT;
        boolean last = function == Feature.Function.LAST;
        this.order = new long[isText ? 0 : 2 * labels];
        this.bits = new long[isText ? 0 : 2 * labels];
        this.texts = new String[isText ? 2 * labels : 0];
        this.times = new long[last ? 2 * labels : 0];
        this.created = new long[last ? 2 * labels : 0];
        this.present = new boolean[2 * labels];
    }

    /// The bytes that one label takes.
    static int bytesOfLabel(Feature.Function function) {
        return function == Feature.Function.LAST ? 64 : 32;
    }

    /// A value that some event has.
    record Value(
            long time,
            long created,
            long order,
            long bits,
            @Nullable String text) {}

    /// Offers a value to the labels `[from, to)` of the key whose labels are `[start, end)`. The caller holds
    /// the key's lock.
    void offer(int start, int end, int from, int to, Value value) {
        int base = 2 * start;
        int size = end - start;
        int left = from - start + size;
        int right = to - start + size;
        while (left < right) {
            if ((left & 1) == 1) {
                take(base + left++, value);
            }
            if ((right & 1) == 1) {
                take(base + --right, value);
            }
            left >>= 1;
            right >>= 1;
        }
    }

    /// The node that answers for a label, or -1; reads all nodes above it.
    int best(int start, int end, int label) {
        int base = 2 * start;
        int best = -1;
        for (int node = label - start + (end - start); node >= 1; node >>= 1) {
            if (present[base + node] && (best < 0 || better(base + node, best))) {
                best = base + node;
            }
        }
        return best;
    }

    long bits(int node) {
        return bits[node];
    }

    String text(int node) {
        return String.valueOf(texts[node]);
    }

    private void take(int node, Value value) {
        if (present[node] && !betterThan(value, node)) {
            return;
        }
        present[node] = true;
        if (isText) {
            texts[node] = value.text();
        } else {
            order[node] = value.order();
            bits[node] = value.bits();
        }
        if (function == Feature.Function.LAST) {
            times[node] = value.time();
            created[node] = value.created();
        }
    }

    private boolean betterThan(Value value, int node) {
        int byValue = isText
                ? EventOrder.compareText(String.valueOf(value.text()), String.valueOf(texts[node]))
                : Long.compare(value.order(), order[node]);
        return decide(byValue, value.time(), value.created(), node);
    }

    private boolean better(int one, int other) {
        int byValue = isText
                ? EventOrder.compareText(String.valueOf(texts[one]), String.valueOf(texts[other]))
                : Long.compare(order[one], order[other]);
        boolean last = function == Feature.Function.LAST;
        return decide(byValue, last ? times[one] : 0, last ? created[one] : 0, other);
    }

    private boolean decide(int byValue, long time, long createdAt, int node) {
        return switch (function) {
            case MIN -> byValue < 0;
            case MAX -> byValue > 0;
            default -> EventOrder.later(time, createdAt, byValue, times[node], created[node]);
        };
    }
}
