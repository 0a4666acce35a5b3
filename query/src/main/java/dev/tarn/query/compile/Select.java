package dev.tarn.query.compile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A SELECT in the making: what a plan node has compiled to so far. A node above may still add to it where SQL's
/// order of evaluation allows, and nests it otherwise. Columns are named after the plan's symbols, which are unique
/// in the whole statement, so no name is ever qualified.
///
/// @param from a table expression
/// @param where conjuncts
/// @param columns each output symbol's expression over `from`
/// @param grouped the GROUP BY clause, also when empty for a global aggregation; columns then hold aggregates
/// @param order ORDER BY items
/// @param limit the LIMIT
/// @param offset the OFFSET
/// @param windowed whether columns hold window functions or rows are multiplied by UNNEST
record Select(
        String from,
        List<String> where,
        Map<String, Column> columns,
        Optional<String> grouped,
        List<String> order,
        OptionalLong limit,
        OptionalLong offset,
        boolean windowed) {

    /// @param simple whether repeating the expression costs nothing and changes nothing
    /// @param narrow the same value, at the same scale, in a narrower decimal type than the symbol's
    record Column(String sql, boolean simple, Optional<String> narrow) {
        Column(String sql, boolean simple) {
            this(sql, simple, Optional.empty());
        }
    }

    /// Columns `symbols` of a table expression that has them under these names.
    static Select from(String from, Iterable<String> symbols) {
        Map<String, Column> columns = new LinkedHashMap<>();
        for (String symbol : symbols) {
            columns.put(symbol, new Column(name(symbol), true));
        }
        return of(from, columns);
    }

    static Select of(String from, Map<String, Column> columns) {
        return new Select(
                from,
                List.of(),
                columns,
                Optional.empty(),
                List.of(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                false);
    }

    static String name(String symbol) {
        return '"' + symbol.replace("\"", "\"\"") + '"';
    }

    /// Whether WHERE may still be added.
    boolean filterable() {
        return grouped.isEmpty() && order.isEmpty() && limit.isEmpty() && offset.isEmpty() && !windowed;
    }

    /// The same rows as a table expression in FROM, with nothing yet added to it.
    Select nested() {
        boolean bare = where.isEmpty()
                && filterable()
                && columns.entrySet().stream()
                        .allMatch(entry -> entry.getValue().sql().equals(name(entry.getKey())));
        return bare ? this : from("(" + sql() + ")", columns.keySet());
    }

    Select withColumns(Map<String, Column> newColumns) {
        return new Select(from, where, newColumns, grouped, order, limit, offset, windowed);
    }

    Select withWhere(String conjunct) {
        List<String> conjuncts = new ArrayList<>(where);
        conjuncts.add(conjunct);
        return new Select(from, conjuncts, columns, grouped, order, limit, offset, windowed);
    }

    Select withGroups(String groupBy, Map<String, Column> newColumns) {
        return new Select(from, where, newColumns, Optional.of(groupBy), order, limit, offset, windowed);
    }

    Select withOrder(List<String> items) {
        return new Select(from, where, columns, grouped, items, limit, offset, windowed);
    }

    Select withLimit(long rows) {
        return new Select(from, where, columns, grouped, order, OptionalLong.of(rows), offset, windowed);
    }

    Select withOffset(long rows) {
        return new Select(from, where, columns, grouped, order, limit, OptionalLong.of(rows), windowed);
    }

    Select withWindows(Map<String, Column> newColumns) {
        return new Select(from, where, newColumns, grouped, order, limit, offset, true);
    }

    /// The statement's text.
    String sql() {
        StringBuilder sql = new StringBuilder("SELECT ");
        List<String> items = new ArrayList<>();
        columns.forEach((symbol, column) ->
                items.add(column.sql().equals(name(symbol)) ? column.sql() : column.sql() + " AS " + name(symbol)));
        sql.append(items.isEmpty() ? "1 AS \"$row\"" : String.join(", ", items));
        sql.append("\nFROM ").append(from);
        if (!where.isEmpty()) {
            sql.append("\nWHERE ").append(String.join(" AND ", where));
        }
        grouped.filter(clause -> !clause.isEmpty())
                .ifPresent(clause -> sql.append("\nGROUP BY ").append(clause));
        if (!order.isEmpty()) {
            sql.append("\nORDER BY ").append(String.join(", ", order));
        }
        limit.ifPresent(rows -> sql.append("\nLIMIT ").append(rows));
        offset.ifPresent(rows -> sql.append("\nOFFSET ").append(rows));
        return sql.toString();
    }
}
