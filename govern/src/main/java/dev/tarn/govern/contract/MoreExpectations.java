package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import dev.tarn.govern.contract.Expectations.Arguments;
import dev.tarn.govern.contract.Expectations.Maker;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Great Expectations' rules about a table's columns, about which values there are and how often, and about other
/// queries.
final class MoreExpectations {
    /// strftime's letters that date_parse writes otherwise.
    private static final Map<String, String> TIME_FORMATS =
            Map.of("%M", "%i", "%S", "%s", "%B", "%M", "%A", "%W", "%I", "%h", "%b", "%b");

    private MoreExpectations() {}

    static Map<String, Maker> makers() {
        Map<String, Maker> makers = new HashMap<>();
        columns(makers);
        values(makers);
        queries(makers);
        return makers;
    }

    private static void columns(Map<String, Maker> makers) {
        makers.put(
                "expect_column_to_exist",
                a -> structure(
                        a,
                        a.columnName() + " exists",
                        new Shape.Has(a.columnName(), a.end("column_index").map(BigDecimal::intValueExact))));
        makers.put(
                "expect_table_column_count_to_equal",
                a -> structure(a, "column count", new Shape.Count(new Bound.Equal(a.number("value"), false))));
        makers.put("expect_table_column_count_to_be_between", a -> {
            List<Rule> rules = new ArrayList<>();
            a.end("min_value")
                    .ifPresent(low ->
                            rules.addAll(structure(a, "column count", new Shape.Count(new Bound.AtLeast(low, false)))));
            a.end("max_value")
                    .ifPresent(high ->
                            rules.addAll(structure(a, "column count", new Shape.Count(new Bound.AtMost(high, false)))));
            if (rules.isEmpty()) {
                throw a.given().error("needs min_value, max_value or both");
            }
            return rules;
        });
        makers.put(
                "expect_table_columns_to_match_ordered_list",
                a -> structure(
                        a, "columns in order", new Shape.Ordered(a.given().strings("column_list"))));
        makers.put(
                "expect_table_columns_to_match_set",
                a -> structure(
                        a,
                        "columns",
                        new Shape.Columns(
                                a.given().strings("column_set"), a.given().bool("exact_match", true))));
        makers.put(
                "expect_column_values_to_be_of_type",
                a -> structure(
                        a,
                        "type",
                        new Shape.Typed(a.columnName(), List.of(a.given().string("type_")))));
        makers.put(
                "expect_column_values_to_be_in_type_list",
                a -> structure(
                        a, "type", new Shape.Typed(a.columnName(), a.given().strings("type_list"))));
    }

