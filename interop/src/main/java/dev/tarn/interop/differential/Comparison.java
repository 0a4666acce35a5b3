package dev.tarn.interop.differential;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Whether two answers are the same answer.
///
/// Equal means: the same column names and types, the same rows (in the same order where the statement orders
/// them), the same update count; where both fail, the same name of the error. Floating-point values are equal
/// within [#DOUBLE_BOUND] (`real`: [#REAL_BOUND]) relative to the larger, because sums depend on the order of rows.
public final class Comparison {
    /// The greatest relative difference of two `double` values that counts as equal.
    public static final double DOUBLE_BOUND = 1e-9;

    /// The greatest relative difference of two `real` values that counts as equal.
    public static final double REAL_BOUND = 1e-5;

    /// How a refusal of Tarn's is named: exact or refused, so a refusal is no difference, but is counted.
    public static final String REFUSED = "NOT_SUPPORTED";

    private static final String DEFECT = "GENERIC_INTERNAL_ERROR";

    private Comparison() {}

    /// What one statement showed.
    public sealed interface Outcome {
        /// The same answer; `failed` when both engines failed alike.
        record Same(boolean failed) implements Outcome {}

        /// Tarn refused, in these words, what Trino answers.
        record Refused(String message) implements Outcome {}

        /// Trino failed by a defect of its own, which says nothing about the right answer.
        record NoReference(String message) implements Outcome {}

        /// The answers differ, in this.
        record Different(String what) implements Outcome {}
    }

    /// Compares Trino's answer with Tarn's.
    public static Outcome compare(Answer trino, Answer tarn, boolean ordered) {
        return switch (trino) {
            case Answer.Failure expected
            when expected.name().equals(DEFECT) -> new Outcome.NoReference(expected.message());
            case Answer.Failure expected ->
                switch (tarn) {
                    case Answer.Failure actual when actual.name().equals(expected.name()) -> new Outcome.Same(true);
                    case Answer.Failure actual
                    when actual.name().equals(REFUSED) -> new Outcome.Refused(actual.message());
                    case Answer.Failure actual ->
                        new Outcome.Different("Trino fails with " + expected.name() + ", Tarn with " + actual.name());
                    case Answer.Rows _ -> new Outcome.Different("Trino fails with " + expected.name());
                };
            case Answer.Rows expected ->
                switch (tarn) {
                    case Answer.Failure actual
                    when actual.name().equals(REFUSED) -> new Outcome.Refused(actual.message());
                    case Answer.Failure actual -> new Outcome.Different("Tarn fails with " + actual.name());
                    case Answer.Rows actual ->
                        difference(expected, actual, ordered)
                                .<Outcome>map(Outcome.Different::new)
                                .orElse(new Outcome.Same(false));
                };
        };
    }

    private static Optional<String> difference(Answer.Rows trino, Answer.Rows tarn, boolean ordered) {
        if (!trino.columns().equals(tarn.columns())) {
            return Optional.of("columns: Trino " + trino.columns() + ", Tarn " + tarn.columns());
        }
        if (trino.updateCount() != null && !trino.updateCount().equals(tarn.updateCount())) {
            return Optional.of("update count: Trino " + trino.updateCount() + ", Tarn " + tarn.updateCount());
        }
        if (trino.rows().size() != tarn.rows().size()) {
            return Optional.of("number of rows: Trino " + trino.rows().size() + ", Tarn "
                    + tarn.rows().size());
        }
        List<String> types = trino.columns().stream().map(Answer.Column::type).toList();
        return ordered
                ? firstDifference(types, trino.rows(), tarn.rows())
                : firstDifference(types, sorted(types, trino.rows()), sorted(types, tarn.rows()));
    }

    private static Optional<String> firstDifference(
            List<String> types, List<List<JsonNode>> trino, List<List<JsonNode>> tarn) {
        for (int row = 0; row < trino.size(); row++) {
            for (int column = 0; column < types.size(); column++) {
                if (!equal(trino.get(row).get(column), tarn.get(row).get(column), types.get(column))) {
                    return Optional.of("row " + row + ", column " + column + " (" + types.get(column) + "): Trino "
                            + trino.get(row) + ", Tarn " + tarn.get(row));
                }
            }
        }
        return Optional.empty();
    }

    /// Rows in an order that does not depend on how they came: first by what is compared exactly, then by the
    /// floating-point values, whose last digits may differ.
    private static List<List<JsonNode>> sorted(List<String> types, List<List<JsonNode>> rows) {
        record Keyed(String exact, List<Double> floating, List<JsonNode> row) {}
        Comparator<Keyed> order =
                Comparator.comparing(Keyed::exact).thenComparing(Keyed::floating, Comparison::compareAll);
        return rows.stream()
                .map(row -> {
                    StringBuilder exact = new StringBuilder();
                    List<Double> floating = new ArrayList<>();
                    for (int i = 0; i < types.size(); i++) {
                        if (isFloating(types.get(i)) && !row.get(i).isNull()) {
                            floating.add(number(row.get(i)));
                            exact.append('\u0002');
                        } else {
                            exact.append(row.get(i)).append('\u0001');
                        }
                    }
                    return new Keyed(exact.toString(), floating, row);
                })
                .sorted(order)
                .map(Keyed::row)
                .toList();
    }

    private static int compareAll(List<Double> left, List<Double> right) {
        for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
            int order = Double.compare(left.get(i), right.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(left.size(), right.size());
    }

    private static boolean equal(JsonNode trino, JsonNode tarn, String type) {
        if (trino.equals(tarn)) {
            return true;
        }
        if (trino.isContainerNode() && tarn.isContainerNode()) {
            return equalNested(trino, tarn, type);
        }
        if (!mayFloat(type) || !isNumber(trino) || !isNumber(tarn)) {
            return false;
        }
        double left = number(trino);
        double right = number(tarn);
        double bound = type.contains("real") ? REAL_BOUND : DOUBLE_BOUND;
        return Double.compare(left, right) == 0
                || Math.abs(left - right) <= bound * Math.max(Math.abs(left), Math.abs(right));
    }

    private static boolean equalNested(JsonNode trino, JsonNode tarn, String type) {
        if (trino.size() != tarn.size() || trino.isArray() != tarn.isArray()) {
            return false;
        }
        if (trino.isArray()) {
            for (int i = 0; i < trino.size(); i++) {
                if (!equal(trino.get(i), tarn.get(i), type)) {
                    return false;
                }
            }
            return true;
        }
        return trino.propertyStream().allMatch(entry -> {
            JsonNode other = tarn.get(entry.getKey());
            return other != null && equal(entry.getValue(), other, type);
        });
    }

    private static boolean isFloating(String type) {
        return type.equals("double") || type.equals("real");
    }

    private static boolean mayFloat(String type) {
        return type.contains("double") || type.contains("real");
    }

    /// JSON has no number for NaN and the infinities: the protocol writes them as text.
    private static boolean isNumber(JsonNode node) {
        return node.isNumber()
                || (node.isTextual() && List.of("NaN", "Infinity", "-Infinity").contains(node.asText()));
    }

    private static double number(JsonNode node) {
        return node.isTextual() ? Double.parseDouble(node.asText()) : node.asDouble();
    }
}
