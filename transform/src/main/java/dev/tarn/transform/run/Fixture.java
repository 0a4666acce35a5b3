package dev.tarn.transform.run;

import dev.tarn.transform.context.ColumnInfo;
import dev.tarn.transform.jinja.Python;
import dev.tarn.transform.project.Relation;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Rows that a unit test gives or expects.
sealed interface Fixture {
    /// Lower-case names of the columns that the rows have; empty when that is not known.
    Set<String> names();

    /// A query of the rows with these columns; those that the rows do not have are null.
    String sql(List<ColumnInfo> columns);

    /// Rows written as values.
    record Rows(List<Map<String, @Nullable Object>> rows) implements Fixture {
        @Override
        public Set<String> names() {
            Set<String> names = new LinkedHashSet<>();
            rows.forEach(row -> row.keySet().forEach(name -> names.add(name.toLowerCase(Locale.ROOT))));
            return names;
        }

        @Override
        public String sql(List<ColumnInfo> columns) {
            if (columns.isEmpty()) {
                return "SELECT 1 WHERE false";
            }
            StringJoiner all = new StringJoiner("\nUNION ALL\n");
            if (rows.isEmpty()) {
                all.add(select(columns, Map.of()) + " WHERE false");
            }
            rows.forEach(row -> all.add(select(columns, row)));
            return all.toString();
        }

        private static String select(List<ColumnInfo> columns, Map<String, @Nullable Object> row) {
            StringJoiner select = new StringJoiner(", ", "SELECT ", "");
            for (ColumnInfo column : columns) {
                Object value = row.entrySet().stream()
                        .filter(entry -> entry.getKey().equalsIgnoreCase(column.name()))
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse(null);
                select.add(
                        "CAST(" + literal(value) + " AS " + column.type() + ") AS " + Relation.quoted(column.name()));
            }
            return select.toString();
        }

        /// Texts are cast to the column's type, as dbt does.
        private static String literal(@Nullable Object value) {
            return switch (value) {
                case null -> "NULL";
                case Boolean truth -> truth.toString();
                case Number number -> "'" + Python.str(number) + "'";
                default -> "'" + Python.str(value).replace("'", "''") + "'";
            };
        }
    }

    /// Rows written as a query.
    record Query(String text) implements Fixture {
        @Override
        public Set<String> names() {
            return Set.of();
        }

        @Override
        public String sql(List<ColumnInfo> columns) {
            return text;
        }
    }
}