    private static void values(Map<String, Maker> makers) {
        makers.put(
                "expect_column_distinct_values_to_be_in_set",
                a -> List.of(new Rule.EachRow(a.about("distinct values to be in set"), notIn(a))));
        makers.put("expect_column_distinct_values_to_contain_set", MoreExpectations::contained);
        makers.put("expect_column_distinct_values_to_equal_set", a -> {
            List<Rule> rules = new ArrayList<>(contained(a));
            rules.add(new Rule.EachRow(a.about("distinct values to equal set"), notIn(a)));
            return rules;
        });
        makers.put("expect_column_proportion_of_non_null_values_to_be_between", a -> {
            Measure share = new Measure.Percent(Condition.of(a.column() + " IS NOT NULL"));
            List<Rule> rules = new ArrayList<>();
            Rule.About about = a.about("percentage of non null values");
            a.end("min_value")
                    .ifPresent(low -> rules.add(
                            new Rule.Aggregate(about, share, new Bound.AtLeast(low.movePointRight(2), false))));
            a.end("max_value")
                    .ifPresent(high -> rules.add(
                            new Rule.Aggregate(about, share, new Bound.AtMost(high.movePointRight(2), false))));
            return rules;
        });
        makers.put(
                "expect_column_values_to_match_strftime_format",
                a -> List.of(new Rule.EachRow(
                        a.about("values to match strftime format"),
                        Condition.of(a.column() + " IS NOT NULL AND try(date_parse(" + a.column() + ", "
                                + SqlNames.literal(dateParse(a.given().string("strftime_format")))
                                + ")) IS NULL"))));
        makers.put(
                "expect_column_most_common_value_to_be_in_set",
                a -> query(
                        a,
                        "most common value to be in set",
                        "SELECT count(*) FROM (SELECT " + a.column()
                                + " AS v, rank() OVER (ORDER BY count(*) DESC) AS place"
                                + " FROM " + from(a) + " WHERE " + a.column() + " IS NOT NULL GROUP BY " + a.column()
                                + ") c WHERE place = 1 AND CAST(v AS varchar) NOT IN (" + a.set("value_set") + ")",
                        Bound.zero()));
        makers.put("expect_column_value_z_scores_to_be_less_than", a -> {
            boolean both = a.given().bool("double_sided", true);
            String score = "(" + a.column() + " - m) / nullif(d, 0)";
            return query(
                    a,
                    "value z scores to be less than",
                    "SELECT count_if(" + (both ? "abs(" + score + ")" : score) + " >= "
                            + a.number("threshold").toPlainString() + ") FROM " + from(a)
                            + " CROSS JOIN (SELECT avg(CAST("
                            + a.column() + " AS double)) AS m, stddev_samp(" + a.column() + ") AS d FROM " + from(a)
                            + ") s",
                    Bound.zero());
        });
        makers.put("expect_column_kl_divergence_to_be_less_than", MoreExpectations::divergence);
    }

    private static void queries(Map<String, Maker> makers) {
        makers.put("expect_column_values_to_be_increasing", a -> ordered(a, true));
        makers.put("expect_column_values_to_be_decreasing", a -> ordered(a, false));
        makers.put(
                "expect_table_row_count_to_equal_other_table",
                a -> query(
                        a,
                        "row count to equal other table",
                        "SELECT (SELECT count(*) FROM " + from(a) + ") - (SELECT count(*) FROM "
                                + SqlNames.table(a.given().string("other_table_name")) + ")",
                        Bound.zero()));
        makers.put(
                "unexpected_rows_expectation",
                a -> query(
                        a,
                        "unexpected rows",
                        "SELECT count(*) FROM ("
                                + a.given().string("unexpected_rows_query").replace("{batch}", from(a)) + ") r",
                        Bound.zero()));
    }

    /// A table's rows have no order of their own, so the contract names one. Of rows with equal keys, those come first
    /// that keep the rule.
    private static List<Rule> ordered(Arguments a, boolean increasing) {
        List<String> keys = a.given().strings("order_by");
        List<String> groups = a.given().strings("partition_by");
        if (keys.isEmpty()) {
            throw a.given()
                    .error("'order_by' is missing: a table's rows have no order, so name the column that they "
                            + "are in the order of");
        }
        boolean strictly = a.given().bool("strictly", false);
        String wrong = (increasing ? "<" : ">") + (strictly ? "=" : "");
        String window = (groups.isEmpty() ? "" : "PARTITION BY " + SqlNames.list(groups) + " ") + "ORDER BY "
                + SqlNames.list(keys) + ", " + a.column() + (increasing ? "" : " DESC");
        String present = Stream.concat(Stream.of(a.columnName()), keys.stream())
                .map(name -> SqlNames.quoted(name) + " IS NOT NULL")
                .collect(Collectors.joining(" AND "));
        return query(
                a,
                (increasing ? "increasing" : "decreasing") + " in the order of " + String.join(", ", keys),
                "SELECT count(*) FROM (SELECT " + a.column() + " AS v, lag(" + a.column() + ") OVER (" + window
                        + ") AS p FROM " + from(a) + " WHERE " + present + ") s WHERE v " + wrong + " p",
                Bound.zero());
    }

