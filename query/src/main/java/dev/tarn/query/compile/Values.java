package dev.tarn.query.compile;

import io.trino.spi.block.SqlRow;
import io.trino.spi.type.RowType;
import io.trino.spi.type.Type;
import io.trino.spi.type.TypeUtils;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Row;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.ValuesNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// VALUES.
final class Values {
    private Values() {}

    static Select compile(RelationCompiler compiler, ValuesNode node) {
        List<Symbol> symbols = node.getOutputSymbols();
        if (node.getRowCount() == 0) {
            return empty(symbols);
        }
        if (symbols.isEmpty()) {
            return Select.from("range(" + node.getRowCount() + ")", List.of());
        }
        List<String> rows = new ArrayList<>();
        for (Expression row : node.getRows().orElseThrow()) {
            rows.add("(" + String.join(", ", cells(compiler, row)) + ")");
        }
        return of(symbols, rows);
    }

    /// Rows that are given as text.
    ///
    /// @param rows each in parentheses, with a cell for each symbol
    static Select of(List<Symbol> symbols, List<String> rows) {
        List<String> names = symbols.stream().map(Symbol::name).toList();
        return Select.from(
                "(SELECT * FROM (VALUES " + String.join(", ", rows) + ") v("
                        + String.join(", ", names.stream().map(Select::name).toList()) + "))",
                names);
    }

    static Select empty(List<Symbol> symbols) {
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        for (Symbol symbol : symbols) {
            columns.put(symbol.name(), new Select.Column("CAST(NULL AS " + DuckType.of(symbol.type()) + ")", false));
        }
        return Select.of("range(0)", columns);
    }

    private static List<String> cells(RelationCompiler compiler, Expression row) {
        return switch (row) {
            case Row items ->
                items.items().stream()
                        .map(item -> compiler.expressions.compile(item, Scope.names()))
                        .toList();
            case Constant constant
            when constant.value() instanceof SqlRow values -> {
                List<String> cells = new ArrayList<>();
                for (int i = 0; i < values.getFieldCount(); i++) {
                    Type type = ((RowType) constant.type()).getFields().get(i).getType();
                    cells.add(Literals.of(
                            type, TypeUtils.readNativeValue(type, values.getRawFieldBlock(i), values.getRawIndex())));
                }
                yield cells;
            }
            default -> throw Refused.because("A row in VALUES that is computed as a whole");
        };
    }
}
