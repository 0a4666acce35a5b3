package dev.tarn.govern.contract;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.config.Section;
import dev.tarn.query.plan.JsonSchemas;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Rules written as Great Expectations writes them: `type` (or `expectation_type`) and `kwargs`.
/// Nulls satisfy every expectation on values but the one about nulls, as they do there.
final class Expectations {
    /// Makes the rules of one expectation from its arguments.
    interface Maker {
        List<Rule> rules(Arguments arguments);
    }

    private static final Map<String, Maker> MAKERS = new TreeMap<>();

    static {
        // On each value of a column
        each("expect_column_values_to_not_be_null", a -> new Condition.IsNull(a.columnName()));
        eachValue("expect_column_values_to_be_null", a -> a.column() + " IS NOT NULL");
        eachValue("expect_column_values_to_be_in_set", a -> a.text() + " NOT IN (" + a.set("value_set") + ")");
        eachValue("expect_column_values_to_not_be_in_set", a -> a.text() + " IN (" + a.set("value_set") + ")");
        each("expect_column_values_to_be_between", Arguments::outside);
        eachValue("expect_column_value_lengths_to_be_between", a -> a.outside("length(" + a.column() + ")"));
        eachValue(
                "expect_column_value_lengths_to_equal",
                a -> "length(" + a.column() + ") <> " + a.number("value").toPlainString());
        eachValue(
                "expect_column_values_to_match_regex",
                a -> ColumnRules.doesNotMatch(a.column(), a.given.string("regex")));
        eachValue(
                "expect_column_values_to_not_match_regex",
                a -> "regexp_like(" + a.column() + ", " + SqlNames.literal(a.given.string("regex")) + ")");
        eachValue(
                "expect_column_values_to_match_like_pattern",
                a -> a.column() + " NOT LIKE " + SqlNames.literal(a.given.string("like_pattern")));
        eachValue(
                "expect_column_pair_values_a_to_be_greater_than_b",
                a -> a.quoted("column_A") + (a.given.bool("or_equal", false) ? " < " : " <= ") + a.quoted("column_B"));
        eachValue(
                "expect_column_values_to_not_match_like_pattern",
                a -> a.column() + " LIKE " + SqlNames.literal(a.given.string("like_pattern")));
        eachValue("expect_column_values_to_match_regex_list", a -> a.regexes(false));
        eachValue("expect_column_values_to_not_match_regex_list", a -> a.regexes(true));
        eachValue("expect_column_values_to_match_like_pattern_list", a -> a.likes(false));
        eachValue("expect_column_values_to_not_match_like_pattern_list", a -> a.likes(true));
        eachValue(
                "expect_column_values_to_be_json_parseable",
                a -> a.column() + " IS NOT NULL AND try(json_parse(" + a.column() + ")) IS NULL");
        eachValue(
                "expect_column_values_to_match_json_schema",
                a -> "NOT json_matches_schema(" + a.column() + ", " + SqlNames.literal(a.jsonSchema()) + ")");
        eachValue(
                "expect_column_values_to_be_dateutil_parseable",
                a -> a.column() + " IS NOT NULL AND TRY_CAST(" + a.column() + " AS timestamp(6)) IS NULL AND TRY_CAST("
                        + a.column() + " AS date) IS NULL");
        eachValue(
                "expect_column_pair_values_to_be_in_set",
                a -> "ROW(" + a.textOf("column_A") + ", " + a.textOf("column_B") + ") NOT IN (" + a.pairs() + ")");
        eachValue(
                "expect_select_column_values_to_be_unique_within_record",
                a -> a.anyEqual(a.given.strings("column_list")));
        eachValue(
                "expect_multicolumn_sum_to_equal",
                a -> a.given.strings("column_list").stream()
                                .map(SqlNames::quoted)
                                .collect(Collectors.joining(" + "))
                        + " <> " + a.number("sum_total").toPlainString());
        eachValue(
                "expect_column_pair_values_to_be_equal",
                a -> a.quoted("column_A") + " IS DISTINCT FROM " + a.quoted("column_B"));

        // On a column as a whole
        measure("expect_column_min_to_be_between", a -> new Measure.Least(a.column()));
        measure("expect_column_max_to_be_between", a -> new Measure.Greatest(a.column()));
        measure("expect_column_sum_to_be_between", a -> new Measure.Total(a.column()));
        measure("expect_column_mean_to_be_between", a -> new Measure.Mean(a.column()));
        measure("expect_column_stdev_to_be_between", a -> new Measure.Deviation(a.column()));
        MAKERS.put(
                "expect_column_median_to_be_between",
                a -> a.quantile("median", new BigDecimal("0.5"), a.end("min_value"), a.end("max_value")));
        measure(
                "expect_column_unique_value_count_to_be_between",
                a -> new Measure.Other("count(DISTINCT " + a.column() + ")"));
        measure(
                "expect_column_proportion_of_unique_values_to_be_between",
                a -> new Measure.Other("coalesce(1e0 * count(DISTINCT " + a.column() + ") / nullif(count(" + a.column()
                        + "), 0), 0e0)"));
        measure("expect_table_row_count_to_be_between", a -> new Measure.Rows());
        MAKERS.put(
                "expect_table_row_count_to_equal",
                a -> List.of(new Rule.Aggregate(
                        a.about("row count is " + a.given.string("value")),
                        new Measure.Rows(),
                        new Bound.Equal(a.number("value"), false))));
        MAKERS.put("expect_column_quantile_values_to_be_between", Expectations::quantiles);

        // Uniqueness
        MAKERS.put(
                "expect_column_values_to_be_unique",
                a -> List.of(new Rule.Aggregate(
                        a.about("is unique"), new Measure.Duplicates(List.of(a.columnName()), false), Bound.zero())));
        MAKERS.put(
                "expect_compound_columns_to_be_unique",
                a -> List.of(new Rule.Aggregate(
                        a.about("columns are unique together"),
                        new Measure.Duplicates(a.given.strings("column_list"), false),
                        Bound.zero())));
        MoreExpectations.makers().forEach(MAKERS::put);
    }

