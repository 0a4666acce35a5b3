package dev.tarn.query.compile;

import dev.tarn.query.plan.LakeColumnHandle;
import dev.tarn.query.plan.LakeTableHandle;
import io.trino.spi.connector.SortOrder;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.ExpressionRewriter;
import io.trino.sql.ir.ExpressionTreeRewriter;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.DeterminismEvaluator;
import io.trino.sql.planner.OrderingScheme;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.SymbolsExtractor;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.AggregationNode.Aggregation;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.JoinNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.TableScanNode;
import io.trino.sql.planner.plan.UnionNode;
import io.trino.sql.planner.plan.WindowNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Finds parts of a plan that are equal but for their symbols' names: a WITH query that is used twice stands in
/// Trino's plan twice. Each part gets the number of its shape; a column of a part is known by its position.
///
/// Parts that refer to an outer query, use chance, have time zones (which are found while compiling), or hold other
/// nodes
/// than those below have no shape.
final class Shapes {
    private final IdentityHashMap<PlanNode, Shape> shapes = new IdentityHashMap<>();
    private final Map<Key, Integer> numbers = new HashMap<>();
    private final Map<Integer, Integer> uses = new HashMap<>();

    /// @param columns the position of each output symbol
    /// @param costly whether computing it once is worth the while: more than scans, filters and projections
    record Shape(int number, Map<String, Integer> columns, boolean costly) {}

    private record Key(Class<?> kind, List<Object> details, List<Integer> sources) {}

    Shapes(PlanNode root) {
        visit(root);
    }

    /// The shape of a part that is costly and occurs more than once.
    Optional<Shape> repeated(PlanNode node) {
        return Optional.ofNullable(shapes.get(node))
                .filter(shape -> shape.costly() && uses.getOrDefault(shape.number(), 0) > 1);
    }

    private void visit(PlanNode node) {
        List<Shape> sources = new ArrayList<>();
        for (PlanNode source : node.getSources()) {
            visit(source);
            Shape shape = shapes.get(source);
            if (shape != null) {
                sources.add(shape);
            }
        }
        boolean zoned = node.getOutputSymbols().stream().anyMatch(symbol -> Zones.isZoned(symbol.type()));
        if (sources.size() == node.getSources().size() && !zoned) {
            shape(node, sources).ifPresent(shape -> {
                shapes.put(node, shape);
                uses.merge(shape.number(), 1, Integer::sum);
            });
        }
    }

    private Optional<Shape> shape(PlanNode node, List<Shape> sources) {
        return switch (node) {
            case TableScanNode scan -> scan(scan);
            case FilterNode filter ->
                new Positions(sources)
                        .expression(filter.getPredicate())
                        .map(predicate -> shape(
                                node,
                                List.of(predicate),
                                sources,
                                sources.getFirst().columns(),
                                false));
            case ProjectNode project ->
                new Positions(sources)
                        .expressions(List.copyOf(project.getAssignments().expressions()))
                        .map(expressions -> shape(node, expressions, sources, outputs(node), false));
            case AggregationNode aggregation -> aggregation(aggregation, sources);
            case JoinNode join -> join(join, sources);
            case UnionNode union -> union(union, sources);
            case WindowNode window -> window(window, sources);
            default -> Optional.empty();
        };
    }

    private Shape shape(
            PlanNode node, List<Object> details, List<Shape> sources, Map<String, Integer> columns, boolean costly) {
        Key key = new Key(
                node.getClass(), details, sources.stream().map(Shape::number).toList());
        int number = numbers.computeIfAbsent(key, any -> numbers.size());
        return new Shape(number, columns, costly || sources.stream().anyMatch(Shape::costly));
    }

    private static Map<String, Integer> outputs(PlanNode node) {
        Map<String, Integer> columns = new LinkedHashMap<>();
        for (Symbol symbol : node.getOutputSymbols()) {
            columns.putIfAbsent(symbol.name(), columns.size());
        }
        return columns;
    }

    private Optional<Shape> scan(TableScanNode scan) {
        if (!(scan.getTable().connectorHandle() instanceof LakeTableHandle table)
                || scan.getAssignments().containsValue(LakeColumnHandle.ROW_ID)) {
            return Optional.empty(); // not of the lake, or the rows that a statement changes
        }
        List<Object> details = new ArrayList<>(List.of(table.table(), table.snapshotId()));
        scan.getOutputSymbols()
                .forEach(symbol -> details.add(scan.getAssignments().get(symbol)));
        return Optional.of(shape(scan, details, List.of(), outputs(scan), false));
    }

    private Optional<Shape> aggregation(AggregationNode node, List<Shape> sources) {
        Positions positions = new Positions(sources);
        List<Object> details = new ArrayList<>();
        details.add(node.getStep());
        details.add(node.getGroupingSets().getGroupingSetCount());
        details.add(node.getGroupingSets().getGlobalGroupingSets());
        boolean known = node.getGroupIdSymbol().isEmpty() && positions.addAll(node.getGroupingKeys(), details);
        for (Aggregation aggregation : node.getAggregations().values()) {
            Optional<List<Object>> arguments = positions.expressions(aggregation.getArguments());
            details.add(aggregation.getResolvedFunction());
            details.add(arguments);
            details.add(aggregation.isDistinct());
            known = known
                    && arguments.isPresent()
                    && positions.add(aggregation.getFilter(), details)
                    && positions.add(aggregation.getMask(), details)
                    && positions.addOrder(aggregation.getOrderingScheme(), details);
        }
        return known ? Optional.of(shape(node, details, sources, outputs(node), true)) : Optional.empty();
    }

