package dev.tarn.govern.contract;

import dev.tarn.core.config.Nearest;
import dev.tarn.core.config.Section;
import dev.tarn.core.error.TarnException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One check written in Soda's language, such as `missing_count(birthday) = 0`, as the rules that mean the same. What
/// has no equal here is refused by name and line.
final class SodaText {
    private static final Pattern LIST = Pattern.compile("checks(?: for (.+))?");
    private static final Pattern METRIC = Pattern.compile("(\\w+)\\s*(?:\\(([^)]*)\\))?\\s*(.*)");
    private static final Pattern REFERENCE =
            Pattern.compile("values in (?:\\(([^)]+)\\)|(\\S+)) must (not )?exist in (\\S+) (?:\\(([^)]+)\\)|(\\S+))");
    private static final Pattern SAME_COUNT = Pattern.compile("row_count same as (\\S+)");
    private static final Pattern FRESHNESS =
            Pattern.compile("freshness\\s*(?:using\\s+(\\S+)|\\(\\s*([^,)]+?)\\s*\\))\\s*(.*)");
    private static final Pattern AGE = Pattern.compile("(?:(\\d+)d)?\\s*(?:(\\d+)h)?\\s*(?:(\\d+)m)?\\s*(?:(\\d+)s)?");

    /// Words that checks of other kinds begin with, and what to write instead.
    private static final Map<String, String> WITHOUT_EQUAL = Map.of(
            "change", "write {type: change, metric: …}",
            "anomaly", "write {type: anomaly, metric: …}",
            "distribution_difference", "use Great Expectations' expect_column_kl_divergence_to_be_less_than",
            "group", "write a rule of type sql",
            "for", "write the check for each table",
            "filter", "write filter below each check",
            "discover", "it looks at a data source, not at a table",
            "profile", "it looks at a data source, not at a table",
            "automated", "it looks at a data source, not at a table");

    private static final List<String> METRICS = Stream.concat(
                    SodaMetrics.NAMES.stream(),
                    Stream.of("stddev_pop", "stddev_samp", "variance", "var_pop", "var_samp"))
            .toList();

    private final Section place;
    private final String written;
    private final Optional<Section> keys;
    private final String table;
    private final Function<String, Rule.About> about;

    private SodaText(Section place, String written, String table, Function<String, Rule.About> about) {
        this.place = place;
        this.written = written;
        this.keys = place.optionalSection(written);
        this.table = table;
        this.about = about;
    }

    /// The rules of one item of a list of checks, or of a `checks for TABLE` with such a list below it.
    static List<Rule> rules(Section item, String table, Function<String, Rule.About> about) {
        List<Rule> rules = new ArrayList<>();
        for (String key : item.keys()) {
            Matcher list = LIST.matcher(key.strip());
            if (list.matches()) {
                if (list.group(1) != null) {
                    isOfThisTable(item, key, list.group(1).strip(), table);
                }
                item.items(key).forEach(each -> rules.addAll(rules(each, table, about)));
            } else {
                SodaText check = new SodaText(item, key, table, about);
                rules.addAll(check.rules());
                check.keys.ifPresent(Section::end);
            }
        }
        return rules;
    }

    private static void isOfThisTable(Section item, String key, String named, String table) {
        String name = named.replaceAll("[\"'`]", "");
        if (!table.equalsIgnoreCase(name)
                && !table.toLowerCase(Locale.ROOT).endsWith("." + name.toLowerCase(Locale.ROOT))) {
            throw item.error(
                    key,
                    name.contains("[")
                            ? "checks for a part of a table are not known here: write filter below each check"
                            : "these checks are for '" + name + "' and stand in the contract of " + table);
        }
    }