    private Expectations() {}

    /// The names that can be written, for the reference page.
    static List<String> names() {
        return List.copyOf(MAKERS.keySet());
    }

    /// The rules of one expectation.
    static List<Rule> rules(
            Section expectation, String table, Optional<String> column, Function<String, Rule.About> about) {
        String type = expectation
                .optionalString("type")
                .or(() -> expectation.optionalString("expectation_type"))
                .orElseThrow(() -> expectation.error("'type' is missing"));
        Maker maker = MAKERS.get(type.toLowerCase(java.util.Locale.ROOT));
        if (maker == null) {
            throw expectation.error("no such expectation: " + type
                    + Nearest.of(type, MAKERS.keySet())
                            .map(name -> "; did you mean " + name + "?")
                            .orElse(""));
        }
        ContractReader.ignore(expectation, "meta");
        Section kwargs = expectation.section("kwargs");
        List<Rule> rules = maker.rules(new Arguments(kwargs, table, column, about));
        kwargs.end();
        return rules;
    }

    private static void eachValue(String name, Function<Arguments, String> brokenWhen) {
        boolean ofOneColumn = name.startsWith("expect_column_value");
        each(
                name,
                a -> ofOneColumn
                        ? Condition.about(a.columnName(), brokenWhen.apply(a))
                        : Condition.of(brokenWhen.apply(a)));
    }

    private static void each(String name, Function<Arguments, Condition> brokenWhen) {
        // Shares are of the values that are not null, but where nulls are what is counted.
        boolean ofValues = name.startsWith("expect_column_value") && !name.endsWith("_be_null");
        MAKERS.put(name, a -> {
            Condition broken = brokenWhen.apply(a);
            Rule.About about = a.about(words(name));
            BigDecimal mostly = a.given.has("mostly") ? a.number("mostly") : BigDecimal.ONE;
            if (mostly.compareTo(BigDecimal.ONE) >= 0) {
                return List.of(new Rule.EachRow(about, broken));
            }
            BigDecimal percent = BigDecimal.ONE.subtract(mostly).movePointRight(2);
            Optional<String> within = ofValues ? Optional.of(a.column()) : Optional.empty();
            return List.of(
                    new Rule.Aggregate(about, new Measure.Percent(broken, within), new Bound.AtMost(percent, false)));
        });
    }

    private static void measure(String name, Function<Arguments, Measure> expression) {
        MAKERS.put(name, a -> a.bounded(words(name), expression.apply(a)));
    }