    private Optional<Shape> join(JoinNode node, List<Shape> sources) {
        Positions positions = new Positions(sources);
        List<Object> details = new ArrayList<>();
        details.add(node.getType());
        boolean known = positions.addAll(node.getOutputSymbols(), details);
        for (JoinNode.EquiJoinClause clause : node.getCriteria()) {
            known = known && positions.addAll(List.of(clause.getLeft(), clause.getRight()), details);
        }
        if (node.getFilter().isPresent()) {
            Optional<Expression> filter = positions.expression(node.getFilter().get());
            details.add(filter);
            known = known && filter.isPresent();
        }
        return known ? Optional.of(shape(node, details, sources, outputs(node), true)) : Optional.empty();
    }

    private Optional<Shape> union(UnionNode node, List<Shape> sources) {
        List<Object> details = new ArrayList<>();
        for (Symbol output : node.getOutputSymbols()) {
            for (int i = 0; i < sources.size(); i++) {
                Integer position = sources.get(i)
                        .columns()
                        .get(node.getSymbolMapping().get(output).get(i).name());
                if (position == null) {
                    return Optional.empty();
                }
                details.add(position);
            }
        }
        return Optional.of(shape(node, details, sources, outputs(node), true));
    }

    private Optional<Shape> window(WindowNode node, List<Shape> sources) {
        Positions positions = new Positions(sources);
        List<Object> details = new ArrayList<>();
        boolean known = positions.addAll(node.getPartitionBy(), details)
                && positions.addOrder(node.getOrderingScheme(), details);
        for (WindowNode.Function function : node.getWindowFunctions().values()) {
            WindowNode.Frame frame = function.getFrame();
            Optional<List<Object>> arguments = positions.expressions(function.getArguments());
            details.add(function.getResolvedFunction());
            details.add(arguments);
            details.add(frame);
            details.add(List.of(function.isIgnoreNulls(), function.isDistinct()));
            known = known
                    && arguments.isPresent()
                    && frame.getStartValue().isEmpty()
                    && frame.getEndValue().isEmpty()
                    && positions.addOrder(function.getOrderingScheme(), details);
        }
        List<Object> columns = new ArrayList<>();
        known = known && positions.addAll(node.getSource().getOutputSymbols(), columns);
        details.add(columns);
        return known ? Optional.of(shape(node, details, sources, outputs(node), true)) : Optional.empty();
    }

    /// Symbols of a node's sources by their positions: those of the second source follow those of the first.
    private static final class Positions {
        private final Map<String, Integer> positions = new HashMap<>();

        Positions(List<Shape> sources) {
            int before = 0;
            for (Shape source : sources) {
                for (Map.Entry<String, Integer> column : source.columns().entrySet()) {
                    positions.put(column.getKey(), before + column.getValue());
                }
                before += source.columns().size();
            }
        }

        private OptionalInt of(Symbol symbol) {
            Integer position = positions.get(symbol.name());
            return position == null ? OptionalInt.empty() : OptionalInt.of(position);
        }

        boolean addAll(List<Symbol> symbols, List<Object> details) {
            details.add(symbols.size());
            for (Symbol symbol : symbols) {
                OptionalInt position = of(symbol);
                if (position.isEmpty()) {
                    return false;
                }
                details.add(position.getAsInt());
            }
            return true;
        }

        boolean add(Optional<Symbol> symbol, List<Object> details) {
            return addAll(symbol.stream().toList(), details);
        }

        boolean addOrder(Optional<OrderingScheme> order, List<Object> details) {
            List<SortOrder> orders = order.stream()
                    .flatMap(scheme -> scheme.orderBy().stream().map(scheme::ordering))
                    .toList();
            details.add(orders);
            return addAll(order.map(OrderingScheme::orderBy).orElse(List.of()), details);
        }

        Optional<List<Object>> expressions(List<Expression> expressions) {
            List<Object> rewritten = new ArrayList<>();
            for (Expression expression : expressions) {
                Optional<Expression> one = expression(expression);
                if (one.isEmpty()) {
                    return Optional.empty();
                }
                rewritten.add(one.get());
            }
            return Optional.of(rewritten);
        }

        /// The expression over positions in place of symbols; empty when it has symbols from elsewhere.
        Optional<Expression> expression(Expression expression) {
            Set<Symbol> symbols = SymbolsExtractor.extractUnique(expression);
            if (!symbols.stream().allMatch(symbol -> positions.containsKey(symbol.name()))
                    || !DeterminismEvaluator.isDeterministic(expression)) {
                return Optional.empty();
            }
            return Optional.of(ExpressionTreeRewriter.rewriteWith(
                    new ExpressionRewriter<Void>() {
                        @Override
                        public Expression rewriteReference(
                                Reference node, Void context, ExpressionTreeRewriter<Void> rewriter) {
                            return new Reference(node.type(), "#" + positions.get(node.name()));
                        }
                    },
                    expression));
        }
    }
}