    private List<Rule> rules() {
        keys.ifPresent(given -> ContractReader.ignore(
                given, "attributes", "identity", "samples limit", "samples columns", "collect failed rows", "title"));
        String check = written.strip().replaceAll("\\s+", " ");
        if (check.contains("${")) {
            throw error("variables are not known here: write the value");
        }
        Matcher reference = REFERENCE.matcher(check);
        Matcher sameCount = SAME_COUNT.matcher(check);
        Matcher freshness = FRESHNESS.matcher(check);
        if (check.equals("schema")) {
            return schema();
        } else if (check.equals("failed rows")) {
            return failedRows();
        } else if (reference.matches()) {
            return List.of(reference(reference));
        } else if (sameCount.matches()) {
            return List.of(new Rule.Query(
                    named(check, false),
                    "SELECT (SELECT count(*) FROM " + SqlNames.table(table) + ") - (SELECT count(*) FROM "
                            + SqlNames.table(qualified(sameCount.group(1))) + ")",
                    Bound.zero()));
        } else if (freshness.matches()) {
            return freshness(
                    unquoted(Optional.ofNullable(freshness.group(1)).orElseGet(() -> freshness.group(2))),
                    freshness.group(3));
        }
        Matcher metric = METRIC.matcher(check);
        if (!metric.matches()) {
            throw error("expected a check such as row_count > 0");
        }
        String without = WITHOUT_EQUAL.get(metric.group(1));
        if (without != null) {
            throw error("this check has no equal here: " + without);
        }
        List<String> arguments =
                Optional.ofNullable(metric.group(2)).map(SodaText::names).orElse(List.of());
        return metric(metric.group(1), arguments, metric.group(3));
    }

    private List<Rule> metric(String metric, List<String> arguments, String threshold) {
        if (keys.isPresent()) {
            Section given = keys.get();
            if (given.has(metric + " expression")) {
                Measure measure = new Measure.Other(given.string(metric + " expression"));
                return each(threshold, (name, bound) -> new Rule.Aggregate(name, measure, bound));
            }
            if (given.has(metric + " query")) {
                String sql = sql(given, metric + " query");
                return each(threshold, (name, bound) -> new Rule.Query(name, sql, bound));
            }
        }
        if (!METRICS.contains(metric)) {
            throw error("no such metric: " + metric
                    + Nearest.of(metric, METRICS)
                            .map(name -> "; did you mean " + name + "?")
                            .orElse("; one of your own needs '" + metric + " expression' or '" + metric
                                    + " query' below it"));
        }
        if (metric.equals("row_count")) {
            Measure rows = filter().<Measure>map(kept -> new Measure.Count(Condition.of(kept)))
                    .orElseGet(Measure.Rows::new);
            return each(threshold, (name, bound) -> new Rule.Aggregate(name, rows, bound));
        }
        if (arguments.isEmpty()) {
            throw error("needs a column, as in " + metric + "(column)");
        }
        String column = arguments.getFirst();
        return switch (metric) {
            case "missing_count" -> rows(threshold, column, missing(column), false);
            case "missing_percent" -> rows(threshold, column, missing(column), true);
            case "invalid_count" -> rows(threshold, column, invalid(column), false);
            case "invalid_percent" -> rows(threshold, column, invalid(column), true);
            case "duplicate_count" -> duplicates(threshold, arguments, false);
            case "duplicate_percent" -> duplicates(threshold, arguments, true);
            case "percentile" -> percentile(threshold, arguments);
            default -> {
                Measure measure = measure(metric, values(column));
                yield each(threshold, (name, bound) -> new Rule.Aggregate(name, measure, bound));
            }
        };
    }

    private static Measure measure(String metric, String value) {
        return SodaMetrics.ofValues(metric.equals("stddev_samp") ? "stddev" : metric)
                .map(measure -> measure.apply(value))
                .orElseGet(() -> new Measure.Other(metric + "(" + value + ")"));
    }

    /// A column's values, but only those that the check is about.
    private String values(String column) {
        List<String> kept = new ArrayList<>();
        filter().ifPresent(sql -> kept.add("(" + sql + ")"));
        missingAs(column).ifPresent(sql -> kept.add("NOT (" + sql + ")"));
        List<String> broken = invalidAs(column);
        if (!broken.isEmpty()) {
            kept.add("NOT (" + String.join(" OR ", broken) + ")");
        }
        String quoted = SqlNames.quoted(column);
        return kept.isEmpty() ? quoted : "CASE WHEN " + String.join(" AND ", kept) + " THEN " + quoted + " END";
    }

