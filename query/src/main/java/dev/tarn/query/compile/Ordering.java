package dev.tarn.query.compile;

import io.trino.sql.planner.plan.LimitNode;
import io.trino.sql.planner.plan.OffsetNode;
import io.trino.sql.planner.plan.SortNode;
import io.trino.sql.planner.plan.TopNNode;
import java.util.LinkedHashMap;
import java.util.Map;

/// ORDER BY, LIMIT, OFFSET and FETCH FIRST … WITH TIES.
final class Ordering {
    private Ordering() {}

    static Select sort(RelationCompiler compiler, SortNode node) {
        Select source = compiler.compile(node.getSource());
        source = sortable(source) ? source : source.nested();
        return source.withOrder(Sorting.items(node.getOrderingScheme(), RelationCompiler.scope(source)));
    }

    /// ORDER BY may stand on a grouped SELECT, not on one that is already ordered or cut.
    private static boolean sortable(Select source) {
        return source.order().isEmpty()
                && source.limit().isEmpty()
                && source.offset().isEmpty()
                && !source.windowed();
    }

    static Select top(RelationCompiler compiler, TopNNode node) {
        Select source = compiler.compile(node.getSource());
        source = sortable(source) ? source : source.nested();
        return source.withOrder(Sorting.items(node.getOrderingScheme(), RelationCompiler.scope(source)))
                .withLimit(node.getCount());
    }

    static Select limit(RelationCompiler compiler, LimitNode node) {
        Select source = compiler.compile(node.getSource());
        if (node.getTiesResolvingScheme().isEmpty()) {
            return (source.limit().isEmpty() ? source : source.nested()).withLimit(node.getCount());
        }
        Select inner = source.nested();
        Map<String, Select.Column> columns = new LinkedHashMap<>(inner.columns());
        String items =
                String.join(", ", Sorting.items(node.getTiesResolvingScheme().get(), Scope.names()));
        columns.put("$ties", new Select.Column("rank() OVER (ORDER BY " + items + ")", false));
        Select ranked = inner.withWindows(columns).nested();
        return ranked.withWhere("\"$ties\" <= " + node.getCount()).withColumns(inner.columns());
    }

    static Select offset(RelationCompiler compiler, OffsetNode node) {
        Select source = compiler.compile(node.getSource());
        boolean cut = source.limit().isPresent() || source.offset().isPresent();
        return (cut ? source.nested() : source).withOffset(node.getCount());
    }
}
