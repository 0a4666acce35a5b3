package dev.tarn.model.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tarn's predictions against XGBoost's own, bit for bit.
class XgboostEqualityTest {
    private static final int ROWS = 400;

    record Case(String name, int features, boolean categorical, int rounds, Map<String, Object> params) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case("logistic", 7, false, 20, Map.of("max_depth", 6)),
                new Case("hundred trees", 15, false, 100, Map.of("max_depth", 6, "eta", 0.1)),
                new Case("stumps", 3, false, 9, Map.of("max_depth", 1)),
                new Case("by leaf", 9, false, 11, Map.of("grow_policy", "lossguide", "max_leaves", 60, "max_depth", 0)),
                new Case("categories", 5, true, 25, Map.of("max_depth", 4, "tree_method", "hist")),
                new Case("one-hot", 5, true, 25, Map.of("max_cat_to_onehot", 20, "tree_method", "hist")),
                new Case("exact", 4, false, 8, Map.of("tree_method", "exact", "max_depth", 9)),
                new Case("deep", 6, false, 3, Map.of("max_depth", 30, "min_child_weight", 0, "gamma", 0)),
                new Case(
                        "forest",
                        8,
                        false,
                        1,
                        Map.of("num_parallel_tree", 50, "eta", 1, "subsample", 0.6, "colsample_bynode", 0.4)),
                new Case("regression", 7, false, 20, Map.of("objective", "reg:squarederror")),
                new Case("counts", 7, false, 20, Map.of("objective", "count:poisson")),
                new Case("gamma", 5, false, 5, Map.of("objective", "reg:tweedie")),
                new Case("raw", 5, false, 12, Map.of("objective", "binary:logitraw")),
                new Case("base score", 5, false, 12, Map.of("base_score", 0.123)),
                new Case("classes", 6, false, 15, Map.of("objective", "multi:softprob", "num_class", 4)),
                new Case("weights", 6, false, 15, Map.of("scale_pos_weight", 7.5)),
                new Case("linear", 6, false, 15, Map.of("booster", "gblinear")),
                new Case(
                        "linear classes",
                        6,
                        false,
                        15,
                        Map.of("booster", "gblinear", "objective", "multi:softprob", "num_class", 3)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void predictionsAreEqualBitForBit(Case c) throws Exception {
        SplittableRandom random = new SplittableRandom(c.name().hashCode());
        for (int seed = 0; seed < 5; seed++) {
            Booster booster = RandomModels.train(seed, c.features(), c.categorical(), c.rounds(), c.params());
            Predictor ours = XgboostFile.read(booster.toByteArray("ubj"));
            Predictor fromJson = XgboostFile.read(booster.toByteArray("json"));
            boolean linear = ours instanceof LinearModel;
            for (int i = 0; i < ROWS; i++) {
                float[] row = RandomModels.row(random, c.features(), c.categorical());
                // A matrix takes no infinities from Java, but prediction in place does; linear models only the former.
                float[] theirs;
                if (linear) {
                    moderate(row);
                    theirs = booster.predict(new DMatrix(row, 1, row.length, Float.NaN))[0];
                } else {
                    theirs = booster.inplace_predict(row, 1, row.length, Float.NaN)[0];
                }
                assertThat(ours.predict(row)).as("%s, row %d", c, i).isEqualTo(theirs);
                assertThat(fromJson.predict(row)).isEqualTo(theirs);
                assertThat(ours.predictOne(row)).isEqualTo(theirs[0]);
            }
        }
    }

    @Test
    void marginsAndMatrixPredictionsAreEqualToo() throws Exception {
        Booster booster = RandomModels.train(77, 12, false, 60, Map.of("max_depth", 6));
        Predictor ours = XgboostFile.read(booster.toByteArray("ubj"));
        SplittableRandom random = new SplittableRandom(5);
        float[] block = new float[1000 * 12];
        float[][] rows = new float[1000][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = finite(RandomModels.row(random, 12, false));
            System.arraycopy(rows[i], 0, block, i * 12, 12);
        }
        DMatrix matrix = new DMatrix(block, rows.length, 12, Float.NaN);
        float[][] margins = booster.predict(matrix, true);
        float[][] predictions = booster.predict(matrix);
        for (int i = 0; i < rows.length; i++) {
            assertThat(ours.margins(rows[i])).isEqualTo(margins[i]);
            assertThat(ours.predict(rows[i])).isEqualTo(predictions[i]);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void contributionsEqualXgboostsWithinFloatRounding(Case c) throws Exception {
        if (c.name().equals("deep")) {
            return; // XGBoost's own are in floats and lose their digits on paths this long; see the sum below.
        }
        Booster booster = RandomModels.train(3, c.features(), c.categorical(), c.rounds(), c.params());
        Predictor ours = XgboostFile.read(booster.toByteArray("ubj"));
        SplittableRandom random = new SplittableRandom(9);
        for (int i = 0; i < 50; i++) {
            float[] row = moderate(RandomModels.row(random, c.features(), c.categorical()));
            float[] theirs = booster.predictContrib(new DMatrix(row, 1, row.length, Float.NaN), 0)[0];
            for (int output = 0; output < ours.outputCount(); output++) {
                double[] parts = ours.contributions(row, output);
                double scale = 1;
                for (double part : parts) {
                    scale = Math.max(scale, Math.abs(part));
                }
                for (int j = 0; j < parts.length; j++) {
                    assertThat(parts[j]).isCloseTo(theirs[output * parts.length + j], within(2e-4 * scale));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void contributionsSumToTheMargin(Case c) throws Exception {
        Booster booster = RandomModels.train(4, c.features(), c.categorical(), c.rounds(), c.params());
        Predictor ours = XgboostFile.read(booster.toByteArray("json"));
        SplittableRandom random = new SplittableRandom(10);
        for (int i = 0; i < 30; i++) {
            float[] row = moderate(RandomModels.row(random, c.features(), c.categorical()));
            float[] margins = ours.margins(row);
            for (int output = 0; output < margins.length; output++) {
                double sum = 0;
                double scale = 1;
                for (double part : ours.contributions(row, output)) {
                    sum += part;
                    scale = Math.max(scale, Math.abs(part));
                }
                assertThat(sum).isCloseTo(margins[output], within(1e-4 * scale));
            }
        }
    }

    @Test
    void featureNamesComeFromTheFile() throws Exception {
        Booster booster = RandomModels.train(1, 3, false, 2, Map.of());
        booster.setFeatureNames(new String[] {"amount", "age", "limit"});
        assertThat(XgboostFile.read(booster.toByteArray("ubj")).featureNames())
                .isEqualTo(List.of("amount", "age", "limit"));
    }

    /// So that a weighted sum of them is finite too.
    private static float[] moderate(float[] row) {
        for (int i = 0; i < row.length; i++) {
            if (Math.abs(row[i]) > 1e6) {
                row[i] = Float.NaN;
            }
        }
        return row;
    }

    private static float[] finite(float[] row) {
        for (int i = 0; i < row.length; i++) {
            if (Float.isInfinite(row[i])) {
                row[i] = Float.NaN;
            }
        }
        return row;
    }
}
