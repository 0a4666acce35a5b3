package dev.tarn.model.training;

import dev.tarn.core.config.Nearest;
import dev.tarn.model.training.TrainingFile.Algorithm;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What each algorithm takes, and what it takes when nothing is said.
final class Hyperparameters {
    private static final Map<String, String> XGBOOST = Map.ofEntries(
            Map.entry("rounds", "200"),
            Map.entry("max_depth", "6"),
            Map.entry("eta", "0.1"),
            Map.entry("min_child_weight", "1"),
            Map.entry("subsample", "1"),
            Map.entry("colsample_bytree", "1"),
            Map.entry("lambda", "1"),
            Map.entry("alpha", "0"),
            Map.entry("gamma", "0"),
            Map.entry("max_leaves", "0"),
            Map.entry("max_bin", "256"),
            Map.entry("grow_policy", "depthwise"),
            Map.entry("scale_pos_weight", "1"),
            Map.entry("categories", "one-hot"));
    private static final Map<String, String> FOREST = Map.of(
            "trees", "100",
            "max_depth", "16",
            "min_child_weight", "1",
            "subsample", "0.632",
            "colsample_bynode", "0.4",
            "max_bin", "256",
            "class_weight", "balanced",
            "categories", "one-hot");
    private static final Map<String, String> LOGISTIC = Map.of("c", "1", "class_weight", "balanced");

    private Hyperparameters() {}

    /// What is wrong with parameters, if anything.
    static Optional<String> check(Algorithm algorithm, Map<String, String> given) {
        if (algorithm == Algorithm.EXTERNAL) {
            return Optional.empty();
        }
        Map<String, String> known = defaults(algorithm);
        for (Map.Entry<String, String> entry : given.entrySet()) {
            String otherwise = known.get(entry.getKey());
            if (otherwise == null) {
                return Optional.of("'" + entry.getKey() + "' is unknown"
                        + Nearest.of(entry.getKey(), known.keySet())
                                .map(near -> "; did you mean '" + near + "'?")
                                .orElse("; known are " + String.join(", ", new TreeMap<>(known).keySet())));
            }
            if (isNumber(otherwise) && !isNumber(entry.getValue())) {
                return Optional.of("'" + entry.getKey() + "' is a number, not '" + entry.getValue() + "'");
            }
        }
        return Optional.empty();
    }

    /// All parameters, those given and the others' defaults, by name.
    static Map<String, String> complete(Algorithm algorithm, Map<String, String> given) {
        Map<String, String> all = new TreeMap<>(defaults(algorithm));
        all.putAll(given);
        return new LinkedHashMap<>(all);
    }

    private static Map<String, String> defaults(Algorithm algorithm) {
        return switch (algorithm) {
            case XGBOOST -> XGBOOST;
            case RANDOM_FOREST -> FOREST;
            case LOGISTIC_REGRESSION -> LOGISTIC;
            case EXTERNAL -> Map.of();
        };
    }

    private static boolean isNumber(String text) {
        try {
            return Double.isFinite(Double.parseDouble(text));
        } catch (NumberFormatException e) {
            return false;
        }
    }
}
