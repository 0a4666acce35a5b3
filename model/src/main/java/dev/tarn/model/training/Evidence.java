package dev.tarn.model.training;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.model.packaging.LoadedModel;
import dev.tarn.model.packaging.ModelPackage;
import dev.tarn.model.training.TrainingFile.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What a run keeps beside its model for people: the data's profile, importance, the model card.
final class Evidence {
    /// Rows that importance is taken over: so many, or fewer of a large forest, where each takes long.
    private static final int SAMPLE_MAX = 500;

    private static final int SAMPLE_MIN = 50;
    private static final long NODES_WALKED = 10_000_000;

    private Evidence() {}

    static String profile(Examples examples) {
        ObjectNode json = new JsonMapper().createObjectNode().put("rows", examples.rows());
        json.put("positives", positives(examples));
        json.put("until", until(examples));
        ObjectNode snapshots = json.putObject("snapshots");
        examples.snapshots.forEach(snapshots::put);
        ObjectNode inputs = json.putObject("inputs");
        for (int i = 0; i < examples.inputs.size(); i++) {
            Input input = examples.inputs.get(i);
            double[] values = Arrays.stream(examples.values[i])
                    .filter(value -> !Double.isNaN(value))
                    .toArray();
            ObjectNode one = inputs.putObject(input.name()).put("missing", examples.rows() - values.length);
            if (input.kind() == Kind.CATEGORY) {
                int[] counts = new int[input.words().size()];
                for (double value : values) {
                    counts[(int) value]++;
                }
                ObjectNode words = one.putObject("words");
                for (int word = 0; word < counts.length; word++) {
                    words.put(input.words().get(word), counts[word]);
                }
            } else if (values.length > 0) {
                Arrays.sort(values);
                one.put("min", values[0])
                        .put("median", values[values.length / 2])
                        .put("mean", Arrays.stream(values).average().orElse(0))
                        .put("max", values[values.length - 1]);
                // Up to ten bins with about as many rows each, upper edges included; drift is measured against these.
                double[] edges = IntStream.range(1, 10)
                        .mapToDouble(d -> values[(int) ((long) d * (values.length - 1) / 10)])
                        .distinct()
                        .toArray();
                long[] counts = new long[edges.length + 1];
                for (double value : values) {
                    int at = Arrays.binarySearch(edges, value);
                    counts[at >= 0 ? at : -at - 1]++;
                }
                var edgesOut = one.putArray("edges");
                Arrays.stream(edges).forEach(edgesOut::add);
                var countsOut = one.putArray("counts");
                Arrays.stream(counts).forEach(countsOut::add);
            }
        }
        return json.toPrettyString();
    }

    private static long positives(Examples examples) {
        long positives = 0;
        for (boolean label : examples.label) {
            positives += label ? 1 : 0;
        }
        return positives;
    }

    private static String split(Split split) {
        return switch (split) {
            case Split.Grouped(String by, int folds) -> folds + " folds grouped by `" + by + "`";
            case Split.ByTime time ->
                "learned from " + time.trainFrom() + " to " + time.trainTo() + " and judged from " + time.testFrom()
                        + " to " + time.testTo() + " with " + time.delay().toDays() + " days for labels to arrive"
                        + (time.dropKnown().isEmpty() ? "" : ", without known positives by `" + time.dropKnown() + "`");
        };
    }

    /// When the newest row happened, in milliseconds.
    static long until(Examples examples) {
        return Arrays.stream(examples.timeMs).max().orElse(Long.MIN_VALUE);
    }

    /// The mean absolute contribution of each input over a sample of the judged rows, the greatest first.
    static Map<String, Double> importance(Judged judged, Examples examples) {
        LoadedModel model = Judged.load(judged.candidate(), judged.model(), typical(judged, examples));
        List<Input> inputs = examples.inputs;
        double[] sums = new double[inputs.size()];
        long sample = Math.clamp(NODES_WALKED / Math.max(1, model.size()), SAMPLE_MIN, SAMPLE_MAX);
        int step = Math.max(1, (int) (judged.rows().length / sample));
        int count = 0;
        for (int i = 0; i < judged.rows().length; i += step) {
            double[] parts = model.contributions(values(examples, judged.rows()[i]));
            for (int j = 0; j < sums.length; j++) {
                sums[j] += Math.abs(parts[j]);
            }
            count++;
        }
        Map<String, Double> means = new LinkedHashMap<>();
        for (int j = 0; j < sums.length; j++) {
            means.put(inputs.get(j).name(), sums[j] / count);
        }
        Map<String, Double> sorted = new LinkedHashMap<>();
        means.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }

