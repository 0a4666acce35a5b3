package dev.tarn.govern.contract;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.config.Section;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Rules written as Soda writes them: a metric in `type`, what it is about, and one bound such as
/// `must_be_less_than`.
final class SodaRules {
    private static final List<String> METRICS = Stream.concat(
                    SodaMetrics.NAMES.stream(), Stream.of("freshness", "change", "anomaly", "schema", "failed_rows"))
            .toList();

    private final Section given;
    private final String table;
    private final Optional<String> owner;
    private final Function<String, Rule.About> about;

    private SodaRules(Section given, String table, Optional<String> owner, Function<String, Rule.About> about) {
        this.given = given;
        this.table = table;
        this.owner = owner;
        this.about = about;
    }

    /// The metrics that can be written, for the reference page.
    static List<String> metrics() {
        return METRICS;
    }

    /// The rules of one check.
    static List<Rule> rules(Section check, String table, Optional<String> column, Function<String, Rule.About> about) {
        return new SodaRules(check, table, column, about).rules();
    }

    private List<Rule> rules() {
        String metric = given.string("type").toLowerCase(Locale.ROOT);
        return switch (metric) {
            case "row_count" -> aggregate(metric, new Measure.Rows());
            case "missing_count" -> rows(metric, missing(), false);
            case "missing_percent" -> rows(metric, missing(), true);
            case "invalid_count" -> rows(metric, invalid(), false);
            case "invalid_percent" -> rows(metric, invalid(), true);
            case "duplicate_count" -> aggregate(metric, new Measure.Duplicates(columns(), false));
            case "duplicate_percent" -> aggregate(metric, new Measure.Duplicates(columns(), true));
            case "percentile" -> percentile();
            case "freshness" -> List.of(fresh());
            case "change", "anomaly" -> List.of(steady(metric));
            case "schema" -> schema();
            case "failed_rows" ->
                List.of(new Rule.EachRow(about.apply("fails no row"), Condition.of(given.string("condition"))));
            default ->
                aggregate(
                        metric,
                        measure(metric)
                                .orElseThrow(() -> given.error(
                                        "type",
                                        "no such metric: " + metric
                                                + Nearest.of(metric, METRICS)
                                                        .map(name -> "; did you mean " + name + "?")
                                                        .orElse(""))));
        };
    }

    private Optional<Measure> measure(String metric) {
        return metric.equals("row_count")
                ? Optional.of(new Measure.Rows())
                : SodaMetrics.ofValues(metric).map(measure -> measure.apply(quoted()));
    }

    private List<Rule> aggregate(String what, Measure measure) {
        return List.of(new Rule.Aggregate(about.apply(what), measure, bound()));
    }

    /// None at all is a promise about each row.
    private List<Rule> rows(String what, Condition broken, boolean percent) {
        Bound bound = bound();
        return List.of(
                bound.equals(Bound.zero())
                        ? new Rule.EachRow(about.apply(what), broken)
                        : new Rule.Aggregate(
                                about.apply(what),
                                percent ? new Measure.Percent(broken) : new Measure.Count(broken),
                                bound));
    }

    private Condition missing() {
        List<String> values = given.strings("missing_values");
        return values.isEmpty()
                ? new Condition.IsNull(column())
                : Condition.about(
                        column(),
                        quoted() + " IS NULL OR CAST(" + quoted() + " AS varchar) IN (" + QualityRules.literals(values)
                                + ")");
    }

    private Condition invalid() {
        List<String> broken = new ArrayList<>();
        List<String> values = given.strings("valid_values");
        if (!values.isEmpty()) {
            broken.add("CAST(" + quoted() + " AS varchar) NOT IN (" + QualityRules.literals(values) + ")");
        }
        given.optionalString("valid_regex").ifPresent(regex -> broken.add(ColumnRules.doesNotMatch(quoted(), regex)));
        number("valid_min").ifPresent(value -> broken.add(quoted() + " < " + value.toPlainString()));
        number("valid_max").ifPresent(value -> broken.add(quoted() + " > " + value.toPlainString()));
        number("valid_length").ifPresent(value -> broken.add("length(" + quoted() + ") <> " + value));
        number("valid_min_length").ifPresent(value -> broken.add("length(" + quoted() + ") < " + value));
        number("valid_max_length").ifPresent(value -> broken.add("length(" + quoted() + ") > " + value));
        if (broken.isEmpty()) {
            throw given.error("needs valid_values, valid_regex, valid_min, valid_max or a valid length");
        }
        return Condition.about(column(), String.join(" OR ", broken));
    }

