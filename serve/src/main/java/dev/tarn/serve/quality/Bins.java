package dev.tarn.serve.quality;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The bins in which values of one variable are counted.
sealed interface Bins {
    String MISSING = "(missing)";
    String OTHER = "(other)";

    /// The bins' names; the last is that of missing values.
    List<String> labels();

    /// The bin of a value.
    int of(@Nullable Object value);

    /// Numbers: as many bins as edges and one, each with its upper edge in it.
    record Numbers(List<Double> edges) implements Bins {
        public Numbers {
            edges = List.copyOf(edges);
        }

        @Override
        public List<String> labels() {
            List<String> labels = new ArrayList<>();
            for (int i = 0; i <= edges.size(); i++) {
                String from = i == 0 ? "-inf" : Double.toString(edges.get(i - 1));
                labels.add("(" + from + ", " + (i == edges.size() ? "inf)" : edges.get(i) + "]"));
            }
            labels.add(MISSING);
            return labels;
        }

        @Override
        public int of(@Nullable Object value) {
            double number =
                    value instanceof Number n ? n.doubleValue() : value instanceof Boolean b ? (b ? 1 : 0) : Double.NaN;
            if (Double.isNaN(number)) {
                return edges.size() + 1;
            }
            int at = Collections.binarySearch(edges, number);
            return at >= 0 ? at : -at - 1;
        }
    }

    /// Words that were learned, and one bin for all others.
    record Words(List<String> words) implements Bins {
        @Override
        public List<String> labels() {
            List<String> labels = new ArrayList<>(words);
            labels.add(OTHER);
            labels.add(MISSING);
            return labels;
        }

        @Override
        public int of(@Nullable Object value) {
            if (value == null) {
                return words.size() + 1;
            }
            int at = words.indexOf(value.toString());
            return at < 0 ? words.size() : at;
        }
    }

    /// Twenty equal bins of probabilities.
    static Bins probabilities() {
        return new Numbers(IntStream.range(1, 20).mapToObj(i -> i / 20.0).toList());
    }
}