    /// Each input's most usual value: the median of numbers, otherwise what most rows have. Models that cannot be
    /// looked into are explained against these; others need none.
    static List<Double> typical(Judged judged, Examples examples) {
        if (!Judged.format(judged.candidate()).equals(ModelPackage.ONNX)) {
            return List.of();
        }
        List<Double> typical = new ArrayList<>();
        for (int i = 0; i < examples.inputs.size(); i++) {
            double[] values = Arrays.stream(examples.values[i])
                    .filter(value -> !Double.isNaN(value))
                    .sorted()
                    .toArray();
            if (values.length == 0) {
                typical.add(Double.NaN);
            } else if (examples.inputs.get(i).kind() == Kind.NUMBER) {
                typical.add(values[values.length / 2]);
            } else {
                typical.add(mostFrequent(values));
            }
        }
        return typical;
    }

    private static double mostFrequent(double[] sorted) {
        double found = sorted[0];
        int most = 0;
        int start = 0;
        for (int i = 1; i <= sorted.length; i++) {
            if (i == sorted.length || sorted[i] != sorted[start]) {
                if (i - start > most) {
                    most = i - start;
                    found = sorted[start];
                }
                start = i;
            }
        }
        return found;
    }

    /// A row's values as a served model takes them.
    static @Nullable Object[] values(Examples examples, int row) {
        @Nullable Object[] values = new Object[examples.inputs.size()];
        for (int i = 0; i < values.length; i++) {
            double number = examples.values[i][row];
            if (!Double.isNaN(number)) {
                Input input = examples.inputs.get(i);
                values[i] = input.kind() == Kind.CATEGORY ? input.words().get((int) number) : (Object) number;
            }
        }
        return values;
    }

    static String card(
            TrainingFile training, Judged judged, Examples examples, Map<String, Double> importance, String code) {
        StringBuilder card = new StringBuilder(
                "# " + training.model() + ": " + judged.candidate().name() + "\n\n");
        if (!training.description().isEmpty()) {
            card.append(training.description()).append("\n\n");
        }
        card.append("Made by ")
                .append(judged.candidate()
                        .algorithm()
                        .name()
                        .toLowerCase(Locale.ROOT)
                        .replace('_', ' '))
                .append(" from `")
                .append(training.file().getFileName())
                .append("`, code ")
                .append(code)
                .append(", seed ")
                .append(training.seed())
                .append(".\n\n## Data\n\n")
                .append(examples.rows())
                .append(" labelled rows, ")
                .append(positives(examples))
                .append(" of them positive, ")
                .append(split(training.split()))
                .append("; judged on ")
                .append(judged.rows().length)
                .append(". Snapshots read:\n\n");
        examples.snapshots.forEach((table, id) ->
                card.append("- `").append(table).append("` at ").append(id).append('\n'));
        card.append("\n## Quality\n\n| metric | value |\n|---|---|\n");
        judged.metrics()
                .forEach((key, value) -> card.append(String.format(Locale.ROOT, "| %s | %.4f |%n", key, value)));
        card.append(
                "\n## Inputs, by how much they move predictions\n\n| input | mean absolute contribution |\n|---|---|\n");
        importance.forEach((key, value) -> card.append(String.format(Locale.ROOT, "| %s | %.4f |%n", key, value)));
        card.append("\n## Use\n\nThe probability is that of `")
                .append(training.data().label())
                .append("`; at ")
                .append(String.format(Locale.ROOT, "%.4f", judged.threshold()))
                .append(" and above it counts as positive, where errors cost least when a false alarm costs ")
                .append(training.costs().falsePositive())
                .append(" and a miss ")
                .append(training.costs().falseNegative())
                .append(". A missing value, and a word that was not in the training set, count as missing.\n");
        return card.toString();
    }
}