    /// A bound on how many rows satisfy a condition, or what share of them; on each row when none may.
    private List<Rule> rows(String threshold, String column, Condition broken, boolean percent) {
        Optional<String> filter = filter();
        Condition counted = filter.map(kept -> Condition.of("(" + kept + ") AND (" + broken.sql() + ")"))
                .orElse(broken);
        Optional<String> within = filter.map(kept -> "CASE WHEN " + kept + " THEN 1 END");
        return each(threshold, (name, bound) -> {
            Rule.About known = new Rule.About(
                    name.name(), name.severity(), name.column().or(() -> Optional.of(column)), name.line());
            return isNone(bound, percent)
                    ? new Rule.EachRow(known, counted)
                    : new Rule.Aggregate(
                            known, percent ? new Measure.Percent(counted, within) : new Measure.Count(counted), bound);
        });
    }

    private static boolean isNone(Bound bound, boolean percent) {
        return bound.admits(BigDecimal.ZERO)
                && !bound.admits(percent ? new BigDecimal("0.000001") : BigDecimal.ONE)
                && !bound.admits(BigDecimal.valueOf(Long.MAX_VALUE));
    }

    private Condition missing(String column) {
        return missingAs(column).map(sql -> Condition.about(column, sql)).orElseGet(() -> new Condition.IsNull(column));
    }

    /// What is missing beside null; empty when nothing is.
    private Optional<String> missingAs(String column) {
        List<String> missing = new ArrayList<>();
        List<String> values = strings("missing values");
        if (!values.isEmpty()) {
            missing.add("CAST(" + SqlNames.quoted(column) + " AS varchar) IN (" + QualityRules.literals(values) + ")");
        }
        pattern("missing regex", "missing format").forEach(regex -> missing.add(matches(column, regex)));
        return missing.isEmpty()
                ? Optional.empty()
                : Optional.of(SqlNames.quoted(column) + " IS NULL OR " + String.join(" OR ", missing));
    }

    private Condition invalid(String column) {
        Optional<String> missing = missingAs(column);
        List<String> broken = invalidAs(column);
        if (broken.isEmpty()) {
            throw error("needs what is valid below it: valid values, valid format, valid regex, valid min, valid max, "
                    + "valid length … or invalid values");
        }
        Optional<Condition.Limit> low = number("valid min").map(value -> Expectations.limit(value, false));
        Optional<Condition.Limit> high = number("valid max").map(value -> Expectations.limit(value, false));
        if (broken.size() == low.stream().count() + high.stream().count() && missing.isEmpty()) {
            return new Condition.Outside(column, low, high);
        }
        String any = String.join(" OR ", broken);
        return Condition.about(
                column,
                missing.map(sql -> "NOT (" + sql + ") AND (" + any + ")").orElse(any));
    }

    /// Each way in which a value that is there can be invalid.
    private List<String> invalidAs(String column) {
        String quoted = SqlNames.quoted(column);
        String text = "CAST(" + quoted + " AS varchar)";
        List<String> broken = new ArrayList<>();
        List<String> valid = strings("valid values");
        if (!valid.isEmpty()) {
            broken.add(text + " NOT IN (" + QualityRules.literals(valid) + ")");
        }
        List<String> invalid = strings("invalid values");
        if (!invalid.isEmpty()) {
            broken.add(text + " IN (" + QualityRules.literals(invalid) + ")");
        }
        pattern("valid regex", "valid format").forEach(regex -> broken.add(ColumnRules.doesNotMatch(quoted, regex)));
        pattern("invalid regex", "invalid format").forEach(regex -> broken.add(matches(column, regex)));
        // Text of a format with numbers is compared as the number.
        String number = has("valid format") ? "TRY_CAST(replace(" + quoted + ", ',', '.') AS double)" : quoted;
        number("valid min").ifPresent(value -> broken.add(number + " < " + value.toPlainString()));
        number("valid max").ifPresent(value -> broken.add(number + " > " + value.toPlainString()));
        number("valid length").ifPresent(value -> broken.add("length(" + quoted + ") <> " + value));
        number("valid min length").ifPresent(value -> broken.add("length(" + quoted + ") < " + value));
        number("valid max length").ifPresent(value -> broken.add("length(" + quoted + ") > " + value));
        return broken;
    }

