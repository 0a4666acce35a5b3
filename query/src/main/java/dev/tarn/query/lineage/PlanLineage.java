package dev.tarn.query.lineage;

import dev.tarn.query.lineage.ColumnLineage.Input;
import dev.tarn.query.lineage.ColumnLineage.Output;
import dev.tarn.query.lineage.ColumnLineage.Use;
import dev.tarn.query.plan.LakeTableHandle;
import dev.tarn.query.plan.Planner.Planned;
import io.trino.metadata.Metadata;
import io.trino.metadata.TableHandle;
import io.trino.spi.connector.ColumnHandle;
import io.trino.sql.ir.Case;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Let;
import io.trino.sql.ir.Match;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.OrderingScheme;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.optimizations.QueryCardinalityUtil;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.ApplyNode;
import io.trino.sql.planner.plan.CorrelatedJoinNode;
import io.trino.sql.planner.plan.DataOrganizationSpecification;
import io.trino.sql.planner.plan.ExceptNode;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.GroupIdNode;
import io.trino.sql.planner.plan.JoinNode;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.SetOperationNode;
import io.trino.sql.planner.plan.SortNode;
import io.trino.sql.planner.plan.TableScanNode;
import io.trino.sql.planner.plan.TableWriterNode;
import io.trino.sql.planner.plan.UnnestNode;
import io.trino.sql.planner.plan.WindowNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Follows columns through a plan as Trino's planner first makes it, before anything is optimized away: each symbol of
/// the plan is known by the columns behind it, each node by what decides on its rows.
public final class PlanLineage {
    private final Planned planned;
    private final Metadata metadata;
    /// Symbols are unique in a plan, so what a correlated subquery knows of its outer query is here too.
    private final Map<Symbol, Set<Input>> inputs = new HashMap<>();

    private PlanLineage(Planned planned, Metadata metadata) {
        this.planned = planned;
        this.metadata = metadata;
    }

    /// @param planned a query, or a statement that writes one's rows, not optimized
    public static ColumnLineage of(Planned planned, Metadata metadata) {
        return new PlanLineage(planned, metadata).read();
    }

    private ColumnLineage read() {
        PlanNode root = planned.root();
        Optional<TableWriterNode> writer = writer(root);
        Set<Input> deciding = visit(writer.map(TableWriterNode::getSource).orElse(root));
        List<Output> columns = new ArrayList<>();
        if (writer.isPresent()) {
            add(columns, writer.get().getColumnNames(), writer.get().getColumns());
        } else if (root instanceof OutputNode output) {
            add(columns, output.getColumnNames(), output.getOutputSymbols());
        }
        return new ColumnLineage(columns, List.copyOf(deciding));
    }

    private static Optional<TableWriterNode> writer(PlanNode node) {
        if (node instanceof TableWriterNode writer) {
            return Optional.of(writer);
        }
        return node.getSources().size() == 1 ? writer(node.getSources().getFirst()) : Optional.empty();
    }

    private void add(List<Output> columns, List<String> names, List<Symbol> symbols) {
        for (int i = 0; i < names.size(); i++) {
            Symbol symbol = symbols.get(i);
            columns.add(new Output(names.get(i), symbol.type().getDisplayName(), List.copyOf(of(symbol))));
        }
    }

    private Set<Input> of(Symbol symbol) {
        return inputs.getOrDefault(symbol, Set.of());
    }

    /// Learns what stands behind the symbols of a node.
    ///
    /// @return what decides on its rows
    private Set<Input> visit(PlanNode node) {
        Set<Input> deciding = new TreeSet<>();
        switch (node) {
            case CorrelatedJoinNode join -> correlated(join, deciding);
            case ApplyNode apply -> apply(apply, deciding);
            default -> {
                node.getSources().forEach(source -> deciding.addAll(visit(source)));
                plain(node, deciding);
            }
        }
        return deciding;
    }

