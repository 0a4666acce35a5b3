package dev.tarn.serve.quality;

import java.util.Arrays;

/// Predictions and what turned out to be true, as they come.
final class Judged {
    private static final int LABELS_MAX = 5_000_000;
    private static final double LEAST_PROBABILITY = 1e-15;

    private double[] probability = new double[16];
    private boolean[] label = new boolean[16];
    private int labels;
    private long positives;
    private long truePositives;
    private long saidPositive;
    private double squares;
    private double logs;

    /// @param said whether the service said it is positive
    void add(double p, boolean said, boolean truth) {
        if (labels == LABELS_MAX) {
            return;
        }
        if (labels == label.length) {
            probability = Arrays.copyOf(probability, labels * 2);
            label = Arrays.copyOf(label, labels * 2);
        }
        probability[labels] = p;
        label[labels++] = truth;
        positives += truth ? 1 : 0;
        truePositives += truth && said ? 1 : 0;
        saidPositive += said ? 1 : 0;
        double target = truth ? 1 : 0;
        squares += (p - target) * (p - target);
        logs -= Math.log(Math.max(LEAST_PROBABILITY, truth ? p : 1 - p));
    }

    long labels() {
        return labels;
    }

    long positives() {
        return positives;
    }

    /// NaN when it is never said.
    double precision() {
        return truePositives / (double) saidPositive;
    }

    /// NaN without positives.
    double recall() {
        return truePositives / (double) positives;
    }

    /// The mean squared distance from the truth; NaN without labels.
    double brier() {
        return squares / labels;
    }

    double logLoss() {
        return logs / labels;
    }

    /// The area under the ROC curve, ties counted half, and the average precision by scikit-learn's definition; NaN
    /// without both classes.
    double[] ranked() {
        Integer[] order = new Integer[labels];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, (a, b) -> Double.compare(probability[b], probability[a]));
        double area = 0;
        double average = 0;
        long tp = 0;
        long fp = 0;
        long tpBefore = 0;
        long fpBefore = 0;
        for (int i = 0; i < labels; i++) {
            if (label[order[i]]) {
                tp++;
            } else {
                fp++;
            }
            if (i + 1 == labels || probability[order[i + 1]] != probability[order[i]]) {
                area += (fp - fpBefore) * (tp + tpBefore) / 2.0;
                average += (tp - tpBefore) / (double) positives * tp / (tp + fp);
                tpBefore = tp;
                fpBefore = fp;
            }
        }
        boolean both = positives > 0 && positives < labels;
        return new double[] {
            both ? area / ((double) positives * (labels - positives)) : Double.NaN, both ? average : Double.NaN
        };
    }
}
