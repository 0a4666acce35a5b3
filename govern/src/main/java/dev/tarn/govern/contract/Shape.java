package dev.tarn.govern.contract;

import dev.tarn.query.ResultColumn;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What a table's columns must be, whatever its rows are.
public sealed interface Shape {
    /// A column is there, at a place counted from zero if one is given.
    record Has(String column, Optional<Integer> place) implements Shape {}

    /// A column is not there.
    record Lacks(String column) implements Shape {}

    /// No column is called like this, where `*` and `%` stand for any letters.
    record LacksLike(String pattern) implements Shape {}

    /// How many columns there are.
    record Count(Bound bound) implements Shape {}

    /// These columns in this order and no others.
    record Ordered(List<String> columns) implements Shape {}

    /// These columns in any order; others only when not exact.
    record Columns(List<String> columns, boolean exact) implements Shape {}

    /// A column has one of these types, as Trino writes them; without its length or precision, any will do.
    record Typed(String column, List<String> types) implements Shape {}

    /// What does not fit, in words; empty when all does.
    default Optional<String> difference(List<ResultColumn> actual) {
        List<String> names = actual.stream().map(ResultColumn::name).toList();
        return switch (this) {
            case Has(String column, Optional<Integer> place) -> {
                if (!names.contains(column)) {
                    yield Optional.of("there is no column " + column);
                }
                yield place.filter(at -> names.indexOf(column) != at)
                        .map(at -> column + " is at place " + names.indexOf(column) + ", not " + at);
            }
            case Lacks(String column) ->
                names.contains(column) ? Optional.of("there is a column " + column) : Optional.empty();
            case LacksLike(String pattern) ->
                names.stream()
                        .filter(Pattern.compile(Arrays.stream(pattern.split("[*%]", -1))
                                        .map(Pattern::quote)
                                        .collect(Collectors.joining(".*")))
                                .asMatchPredicate())
                        .findFirst()
                        .map(name -> "there is a column " + name);
            case Count(Bound bound) ->
                bound.admits(java.math.BigDecimal.valueOf(names.size()))
                        ? Optional.empty()
                        : Optional.of("there are " + names.size() + " columns, expected " + bound.inWords());
            case Ordered(List<String> columns) ->
                columns.equals(names) ? Optional.empty() : Optional.of("the columns are " + String.join(", ", names));
            case Columns(List<String> columns, boolean exact) -> {
                Set<String> missing = new TreeSet<>(columns);
                names.forEach(missing::remove);
                Set<String> more = new TreeSet<>(names);
                columns.forEach(more::remove);
                yield missing.isEmpty() && (!exact || more.isEmpty())
                        ? Optional.empty()
                        : Optional.of("missing: " + String.join(", ", missing)
                                + (exact ? "; not expected: " + String.join(", ", more) : ""));
            }
            case Typed(String column, List<String> types) ->
                actual.stream()
                        .filter(each -> each.name().equals(column))
                        .findFirst()
                        .map(each -> each.type().getDisplayName())
                        .map(type -> types.stream().anyMatch(wanted -> fits(type, wanted))
                                ? Optional.<String>empty()
                                : Optional.of(column + " is " + type))
                        .orElse(Optional.of("there is no column " + column));
        };
    }

    private static boolean fits(String type, String wanted) {
        String given = wanted.toLowerCase(Locale.ROOT).replace(" ", "");
        String own = type.replace(" ", "");
        return own.equals(given) || own.replaceAll("\\([0-9,]*\\)", "").equals(given);
    }
}
