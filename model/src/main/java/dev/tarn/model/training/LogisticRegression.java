package dev.tarn.model.training;

import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.model.packaging.Encoder;
import dev.tarn.model.packaging.Encoder.Column;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Logistic regression by Newton's method on standardized columns, with an L2 penalty: the minimum that
/// scikit-learn's `LogisticRegression` looks for (half the squared weights plus `c` times the log loss; the
/// bias is free), found to the last digits rather than to a tolerance. XGBoost's `gblinear` only comes near
/// it, by steps whose number would have to be chosen. The result is a file in `gblinear`'s format.
final class LogisticRegression {
    private static final int STEPS_MAX = 100;
    private static final double ENOUGH = 1e-10;

    private LogisticRegression() {}

    static Learner.Learned learn(Examples train, Map<String, String> parameters) {
        Encoder encoder = standardized(train);
        Encoder.Encoding encoding = encoder.start();
        float[][] rows = new float[train.rows()][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = encoding.encode(train.row(row));
        }
        double positiveWeight = Learner.weight(parameters.get("class_weight"), train);
        // Like scikit-learn's "balanced": the mean weight is 1.
        double total = 0;
        for (boolean label : train.label) {
            total += label ? positiveWeight : 1;
        }
        double norm = train.rows() / total;
        double[] weights =
                newton(rows, train.label, norm * positiveWeight, norm, Double.parseDouble(parameters.get("c")));
        return new Learner.Learned(encoder, file(encoder.columnNames(), weights), "");
    }

    /// Missing numbers count as the mean, so that after centring they add nothing.
    private static Encoder standardized(Examples train) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < train.inputs.size(); i++) {
            Input input = train.inputs.get(i);
            double[] values = train.values[i];
            if (input.kind() == Kind.CATEGORY) {
                for (int word = 0; word < input.words().size(); word++) {
                    double[] is = new double[values.length];
                    for (int row = 0; row < is.length; row++) {
                        is[row] = values[row] == word ? 1 : 0;
                    }
                    double mean = mean(is);
                    columns.add(new Column.IsWord(i, word, mean, deviation(is, mean)));
                }
            } else {
                double mean = mean(values);
                columns.add(new Column.Value(i, mean, mean, deviation(values, mean)));
            }
        }
        return new Encoder(train.inputs, columns);
    }

    private static double mean(double[] values) {
        double sum = 0;
        int count = 0;
        for (double value : values) {
            if (!Double.isNaN(value)) {
                sum += value;
                count++;
            }
        }
        return count == 0 ? 0 : sum / count;
    }

    private static double deviation(double[] values, double mean) {
        double sum = 0;
        for (double value : values) {
            double distance = Double.isNaN(value) ? 0 : value - mean;
            sum += distance * distance;
        }
        double deviation = Math.sqrt(sum / values.length);
        return deviation > 1e-12 ? deviation : 1;
    }

    /// The weights of the columns, and last the bias.
    private static double[] newton(float[][] rows, boolean[] label, double positive, double negative, double c) {
        int size = rows[0].length + 1;
        double[] weights = new double[size];
        double loss = loss(rows, label, weights, positive, negative, c);
        for (int step = 0; step < STEPS_MAX; step++) {
            double[][] hessian = new double[size][size];
            double[] gradient = new double[size];
            for (int row = 0; row < rows.length; row++) {
                double p = sigmoid(margin(rows[row], weights));
                double weight = c * (label[row] ? positive : negative);
                add(hessian, gradient, rows[row], weight * (p - (label[row] ? 1 : 0)), weight * p * (1 - p));
            }
            for (int i = 0; i < size - 1; i++) {
                gradient[i] += weights[i];
                hessian[i][i] += 1;
            }
            hessian[size - 1][size - 1] += 1e-12;
            double[] direction = solve(hessian, gradient);
            double length = 1;
            double[] next = moved(weights, direction, length);
            double nextLoss = loss(rows, label, next, positive, negative, c);
            while (nextLoss > loss && length > 1e-6) {
                length /= 2;
                next = moved(weights, direction, length);
                nextLoss = loss(rows, label, next, positive, negative, c);
            }
            double gain = loss - nextLoss;
            weights = next;
            loss = nextLoss;
            if (gain <= ENOUGH * Math.abs(loss)) {
                break;
            }
        }
        return weights;
    }

    private static void add(double[][] hessian, double[] gradient, float[] row, double slope, double curve) {
        int last = row.length;
        for (int i = 0; i < last; i++) {
            gradient[i] += slope * row[i];
            double part = curve * row[i];
            for (int j = 0; j <= i; j++) {
                hessian[i][j] += part * row[j];
            }
            hessian[last][i] += part;
        }
        gradient[last] += slope;
        hessian[last][last] += curve;
    }

    private static double[] moved(double[] weights, double[] direction, double length) {
        double[] next = weights.clone();
        for (int i = 0; i < next.length; i++) {
            next[i] -= length * direction[i];
        }
        return next;
    }

    private static double loss(
            float[][] rows, boolean[] label, double[] weights, double positive, double negative, double c) {
        double loss = 0;
        for (int row = 0; row < rows.length; row++) {
            double margin = margin(rows[row], weights);
            double signed = label[row] ? -margin : margin;
            double one = signed > 0 ? signed + Math.log1p(Math.exp(-signed)) : Math.log1p(Math.exp(signed));
            loss += c * (label[row] ? positive : negative) * one;
        }
        for (int i = 0; i < weights.length - 1; i++) {
            loss += weights[i] * weights[i] / 2;
        }
        return loss;
    }

    private static double margin(float[] row, double[] weights) {
        double sum = weights[row.length];
        for (int i = 0; i < row.length; i++) {
            sum += row[i] * weights[i];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /// Solves by Cholesky's decomposition; only the lower triangle of the matrix is used.
    private static double[] solve(double[][] matrix, double[] right) {
        int n = right.length;
        double[][] lower = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j <= i; j++) {
                double sum = matrix[i][j];
                for (int k = 0; k < j; k++) {
                    sum -= lower[i][k] * lower[j][k];
                }
                lower[i][j] = i == j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j][j];
            }
        }
        double[] x = right.clone();
        for (int i = 0; i < n; i++) {
            for (int k = 0; k < i; k++) {
                x[i] -= lower[i][k] * x[k];
            }
            x[i] /= lower[i][i];
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int k = i + 1; k < n; k++) {
                x[i] -= lower[k][i] * x[k];
            }
            x[i] /= lower[i][i];
        }
        return x;
    }

    private static byte[] file(List<String> names, double[] weights) {
        StringBuilder json = new StringBuilder("{\"learner\":{\"attributes\":{},\"feature_names\":[");
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i).replaceAll("[\\[\\]<>\\s\"\\\\\\p{Cntrl}]", "_");
            json.append(i == 0 ? "\"" : ",\"").append(name).append('"');
        }
        json.append("],\"feature_types\":[],\"gradient_booster\":{\"model\":{\"boosted_rounds\":1,\"weights\":[");
        for (int i = 0; i < weights.length; i++) {
            json.append(i == 0 ? "" : ",").append((float) weights[i]);
        }
        json.append(
                        "]},\"name\":\"gblinear\"},\"learner_model_param\":{\"base_score\":\"5E-1\",\"boost_from_average\":\"1\",")
                .append("\"num_class\":\"0\",\"num_feature\":\"")
                .append(names.size())
                .append("\",\"num_target\":\"1\"},\"objective\":{\"name\":\"binary:logistic\",")
                .append("\"reg_loss_param\":{\"scale_pos_weight\":\"1\"}}},\"version\":[3,0,4]}");
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }
}
