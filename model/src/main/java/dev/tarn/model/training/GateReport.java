package dev.tarn.model.training;

import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.model.training.TrainingFile.Gate;
import dev.tarn.model.training.TrainingFile.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Whether a model may take the current one's place, check by check.
///
/// @param checks in the order made
public record GateReport(List<Check> checks) {
    /// @param said what was found, in words
    public record Check(String what, boolean passed, String said) {}

    private static final int SLICE_POSITIVES = 20;

    public boolean passed() {
        return checks.stream().allMatch(Check::passed);
    }

    /// @param current the current version's metric on the same rows; empty when there is none
    static GateReport of(TrainingFile training, Judged best, Examples examples, OptionalDouble current) {
        Gate gate = training.gate();
        Measure measure = training.metric();
        List<Check> checks = new ArrayList<>();
        double value = best.metrics().getOrDefault(Scores.key(measure), Double.NaN);
        gate.least()
                .ifPresent(least -> checks.add(new Check(
                        "metric",
                        measure.isLoss() ? value <= least : value >= least,
                        String.format(
                                Locale.ROOT,
                                "%s is %.4f, and %s %.4f is asked for",
                                Scores.key(measure),
                                value,
                                measure.isLoss() ? "at most" : "at least",
                                least))));
        checks.add(better(gate, measure, value, current));
        checks.addAll(leaks(gate, examples));
        gate.calibrationError().ifPresent(most -> {
            double error = best.scores().calibrationError();
            checks.add(new Check(
                    "calibration",
                    error <= most,
                    String.format(Locale.ROOT, "the mean error is %.4f, and at most %.4f is allowed", error, most)));
        });
        for (String column : gate.slices()) {
            checks.addAll(slices(column, gate, best, examples));
        }
        return new GateReport(List.copyOf(checks));
    }

    private static Check better(Gate gate, Measure measure, double value, OptionalDouble current) {
        if (current.isEmpty()) {
            return new Check("better than current", true, "there is no current version to compare with");
        }
        double gain = measure.isLoss() ? current.getAsDouble() - value : value - current.getAsDouble();
        return new Check(
                "better than current",
                gain >= gate.betterBy(),
                String.format(
                        Locale.ROOT,
                        "%s is %.4f against %.4f on the same rows, a gain of %.4f; at least %.4f is asked for",
                        Scores.key(measure),
                        value,
                        current.getAsDouble(),
                        gain,
                        gate.betterBy()));
    }

    /// An input that alone tells the label is a leak: it was written down after the fact.
    static List<Check> leaks(Gate gate, Examples examples) {
        List<Check> checks = new ArrayList<>();
        for (int i = 0; i < examples.inputs.size(); i++) {
            double alone = aloneAuc(examples, i);
            if (alone >= gate.leakAuc()) {
                checks.add(new Check(
                        "leak",
                        false,
                        String.format(
                                Locale.ROOT,
                                "the input '%s' alone reaches an AUC of %.4f: it probably holds the label; leave it out (ignore)",
                                examples.inputs.get(i).name(),
                                alone)));
            }
        }
        if (checks.isEmpty()) {
            checks.add(new Check(
                    "leak", true, String.format(Locale.ROOT, "no input alone reaches an AUC of %.4f", gate.leakAuc())));
        }
        return checks;
    }

    private static double aloneAuc(Examples examples, int input) {
        double[] values = examples.values[input].clone();
        boolean[] label = examples.label;
        double base = IntStream.range(0, label.length).filter(i -> label[i]).count() / (double) label.length;
        if (examples.inputs.get(input).kind() == Kind.CATEGORY) {
            int words = examples.inputs.get(input).words().size();
            // What one half of the rows says of a word is tried on the other half: a rate that a row's own label is
            // part of, or is taken out of, tells that label. Drawn towards the mean: a word seen once tells nothing.
            double[][] count = new double[2][words + 1];
            double[][] positive = new double[2][words + 1];
            for (int i = 0; i < values.length; i++) {
                int word = Double.isNaN(values[i]) ? words : (int) values[i];
                count[i % 2][word]++;
                positive[i % 2][word] += label[i] ? 1 : 0;
            }
            for (int i = 0; i < values.length; i++) {
                int word = Double.isNaN(values[i]) ? words : (int) values[i];
                int other = 1 - i % 2;
                values[i] = (positive[other][word] + base) / (count[other][word] + 1);
            }
        } else {
            double mean = java.util.Arrays.stream(values)
                    .filter(v -> !Double.isNaN(v))
                    .average()
                    .orElse(0);
            for (int i = 0; i < values.length; i++) {
                values[i] = Double.isNaN(values[i]) ? mean : values[i];
            }
        }
        double auc = new Scores(values, label).auc();
        double present = 0;
        if (examples.inputs.get(input).kind() != Kind.CATEGORY) {
            double[] missing = new double[values.length];
            for (int i = 0; i < missing.length; i++) {
                missing[i] = Double.isNaN(examples.values[input][i]) ? 1 : 0;
            }
            double other = new Scores(missing, label).auc();
            present = Math.max(other, 1 - other);
        }
        return Math.max(Math.max(auc, 1 - auc), present);
    }

    private static List<Check> slices(String column, Gate gate, Judged best, Examples examples) {
        @Nullable String[] texts = examples.texts.get(column);
        Map<String, List<Integer>> bySlice = new TreeMap<>();
        for (int i = 0; i < best.rows().length; i++) {
            bySlice.computeIfAbsent(String.valueOf(texts[best.rows()[i]]), word -> new ArrayList<>())
                    .add(i);
        }
        List<Check> checks = new ArrayList<>();
        bySlice.forEach((word, places) -> {
            double[] probability =
                    places.stream().mapToDouble(i -> best.probability()[i]).toArray();
            boolean[] label = new boolean[probability.length];
            for (int i = 0; i < label.length; i++) {
                label[i] = examples.label[best.rows()[places.get(i)]];
            }
            Scores scores = new Scores(probability, label);
            if (scores.positives() < SLICE_POSITIVES || scores.negatives() < SLICE_POSITIVES) {
                checks.add(new Check(
                        "slice " + column + "=" + word,
                        true,
                        String.format(
                                Locale.ROOT,
                                "%d positive and %d negative rows are too few to judge",
                                scores.positives(),
                                scores.negatives())));
                return;
            }
            double auc = scores.auc();
            checks.add(new Check(
                    "slice " + column + "=" + word,
                    auc >= gate.sliceAuc(),
                    String.format(
                            Locale.ROOT,
                            "AUC %.4f on %d rows; at least %.4f is asked for",
                            auc,
                            label.length,
                            gate.sliceAuc())));
        });
        return checks;
    }
}
