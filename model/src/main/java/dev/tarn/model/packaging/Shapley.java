package dev.tarn.model.packaging;

import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Shapley values of a model of which nothing is known but what it answers: what each input adds to the score when
/// it changes from a typical row's value to this row's. Exact while few inputs differ from the typical row, and
/// otherwise the mean over a fixed sample of orders; both sum to the difference of the two scores.
final class Shapley {
    /// So many inputs are tried in every combination.
    static final int EXACT_MAX = 10;

    private static final int ORDERS = 64;
    private static final long SEED = 20_170_522;

    private Shapley() {}

    /// @param score of a row of numbers, one an input
    /// @param row the row to explain; NaN is a missing value
    /// @param typical what each input is compared with
    /// @return one number an input, and last the typical row's score
    static double[] values(ToDoubleFunction<double[]> score, double[] row, double[] typical) {
        double[] parts = new double[row.length + 1];
        parts[row.length] = score.applyAsDouble(typical);
        int[] differ = IntStream.range(0, row.length)
                .filter(i -> Double.compare(row[i], typical[i]) != 0)
                .toArray();
        if (differ.length <= EXACT_MAX) {
            exact(score, row, typical, differ, parts);
        } else {
            sampled(score, row, typical, differ, parts);
        }
        return parts;
    }

    private static void exact(
            ToDoubleFunction<double[]> score, double[] row, double[] typical, int[] differ, double[] parts) {
        int n = differ.length;
        double[] scores = new double[1 << n];
        for (int set = 0; set < scores.length; set++) {
            double[] mixed = typical.clone();
            for (int i = 0; i < n; i++) {
                if ((set >> i & 1) == 1) {
                    mixed[differ[i]] = row[differ[i]];
                }
            }
            scores[set] = score.applyAsDouble(mixed);
        }
        // The share of orders in which exactly a set of this size comes before the input: s! (n - s - 1)! / n!
        double[] weight = new double[Math.max(1, n)];
        weight[0] = 1.0 / Math.max(1, n);
        for (int size = 1; size < n; size++) {
            weight[size] = weight[size - 1] * size / (n - size);
        }
        for (int set = 0; set < scores.length; set++) {
            for (int i = 0; i < n; i++) {
                if ((set >> i & 1) == 0) {
                    parts[differ[i]] += weight[Integer.bitCount(set)] * (scores[set | 1 << i] - scores[set]);
                }
            }
        }
    }

    /// Each order is walked both ways, which takes out what two inputs do together.
    private static void sampled(
            ToDoubleFunction<double[]> score, double[] row, double[] typical, int[] differ, double[] parts) {
        Random random = new Random(SEED);
        int[] order = differ.clone();
        for (int sample = 0; sample < ORDERS; sample++) {
            if (sample % 2 == 0) {
                shuffle(order, random);
            } else {
                reverse(order);
            }
            double[] mixed = typical.clone();
            double before = parts[row.length];
            for (int input : order) {
                mixed[input] = row[input];
                double after = score.applyAsDouble(mixed);
                parts[input] += (after - before) / ORDERS;
                before = after;
            }
        }
    }

    private static void shuffle(int[] order, Random random) {
        for (int i = order.length - 1; i > 0; i--) {
            swap(order, i, random.nextInt(i + 1));
        }
    }

    private static void reverse(int[] order) {
        for (int i = 0; i < order.length / 2; i++) {
            swap(order, i, order.length - 1 - i);
        }
    }

    private static void swap(int[] order, int a, int b) {
        int kept = order[a];
        order[a] = order[b];
        order[b] = kept;
    }
}
