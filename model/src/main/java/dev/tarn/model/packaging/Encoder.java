package dev.tarn.model.packaging;

import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How an input's value becomes the numbers that a model takes. The same object encodes in training, when
/// serving and in a replay.
///
/// @param inputs in the order of values
/// @param columns the numbers, in the order of the model's features
public record Encoder(List<Input> inputs, List<Column> columns) {
    /// One number made from one input.
    public sealed interface Column {
        /// The input's place.
        int input();

        /// The number itself (true is 1); missing is NaN, or the number to take instead, then centred and scaled.
        ///
        /// @param ifMissing what a missing value counts as; NaN to leave it missing
        record Value(int input, double ifMissing, double center, double scale) implements Column {}

        /// The place of a word in the input's words; missing and unknown words are NaN.
        record Code(int input) implements Column {}

        /// 1 when the value is this word, and otherwise 0.
        record IsWord(int input, int word, double center, double scale) implements Column {}
    }

    public Encoder {
        inputs = List.copyOf(inputs);
        columns = List.copyOf(columns);
    }

    /// The names of the numbers, such as `amount` and `card_brand=Visa`.
    public List<String> columnNames() {
        List<String> names = new ArrayList<>();
        for (Column column : columns) {
            Input input = inputs.get(column.input());
            names.add(
                    column instanceof Column.IsWord is
                            ? input.name() + "=" + input.words().get(is.word())
                            : input.name());
        }
        return names;
    }

    /// Ready to encode many rows.
    public Encoding start() {
        return new Encoding(this);
    }

    /// An encoder with its words looked up by hash.
    public static final class Encoding {
        private final Encoder encoder;
        private final List<Map<String, Integer>> words = new ArrayList<>();

        private Encoding(Encoder encoder) {
            this.encoder = encoder;
            for (Input input : encoder.inputs()) {
                Map<String, Integer> places = new HashMap<>();
                for (int i = 0; i < input.words().size(); i++) {
                    places.put(input.words().get(i), i);
                }
                words.add(places);
            }
        }

        /// Each input's value as one number: itself, 0 or 1, or its word's place; NaN when missing or unknown.
        public double[] numbers(@Nullable Object[] values) {
            double[] numbers = new double[encoder.inputs().size()];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = number(i, values[i]);
            }
            return numbers;
        }

        private double number(int input, @Nullable Object value) {
            if (value == null) {
                return Double.NaN;
            }
            if (encoder.inputs().get(input).kind() == Kind.CATEGORY) {
                return words.get(input).getOrDefault(value.toString(), -1) < 0
                        ? Double.NaN
                        : words.get(input).get(value.toString());
            }
            return switch (value) {
                case Boolean bool -> bool ? 1 : 0;
                case Number number -> number.doubleValue();
                default -> Double.NaN;
            };
        }

        /// The model's numbers from the inputs'.
        public float[] encode(double[] numbers) {
            float[] row = new float[encoder.columns().size()];
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) column(encoder.columns().get(i), numbers);
            }
            return row;
        }

        private static double column(Column column, double[] numbers) {
            double number = numbers[column.input()];
            return switch (column) {
                case Column.Value(int input, double ifMissing, double center, double scale) ->
                    ((Double.isNaN(number) ? ifMissing : number) - center) / scale;
                case Column.Code(int input) -> number;
                case Column.IsWord(int input, int word, double center, double scale) ->
                    ((number == word ? 1 : 0) - center) / scale;
            };
        }

        /// Adds up what the columns of each input contribute; the last entry, the start, stays the last.
        public double[] byInput(double[] byColumn) {
            double[] parts = new double[encoder.inputs().size() + 1];
            for (int i = 0; i < encoder.columns().size(); i++) {
                parts[encoder.columns().get(i).input()] += byColumn[i];
            }
            parts[parts.length - 1] = byColumn[byColumn.length - 1];
            return parts;
        }
    }
}