    /// How far the shares of values, or of ranges of numbers, are from those given: sum p · ln(p / q).
    private static List<Rule> divergence(Arguments a) {
        Section partition = a.given().section("partition_object");
        List<BigDecimal> weights = partition.strings("weights").stream()
                .map(text -> Expectations.decimal(partition, "weights", text))
                .toList();
        List<String> values = partition.strings("values");
        List<String> bins = partition.strings("bins");
        int kinds = values.isEmpty() ? bins.size() - 1 : values.size();
        if (values.isEmpty() == bins.isEmpty() || kinds != weights.size()) {
            throw partition.error("weights", "expected one for each of the values, or of the ranges between bins");
        }
        if (weights.stream().anyMatch(weight -> weight.signum() <= 0)) {
            throw partition.error("weights", "expected numbers above 0: what never was is not expected either");
        }
        StringBuilder kind = new StringBuilder("CASE");
        StringBuilder expected = new StringBuilder("CASE k");
        for (int i = 0; i < kinds; i++) {
            String is = values.isEmpty()
                    ? a.column() + " >= " + number(partition, bins.get(i)) + " AND " + a.column()
                            + (i == kinds - 1 ? " <= " : " < ") + number(partition, bins.get(i + 1))
                    : "CAST(" + a.column() + " AS varchar) = " + SqlNames.literal(values.get(i));
            kind.append(" WHEN ").append(is).append(" THEN ").append(i);
            expected.append(" WHEN ")
                    .append(i)
                    .append(" THEN ")
                    .append(weights.get(i).toPlainString())
                    .append("e0");
        }
        // A value that is not expected makes the divergence infinite.
        kind.append(" ELSE -1 END");
        expected.append(" ELSE 0e0 END");
        partition.end();
        String shares = "SELECT " + kind + " AS k, CAST(count(*) AS double) / sum(count(*)) OVER () AS p FROM "
                + from(a) + " WHERE " + a.column() + " IS NOT NULL GROUP BY 1";
        return query(
                a,
                "kl divergence to be less than",
                "SELECT CASE WHEN count_if(k = -1) > 0 THEN 1e308 ELSE coalesce(sum(p * ln(p / nullif(" + expected
                        + ", 0e0))), 0e0) END FROM (" + shares + ") s",
                new Bound.AtMost(a.number("threshold"), true));
    }

    private static String number(Section partition, String text) {
        return Expectations.decimal(partition, "bins", text).toPlainString();
    }

    private static String dateParse(String strftime) {
        StringBuilder format = new StringBuilder();
        for (int i = 0; i < strftime.length(); i++) {
            if (strftime.charAt(i) == '%' && i + 1 < strftime.length()) {
                String letter = strftime.substring(i, i + 2);
                format.append(TIME_FORMATS.getOrDefault(letter, letter));
                i++;
            } else {
                format.append(strftime.charAt(i));
            }
        }
        return format.toString();
    }

    private static Condition notIn(Arguments a) {
        return Condition.about(a.columnName(), a.text() + " NOT IN (" + a.set("value_set") + ")");
    }

    private static List<Rule> contained(Arguments a) {
        a.set("value_set");
        return a.given().strings("value_set").stream()
                .<Rule>map(value -> new Rule.Aggregate(
                        a.about("has the value " + value),
                        new Measure.Count(Condition.about(a.columnName(), a.text() + " = " + SqlNames.literal(value))),
                        new Bound.AtLeast(BigDecimal.ONE, false)))
                .collect(Collectors.toList());
    }

    private static List<Rule> structure(Arguments a, String what, Shape shape) {
        return List.of(new Rule.Structure(a.about(what), shape));
    }

    private static List<Rule> query(Arguments a, String what, String sql, Bound bound) {
        return List.of(new Rule.Query(a.about(what), sql, bound, Optional.empty()));
    }

    private static String from(Arguments a) {
        return SqlNames.table(a.table());
    }
}