    private static List<Rule> quantiles(Arguments a) {
        Section ranges = a.given.section("quantile_ranges");
        List<String> quantiles = ranges.strings("quantiles");
        List<Rule> rules = new ArrayList<>();
        List<Map.Entry<Optional<BigDecimal>, Optional<BigDecimal>>> values = pairs(ranges);
        if (values.size() != quantiles.size()) {
            throw ranges.error("value_ranges", "expected one [low, high] for each of the quantiles");
        }
        for (int i = 0; i < quantiles.size(); i++) {
            rules.addAll(a.quantile(
                    "quantile " + quantiles.get(i),
                    new BigDecimal(quantiles.get(i)),
                    values.get(i).getKey(),
                    values.get(i).getValue()));
        }
        ranges.end();
        return rules;
    }

    private static List<Map.Entry<Optional<BigDecimal>, Optional<BigDecimal>>> pairs(Section ranges) {
        List<Map.Entry<Optional<BigDecimal>, Optional<BigDecimal>>> pairs = new ArrayList<>();
        if (!(ranges.asMap().get("value_ranges") instanceof List<?> list)) {
            throw ranges.error("value_ranges", "expected a list of [low, high]");
        }
        for (Object item : list) {
            if (!(item instanceof List<?> ends) || ends.size() != 2) {
                throw ranges.error("value_ranges", "expected a list of [low, high]");
            }
            pairs.add(Map.entry(end(ends.get(0)), end(ends.get(1))));
        }
        return pairs;
    }

    private static Optional<BigDecimal> end(@org.jspecify.annotations.Nullable Object value) {
        return Optional.ofNullable(value).map(number -> new BigDecimal(number.toString()));
    }

    /// A quantile is at least `low` when less than its share of the values is below, and at most `high` when no more
    /// than the rest is above: counts decide, exactly, and they add up over files.
    static List<Rule> quantile(
            Function<String, Rule.About> about,
            String column,
            String what,
            BigDecimal at,
            Optional<BigDecimal> low,
            Optional<BigDecimal> high,
            Section place) {
        List<Rule> rules = new ArrayList<>();
        Optional<String> values = Optional.of(SqlNames.quoted(column));
        low.ifPresent(value -> rules.add(new Rule.Aggregate(
                about.apply(what + " is at least " + value.toPlainString() + ": share of values below"),
                new Measure.Percent(
                        new Condition.Outside(column, Optional.of(limit(value, false)), Optional.empty()), values),
                new Bound.AtMost(at.movePointRight(2), true))));
        high.ifPresent(value -> rules.add(new Rule.Aggregate(
                about.apply(what + " is at most " + value.toPlainString() + ": share of values above"),
                new Measure.Percent(
                        new Condition.Outside(column, Optional.empty(), Optional.of(limit(value, false))), values),
                new Bound.AtMost(BigDecimal.ONE.subtract(at).movePointRight(2), false))));
        if (rules.isEmpty()) {
            throw place.error("needs a lowest value, a highest or both");
        }
        return rules;
    }

    static Condition.Limit limit(BigDecimal value, boolean excluded) {
        return new Condition.Limit(value.toPlainString(), value.toPlainString(), excluded);
    }

