package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The rules of a `quality` list, of a column or of a whole table.
final class QualityRules {
    private static final Set<String> DIMENSIONS =
            Set.of("accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness");

    private final String table;
    private final Optional<String> column;

    private QualityRules(String table, Optional<String> column) {
        this.table = table;
        this.column = column;
    }

    /// Reads the `quality` list of a table (no column) or of one of its columns.
    static List<Rule> read(String table, Optional<String> column, Section owner) {
        QualityRules reader = new QualityRules(table, column);
        List<Rule> rules = new ArrayList<>();
        for (Section quality : owner.sections("quality")) {
            rules.addAll(reader.rule(quality));
            quality.end();
        }
        return rules;
    }

    private List<Rule> rule(Section quality) {
        List.of("id", "businessImpact", "method", "schedule", "scheduler").forEach(quality::optionalString);
        quality.strings("tags");
        ContractReader.ignore(quality, "authoritativeDefinitions", "customProperties");
        quality.optionalString("dimension")
                .filter(word -> !DIMENSIONS.contains(word))
                .ifPresent(word -> {
                    throw quality.error(
                            "dimension",
                            "expected one of "
                                    + String.join(
                                            ", ", DIMENSIONS.stream().sorted().toList()));
                });
        Severity severity = quality.optionalString("severity")
                .map(word -> Severity.of(word)
                        .orElseThrow(
                                () -> quality.error("severity", "expected info, warning or error, not '" + word + "'")))
                .orElse(Severity.ERROR);
        Optional<String> name = quality.optionalString("name");
        Optional<String> description = quality.optionalString("description");
        String type = quality.string("type", quality.has("query") ? "sql" : "library");
        return switch (type) {
            case "library" -> List.of(library(quality, name, severity));
            case "sql" -> List.of(query(quality, name.or(() -> description), severity));
            case "text" ->
                List.of(new Rule.Unchecked(
                        about(name.or(() -> description).orElse("text"), Severity.INFO, quality), "words for people"));
            case "custom" -> custom(quality, name, severity);
            default -> throw quality.error("type", "expected library, sql, text or custom, not '" + type + "'");
        };
    }

    private Rule library(Section quality, Optional<String> name, Severity severity) {
        quality.optionalString("rule");
        String metric = quality.string("metric");
        boolean percent = percent(quality);
        Bound bound = bound(quality)
                .orElseThrow(() -> quality.error("needs one of mustBe, mustBeLessThan, … to compare the metric with"));
        Optional<Section> arguments = quality.optionalSection("arguments");
        String about = name.orElse(metric);
        Rule rule = switch (metric) {
            case "rowCount" -> new Rule.Aggregate(about(about, severity, quality), new Measure.Rows(), bound);
            case "nullValues" -> rows(about, severity, quality, new Condition.IsNull(column(quality)), percent, bound);
            case "missingValues" -> rows(about, severity, quality, missing(column(quality), arguments), percent, bound);
            case "invalidValues" ->
                rows(
                        about,
                        severity,
                        quality,
                        Condition.about(column(quality), invalid(quality, arguments)),
                        percent,
                        bound);
            case "duplicateValues" -> duplicates(about, severity, quality, arguments, percent, bound);
            default ->
                throw quality.error(
                        "metric",
                        "expected nullValues, missingValues, invalidValues, duplicateValues or rowCount, not '" + metric
                                + "'");
        };
        arguments.ifPresent(Section::end);
        return rule;
    }

    /// A rule on single rows when none may break it, otherwise a bound on how many or what share do.
    private Rule rows(String name, Severity severity, Section quality, Condition broken, boolean percent, Bound bound) {
        Rule.About about = about(name, severity, quality);
        if (bound.equals(Bound.zero())) {
            return new Rule.EachRow(about, broken);
        }
        return new Rule.Aggregate(about, percent ? new Measure.Percent(broken) : new Measure.Count(broken), bound);
    }

    private static Condition missing(String column, Optional<Section> arguments) {
        String quoted = SqlNames.quoted(column);
        List<String> words =
                arguments.map(section -> section.strings("missingValues")).orElse(List.of());
        List<String> texts = words.stream().filter(word -> !word.equals("null")).toList();
        return texts.isEmpty()
                ? new Condition.IsNull(column)
                : Condition.about(
                        column, quoted + " IS NULL OR CAST(" + quoted + " AS varchar) IN (" + literals(texts) + ")");
    }

    private String invalid(Section quality, Optional<Section> arguments) {
        String quoted = SqlNames.quoted(column(quality));
        Section given = arguments.orElseThrow(() -> quality.error("arguments", "needs validValues or pattern"));
        List<String> values = given.strings("validValues");
        Optional<String> pattern = given.optionalString("pattern");
        if (values.isEmpty() == pattern.isEmpty()) {
            throw given.error("needs either validValues or pattern");
        }
        return pattern.map(regex -> ColumnRules.doesNotMatch(quoted, regex))
                .orElseGet(() -> "CAST(" + quoted + " AS varchar) NOT IN (" + literals(values) + ")");
    }