    private static String matches(String column, String regex) {
        return "regexp_like(" + SqlNames.quoted(column) + ", " + SqlNames.literal(regex) + ")";
    }

    private List<String> pattern(String regex, String format) {
        List<String> patterns = new ArrayList<>(string(regex).stream().toList());
        string(format)
                .ifPresent(name -> patterns.add(SodaFormats.pattern(name)
                        .orElseThrow(() -> keys.orElseThrow()
                                .error(
                                        format,
                                        "no such format: " + name + "; known are "
                                                + String.join(", ", SodaFormats.names())))));
        return patterns;
    }

    /// Soda counts the different values that repeat.
    private List<Rule> duplicates(String threshold, List<String> columns, boolean percent) {
        Optional<String> filter = filter();
        String kept = filter.map(sql -> " AND (" + sql + ")").orElse("");
        String count = "(SELECT count(*) FROM (SELECT 1 FROM " + SqlNames.table(table) + " WHERE "
                + columns.stream()
                        .map(name -> SqlNames.quoted(name) + " IS NOT NULL")
                        .collect(Collectors.joining(" AND "))
                + kept + " GROUP BY " + SqlNames.list(columns) + " HAVING count(*) > 1) d)";
        String all = "(SELECT count(*) FROM " + SqlNames.table(table)
                + filter.map(sql -> " WHERE " + sql).orElse("") + ")";
        String sql = "SELECT " + (percent ? "coalesce(100e0 * " + count + " / nullif(" + all + ", 0), 0e0)" : count);
        return each(
                threshold,
                (name, bound) -> isNone(bound, percent) && filter.isEmpty()
                        ? new Rule.Aggregate(name, new Measure.Duplicates(columns, false), Bound.zero())
                        : new Rule.Query(name, sql, bound));
    }

    /// The percentile is the smallest value that at least its share of the values does not exceed: shares decide.
    private List<Rule> percentile(String threshold, List<String> arguments) {
        if (arguments.size() != 2) {
            throw error("needs a column and a share, as in percentile(size, 0.95)");
        }
        String column = arguments.getFirst();
        BigDecimal at = decimal(arguments.getLast());
        return several(threshold, (name, bound) -> switch (bound) {
            case Bound.AtLeast(BigDecimal value, boolean excluded) -> List.of(below(name, column, value, excluded, at));
            case Bound.AtMost(BigDecimal value, boolean excluded) -> List.of(above(name, column, value, excluded, at));
            case Bound.Equal(BigDecimal value, boolean negated)
            when !negated -> List.of(below(name, column, value, false, at), above(name, column, value, false, at));
            case Bound.Between(BigDecimal low, BigDecimal high, boolean negated)
            when !negated -> List.of(below(name, column, low, false, at), above(name, column, high, false, at));
            case Bound.Equal ignored -> throw error("compare a percentile with <, <=, >, >=, = or between");
            case Bound.Between ignored -> throw error("compare a percentile with <, <=, >, >=, = or between");
        });
    }

    private static Rule below(Rule.About name, String column, BigDecimal value, boolean excluded, BigDecimal at) {
        Optional<Condition.Limit> limit = Optional.of(Expectations.limit(value, excluded));
        return share(
                name,
                ": share of values below",
                new Condition.Outside(column, limit, Optional.empty()),
                new Bound.AtMost(at.movePointRight(2), true));
    }

    private static Rule above(Rule.About name, String column, BigDecimal value, boolean excluded, BigDecimal at) {
        Optional<Condition.Limit> limit = Optional.of(Expectations.limit(value, excluded));
        return share(
                name,
                ": share of values above",
                new Condition.Outside(column, Optional.empty(), limit),
                new Bound.AtMost(BigDecimal.ONE.subtract(at).movePointRight(2), false));
    }

