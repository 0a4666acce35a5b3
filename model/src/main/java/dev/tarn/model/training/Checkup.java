package dev.tarn.model.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// How the current version does on labelled rows that are newer than those it was made from.
///
/// @param newRows rows newer than all that the last training saw, whatever became of it
/// @param judgedRows rows newer than those of the current version, which the rest is about
/// @param drifted the input whose values have moved most; empty when none was compared
/// @param drift its population stability index: below 0.1 is calm, above 0.2 is much
/// @param metric the training file's
/// @param now the current version's metric on these rows; NaN when there are too few of either class
/// @param then what it was when the version was made
/// @param loss how much worse it is now; 0 when that is not known
public record Checkup(
        long newRows,
        long judgedRows,
        String drifted,
        double drift,
        String metric,
        double now,
        double then,
        double loss) {
    /// Fewer rows than these, or fewer of one class than [#CLASS_MIN], say nothing.
    private static final int ROWS_MIN = 200;

    private static final int CLASS_MIN = 20;
    /// Stands for an empty share, whose logarithm would be infinite.
    private static final double SHARE_MIN = 1e-4;

    static Checkup nothing(TrainingFile training, long newRows) {
        return new Checkup(newRows, 0, "", 0, Scores.key(training.metric()), Double.NaN, Double.NaN, 0);
    }

    /// @param newer rows that came after those of the current version
    /// @param profile what [Evidence#profile] kept of those
    /// @param then the metric that the version's run recorded
    static Checkup of(
            TrainingFile training, long newRows, Examples newer, JsonNode profile, ServedModel model, double then) {
        if (newer.rows() < ROWS_MIN || newRows == 0) {
            return nothing(training, newRows);
        }
        String drifted = "";
        double drift = 0;
        for (int i = 0; i < newer.inputs.size(); i++) {
            double index = stability(
                    newer.inputs.get(i),
                    newer.values[i],
                    profile.path("inputs").path(newer.inputs.get(i).name()),
                    profile.path("rows").asLong());
            if (index > drift) {
                drift = index;
                drifted = newer.inputs.get(i).name();
            }
        }
        double now = metric(training, newer, model);
        double loss = training.metric().isLoss() ? now - then : then - now;
        return new Checkup(
                newRows,
                newer.rows(),
                drifted,
                drift,
                Scores.key(training.metric()),
                now,
                then,
                Double.isNaN(loss) ? 0 : loss);
    }

    private static double metric(TrainingFile training, Examples newer, ServedModel model) {
        long positives =
                IntStream.range(0, newer.rows()).filter(row -> newer.label[row]).count();
        if (positives < CLASS_MIN || newer.rows() - positives < CLASS_MIN) {
            return Double.NaN;
        }
        Map<String, Integer> places = new HashMap<>();
        for (int i = 0; i < newer.inputs.size(); i++) {
            places.put(newer.inputs.get(i).name(), i);
        }
        double[] probability = new double[newer.rows()];
        for (int row = 0; row < probability.length; row++) {
            @Nullable Object[] all = Evidence.values(newer, row);
            @Nullable Object[] wanted = new Object[model.inputs().size()];
            for (int i = 0; i < wanted.length; i++) {
                Integer place = places.get(model.inputs().get(i).name());
                wanted[i] = place == null ? null : all[place];
            }
            probability[row] = model.predict(wanted);
        }
        return new Scores(probability, newer.label)
                .all(model.threshold().orElse(0.5))
                .getOrDefault(Scores.key(training.metric()), Double.NaN);
    }

    /// The population stability index: over the bins, the difference of the shares times the logarithm of their
    /// ratio. A missing value is a bin, and so is a word that was never seen.
    static double stability(Input input, double[] values, JsonNode before, long rowsBefore) {
        if (before.isMissingNode() || rowsBefore == 0) {
            return 0;
        }
        List<Double> expected = new ArrayList<>(List.of(before.path("missing").asDouble()));
        double[] observed;
        if (input.kind() == Kind.CATEGORY) {
            Map<String, Integer> bins = new HashMap<>();
            before.path("words").properties().forEach(word -> {
                bins.put(word.getKey(), expected.size());
                expected.add(word.getValue().asDouble());
            });
            observed = new double[expected.size() + 1];
            expected.add(0.0);
            for (double value : values) {
                observed[
                        Double.isNaN(value)
                                ? 0
                                : bins.getOrDefault(input.words().get((int) value), bins.size() + 1)]++;
            }
        } else {
            JsonNode edges = before.path("edges");
            before.path("counts").forEach(count -> expected.add(count.asDouble()));
            observed = new double[edges.size() + 2];
            while (expected.size() < observed.length) {
                expected.add(0.0);
            }
            for (double value : values) {
                int bin = 0;
                while (bin < edges.size() && value > edges.get(bin).asDouble()) {
                    bin++;
                }
                observed[Double.isNaN(value) ? 0 : bin + 1]++;
            }
        }
        double index = 0;
        for (int bin = 0; bin < observed.length; bin++) {
            double was = Math.max(SHARE_MIN, expected.get(bin) / rowsBefore);
            double is = Math.max(SHARE_MIN, observed[bin] / values.length);
            index += (is - was) * Math.log(is / was);
        }
        return index;
    }
}
