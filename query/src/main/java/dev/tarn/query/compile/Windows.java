package dev.tarn.query.compile;

import io.trino.spi.type.DateType;
import io.trino.spi.type.DecimalType;
import io.trino.spi.type.TimestampType;
import io.trino.sql.planner.OrderingScheme;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.FrameBoundType;
import io.trino.sql.planner.plan.WindowFrameType;
import io.trino.sql.planner.plan.WindowNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Window functions.
final class Windows {
    /// Ranking and value functions that both engines have alike. Aggregates over windows are those of
    /// [Aggregates].
    private static final Map<String, String> FUNCTIONS = Map.ofEntries(
            Map.entry("row_number", "row_number()"),
            Map.entry("rank", "rank()"),
            Map.entry("dense_rank", "dense_rank()"),
            Map.entry("percent_rank", "percent_rank()"),
            Map.entry("cume_dist", "cume_dist()"),
            Map.entry("ntile", "ntile($*)"),
            Map.entry("first_value", "first_value($*{nulls})"),
            Map.entry("last_value", "last_value($*{nulls})"),
            Map.entry("nth_value", "nth_value($*{nulls})"),
            Map.entry("lag", "lag($*{nulls})"),
            Map.entry("lead", "lead($*{nulls})"));

    private Windows() {}

    /// The names in the table.
    static java.util.Set<String> names() {
        return FUNCTIONS.keySet();
    }

    static Select compile(RelationCompiler compiler, WindowNode node) {
        Select source = sortable(compiler.compile(node.getSource()).nested(), node);
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        node.getSource()
                .getOutputSymbols()
                .forEach(symbol -> columns.put(symbol.name(), source.columns().get(symbol.name())));
        node.getWindowFunctions()
                .forEach((symbol, function) -> columns.put(
                        symbol.name(), new Select.Column(function(compiler, node, symbol, function), false)));
        return source.withWindows(columns);
    }

    /// The rows with a column more for each value that is sorted by a condition, which DuckDB does not take within
    /// OVER.
    private static Select sortable(Select source, WindowNode node) {
        Map<String, Select.Column> columns = new LinkedHashMap<>(source.columns());
        node.getOrderingScheme()
                .ifPresent(scheme -> scheme.orderBy().stream()
                        .filter(symbol -> DuckType.isNested(symbol.type()))
                        .forEach(symbol -> columns.put(
                                key(symbol), new Select.Column(Sorting.key(symbol, Scope.names()), false))));
        return columns.size() == source.columns().size()
                ? source
                : source.withColumns(columns).nested();
    }

    private static String key(Symbol symbol) {
        return symbol.name() + "$key";
    }

    private static List<String> order(OrderingScheme scheme) {
        return scheme.orderBy().stream()
                .map(symbol -> DuckType.isNested(symbol.type())
                        ? Select.name(key(symbol)) + Sorting.direction(scheme.ordering(symbol))
                        : Sorting.item(symbol, scheme.ordering(symbol), Scope.names()))
                .toList();
    }

    private static String function(
            RelationCompiler compiler, WindowNode node, Symbol symbol, WindowNode.Function function) {
        String name = function.getResolvedFunction().name().functionName();
        List<String> arguments = compiler.expressions.arguments(function.getArguments(), Scope.names());
        String over = " OVER (" + specification(node, function.getFrame()) + ")";
        String template = FUNCTIONS.get(name);
        if (template == null) {
            return Aggregates.sql(
                    new Aggregates.Use(
                            function.getResolvedFunction(),
                            function.getArguments(),
                            arguments,
                            symbol.type(),
                            function.isDistinct(),
                            Optional.empty(),
                            function.getOrderingScheme()
                                    .map(scheme -> Sorting.items(scheme, Scope.names()))
                                    .orElse(List.of())),
                    over,
                    compiler.expressions.aggregates());
        }
        String nulls = function.isIgnoreNulls() ? " IGNORE NULLS" : "";
        return "CAST(" + new Template(template.replace("{nulls}", nulls)).fill(arguments) + over + " AS "
                + DuckType.of(symbol.type()) + ")";
    }

