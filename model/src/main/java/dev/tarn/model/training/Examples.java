package dev.tarn.model.training;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Labelled rows in memory, in an order that depends on nothing but what they hold, so that the same rows
/// give the same model however they were read.
///
/// Each input is a column of numbers: the value itself, 0 or 1, or the place of a word among the sorted words.
final class Examples {
    private static final int WORDS_MAX = 1000;
    private static final int ROWS_MAX = 50_000_000;
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("yyyy-MM-dd[ ]['T']HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .toFormatter(java.util.Locale.ROOT);

    final List<Input> inputs;
    /// By input, then row.
    final double[][] values;
    final boolean[] label;
    final long[] timeMs;
    /// Text columns that the split and the gate ask for.
    final Map<String, @Nullable String[]> texts;
    final Map<String, Long> snapshots;

    private Examples(
            List<Input> inputs,
            double[][] values,
            boolean[] label,
            long[] timeMs,
            Map<String, @Nullable String[]> texts,
            Map<String, Long> snapshots) {
        this.inputs = inputs;
        this.values = values;
        this.label = label;
        this.timeMs = timeMs;
        this.texts = texts;
        this.snapshots = snapshots;
    }

    int rows() {
        return label.length;
    }

    double[] row(int row) {
        double[] numbers = new double[inputs.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values[i][row];
        }
        return numbers;
    }

    /// @throws TarnException `BAD_REQUEST` for a missing column, a label that is none, no positive rows, or no negative
    static Examples read(TrainingFile training, TrainingFrame frame) {
        if (frame.rows() > ROWS_MAX) {
            throw bad(
                    frame.rows() + " rows are more than training in the process takes (" + ROWS_MAX + "): sample them");
        }
        Map<String, TrainingFrame.Column> columns = new HashMap<>();
        frame.columns().forEach(column -> columns.put(column.name(), column));
        Set<String> textColumns = textColumns(training);
        for (String name : textColumns) {
            require(columns, name, "the split or the gate");
        }
        require(columns, training.data().label(), "the label");
        require(columns, training.data().time(), "the time");
        boolean[] known = new boolean[frame.rows()];
        boolean[] label = label(frame, training.data().label(), known);
        long[] times =
                times(frame.strings(training.data().time()), training.data().time());
        List<Input> inputs = new ArrayList<>();
        List<double[]> values = new ArrayList<>();
        for (TrainingFrame.Column column : inputColumns(training, frame, columns)) {
            read(frame, column, inputs, values);
        }
        if (inputs.isEmpty()) {
            throw bad("there are no inputs to learn from");
        }
        Map<String, @Nullable String[]> texts = new HashMap<>();
        textColumns.forEach(name -> texts.put(name, frame.strings(name)));
        Examples all = new Examples(inputs, values.toArray(double[][]::new), label, times, texts, frame.snapshots());
        Examples sorted = all.pick(all.order(known));
        sorted.requireBothClasses("the training set");
        return sorted;
    }

    void requireBothClasses(String what) {
        int positives = 0;
        for (boolean one : label) {
            positives += one ? 1 : 0;
        }
        if (positives == 0 || positives == label.length) {
            throw bad(what + " has " + label.length + " rows and " + (positives == 0 ? "no positive" : "no negative")
                    + " one: there is nothing to learn");
        }
    }

    private static Set<String> textColumns(TrainingFile training) {
        Set<String> names = new LinkedHashSet<>(training.gate().slices());
        switch (training.split()) {
            case TrainingFile.Split.Grouped(String by, int folds) -> names.add(by);
            case TrainingFile.Split.ByTime byTime -> {
                if (!byTime.dropKnown().isEmpty()) {
                    names.add(byTime.dropKnown());
                }
            }
        }
        return names;
    }

    private static List<TrainingFrame.Column> inputColumns(
            TrainingFile training, TrainingFrame frame, Map<String, TrainingFrame.Column> columns) {
        TrainingFile.Data data = training.data();
        if (!data.inputs().isEmpty()) {
            List<TrainingFrame.Column> chosen = new ArrayList<>();
            data.inputs().forEach(name -> chosen.add(require(columns, name, "an input")));
            frame.columns().stream().filter(column -> column.feature() != null).forEach(chosen::add);
            return chosen;
        }
        Set<String> other = new LinkedHashSet<>(data.ignore());
        other.add(data.label());
        other.add(data.time());
        switch (training.split()) {
            case TrainingFile.Split.Grouped(String by, int folds) -> other.add(by);
            case TrainingFile.Split.ByTime byTime -> other.add(byTime.dropKnown());
        }
        return frame.columns().stream()
                .filter(column -> !other.contains(column.name()))
                .toList();
    }

    private static TrainingFrame.Column require(Map<String, TrainingFrame.Column> columns, String name, String what) {
        TrainingFrame.Column column = columns.get(name);
        if (column == null) {
            throw bad("the data has no column '" + name + "' for " + what
                    + Nearest.of(name, columns.keySet())
                            .map(near -> "; did you mean '" + near + "'?")
                            .orElse("; it has " + String.join(", ", new TreeSet<>(columns.keySet()))));
        }
        return column;
    }

    /// @param known set for rows that have a label; the others are left out
    private static boolean[] label(TrainingFrame frame, String name, boolean[] known) {
        double[] numbers = frame.doubles(name);
        boolean[] label = new boolean[numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            known[i] = !Double.isNaN(numbers[i]);
            if (known[i] && numbers[i] != 0 && numbers[i] != 1) {
                throw bad("the label '" + name + "' must be a boolean, or 0 and 1; there is " + numbers[i]);
            }
            label[i] = numbers[i] == 1;
        }
        return label;
    }

    private static void read(
            TrainingFrame frame, TrainingFrame.Column column, List<Input> inputs, List<double[]> values) {
        String type = column.type();
        if (type.startsWith("varchar") || type.startsWith("char")) {
            @Nullable String[] texts = frame.strings(column.name());
            List<String> words = Arrays.stream(texts)
                    .filter(java.util.Objects::nonNull)
                    .distinct()
                    .sorted()
                    .limit(WORDS_MAX + 1L)
                    .toList();
            if (words.size() > WORDS_MAX) {
                throw bad("the input '" + column.name() + "' has more than " + WORDS_MAX
                        + " different words: leave it out (ignore), or group them in the query");
            }
            Map<String, Integer> places = new HashMap<>();
            for (int i = 0; i < words.size(); i++) {
                places.put(words.get(i), i);
            }
            double[] numbers = new double[texts.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = texts[i] == null ? Double.NaN : places.get(texts[i]);
            }
            inputs.add(new Input(column.name(), Kind.CATEGORY, words));
            values.add(numbers);
            return;
        }
        if (type.startsWith("timestamp") || type.equals("date") || type.startsWith("time")) {
            throw bad("the input '" + column.name() + "' is a " + type
                    + ": leave it out (ignore), or compute what matters of it in the query, such as the hour");
        }
        double[] numbers = frame.doubles(column.name());
        for (int i = 0; i < numbers.length; i++) {
            if (Double.isInfinite(numbers[i])) {
                throw bad("the input '" + column.name() + "' is infinite in a row: make it null in the query");
            }
        }
        inputs.add(new Input(column.name(), type.equals("boolean") ? Kind.BOOLEAN : Kind.NUMBER, List.of()));
        values.add(numbers);
    }

    private static long[] times(@Nullable String[] texts, String column) {
        long[] times = new long[texts.length];
        for (int i = 0; i < times.length; i++) {
            String text = texts[i];
            if (text == null) {
                throw bad("a row has no time in '" + column + "'");
            }
            times[i] = time(text).toEpochMilli();
        }
        return times;
    }

    private static Instant time(String text) {
        if (text.length() == 10) {
            return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
        // With a zone, DuckDB writes the offset after the time.
        int zone = Math.max(text.indexOf('+', 11), text.indexOf('-', 11));
        String local = zone > 0 ? text.substring(0, zone) : text.replace("Z", "");
        Instant instant = LocalDateTime.parse(local.strip(), TIME).toInstant(ZoneOffset.UTC);
        return zone > 0
                ? LocalDateTime.parse(local.strip(), TIME)
                        .atOffset(ZoneOffset.of(text.substring(zone)))
                        .toInstant()
                : instant;
    }

    private int[] order(boolean[] known) {
        Integer[] order = new Integer[rows()];
        Arrays.setAll(order, i -> i);
        Integer[] kept = Arrays.stream(order).filter(i -> known[i]).toArray(Integer[]::new);
        Arrays.sort(kept, this::compare);
        return Arrays.stream(kept).mapToInt(Integer::intValue).toArray();
    }

    private int compare(int a, int b) {
        int difference = Long.compare(timeMs[a], timeMs[b]);
        for (int i = 0; difference == 0 && i < values.length; i++) {
            difference = Double.compare(values[i][a], values[i][b]);
        }
        for (String name : new TreeSet<>(texts.keySet())) {
            if (difference != 0) {
                return difference;
            }
            @Nullable String[] column = texts.get(name);
            difference = String.valueOf(column[a]).compareTo(String.valueOf(column[b]));
        }
        return difference == 0 ? Boolean.compare(label[a], label[b]) : difference;
    }

    /// Some of the rows, in the given order.
    Examples pick(int[] rows) {
        double[][] picked = new double[values.length][rows.length];
        for (int i = 0; i < values.length; i++) {
            for (int r = 0; r < rows.length; r++) {
                picked[i][r] = values[i][rows[r]];
            }
        }
        boolean[] labels = new boolean[rows.length];
        long[] times = new long[rows.length];
        for (int r = 0; r < rows.length; r++) {
            labels[r] = label[rows[r]];
            times[r] = timeMs[rows[r]];
        }
        Map<String, @Nullable String[]> pickedTexts = new HashMap<>();
        texts.forEach((name, column) -> {
            @Nullable String[] some = new String[rows.length];
            for (int r = 0; r < rows.length; r++) {
                some[r] = column[rows[r]];
            }
            pickedTexts.put(name, some);
        });
        return new Examples(inputs, picked, labels, times, pickedTexts, snapshots);
    }

    static TarnException bad(String message) {
        return new TarnException(ErrorCode.BAD_REQUEST, message);
    }
}
