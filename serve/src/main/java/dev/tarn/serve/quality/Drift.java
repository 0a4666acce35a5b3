package dev.tarn.serve.quality;

/// How far two distributions over the same bins are from each other.
final class Drift {
    /// What an empty bin counts as, so that the population stability index stays finite.
    private static final double HALF_A_ROW = 0.5;

    private Drift() {}

    /// The population stability index, with half a row added to every bin that either has rows in: the sum of
    /// (p - q) ln(p / q). Below 0.1
    /// is commonly read as no change, above 0.25 as a large one.
    static double stability(long[] reference, long[] current) {
        double sum = 0;
        int used = 0;
        for (int i = 0; i < reference.length; i++) {
            used += reference[i] + current[i] > 0 ? 1 : 0;
        }
        double all = total(reference) + HALF_A_ROW * used;
        double now = total(current) + HALF_A_ROW * used;
        for (int i = 0; i < reference.length; i++) {
            if (reference[i] + current[i] == 0) {
                continue;
            }
            double p = (current[i] + HALF_A_ROW) / now;
            double q = (reference[i] + HALF_A_ROW) / all;
            sum += (p - q) * Math.log(p / q);
        }
        return sum;
    }

    /// The Jensen-Shannon divergence in bits, from 0 (the same) to 1 (nothing in common).
    static double jensenShannon(long[] reference, long[] current) {
        double all = total(reference);
        double now = total(current);
        double sum = 0;
        for (int i = 0; i < reference.length; i++) {
            double q = reference[i] / all;
            double p = current[i] / now;
            double middle = (p + q) / 2;
            sum += part(p, middle) + part(q, middle);
        }
        return Math.clamp(sum / 2, 0.0, 1.0);
    }

    private static double part(double share, double middle) {
        return share == 0 ? 0 : share * Math.log(share / middle) / Math.log(2);
    }

    private static double total(long[] counts) {
        double sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }
}