    private static String specification(WindowNode node, WindowNode.Frame frame) {
        StringBuilder sql = new StringBuilder();
        if (!node.getPartitionBy().isEmpty()) {
            sql.append("PARTITION BY ")
                    .append(String.join(
                            ", ",
                            node.getPartitionBy().stream()
                                    .map(symbol -> Select.name(symbol.name()))
                                    .toList()));
        }
        boolean byDistance = frame.getType() == WindowFrameType.RANGE
                && (frame.getStartValue().isPresent() || frame.getEndValue().isPresent());
        node.getOrderingScheme().ifPresent(scheme -> {
            if (byDistance
                    && scheme.orderBy().stream()
                            .anyMatch(symbol -> Sorting.isNanSmallest(symbol, scheme.ordering(symbol)))) {
                throw Refused.because("A frame RANGE with a distance over floating point values, NULLS FIRST");
            }
            sql.append(" ORDER BY ").append(String.join(", ", order(scheme)));
        });
        if (frame.getType() == WindowFrameType.GROUPS
                && node.getOrderingScheme().isEmpty()) {
            throw Refused.because("A window frame GROUPS without ORDER BY");
        }
        return sql.append(' ')
                .append(frame.getType())
                .append(" BETWEEN ")
                .append(byDistance ? distance(node, frame, true) : bound(frame.getStartType(), frame.getStartValue()))
                .append(" AND ")
                .append(byDistance ? distance(node, frame, false) : bound(frame.getEndType(), frame.getEndValue()))
                .toString();
    }

    /// Trino's plan has the value at which a RANGE frame begins or ends, DuckDB wants its distance from the row's own.
    private static String distance(WindowNode node, WindowNode.Frame frame, boolean start) {
        FrameBoundType type = start ? frame.getStartType() : frame.getEndType();
        Optional<Symbol> value = start ? frame.getStartValue() : frame.getEndValue();
        if (value.isEmpty()) {
            return bound(type, value);
        }
        Symbol key = node.getOrderingScheme().orElseThrow().orderBy().getFirst();
        Symbol compared = (start
                        ? frame.getSortKeyCoercedForFrameStartComparison()
                        : frame.getSortKeyCoercedForFrameEndComparison())
                .orElse(key);
        if (!compared.type().equals(key.type()) || !value.get().type().equals(key.type())) {
            throw Refused.because("A window frame RANGE with a distance of another type than "
                    + key.type().getDisplayName());
        }
        boolean ascending = node.getOrderingScheme().orElseThrow().ordering(key).isAscending();
        // Where the frame's edge lies below the row in order, the row's value is the larger one, or the smaller.
        boolean rowFirst = (type == FrameBoundType.PRECEDING) == ascending;
        String from = Select.name((rowFirst ? value.get() : key).name());
        String to = Select.name((rowFirst ? key : value.get()).name());
        String difference = "(" + to + " - " + from + ")";
        String step = switch (key.type()) {
            case DateType ignored -> "to_days(CAST(" + difference + " AS INTEGER))";
            case TimestampType timestamp when timestamp.getPrecision() <= 6 -> difference;
            case DecimalType decimal -> "CAST(" + difference + " AS " + DuckType.of(decimal) + ")";
            default -> {
                if (!DuckType.isInteger(key.type())) {
                    throw Refused.because("A window frame RANGE with a distance over "
                            + key.type().getDisplayName());
                }
                yield difference;
            }
        };
        return step + " " + type;
    }

    private static String bound(FrameBoundType type, Optional<Symbol> value) {
        return switch (type) {
            case UNBOUNDED_PRECEDING -> "UNBOUNDED PRECEDING";
            case PRECEDING -> Select.name(value.orElseThrow().name()) + " PRECEDING";
            case CURRENT_ROW -> "CURRENT ROW";
            case FOLLOWING -> Select.name(value.orElseThrow().name()) + " FOLLOWING";
            case UNBOUNDED_FOLLOWING -> "UNBOUNDED FOLLOWING";
        };
    }
}
