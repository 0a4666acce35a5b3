package dev.tarn.model.training;

import dev.tarn.model.packaging.LoadedModel;
import dev.tarn.model.packaging.ModelPackage;
import dev.tarn.model.training.Learner.Learned;
import dev.tarn.model.training.TrainingFile.Algorithm;
import dev.tarn.model.training.TrainingFile.Candidate;
import dev.tarn.model.training.TrainingFile.Split;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/// A candidate, tried: the rows it was judged on, what it said of them, and the model that goes on.
///
/// @param rows the judged rows of the examples
/// @param scores over all judged rows
/// @param metrics the means over the folds of what [Scores#all] computes of each
/// @param model learned from everything that may be learned from: all rows for folds, the first period otherwise
@SuppressWarnings("ArrayRecordComponent") // never compared
record Judged(
        Candidate candidate,
        int[] rows,
        double[] probability,
        Scores scores,
        double threshold,
        Map<String, Double> metrics,
        Learned model) {
    static Judged of(TrainingFile training, Candidate candidate, Examples examples, List<Splits.Fold> folds) {
        List<double[]> probabilities = new ArrayList<>();
        Learned model = null;
        for (Splits.Fold fold : folds) {
            model = learn(training, candidate, examples.pick(fold.train()));
            probabilities.add(probabilities(candidate, model, examples, fold.test()));
        }
        if (model == null || training.split() instanceof Split.Grouped) {
            model = learn(training, candidate, examples);
        }
        int[] rows =
                folds.stream().flatMapToInt(fold -> IntStream.of(fold.test())).toArray();
        double[] all =
                probabilities.stream().flatMapToDouble(java.util.Arrays::stream).toArray();
        Examples judged = examples.pick(rows);
        judged.requireBothClasses("the part to judge");
        Scores scores = new Scores(all, judged.label);
        double threshold = scores.cheapestThreshold(training.costs());
        Map<String, Double> metrics = new LinkedHashMap<>();
        for (int i = 0; i < folds.size(); i++) {
            Examples test = examples.pick(folds.get(i).test());
            test.requireBothClasses("fold " + (i + 1));
            new Scores(probabilities.get(i), test.label)
                    .all(threshold)
                    .forEach((key, value) -> metrics.merge(key, value / folds.size(), Double::sum));
        }
        return new Judged(candidate, rows, all, scores, threshold, metrics, model);
    }

    static Learned learn(TrainingFile training, Candidate candidate, Examples train) {
        if (candidate.algorithm() == Algorithm.EXTERNAL) {
            Path folder = training.file().toAbsolutePath().getParent();
            return ExternalTrainer.learn(candidate, train, training.seed(), folder == null ? Path.of(".") : folder);
        }
        return Learner.learn(candidate, train, training.seed());
    }

    static double[] probabilities(Candidate candidate, Learned model, Examples examples, int[] rows) {
        LoadedModel loaded = load(candidate, model, List.of());
        return IntStream.of(rows)
                .mapToDouble(row -> loaded.predictNumbers(examples.row(row)))
                .toArray();
    }

    /// @param typical what an explanation compares with; may be empty
    static LoadedModel load(Candidate candidate, Learned model, List<Double> typical) {
        ModelPackage description =
                new ModelPackage(format(candidate), model.encoder(), OptionalDouble.empty(), "", typical);
        return new LoadedModel("candidate", 0, "", description, model.file());
    }

    static String format(Candidate candidate) {
        return candidate.algorithm() == Algorithm.EXTERNAL ? ModelPackage.ONNX : ModelPackage.XGBOOST;
    }
}