    static BigDecimal decimal(Section given, String key, String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw given.error(key, "expected a number, not '" + text + "'");
        }
    }

    /// `expect_column_values_to_not_be_null` in words.
    private static String words(String name) {
        return name.replaceFirst("^expect_(column_|table_)?", "").replace('_', ' ');
    }

    /// What an expectation was given.
    record Arguments(Section given, String table, Optional<String> owner, Function<String, Rule.About> maker) {
        Rule.About about(String what) {
            return maker.apply(owner.isEmpty() && given.has("column") ? columnName() + " " + what : what);
        }

        String columnName() {
            return given.optionalString("column").or(() -> owner).orElseThrow(() -> given.error("'column' is missing"));
        }

        String column() {
            return SqlNames.quoted(columnName());
        }

        String quoted(String key) {
            return SqlNames.quoted(given.string(key));
        }

        /// The column as text, for comparing with a set written in YAML.
        String text() {
            return "CAST(" + column() + " AS varchar)";
        }

        String set(String key) {
            List<String> values = given.strings(key);
            if (values.isEmpty()) {
                throw given.error(key, "expected a list of values");
            }
            return values.stream().map(SqlNames::literal).collect(Collectors.joining(", "));
        }

        BigDecimal number(String key) {
            return decimal(given, key, given.string(key));
        }

        String textOf(String key) {
            return "CAST(" + quoted(key) + " AS varchar)";
        }

        String regexes(boolean negated) {
            String any = given.strings("regex_list").stream()
                    .map(regex -> "regexp_like(" + column() + ", " + SqlNames.literal(regex) + ")")
                    .collect(Collectors.joining(!negated && all() ? " AND " : " OR "));
            return negated ? any : "NOT (" + any + ")";
        }

        String likes(boolean negated) {
            String any = given.strings("like_pattern_list").stream()
                    .map(like -> column() + " LIKE " + SqlNames.literal(like))
                    .collect(Collectors.joining(!negated && all() ? " AND " : " OR "));
            return negated ? any : "NOT (" + any + ")";
        }

        private boolean all() {
            return given.string("match_on", "any").equals("all");
        }

        String pairs() {
            if (!(given.asMap().get("value_pairs_set") instanceof List<?> list) || list.isEmpty()) {
                throw given.error("value_pairs_set", "expected a list of [a, b]");
            }
            return list.stream()
                    .map(item -> {
                        if (!(item instanceof List<?> pair) || pair.size() != 2) {
                            throw given.error("value_pairs_set", "expected a list of [a, b]");
                        }
                        return "ROW(" + SqlNames.literal(String.valueOf(pair.get(0))) + ", "
                                + SqlNames.literal(String.valueOf(pair.get(1))) + ")";
                    })
                    .collect(Collectors.joining(", "));
        }

        String anyEqual(List<String> columns) {
            List<String> equal = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                for (int j = i + 1; j < columns.size(); j++) {
                    equal.add(SqlNames.quoted(columns.get(i)) + " = " + SqlNames.quoted(columns.get(j)));
                }
            }
            if (equal.isEmpty()) {
                throw given.error("column_list", "expected two columns or more");
            }
            return String.join(" OR ", equal);
        }

        /// As JSON, written as keys or as text.
        String jsonSchema() {
            Object schema = given.asMap().get("json_schema");
            if (schema == null) {
                throw given.error("'json_schema' is missing");
            }
            String text = schema instanceof String written ? written : JsonSchemas.text(schema);
            JsonSchemas.fault(text).ifPresent(fault -> {
                throw given.error("json_schema", fault);
            });
            return text;
        }

        /// The column's values outside of min_value and max_value.
        Condition outside() {
            Optional<Condition.Limit> low = limit("min_value", given.bool("strict_min", false));
            Optional<Condition.Limit> high = limit("max_value", given.bool("strict_max", false));
            if (low.isEmpty() && high.isEmpty()) {
                throw given.error("needs min_value, max_value or both");
            }
            return new Condition.Outside(columnName(), low, high);
        }

        private Optional<Condition.Limit> limit(String key, boolean excluded) {
            return end(key).map(value -> Expectations.limit(value, excluded));
        }

        Optional<BigDecimal> end(String key) {
            return given.has(key) ? Optional.of(number(key)) : Optional.empty();
        }

        List<Rule> quantile(String what, BigDecimal at, Optional<BigDecimal> low, Optional<BigDecimal> high) {
            return Expectations.quantile(this::about, columnName(), what, at, low, high, given);
        }

        String outside(String expression) {
            List<String> broken = new ArrayList<>();
            boolean minExcluded = given.bool("strict_min", false);
            boolean maxExcluded = given.bool("strict_max", false);
            if (given.has("min_value")) {
                broken.add(expression
                        + (minExcluded ? " <= " : " < ")
                        + number("min_value").toPlainString());
            }
            if (given.has("max_value")) {
                broken.add(expression
                        + (maxExcluded ? " >= " : " > ")
                        + number("max_value").toPlainString());
            }
            if (broken.isEmpty()) {
                throw given.error("needs min_value, max_value or both");
            }
            return String.join(" OR ", broken);
        }

        List<Rule> bounded(String what, Measure measure) {
            List<Rule> rules = new ArrayList<>();
            boolean minExcluded = given.bool("strict_min", false);
            boolean maxExcluded = given.bool("strict_max", false);
            if (given.has("min_value")) {
                rules.add(
                        new Rule.Aggregate(about(what), measure, new Bound.AtLeast(number("min_value"), minExcluded)));
            }
            if (given.has("max_value")) {
                rules.add(new Rule.Aggregate(about(what), measure, new Bound.AtMost(number("max_value"), maxExcluded)));
            }
            if (rules.isEmpty()) {
                throw given.error("needs min_value, max_value or both");
            }
            return rules;
        }
    }
}
