package dev.tarn.query.compile;

import io.trino.spi.type.MapType;
import io.trino.spi.type.Type;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.AggregationNode.Aggregation;
import io.trino.sql.planner.plan.GroupIdNode;
import io.trino.sql.planner.plan.PlanNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// GROUP BY, with grouping sets.
final class Aggregations {
    private Aggregations() {}

    static Select compile(RelationCompiler compiler, AggregationNode node) {
        return node.getSource() instanceof GroupIdNode groups
                ? groupingSets(compiler, node, groups)
                : plain(compiler, node);
    }

    private static Select plain(RelationCompiler compiler, AggregationNode node) {
        Select source = source(compiler, node.getSource(), node);
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        List<String> keys = new ArrayList<>();
        for (Symbol key : node.getGroupingKeys()) {
            Select.Column column = groupable(key.type(), source.columns().get(key.name()));
            columns.put(key.name(), column);
            keys.add(column.sql());
        }
        addAggregates(compiler, node, source, columns);
        return source.withGroups(String.join(", ", keys), columns);
    }

    /// Equal maps are grouped together whatever the order of their entries, which is no part of a map in Trino.
    private static Select.Column groupable(Type type, Select.Column column) {
        if (!(type instanceof MapType map)) {
            if (!DuckType.isGroupable(type)) {
                throw Refused.because("Grouping by values of type " + type.getDisplayName());
            }
            return column;
        }
        if (!DuckType.isGroupable(map.getValueType()) || !DuckType.isGroupable(map.getKeyType())) {
            throw Refused.because("Grouping by values of type " + type.getDisplayName());
        }
        return new Select.Column("map_from_entries(list_sort(map_entries(" + column.sql() + ")))", false);
    }

    private static Select source(RelationCompiler compiler, PlanNode node, AggregationNode aggregation) {
        List<Expression> arguments = aggregation.getAggregations().values().stream()
                .flatMap(each -> each.getArguments().stream())
                .toList();
        Select source = RelationCompiler.composable(compiler.compile(node), arguments);
        return source.filterable() ? source : source.nested();
    }

    private static void addAggregates(
            RelationCompiler compiler, AggregationNode node, Select source, Map<String, Select.Column> columns) {
        node.getAggregations()
                .forEach((symbol, aggregation) -> columns.put(
                        symbol.name(), new Select.Column(aggregate(compiler, symbol, aggregation, source), false)));
    }

    private static String aggregate(RelationCompiler compiler, Symbol symbol, Aggregation aggregation, Select source) {
        Scope scope = RelationCompiler.scope(source);
        List<String> conditions = new ArrayList<>();
        aggregation.getFilter().ifPresent(filter -> conditions.add(scope.sql(filter.name())));
        aggregation.getMask().ifPresent(mask -> conditions.add(scope.sql(mask.name())));
        return Aggregates.sql(
                new Aggregates.Use(
                        aggregation.getResolvedFunction(),
                        aggregation.getArguments(),
                        narrow(aggregation, source)
                                .orElseGet(() -> compiler.expressions.arguments(aggregation.getArguments(), scope)),
                        symbol.type(),
                        aggregation.isDistinct(),
                        conditions.isEmpty() ? Optional.empty() : Optional.of(String.join(" AND ", conditions)),
                        aggregation
                                .getOrderingScheme()
                                .map(scheme -> Sorting.items(scheme, scope))
                                .orElse(List.of())),
                "",
                compiler.expressions.aggregates());
    }

    /// The argument in a narrower type: sums are wide enough whatever they add up.
    private static Optional<List<String>> narrow(Aggregation aggregation, Select source) {
        String name = aggregation.getResolvedFunction().name().functionName();
        return (name.equals("sum") || name.equals("avg"))
                        && aggregation.getArguments().getFirst() instanceof Reference reference
                ? Optional.ofNullable(source.columns().get(reference.name()))
                        .flatMap(Select.Column::narrow)
                        .map(List::of)
                : Optional.empty();
    }

    /// Several grouping sets in one pass. The number of the set, which Trino's plan uses to tell rows apart, is
    /// found from which keys are grouped.
    private static Select groupingSets(RelationCompiler compiler, AggregationNode node, GroupIdNode groups) {
        List<Set<Symbol>> sets = groups.getGroupingSets().stream()
                .map(set -> (Set<Symbol>) new HashSet<>(set))
                .toList();
        if (new HashSet<>(sets).size() != sets.size()) {
            throw Refused.because("A grouping set that is given twice");
        }
        Select source = source(compiler, groups.getSource(), node).nested();
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        List<Symbol> keys = new ArrayList<>(groups.getGroupingColumns().keySet());
        for (Symbol key : keys) {
            if (!DuckType.isGroupable(key.type())) {
                throw Refused.because(
                        "Grouping sets over values of type " + key.type().getDisplayName());
            }
            if (node.getGroupingKeys().contains(key)) {
                columns.put(key.name(), new Select.Column(input(groups, key), false));
            }
        }
        columns.put(groups.getGroupIdSymbol().name(), new Select.Column(groupId(groups, keys), false));
        addAggregates(compiler, node, source, columns);
        String clause = groups.getGroupingSets().stream()
                .map(set -> set.stream().map(key -> input(groups, key)).collect(Collectors.joining(", ", "(", ")")))
                .collect(Collectors.joining(", ", "GROUPING SETS (", ")"));
        return source.withGroups(clause, columns);
    }

    private static String input(GroupIdNode groups, Symbol key) {
        return Select.name(groups.getGroupingColumns().get(key).name());
    }

    private static String groupId(GroupIdNode groups, List<Symbol> keys) {
        List<String> inputs =
                keys.stream().map(key -> input(groups, key)).distinct().toList();
        if (inputs.isEmpty()) {
            return "CAST(0 AS BIGINT)";
        }
        StringBuilder sql = new StringBuilder("CASE GROUPING(" + String.join(", ", inputs) + ")");
        for (int id = 0; id < groups.getGroupingSets().size(); id++) {
            Set<String> grouped = groups.getGroupingSets().get(id).stream()
                    .map(key -> input(groups, key))
                    .collect(Collectors.toSet());
            long bits = 0;
            for (String input : inputs) {
                bits = bits << 1 | (grouped.contains(input) ? 0 : 1);
            }
            sql.append(" WHEN ").append(bits).append(" THEN CAST(").append(id).append(" AS BIGINT)");
        }
        return sql.append(" END").toString();
    }
}