    private static Rule share(Rule.About name, String what, Condition.Outside outside, Bound bound) {
        return new Rule.Aggregate(
                new Rule.About(name.name() + what, name.severity(), name.column(), name.line()),
                new Measure.Percent(outside, Optional.of(SqlNames.quoted(outside.column()))),
                bound);
    }

    private List<Rule> failedRows() {
        Section given = keys.orElseThrow(() -> error("needs 'fail condition' or 'fail query' below it"));
        Optional<String> condition = given.optionalString("fail condition");
        if (condition.isPresent()) {
            Condition broken = Condition.of(filter().map(kept -> "(" + kept + ") AND (" + condition.get() + ")")
                    .orElse(condition.get()));
            return counting((name, bound) -> isNone(bound, false)
                    ? new Rule.EachRow(name, broken)
                    : new Rule.Aggregate(name, new Measure.Count(broken), bound));
        }
        String sql = "SELECT count(*) FROM (" + sql(given, "fail query") + ") r";
        return counting((name, bound) -> new Rule.Query(name, sql, bound));
    }

    /// None may fail, unless it is said how many may.
    private List<Rule> counting(BiFunction<Rule.About, Bound, Rule> maker) {
        return has("fail") || has("warn") ? each("", maker) : List.of(maker.apply(named(written, false), Bound.zero()));
    }

    /// A query of the check's, which becomes a part of another.
    private String sql(Section given, String key) {
        return given.string(key).strip().replaceFirst(";$", "").replace("${table}", SqlNames.table(table));
    }

    /// Values that are null are not looked for.
    private Rule reference(Matcher check) {
        List<String> from = names(Optional.ofNullable(check.group(1)).orElseGet(() -> check.group(2)));
        List<String> to = names(Optional.ofNullable(check.group(5)).orElseGet(() -> check.group(6)));
        if (from.size() != to.size()) {
            throw error("expected as many columns on the right as on the left");
        }
        String other = qualified(check.group(4));
        boolean absent = check.group(3) != null;
        List<String> equal = new ArrayList<>();
        for (int i = 0; i < to.size(); i++) {
            equal.add("r." + SqlNames.quoted(to.get(i)) + " = t." + SqlNames.quoted(from.get(i)));
        }
        String present = from.stream()
                .map(name -> "t." + SqlNames.quoted(name) + " IS NOT NULL")
                .collect(Collectors.joining(" OR "));
        String sql = "SELECT count(*) FROM " + SqlNames.table(table) + " t WHERE (" + present + ") AND "
                + (absent ? "" : "NOT ") + "EXISTS (SELECT 1 FROM " + SqlNames.table(other) + " r WHERE "
                + String.join(" AND ", equal) + ")";
        return new Rule.Query(named(written, false), sql, Bound.zero(), absent ? Optional.empty() : Optional.of(other));
    }

    private List<Rule> freshness(String column, String threshold) {
        List<Rule> rules = new ArrayList<>();
        if (!threshold.isBlank()) {
            Matcher bound = Pattern.compile("<=? ?(.+)").matcher(threshold);
            if (!bound.matches()) {
                throw error("expected the greatest age, as in freshness(column) < 1d");
            }
            rules.add(Rule.Fresh.of(named(written, false), column, age(bound.group(1))));
        }
        for (String alert : threshold.isBlank() ? List.of("fail", "warn") : List.<String>of()) {
            for (String when : strings(alert)) {
                Matcher bound = Pattern.compile("when >=? ?(.+)").matcher(when);
                if (!bound.matches()) {
                    throw error("expected '" + alert + ": when > 1d'");
                }
                rules.add(Rule.Fresh.of(
                        named(written + " " + alert + " " + when, alert.equals("warn")), column, age(bound.group(1))));
            }
        }
        if (rules.isEmpty()) {
            throw error("needs the greatest age, as in freshness(column) < 1d");
        }
        return rules;
    }

