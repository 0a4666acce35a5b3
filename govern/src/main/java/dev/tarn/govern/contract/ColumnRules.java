package dev.tarn.govern.contract;

import dev.tarn.core.config.Section;
import dev.tarn.govern.contract.Contract.LogicalType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/// The rules that a column's own keys imply: `required`, `unique` and `logicalTypeOptions`.
final class ColumnRules {
    /// Formats of text that can be told from the text alone, as regular expressions over the whole of it.
    private static final Map<String, String> FORMATS = Map.of(
            "uuid", "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
            "email", "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$",
            "ipv4", "^((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)$",
            "hostname",
                    "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$",
            "uri", "^[A-Za-z][A-Za-z0-9+.-]*:\\S+$");

    private final String column;
    private final String quoted;
    private final Section section;
    private final List<Rule> rules = new ArrayList<>();

    private ColumnRules(String column, Section section) {
        this.column = column;
        this.quoted = SqlNames.quoted(column);
        this.section = section;
    }

    /// Reads the keys of a property that imply rules.
    static List<Rule> read(String column, Optional<LogicalType> type, Section property) {
        ColumnRules rules = new ColumnRules(column, property);
        if (property.bool("required", false)) {
            rules.eachRow("is not null", new Condition.IsNull(column));
        }
        if (property.bool("unique", false)) {
            rules.rules.add(new Rule.Aggregate(
                    rules.about("is unique"), new Measure.Duplicates(List.of(column), false), Bound.zero()));
        }
        property.optionalSection("logicalTypeOptions").ifPresent(options -> {
            if (type.isEmpty()) {
                throw options.error("needs a logicalType beside it");
            }
            rules.options(type.get(), options);
            options.end();
        });
        return rules.rules;
    }

    private void options(LogicalType type, Section options) {
        switch (type) {
            case STRING -> text(options);
            case INTEGER, NUMBER -> {
                limits(options, ColumnRules::number);
                options.optionalString("format");
                options.optionalDouble("multipleOf")
                        .ifPresent(of -> eachRow(
                                "is a multiple of " + options.string("multipleOf"),
                                quoted + " % " + number(options, "multipleOf") + " <> 0"));
            }
            case DATE -> limits(options, (section, key) -> "DATE " + SqlNames.literal(section.string(key)));
            case TIMESTAMP -> limits(options, (section, key) -> "TIMESTAMP " + timestamp(section.string(key)));
            case TIME -> limits(options, (section, key) -> "TIME " + SqlNames.literal(section.string(key)));
            case ARRAY -> array(options);
            case OBJECT -> {
                for (String field : options.strings("required")) {
                    eachRow(field + " is not null", quoted + "." + SqlNames.quoted(field) + " IS NULL");
                }
                options.optionalLong("minProperties");
                options.optionalLong("maxProperties");
            }
            case BOOLEAN -> {}
        }
    }

    private void text(Section options) {
        options.optionalLong("minLength")
                .ifPresent(n -> eachRow("has " + n + " or more characters", "length(" + quoted + ") < " + n));
        options.optionalLong("maxLength")
                .ifPresent(n -> eachRow("has " + n + " or fewer characters", "length(" + quoted + ") > " + n));
        options.optionalString("pattern")
                .ifPresent(pattern -> eachRow("matches " + pattern, doesNotMatch(quoted, pattern)));
        options.optionalString("format")
                .filter(FORMATS::containsKey)
                .ifPresent(format -> eachRow("is " + format, doesNotMatch(quoted, FORMATS.get(format))));
    }

    private void array(Section options) {
        String size = "cardinality(" + quoted + ")";
        options.optionalLong("minItems").ifPresent(n -> eachRow("has " + n + " or more items", size + " < " + n));
        options.optionalLong("maxItems").ifPresent(n -> eachRow("has " + n + " or fewer items", size + " > " + n));
        if (options.bool("uniqueItems", false)) {
            eachRow("has no item twice", "cardinality(array_distinct(" + quoted + ")) <> " + size);
        }
    }

    private void limits(Section options, BiFunction<Section, String, String> literal) {
        record Kind(String key, String words, boolean low, boolean excluded) {}
        List<Kind> kinds = List.of(
                new Kind("minimum", "at least", true, false),
                new Kind("exclusiveMinimum", "more than", true, true),
                new Kind("maximum", "at most", false, false),
                new Kind("exclusiveMaximum", "less than", false, true));
        for (Kind kind : kinds) {
            if (options.has(kind.key())) {
                String text = options.string(kind.key());
                Optional<Condition.Limit> limit =
                        Optional.of(new Condition.Limit(literal.apply(options, kind.key()), text, kind.excluded()));
                eachRow(
                        "is " + kind.words() + " " + text,
                        kind.low()
                                ? new Condition.Outside(column, limit, Optional.empty())
                                : new Condition.Outside(column, Optional.empty(), limit));
            }
        }
        options.optionalString("format");
        options.optionalBool("timezone");
        options.optionalString("defaultTimezone");
    }

    private void eachRow(String what, String brokenWhen) {
        eachRow(what, Condition.about(column, brokenWhen));
    }

    private void eachRow(String what, Condition broken) {
        rules.add(new Rule.EachRow(about(what), broken));
    }

    private Rule.About about(String what) {
        return new Rule.About(column + " " + what, Severity.ERROR, Optional.of(column), section.line());
    }

    static String doesNotMatch(String quoted, String pattern) {
        return "NOT regexp_like(" + quoted + ", " + SqlNames.literal(pattern) + ")";
    }

    /// The number as written, so that no digit is lost.
    private static String number(Section options, String key) {
        if (options.optionalDouble(key).isEmpty()) {
            throw options.error(key, "expected a number");
        }
        return options.string(key);
    }

    /// `2024-01-01T00:00:00Z` as the standard writes it, in SQL's form.
    private static String timestamp(String text) {
        String spaced = text.replace('T', ' ');
        return SqlNames.literal(spaced.endsWith("Z") ? spaced.substring(0, spaced.length() - 1) + " UTC" : spaced);
    }
}