    /// A node whose sources are known.
    private void plain(PlanNode node, Set<Input> deciding) {
        switch (node) {
            case TableScanNode scan ->
                scan.getAssignments().forEach((symbol, column) -> inputs.put(symbol, read(scan.getTable(), column)));
            case ProjectNode project ->
                project.getAssignments()
                        .assignments()
                        .forEach((symbol, expression) -> inputs.put(symbol, values(expression)));
            case FilterNode filter -> deciding.addAll(deciding(filter.getPredicate(), Use.FILTER));
            case JoinNode join -> {
                join.getCriteria().forEach(clause -> {
                    deciding.addAll(used(of(clause.getLeft()), Use.JOIN));
                    deciding.addAll(used(of(clause.getRight()), Use.JOIN));
                });
                join.getFilter().ifPresent(filter -> deciding.addAll(deciding(filter, Use.JOIN)));
            }
            case AggregationNode aggregation -> aggregated(aggregation, deciding);
            case GroupIdNode groups ->
                groups.getGroupingColumns().forEach((output, input) -> inputs.put(output, of(input)));
            case WindowNode window ->
                window.getWindowFunctions()
                        .forEach((symbol, function) -> inputs.put(symbol, windowed(window, function)));
            case SetOperationNode operation -> combined(operation, deciding);
            case UnnestNode unnest ->
                unnest.getMappings()
                        .forEach(mapping -> mapping.getOutputs()
                                .forEach(output ->
                                        inputs.put(output, used(of(mapping.getInput()), Use.TRANSFORMATION))));
            case SortNode sort -> deciding.addAll(used(of(sort.getOrderingScheme()), Use.SORT));
            default -> remaining(node);
        }
    }

    /// What a node brings of its own that none of the kinds above does, such as the columns of a table function: made
    /// of all that it reads.
    private void remaining(PlanNode node) {
        Set<Input> all = new TreeSet<>();
        node.getSources().forEach(source -> source.getOutputSymbols().forEach(symbol -> all.addAll(of(symbol))));
        node.getOutputSymbols()
                .forEach(symbol -> inputs.computeIfAbsent(symbol, made -> used(all, Use.TRANSFORMATION)));
    }

    private Set<Input> read(TableHandle table, ColumnHandle column) {
        String name = table.connectorHandle() instanceof LakeTableHandle lake
                ? lake.name().toString()
                : metadata.getTableName(planned.session(), table).toString();
        String columnName =
                metadata.getColumnMetadata(planned.session(), table, column).getName();
        return Set.of(new Input(name, columnName, Use.IDENTITY));
    }

    private void aggregated(AggregationNode node, Set<Input> deciding) {
        node.getGroupingKeys().forEach(key -> deciding.addAll(used(of(key), Use.GROUP_BY)));
        node.getAggregations().forEach((symbol, aggregation) -> {
            Set<Input> made = new TreeSet<>();
            aggregation.getArguments().forEach(argument -> made.addAll(used(values(argument), Use.AGGREGATION)));
            aggregation.getFilter().ifPresent(filter -> made.addAll(used(of(filter), Use.CONDITIONAL)));
            aggregation.getOrderingScheme().ifPresent(order -> made.addAll(used(of(order), Use.SORT)));
            inputs.put(symbol, made);
        });
    }

    private Set<Input> windowed(WindowNode node, WindowNode.Function function) {
        Set<Input> made = new TreeSet<>();
        function.getArguments().forEach(argument -> made.addAll(used(values(argument), Use.AGGREGATION)));
        DataOrganizationSpecification window = node.getSpecification();
        window.partitionBy().forEach(symbol -> made.addAll(used(of(symbol), Use.WINDOW)));
        window.orderingScheme().ifPresent(order -> made.addAll(used(of(order), Use.WINDOW)));
        function.getFrame().getStartValue().ifPresent(symbol -> made.addAll(used(of(symbol), Use.WINDOW)));
        function.getFrame().getEndValue().ifPresent(symbol -> made.addAll(used(of(symbol), Use.WINDOW)));
        return made;
    }

