package dev.tarn.govern.contract;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.lake.Lake;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.Substitutes;
import io.trino.spi.type.VarcharType;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.iceberg.catalog.TableIdentifier;
import org.jspecify.annotations.Nullable;

/// Computes the numbers that a table's rules bound. What is known of a file is not computed again: a check
/// after an append reads the added files. Uniqueness looks for the added values among the known ones; a
/// reference to another table looks for the added values there.
final class Measuring {
    /// How DuckDB writes what is not finite.
    private static final Set<String> NO_NUMBERS = Set.of("nan", "-nan", "inf", "-inf");

    private final QueryEngine engine;
    private final Lake lake;
    private final KnownResults known;
    private final QuerySession session;
    private final Contract.Table table;
    private final Optional<TableFiles> files;

    Measuring(QueryEngine engine, Lake lake, KnownResults known, QuerySession session, Contract.Table table) {
        this.engine = engine;
        this.lake = lake;
        this.known = known;
        this.session = session;
        this.table = table;
        this.files = TableFiles.of(lake, session, table.name());
    }

    /// Each measure's number; empty where there is nothing to measure.
    Map<Measure, Optional<BigDecimal>> of(List<Measure> measures) {
        Map<Measure, Optional<BigDecimal>> found = new HashMap<>();
        List<Measure> asked = measures.stream().distinct().toList();
        if (files.isEmpty()) {
            whole(asked, found);
            return found;
        }
        Set<Measure> byFile = new LinkedHashSet<>();
        List<Measure> rest = new ArrayList<>();
        for (Measure measure : asked) {
            if (measure instanceof Measure.Duplicates) {
                byFile.add(new Measure.Rows());
            } else if (measure.parts().isEmpty()) {
                rest.add(measure);
            } else {
                byFile.add(measure);
            }
        }
        byFile(List.copyOf(byFile), found);
        Uniqueness uniqueness = new Uniqueness(this, known, table, files.get());
        for (Measure measure : asked) {
            if (measure instanceof Measure.Duplicates duplicates) {
                BigDecimal count = uniqueness.count(duplicates);
                BigDecimal all = found.get(new Measure.Rows()).orElse(BigDecimal.ZERO);
                found.put(measure, Optional.of(duplicates.percent() ? PartMerge.percent(count, all) : count));
            }
        }
        whole(rest, found);
        return found;
    }

    /// All rows, in one statement.
    private void whole(List<Measure> measures, Map<Measure, Optional<BigDecimal>> found) {
        if (measures.isEmpty()) {
            return;
        }
        String select = measures.stream().map(Measure::whole).collect(Collectors.joining(", "));
        List<@Nullable Object> row = rows("SELECT " + select + " FROM " + SqlNames.table(table.name()))
                .getFirst();
        for (int i = 0; i < measures.size(); i++) {
            found.put(measures.get(i), number(row.get(i)));
        }
    }

    /// The files that nothing is known of, read once.
    private void byFile(List<Measure> measures, Map<Measure, Optional<BigDecimal>> found) {
        if (measures.isEmpty()) {
            return;
        }
        TableFiles all = files.orElseThrow();
        List<Measure.Part> parts = measures.stream()
                .flatMap(measure -> measure.parts().stream())
                .distinct()
                .toList();
        String rules = KnownResults.digest(
                parts.stream().map(part -> part.aggregate() + part.inputs()).collect(Collectors.joining("\n"))
                        + all.table().schema().asStruct());
        Map<String, List<@Nullable BigDecimal>> values = known.parts(rules);
        Set<String> unknown = new LinkedHashSet<>(all.files().keySet());
        unknown.removeAll(values.keySet());
        if (!unknown.isEmpty()) {
            Map<String, List<@Nullable BigDecimal>> added = new FileParts(this, all, parts).of(unknown);
            known.keep(rules, added, all.files().keySet());
            values.putAll(added);
        }
        Map<Measure.Part, Integer> places = new HashMap<>();
        parts.forEach(part -> places.put(part, places.size()));
        for (Measure measure : measures) {
            List<Integer> own = measure.parts().stream().map(places::get).toList();
            List<List<@Nullable BigDecimal>> ofFiles = new ArrayList<>();
            for (String file : all.files().keySet()) {
                List<@Nullable BigDecimal> chosen = new ArrayList<>();
                List<@Nullable BigDecimal> ofFile = values.getOrDefault(file, List.of());
                own.forEach(place -> chosen.add(ofFile.isEmpty() ? null : ofFile.get(place)));
                ofFiles.add(chosen);
            }
            found.put(measure, PartMerge.merge(measure, ofFiles));
        }
    }