    private Rule duplicates(
            String name,
            Severity severity,
            Section quality,
            Optional<Section> arguments,
            boolean percent,
            Bound bound) {
        List<String> columns = column.map(List::of)
                .orElseGet(() ->
                        arguments.map(section -> section.strings("properties")).orElse(List.of()));
        if (columns.isEmpty()) {
            throw quality.error("arguments", "needs properties: the columns that together must not repeat");
        }
        return new Rule.Aggregate(about(name, severity, quality), new Measure.Duplicates(columns, percent), bound);
    }

    private Rule query(Section quality, Optional<String> name, Severity severity) {
        String sql = quality.string("query")
                .replace("${table}", SqlNames.table(table))
                .replace("${object}", SqlNames.table(table));
        String filled = column.map(name1 ->
                        sql.replace("${column}", SqlNames.quoted(name1)).replace("${property}", SqlNames.quoted(name1)))
                .orElse(sql);
        quality.optionalString("unit");
        Bound bound = bound(quality)
                .orElseThrow(() ->
                        quality.error("needs one of mustBe, mustBeLessThan, … to compare the query's value with"));
        return new Rule.Query(about(name.orElse("query"), severity, quality), filled, bound);
    }

    private List<Rule> custom(Section quality, Optional<String> name, Severity severity) {
        String engine = quality.string("engine");
        Function<String, Rule.About> about = words -> about(name.orElse(words), severity, quality);
        return switch (engine.toLowerCase(Locale.ROOT).replaceAll("[-_]", "")) {
            case "soda" ->
                each(quality, check -> {
                    // As Tarn writes it, with keys, or in Soda's own language.
                    return check.has("type")
                            ? SodaRules.rules(check, table, column, about)
                            : SodaText.rules(check, table, about);
                });
            case "greatexpectations" ->
                each(quality, expectation -> Expectations.rules(expectation, table, column, about));
            default -> {
                quality.asMap();
                yield List.of(new Rule.Unchecked(
                        about(name.orElse(engine), Severity.INFO, quality), "written for the engine '" + engine + "'"));
            }
        };
    }

    /// The rules of what `implementation` holds: one or a list, as keys or as a block of text.
    private static List<Rule> each(Section quality, Function<Section, List<Rule>> maker) {
        List<Rule> rules = new ArrayList<>();
        for (Section item : quality.unfolded("implementation").items("implementation")) {
            rules.addAll(maker.apply(item));
            item.end();
        }
        if (rules.isEmpty()) {
            throw quality.error("implementation", "holds no check");
        }
        return rules;
    }

    private static Optional<Bound> bound(Section quality) {
        List<Bound> bounds = new ArrayList<>();
        number(quality, "mustBe").ifPresent(value -> bounds.add(new Bound.Equal(value, false)));
        number(quality, "mustNotBe").ifPresent(value -> bounds.add(new Bound.Equal(value, true)));
        number(quality, "mustBeGreaterThan").ifPresent(value -> bounds.add(new Bound.AtLeast(value, true)));
        number(quality, "mustBeGreaterOrEqualTo").ifPresent(value -> bounds.add(new Bound.AtLeast(value, false)));
        number(quality, "mustBeLessThan").ifPresent(value -> bounds.add(new Bound.AtMost(value, true)));
        number(quality, "mustBeLessOrEqualTo").ifPresent(value -> bounds.add(new Bound.AtMost(value, false)));
        range(quality, "mustBeBetween", false).ifPresent(bounds::add);
        range(quality, "mustNotBeBetween", true).ifPresent(bounds::add);
        if (bounds.size() > 1) {
            throw quality.error("has more than one operator: write one rule for each");
        }
        return bounds.stream().findFirst();
    }

    private static Optional<Bound> range(Section quality, String key, boolean negated) {
        List<String> ends = quality.strings(key);
        if (ends.isEmpty()) {
            return Optional.empty();
        }
        if (ends.size() != 2) {
            throw quality.error(key, "expected two numbers, the smaller first");
        }
        BigDecimal low = decimal(quality, key, ends.getFirst());
        BigDecimal high = decimal(quality, key, ends.getLast());
        if (low.compareTo(high) >= 0) {
            throw quality.error(key, "expected two numbers, the smaller first");
        }
        return Optional.of(new Bound.Between(low, high, negated));
    }

    private static Optional<BigDecimal> number(Section quality, String key) {
        return quality.optionalString(key).map(text -> decimal(quality, key, text));
    }

    private static BigDecimal decimal(Section quality, String key, String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw quality.error(key, "expected a number, not '" + text + "'");
        }
    }

    private static boolean percent(Section quality) {
        String unit = quality.string("unit", "rows");
        return switch (unit) {
            case "rows" -> false;
            case "percent" -> true;
            default -> throw quality.error("unit", "expected rows or percent, not '" + unit + "'");
        };
    }

    static String literals(List<String> values) {
        return values.stream().map(SqlNames::literal).collect(Collectors.joining(", "));
    }

    private String column(Section quality) {
        return column.orElseThrow(() -> quality.error("metric", "this metric belongs to a column's quality list"));
    }

    private Rule.About about(String what, Severity severity, Section quality) {
        String name = column.map(of -> of + " " + what).orElse(what);
        return new Rule.About(name, severity, column, quality.line());
    }
}