    private void combined(SetOperationNode node, Set<Input> deciding) {
        node.getSymbolMapping().asMap().forEach((output, sources) -> {
            Set<Input> made = new TreeSet<>();
            boolean first = true;
            for (Symbol source : sources) {
                if (first || !(node instanceof ExceptNode)) {
                    made.addAll(of(source));
                } else {
                    deciding.addAll(used(of(source), Use.FILTER));
                }
                first = false;
            }
            inputs.put(output, made);
        });
    }

    /// A subquery of one row does not decide on the rows of the query around it, only on its own values.
    private void correlated(CorrelatedJoinNode join, Set<Input> deciding) {
        deciding.addAll(visit(join.getInput()));
        Set<Input> within = visit(join.getSubquery());
        within.addAll(deciding(join.getFilter(), Use.JOIN));
        if (QueryCardinalityUtil.isAtMostScalar(join.getSubquery())) {
            join.getSubquery().getOutputSymbols().forEach(symbol -> {
                Set<Input> made = new TreeSet<>(of(symbol));
                made.addAll(within);
                inputs.put(symbol, made);
            });
        } else {
            deciding.addAll(within);
        }
    }

    /// IN, EXISTS and comparisons with ALL or ANY: a truth made of both sides.
    private void apply(ApplyNode apply, Set<Input> deciding) {
        deciding.addAll(visit(apply.getInput()));
        Set<Input> within = visit(apply.getSubquery());
        apply.getSubqueryAssignments().forEach((symbol, expression) -> {
            Set<Input> made = new TreeSet<>(within);
            expression.inputs().forEach(input -> made.addAll(used(of(input), Use.TRANSFORMATION)));
            inputs.put(symbol, made);
        });
    }

    private Set<Input> of(OrderingScheme order) {
        Set<Input> made = new TreeSet<>();
        order.orderBy().forEach(symbol -> made.addAll(of(symbol)));
        return made;
    }

    private Set<Input> deciding(Expression expression, Use use) {
        return used(values(expression), use);
    }

    /// What an expression's value is made of. A lambda's own arguments stand for parts of what is passed beside it.
    private Set<Input> values(Expression expression) {
        return switch (expression) {
            case Reference reference -> of(Symbol.from(reference));
            case Case choice -> {
                Set<Input> made = new TreeSet<>(changed(List.of(choice.defaultValue())));
                choice.whenClauses().forEach(clause -> {
                    made.addAll(used(values(clause.getOperand()), Use.CONDITIONAL));
                    made.addAll(changed(List.of(clause.getResult())));
                });
                yield made;
            }
            case Match match -> {
                Set<Input> made = new TreeSet<>(changed(List.of(match.defaultValue())));
                made.addAll(used(values(match.operand()), Use.CONDITIONAL));
                match.clauses().forEach(clause -> {
                    made.addAll(used(values(clause.predicate()), Use.CONDITIONAL));
                    made.addAll(changed(List.of(clause.result())));
                });
                yield made;
            }
            case Let let -> {
                inputs.put(let.name(), values(let.value()));
                yield values(let.body());
            }
            default -> changed(expression.children());
        };
    }

    private Set<Input> changed(Collection<? extends Expression> parts) {
        Set<Input> made = new TreeSet<>();
        parts.forEach(part -> made.addAll(used(values(part), Use.TRANSFORMATION)));
        return made;
    }

    /// The same columns in another use: what already merely decides never becomes a value again.
    private static Set<Input> used(Set<Input> inputs, Use use) {
        Set<Input> used = new TreeSet<>();
        for (Input input : inputs) {
            boolean keeps = use.isDirect() && input.use().compareTo(use) > 0;
            used.add(keeps ? input : new Input(input.table(), input.column(), use));
        }
        return used;
    }
}
