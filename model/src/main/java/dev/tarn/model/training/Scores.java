package dev.tarn.model.training;

import dev.tarn.model.training.TrainingFile.Costs;
import dev.tarn.model.training.TrainingFile.Measure;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/// How good predicted probabilities are, by the definitions that scikit-learn uses.
final class Scores {
    private static final int BINS = 10;

    private final double[] probability;
    private final boolean[] label;
    /// Rows by falling probability.
    private final int[] order;
    private final long positives;

    Scores(double[] probability, boolean[] label) {
        this.probability = probability;
        this.label = label;
        Integer[] rows = new Integer[label.length];
        Arrays.setAll(rows, i -> i);
        Arrays.sort(rows, (a, b) -> Double.compare(probability[b], probability[a]));
        this.order = Arrays.stream(rows).mapToInt(Integer::intValue).toArray();
        long count = 0;
        for (boolean one : label) {
            count += one ? 1 : 0;
        }
        this.positives = count;
    }

    interface Point {
        /// Called once for each different probability, from the highest: what would be found with it as threshold.
        void at(double threshold, long truePositives, long falsePositives);
    }

    void forEachThreshold(Point point) {
        long truePositives = 0;
        long falsePositives = 0;
        for (int i = 0; i < order.length; i++) {
            if (label[order[i]]) {
                truePositives++;
            } else {
                falsePositives++;
            }
            if (i + 1 == order.length || probability[order[i + 1]] != probability[order[i]]) {
                point.at(probability[order[i]], truePositives, falsePositives);
            }
        }
    }

    long positives() {
        return positives;
    }

    long negatives() {
        return label.length - positives;
    }

    /// The area under the ROC curve; ties count half. NaN without both classes.
    double auc() {
        double[] state = new double[3];
        forEachThreshold((threshold, tp, fp) -> {
            state[0] += (fp - state[2]) * (tp + state[1]) / 2;
            state[1] = tp;
            state[2] = fp;
        });
        return state[0] / ((double) positives * negatives());
    }

    /// The mean of the precisions at each threshold, weighted by the gain in recall.
    double averagePrecision() {
        double[] state = new double[2];
        forEachThreshold((threshold, tp, fp) -> {
            state[0] += (tp - state[1]) / positives * (tp / (double) (tp + fp));
            state[1] = tp;
        });
        return state[0];
    }

    double logLoss() {
        double sum = 0;
        for (int i = 0; i < label.length; i++) {
            double p = Math.clamp(probability[i], 1e-15, 1 - 1e-15);
            sum -= Math.log(label[i] ? p : 1 - p);
        }
        return sum / label.length;
    }

    /// The mean distance between the mean prediction and the rate of positives, over ten bins with as many rows each.
    double calibrationError() {
        double sum = 0;
        for (double[] bin : calibration()) {
            sum += Math.abs(bin[0] - bin[1]) * bin[2];
        }
        return sum / label.length;
    }

    /// Each bin's mean prediction, rate of positives and rows, from the lowest predictions.
    double[][] calibration() {
        int bins = Math.min(BINS, label.length);
        double[][] all = new double[bins][3];
        for (int i = 0; i < order.length; i++) {
            int row = order[order.length - 1 - i];
            double[] bin = all[(int) ((long) i * bins / order.length)];
            bin[0] += probability[row];
            bin[1] += label[row] ? 1 : 0;
            bin[2]++;
        }
        for (double[] bin : all) {
            bin[0] /= bin[2];
            bin[1] /= bin[2];
        }
        return all;
    }

    /// The threshold at which errors cost least; a prediction at or above it is positive.
    double cheapestThreshold(Costs costs) {
        double[] best = {Double.MAX_VALUE, positives * costs.falseNegative()};
        forEachThreshold((threshold, tp, fp) -> {
            double cost = fp * costs.falsePositive() + (positives - tp) * costs.falseNegative();
            if (cost < best[1]) {
                best[0] = threshold;
                best[1] = cost;
            }
        });
        // Just above every prediction where nothing is worth flagging.
        return best[0] == Double.MAX_VALUE ? 1.0 : best[0];
    }

    Map<String, Double> all(double threshold) {
        long tp = 0;
        long fp = 0;
        for (int i = 0; i < label.length; i++) {
            if (probability[i] >= threshold) {
                if (label[i]) {
                    tp++;
                } else {
                    fp++;
                }
            }
        }
        double precision = tp + fp == 0 ? 0 : tp / (double) (tp + fp);
        double recall = tp / (double) positives;
        Map<String, Double> all = new LinkedHashMap<>();
        all.put("auc", auc());
        all.put("average_precision", averagePrecision());
        all.put("log_loss", logLoss());
        all.put("accuracy", (tp + negatives() - fp) / (double) label.length);
        all.put("precision", precision);
        all.put("recall", recall);
        all.put("f1", precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
        all.put("calibration_error", calibrationError());
        all.put("threshold", threshold);
        return all;
    }

    static String key(Measure measure) {
        return measure.name().toLowerCase(java.util.Locale.ROOT);
    }
}
