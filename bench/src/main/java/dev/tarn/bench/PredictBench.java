package dev.tarn.bench;

import dev.tarn.model.tree.Predictor;
import dev.tarn.model.tree.XgboostFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/// One row through a model of 100 trees of depth 6: Tarn's predictor beside XGBoost4J's two calls.
final class PredictBench implements Bench {
    static final int FEATURES = 15;
    private static final int TREES = 100;
    private static final int ROWS = 4096;
    private static final double MOST_MICROS = 2;
    private static final double LEAST_TIMES = 50;

    @Override
    public String name() {
        return "predict";
    }

    @Override
    public String title() {
        return "Single-row prediction of a 100-tree model in the process";
    }

    @Override
    public String method() {
        return "A binary classifier of 100 trees of depth 6 on 15 features, trained by XGBoost on 50,000 rows made "
                + "from a fixed seed. One thread, warm, 4,096 different rows in turn. Before any time is taken, all "
                + "predictions are checked to be equal to XGBoost's bit for bit.";
    }

    @Override
    public void measure(Run run) throws Exception {
        Booster booster = train();
        Predictor ours = XgboostFile.read(booster.toByteArray("ubj"));
        float[][] rows = rows(ROWS, 2);
        for (float[] row : rows) {
            if (ours.predictOne(row) != booster.inplace_predict(row, 1, FEATURES, Float.NaN)[0][0]) {
                throw new IllegalStateException("the predictions differ on " + Arrays.toString(row));
            }
        }
        Figure tarn = run.add(micros(run, "Tarn", 200_000, i -> ours.predictOne(rows[i % ROWS])));
        Figure inPlace = run.add(micros(
                run,
                "XGBoost4J, inplace_predict",
                20_000,
                i -> booster.inplace_predict(rows[i % ROWS], 1, FEATURES, Float.NaN)[0][0]));
        Figure matrix = run.add(micros(run, "XGBoost4J, DMatrix and predict", 5_000, i -> {
            DMatrix one = new DMatrix(rows[i % ROWS], 1, FEATURES, Float.NaN);
            float answer = booster.predict(one)[0][0];
            one.dispose();
            return answer;
        }));
        double times = Math.min(inPlace.value(), matrix.value()) / tarn.value();
        run.add(Bar.atMost("one row", MOST_MICROS, tarn));
        run.add(Bar.atLeast(
                "Tarn beside the faster of XGBoost4J's calls", LEAST_TIMES, Figure.computed("ratio", "×", times)));
    }

    private interface Call {
        float at(int i) throws XGBoostError;
    }

    private static Figure micros(Run run, String what, int calls, Call call) throws XGBoostError {
        List<Double> samples = new ArrayList<>();
        float sink = 0;
        for (int sample = -2; sample < run.samples(); sample++) {
            long start = System.nanoTime();
            for (int i = 0; i < calls; i++) {
                sink += call.at(i);
            }
            if (sample >= 0) {
                samples.add((System.nanoTime() - start) / 1e3 / calls);
            }
        }
        if (Float.isNaN(sink)) {
            throw new IllegalStateException("a prediction is not a number");
        }
        return Figure.median(what, "µs", samples);
    }

    static Booster train() throws XGBoostError {
        float[][] rows = rows(50_000, 1);
        float[] data = new float[rows.length * FEATURES];
        float[] label = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, data, i * FEATURES, FEATURES);
            float score = rows[i][0] * rows[i][1] + rows[i][2] - rows[i][3] * rows[i][4];
            label[i] = score + rows[i][5] > 0.5f ? 1 : 0;
        }
        DMatrix matrix = new DMatrix(data, rows.length, FEATURES, Float.NaN);
        matrix.setLabel(label);
        Map<String, Object> params = Map.of("objective", "binary:logistic", "max_depth", 6, "eta", 0.1, "seed", 1);
        return XGBoost.train(matrix, params, TREES, Map.of(), null, null);
    }

    private static float[][] rows(int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] rows = new float[count][FEATURES];
        for (float[] row : rows) {
            for (int j = 0; j < FEATURES; j++) {
                row[j] = (float) random.nextGaussian();
            }
        }
        return rows;
    }
}
