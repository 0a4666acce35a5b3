package dev.tarn.model.training;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.model.packaging.Encoder;
import dev.tarn.model.packaging.Encoder.Column;
import dev.tarn.model.training.TrainingFile.Candidate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;
import ml.dmlc.xgboost4j.java.util.BigDenseMatrix;

/// Makes models. The same rows, candidate and seed give the same bytes.
final class Learner {
    private Learner() {}

    /// A model's file and how values become its numbers.
    ///
    /// @param said the end of what an external trainer said; empty for the others
    @SuppressWarnings("ArrayRecordComponent") // the file's bytes, compared with Arrays.equals
    record Learned(Encoder encoder, byte[] file, String said) {}

    static Learned learn(Candidate candidate, Examples train, long seed) {
        train.requireBothClasses("a part to learn from");
        Map<String, String> parameters = Hyperparameters.complete(candidate.algorithm(), candidate.parameters());
        return switch (candidate.algorithm()) {
            case XGBOOST ->
                boost(train, seed, parameters, boosting(parameters), Integer.parseInt(parameters.get("rounds")));
            case RANDOM_FOREST -> boost(train, seed, parameters, forest(parameters, train), 1);
            case LOGISTIC_REGRESSION -> LogisticRegression.learn(train, parameters);
            case EXTERNAL -> throw new IllegalStateException("an external trainer is started by its own class");
        };
    }

    private static Map<String, Object> boosting(Map<String, String> parameters) {
        Map<String, Object> all = new LinkedHashMap<>(parameters);
        all.remove("rounds");
        all.remove("categories");
        return all;
    }

    /// XGBoost's random-forest mode: many trees at once on samples of rows and columns. With squared error, no
    /// shrinking, no penalty and a start of 0, a leaf holds the share of positives, and the prediction is the
    /// mean of the trees' shares: a random forest as scikit-learn grows it, by the same criterion up to a factor.
    private static Map<String, Object> forest(Map<String, String> parameters, Examples train) {
        Map<String, Object> all = new LinkedHashMap<>(parameters);
        all.put("num_parallel_tree", parameters.get("trees"));
        all.put("eta", "1");
        all.put("lambda", "0");
        all.put("base_score", "0");
        all.put("objective", "reg:squarederror");
        all.put("scale_pos_weight", String.valueOf(weight(parameters.get("class_weight"), train)));
        all.remove("trees");
        all.remove("class_weight");
        all.remove("categories");
        return all;
    }

    /// What a positive row counts against a negative one.
    static double weight(String classWeight, Examples train) {
        long positives = 0;
        for (boolean label : train.label) {
            positives += label ? 1 : 0;
        }
        return switch (classWeight) {
            case "balanced" -> (train.rows() - positives) / (double) positives;
            case "none" -> 1;
            default -> Double.parseDouble(classWeight);
        };
    }

    private static Learned boost(
            Examples train, long seed, Map<String, String> parameters, Map<String, Object> params, int rounds) {
        Encoder encoder = encoder(train.inputs, parameters.get("categories").equals("one-hot"));
        Encoder.Encoding encoding = encoder.start();
        int columns = encoder.columns().size();
        BigDenseMatrix data = new BigDenseMatrix(train.rows(), columns);
        float[] labels = new float[train.rows()];
        DMatrix matrix = null;
        Booster booster = null;
        try {
            for (int row = 0; row < train.rows(); row++) {
                float[] encoded = encoding.encode(train.row(row));
                for (int i = 0; i < columns; i++) {
                    data.set(row, i, encoded[i]);
                }
                labels[row] = train.label[row] ? 1 : 0;
            }
            matrix = new DMatrix(data, Float.NaN);
            matrix.setLabel(labels);
            matrix.setFeatureNames(encoder.columnNames().stream()
                    .map(name -> name.replaceAll("[\\[\\]<>\\s]", "_"))
                    .toArray(String[]::new));
            params.putIfAbsent("objective", "binary:logistic");
            params.put("tree_method", "hist");
            params.put("seed", seed);
            // The sums of several threads' parts depend on how the rows were shared out.
            params.put("nthread", 1);
            booster = XGBoost.train(matrix, params, rounds, Map.of(), null, null);
            return new Learned(encoder, booster.toByteArray("ubj"), "");
        } catch (XGBoostError e) {
            throw new TarnException(
                    ErrorCode.BAD_REQUEST,
                    "XGBoost refuses: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
                    e);
        } finally {
            data.dispose();
            if (matrix != null) {
                matrix.dispose();
            }
            if (booster != null) {
                booster.dispose();
            }
        }
    }

    static Encoder encoder(List<Input> inputs, boolean oneHot) {
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Input input = inputs.get(i);
            if (input.kind() != Kind.CATEGORY) {
                columns.add(new Column.Value(i, Double.NaN, 0, 1));
            } else if (!oneHot) {
                columns.add(new Column.Code(i));
            } else {
                for (int word = 0; word < input.words().size(); word++) {
                    columns.add(new Column.IsWord(i, word, 0, 1));
                }
            }
        }
        return new Encoder(inputs, columns);
    }
}