    private Duration age(String text) {
        Matcher age = AGE.matcher(text.strip());
        if (text.isBlank() || !age.matches()) {
            throw error("expected a duration such as 1d, 6h or 1d6h, not '" + text + "'");
        }
        return Duration.ofDays(part(age, 1))
                .plusHours(part(age, 2))
                .plusMinutes(part(age, 3))
                .plusSeconds(part(age, 4));
    }

    private static long part(Matcher age, int group) {
        return age.group(group) == null ? 0 : Long.parseLong(age.group(group));
    }

    private List<Rule> schema() {
        List<Rule> rules = new ArrayList<>();
        for (String alert : List.of("fail", "warn")) {
            keys.flatMap(given -> given.optionalSection(alert)).ifPresent(given -> {
                shapes(
                                given,
                                shape -> new Rule.Structure(
                                        named(alert + " " + SodaSchema.words(shape), alert.equals("warn")), shape))
                        .forEach(rules::add);
                given.end();
            });
        }
        if (rules.isEmpty()) {
            throw error("needs fail or warn with what to look for, such as when required column missing: [id]");
        }
        return rules;
    }

    private static List<Rule> shapes(Section given, Function<Shape, Rule> maker) {
        return SodaSchema.shapes(given).stream().map(maker).toList();
    }

    private record Wanted(List<Bound> bounds, Rule.About name) {}

    /// A rule for each bound: that of the check's own text, or those below `fail` and `warn`.
    private List<Rule> each(String threshold, BiFunction<Rule.About, Bound, Rule> maker) {
        return several(threshold, (name, bound) -> List.of(maker.apply(name, bound)));
    }

    private List<Rule> several(String threshold, BiFunction<Rule.About, Bound, List<Rule>> maker) {
        List<Wanted> wanted = new ArrayList<>();
        if (!threshold.isBlank()) {
            wanted.add(new Wanted(SodaBounds.of(threshold, this::error), named(written, false)));
        } else {
            for (String alert : List.of("fail", "warn")) {
                for (String when : strings(alert)) {
                    if (!when.startsWith("when ")) {
                        throw error("expected '" + alert + ": when > 5' or the like");
                    }
                    wanted.add(new Wanted(
                            List.of(SodaBounds.negated(SodaBounds.of(when.substring(5), this::error), this::error)),
                            named(written + " " + alert + " " + when, alert.equals("warn"))));
                }
            }
        }
        if (wanted.isEmpty()) {
            throw error("needs a threshold such as = 0, or fail and warn with when … below it");
        }
        return wanted.stream()
                .flatMap(each -> each.bounds().stream().flatMap(bound -> maker.apply(each.name(), bound).stream()))
                .toList();
    }

    private Rule.About named(String what, boolean warning) {
        Rule.About own = about.apply(string("name").orElse(what.strip()));
        return new Rule.About(
                own.name(),
                warning && own.severity() == Severity.ERROR ? Severity.WARNING : own.severity(),
                own.column(),
                place.line());
    }

    private String qualified(String name) {
        String plain = unquoted(name);
        int dot = table.lastIndexOf('.');
        return plain.contains(".") || dot < 0 ? plain : table.substring(0, dot + 1) + plain;
    }

    private static List<String> names(String list) {
        return Arrays.stream(list.split(",", -1)).map(SodaText::unquoted).toList();
    }

    private static String unquoted(String name) {
        return name.strip().replaceAll("^[\"`'](.*)[\"`']$", "$1");
    }

    private BigDecimal decimal(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw error("expected a number, not '" + text + "'");
        }
    }

    private Optional<String> filter() {
        return string("filter");
    }

    private boolean has(String key) {
        return keys.map(given -> given.has(key)).orElse(false);
    }

    private Optional<String> string(String key) {
        return keys.flatMap(given -> given.optionalString(key));
    }

    private List<String> strings(String key) {
        return keys.map(given -> given.strings(key)).orElse(List.of());
    }

    private Optional<BigDecimal> number(String key) {
        return keys.flatMap(given -> given.optionalString(key).map(text -> Expectations.decimal(given, key, text)));
    }

    private TarnException error(String message) {
        return place.error(written, message);
    }
}
