package dev.tarn.query.compile;

import io.trino.spi.connector.SortOrder;
import io.trino.spi.type.ArrayType;
import io.trino.spi.type.CharType;
import io.trino.spi.type.MapType;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.sql.planner.OrderingScheme;
import io.trino.sql.planner.Symbol;
import java.util.ArrayList;
import java.util.List;

/// ORDER BY items. Where nulls go is always said. NaN is DuckDB's largest number; it is Trino's too with NULLS LAST,
/// but its smallest with NULLS FIRST (`TypeOperators.getOrderingOperator`).
final class Sorting {
    private Sorting() {}

    static List<String> items(OrderingScheme scheme, Scope scope) {
        return scheme.orderBy().stream()
                .map(symbol -> item(symbol, scheme.ordering(symbol), scope))
                .toList();
    }

    static String item(Symbol symbol, SortOrder order, Scope scope) {
        String key = key(symbol, scope);
        String item = key + direction(order);
        return isNanSmallest(symbol, order)
                ? "isnan(" + key + ")" + (order.isAscending() ? " DESC" : " ASC") + " NULLS FIRST, " + item
                : item;
    }

    /// Whether Trino sorts NaN as the smallest number.
    static boolean isNanSmallest(Symbol symbol, SortOrder order) {
        return order.isNullsFirst() && DuckType.isFloating(symbol.type());
    }

    /// What DuckDB sorts by.
    static String key(Symbol symbol, Scope scope) {
        Type type = symbol.type();
        String sql = scope.sql(symbol.name());
        if (type instanceof CharType character) {
            return Casts.padded(sql, character);
        }
        if (DuckType.isNested(type)) {
            return nested(type, sql);
        }
        if (!Operators.plainlyComparable(type) && !DuckType.isFloating(type)) {
            throw Refused.because("Sorting by a value of type " + type.getDisplayName());
        }
        return notLiteral(symbol, sql);
    }

    /// Arrays and rows are compared part by part. Trino fails where it meets a null part, which depends on what it
    /// compares with what.
    private static String nested(Type type, String value) {
        String refused = "error('TRINO[NOT_SUPPORTED] Sorting by values with null parts is not supported by the"
                + " embedded engine')";
        String absent = nullWithin(type, value, 10);
        return "CASE WHEN " + value + " IS NULL THEN NULL WHEN " + absent + " THEN " + refused + " ELSE " + value
                + " END";
    }

    private static String nullWithin(Type type, String value, int depth) {
        return switch (type) {
            case ArrayType array -> {
                String element = Lambdas.variable(depth);
                yield Lambdas.any(value, element, nullOrWithin(array.getElementType(), element, depth + 1));
            }
            case RowType row -> {
                List<String> fields = new ArrayList<>();
                for (int i = 0; i < row.getFields().size(); i++) {
                    fields.add(nullOrWithin(row.getFields().get(i).getType(), Rows.field(value, i), depth));
                }
                yield "(" + String.join(" OR ", fields) + ")";
            }
            default -> "false";
        };
    }

    private static String nullOrWithin(Type type, String value, int depth) {
        if (DuckType.isNested(type) && !(type instanceof MapType)) {
            return "(" + value + " IS NULL OR " + nullWithin(type, value, depth) + ")";
        }
        if (type instanceof CharType || (!Operators.plainlyComparable(type) && !DuckType.isFloating(type))) {
            throw Refused.because("Sorting by a value with parts of type " + type.getDisplayName());
        }
        return value + " IS NULL";
    }

    /// DuckDB refuses to sort by a bare constant.
    private static String notLiteral(Symbol symbol, String sql) {
        boolean literal = sql.startsWith("'") || sql.equals("true") || sql.equals("false") || sql.equals("NULL");
        return literal ? "CAST(" + sql + " AS " + DuckType.of(symbol.type()) + ")" : sql;
    }

    static String direction(SortOrder order) {
        return switch (order) {
            case ASC_NULLS_FIRST -> " ASC NULLS FIRST";
            case ASC_NULLS_LAST -> " ASC NULLS LAST";
            case DESC_NULLS_FIRST -> " DESC NULLS FIRST";
            case DESC_NULLS_LAST -> " DESC NULLS LAST";
        };
    }
}