    /// The number of a query rule. Rows whose values were found in another table stay found as long as that
    /// table loses no file.
    Optional<BigDecimal> query(Rule.Query rule) {
        Optional<TableFiles> others = rule.reference()
                .filter(other -> !other.equals(table.name()))
                .flatMap(other -> TableFiles.of(lake, session, other));
        if (files.isEmpty() || others.isEmpty()) {
            return single(rule);
        }
        TableFiles all = files.get();
        String key = KnownResults.digest(
                table.name() + " " + rule.sql() + all.table().schema().asStruct());
        Set<String> here = all.files().keySet();
        Set<String> there = others.get().files().keySet();
        Set<String> added = new LinkedHashSet<>(here);
        known.kept(key)
                .filter(kept -> there.containsAll(kept.others()))
                .ifPresent(kept -> added.removeAll(kept.files()));
        Optional<BigDecimal> count = added.isEmpty()
                ? Optional.of(BigDecimal.ZERO)
                : during(Map.of(all.name(), all.only(added)), () -> single(rule));
        if (count.filter(value -> value.signum() == 0).isPresent()) {
            known.keep(key, new KnownResults.Kept(here, there));
        }
        return count;
    }

    private Optional<BigDecimal> single(Rule.Query rule) {
        List<List<@Nullable Object>> rows = rows(rule.sql());
        if (rows.size() != 1 || rows.getFirst().size() != 1) {
            throw new TarnException(
                            ErrorCode.CONFIG_INVALID,
                            "the query of '" + rule.about().name() + "' must yield one row of one column")
                    .in("table", table.name());
        }
        return number(rows.getFirst().getFirst());
    }

    /// The table's columns.
    List<ResultColumn> columns() {
        return engine.describe(session, ContractLint.columnsOf(table));
    }

    /// The answer of a query.
    List<List<@Nullable Object>> rows(String sql) {
        try (QueryResult result = engine.run(session, engine.compile(session, sql))) {
            return result.all();
        } catch (TarnException e) {
            throw e.in("table", table.name());
        }
    }

    /// Aggregates of DuckDB's over the rows of a query of Trino's.
    ///
    /// @param rows the query
    /// @param columns how many columns the answer has
    /// @param statement from the query's text, whose columns are `c0`, `c1`, …
    record Aggregated(String rows, int columns, UnaryOperator<String> statement) {}

    /// The answer, each value as text.
    List<List<@Nullable Object>> aggregated(Aggregated asked) {
        return aggregated(List.of(asked));
    }

    /// The answers of several side by side, as one statement; each but the first has one row.
    List<List<@Nullable Object>> aggregated(List<Aggregated> asked) {
        try {
            List<String> texts = new ArrayList<>();
            List<CompiledQuery.TableRead> reads = new ArrayList<>();
            List<String> files = new ArrayList<>();
            List<Object> functions = new ArrayList<>();
            int columns = 0;
            for (Aggregated each : asked) {
                CompiledQuery rows = engine.compile(session, each.rows());
                texts.add("(" + each.statement().apply("(" + rows.duckSql() + ") AS r") + ") AS s" + texts.size());
                reads.addAll(rows.reads());
                files.addAll(rows.files());
                functions.addAll(rows.functions());
                columns += each.columns();
            }
            CompiledQuery all = new CompiledQuery(
                    "SELECT * FROM " + String.join(", ", texts),
                    Collections.nCopies(columns, new ResultColumn("value", VarcharType.VARCHAR)),
                    reads,
                    files,
                    functions);
            try (QueryResult result = engine.run(session, all)) {
                return result.all();
            }
        } catch (TarnException e) {
            throw e.in("table", table.name());
        }
    }

    static <T> T during(Map<TableIdentifier, Substitutes.Substitute> substitutes, Supplier<T> work) {
        return Substitutes.during(substitutes, work);
    }

    /// NaN and the infinities satisfy no bound that a person would write; they count as nothing to compare.
    static Optional<BigDecimal> number(@Nullable Object value) {
        if (value == null
                || (value instanceof String text && NO_NUMBERS.contains(text))
                || (value instanceof Double d && !Double.isFinite(d))
                || (value instanceof Float f && !Float.isFinite(f))) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(value.toString()));
        } catch (NumberFormatException e) {
            throw new TarnException(
                    ErrorCode.CONFIG_INVALID, "a rule bounds '" + value + "', which is not a number", e);
        }
    }
}