    private List<Rule> percentile() {
        BigDecimal at = number("percentile").orElseThrow(() -> given.error("'percentile' is missing"));
        return Expectations.quantile(
                about,
                column(),
                "percentile " + at.toPlainString(),
                at,
                number("must_be_greater_than_or_equal_to"),
                number("must_be_less_than_or_equal_to"),
                given);
    }

    private Rule fresh() {
        Duration most = given.optionalDuration("must_be_less_than")
                .orElseThrow(() -> given.error("needs must_be_less_than, such as 6h"));
        return Rule.Fresh.of(about.apply("freshness"), column(), most);
    }

    private Rule steady(String what) {
        String of = given.string("metric", "row_count");
        Measure measure =
                measure(of).orElseThrow(() -> given.error("metric", "expected one number, such as row_count or avg"));
        Steadiness near = what.equals("anomaly")
                ? new Steadiness.Deviations(
                        number("deviations").orElse(BigDecimal.valueOf(3)), given.integer("history", 5, 2, 30))
                : new Steadiness.Change(
                        number("must_be_greater_than_or_equal_to"), number("must_be_less_than_or_equal_to"));
        if (near.equals(new Steadiness.Change(Optional.empty(), Optional.empty()))) {
            throw given.error("needs must_be_greater_than_or_equal_to or must_be_less_than_or_equal_to, in percent");
        }
        return new Rule.Steady(about.apply(what + " of " + of), measure, near);
    }

    private List<Rule> schema() {
        List<Rule> rules = new ArrayList<>();
        given.strings("required_columns")
                .forEach(name -> rules.add(
                        new Rule.Structure(about.apply("has column " + name), new Shape.Has(name, Optional.empty()))));
        given.strings("forbidden_columns")
                .forEach(name ->
                        rules.add(new Rule.Structure(about.apply("has no column " + name), new Shape.Lacks(name))));
        given.optionalSection("column_types")
                .ifPresent(types -> types.asStrings()
                        .forEach((name, type) -> rules.add(new Rule.Structure(
                                about.apply(name + " is " + type), new Shape.Typed(name, List.of(type))))));
        if (rules.isEmpty()) {
            throw given.error("needs required_columns, forbidden_columns or column_types");
        }
        return rules;
    }

    private Bound bound() {
        List<Bound> bounds = new ArrayList<>();
        number("must_be").ifPresent(value -> bounds.add(new Bound.Equal(value, false)));
        number("must_not_be").ifPresent(value -> bounds.add(new Bound.Equal(value, true)));
        number("must_be_greater_than").ifPresent(value -> bounds.add(new Bound.AtLeast(value, true)));
        number("must_be_greater_than_or_equal_to").ifPresent(value -> bounds.add(new Bound.AtLeast(value, false)));
        number("must_be_less_than").ifPresent(value -> bounds.add(new Bound.AtMost(value, true)));
        number("must_be_less_than_or_equal_to").ifPresent(value -> bounds.add(new Bound.AtMost(value, false)));
        List<String> ends = given.strings("must_be_between");
        if (ends.size() == 2) {
            bounds.add(new Bound.Between(
                    Expectations.decimal(given, "must_be_between", ends.getFirst()),
                    Expectations.decimal(given, "must_be_between", ends.getLast()),
                    false));
        }
        if (bounds.size() != 1) {
            throw given.error("needs one bound: must_be, must_be_less_than, must_be_between …");
        }
        return bounds.getFirst();
    }

    private Optional<BigDecimal> number(String key) {
        return given.optionalString(key).map(text -> Expectations.decimal(given, key, text));
    }

    private List<String> columns() {
        List<String> columns = given.strings("columns");
        return columns.isEmpty() ? List.of(column()) : columns;
    }

    private String column() {
        return given.optionalString("column")
                .or(() -> owner)
                .orElseThrow(() -> given.error("'column' is missing: " + table + " has several"));
    }

    private String quoted() {
        return SqlNames.quoted(column());
    }
}
