package dev.tarn.model.tree;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import ml.dmlc.xgboost4j.java.Booster;
import ml.dmlc.xgboost4j.java.DMatrix;
import ml.dmlc.xgboost4j.java.XGBoost;
import ml.dmlc.xgboost4j.java.XGBoostError;

/// Models trained by XGBoost on random data, and hostile rows to ask them about.
final class RandomModels {
    private static final float[] ODD = {
        Float.NaN,
        0.0f,
        -0.0f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MIN_NORMAL / 2,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY
    };

    private RandomModels() {}

    /// @param categorical whether the last feature holds categories 0 to 11
    static Booster train(long seed, int features, boolean categorical, int rounds, Map<String, Object> more)
            throws XGBoostError {
        SplittableRandom random = new SplittableRandom(seed);
        int rows = 400;
        float[] data = new float[rows * features];
        float[] label = new float[rows];
        int classes = (int) more.getOrDefault("num_class", 2);
        for (int i = 0; i < rows; i++) {
            float signal = 0;
            for (int j = 0; j < features; j++) {
                float value = categorical && j == features - 1
                        ? random.nextInt(12)
                        : (float) (random.nextGaussian() * Math.pow(10, j % 5 - 2));
                if (random.nextInt(10) == 0) {
                    value = Float.NaN;
                }
                data[i * features + j] = value;
                signal += Float.isNaN(value) ? 0.7f : (float) Math.sin(value * (j + 1));
            }
            label[i] = Math.floorMod((int) Math.floor(signal * 3), classes);
        }
        DMatrix matrix = new DMatrix(data, rows, features, Float.NaN);
        matrix.setLabel(label);
        if (categorical) {
            String[] types = new String[features];
            Arrays.fill(types, "q");
            types[features - 1] = "c";
            matrix.setFeatureTypes(types);
        }
        Map<String, Object> params = new HashMap<>(Map.of("nthread", 1, "seed", seed, "objective", "binary:logistic"));
        params.putAll(more);
        return XGBoost.train(matrix, params, rounds, Map.of(), null, null);
    }

    static float[] row(SplittableRandom random, int features, boolean categorical) {
        float[] row = new float[features];
        for (int j = 0; j < features; j++) {
            int kind = random.nextInt(8);
            if (kind == 0) {
                row[j] = ODD[random.nextInt(ODD.length)];
            } else if (kind == 1) {
                row[j] = Float.intBitsToFloat(random.nextInt());
            } else {
                row[j] = (float) (random.nextGaussian() * Math.pow(10, j % 5 - 2));
            }
        }
        if (categorical) {
            row[features - 1] = random.nextInt(4) == 0 ? Float.NaN : random.nextInt(14);
        }
        return row;
    }
}
