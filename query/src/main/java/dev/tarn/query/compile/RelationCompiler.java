package dev.tarn.query.compile;

import dev.tarn.query.plan.Predictions;
import io.trino.Session;
import io.trino.sql.PlannerContext;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.SymbolsExtractor;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.ApplyNode;
import io.trino.sql.planner.plan.AssignUniqueId;
import io.trino.sql.planner.plan.CorrelatedJoinNode;
import io.trino.sql.planner.plan.EnforceSingleRowNode;
import io.trino.sql.planner.plan.ExceptNode;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.IntersectNode;
import io.trino.sql.planner.plan.JoinNode;
import io.trino.sql.planner.plan.LimitNode;
import io.trino.sql.planner.plan.MarkDistinctNode;
import io.trino.sql.planner.plan.MergeProcessorNode;
import io.trino.sql.planner.plan.OffsetNode;
import io.trino.sql.planner.plan.OutputNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.SortNode;
import io.trino.sql.planner.plan.TableFunctionProcessorNode;
import io.trino.sql.planner.plan.TableScanNode;
import io.trino.sql.planner.plan.TopNNode;
import io.trino.sql.planner.plan.UnionNode;
import io.trino.sql.planner.plan.UnnestNode;
import io.trino.sql.planner.plan.ValuesNode;
import io.trino.sql.planner.plan.WindowNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// From a plan node to a SELECT. Each family of nodes has a class of its own; this one knows which, and holds what
/// they share.
final class RelationCompiler {
    final ExpressionCompiler expressions;
    final Tables tables;
    private final Map<PlanNode, List<Expression>> conjuncts = new HashMap<>();
    private @Nullable Shapes shapes;
    private final Map<Integer, String> commonNames = new HashMap<>();
    private final List<String> common = new ArrayList<>();

    /// @param catalog the lake catalog's name
    RelationCompiler(
            PlannerContext context,
            Session session,
            JavaFunctions functions,
            String catalog,
            Predictions models,
            Tables tables) {
        this.expressions = new ExpressionCompiler(context, session, functions, catalog, models);
        this.tables = tables;
    }

    Select compile(PlanNode node) {
        Optional<Shapes.Shape> repeated = shapes == null ? Optional.empty() : shapes.repeated(node);
        return repeated.isPresent() ? common(node, repeated.get()) : plain(node);
    }

    /// A part of the plan that occurs several times, as a query of WITH: DuckDB decides whether to compute it once.
    private Select common(PlanNode node, Shapes.Shape shape) {
        String name = commonNames.get(shape.number());
        if (name == null) {
            name = "$with " + commonNames.size();
            commonNames.put(shape.number(), name);
            // Rows that matter to one use only must not leave out files for the others.
            ScanPredicates.collect(node, conjuncts);
            Select select = plain(node);
            Map<String, Select.Column> columns = new LinkedHashMap<>();
            for (Symbol symbol : node.getOutputSymbols()) {
                columns.put(column(name, shape, symbol.name()), select.columns().get(symbol.name()));
            }
            common.add(Select.name(name) + " AS (" + select.withColumns(columns).sql() + ")");
        }
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        for (Symbol symbol : node.getOutputSymbols()) {
            columns.put(symbol.name(), new Select.Column(Select.name(column(name, shape, symbol.name())), true));
        }
        return Select.of(Select.name(name), columns);
    }

    /// A name that no symbol has, so that it is never taken for one of an outer query.
    private static String column(String with, Shapes.Shape shape, String symbol) {
        return with + "." + shape.columns().get(symbol);
    }

    /// The queries that a compiled plan uses, as the WITH clause to stand before it; empty if none.
    String with() {
        return common.isEmpty() ? "" : "WITH " + String.join(",\n", common) + "\n";
    }

    private Select plain(PlanNode node) {
        Select compiled = compiled(node);
        expressions.zones().learn(node);
        return compiled;
    }

    private Select compiled(PlanNode node) {
        return switch (node) {
            case TableScanNode scan -> tables.scan(scan, conjuncts.getOrDefault(scan, List.of()));
            case ValuesNode values -> Values.compile(this, values);
            case FilterNode filter -> filter(filter);
            case ProjectNode project -> project(project);
            case JoinNode join -> Joins.compile(this, join);
            case AggregationNode aggregation ->
                MetadataAggregates.compile(tables, aggregation, conjuncts)
                        .orElseGet(() -> Aggregations.compile(this, aggregation));
            case WindowNode window -> Windows.compile(this, window);
            case ApplyNode apply -> Subqueries.apply(this, apply);
            case CorrelatedJoinNode join -> Subqueries.join(this, join);
            case EnforceSingleRowNode single -> Subqueries.single(this, single);
            case SortNode sort -> Ordering.sort(this, sort);
            case TopNNode top -> Ordering.top(this, top);
            case LimitNode limit -> Ordering.limit(this, limit);
            case OffsetNode offset -> Ordering.offset(this, offset);
            case UnionNode union -> SetOperations.union(this, union);
            case IntersectNode intersect -> SetOperations.intersect(this, intersect);
            case ExceptNode except -> SetOperations.except(this, except);
            case UnnestNode unnest -> Unnests.compile(this, unnest);
            case AssignUniqueId unique -> UniqueIds.compile(this, unique);
            case MarkDistinctNode distinct -> MarkDistinct.compile(this, distinct);
            case MergeProcessorNode merge -> RowChanges.compile(this, merge);
            case TableFunctionProcessorNode function -> TableFunctions.compile(function);
            case OutputNode output -> compile(output.getSource());
            default ->
                throw Refused.because("This statement (plan node "
                        + node.getClass().getSimpleName().replace("Node", "") + ")");
        };
    }

    /// Remembers what rows of a scan must satisfy to matter, so that files can be left out.
    void prune(PlanNode root) {
        ScanPredicates.collect(root, conjuncts);
    }

    /// Makes parts that occur several times queries of WITH; [#with] must then stand before the statement.
    void share(PlanNode root) {
        shapes = new Shapes(root);
    }

    private Select filter(FilterNode filter) {
        Select source = composable(compile(filter.getSource()), List.of(filter.getPredicate()));
        if (!source.filterable()) {
            source = source.nested();
        }
        return source.withWhere(expressions.compile(filter.getPredicate(), scope(source)));
    }

    private Select project(ProjectNode project) {
        Collection<Expression> assigned = project.getAssignments().expressions();
        Select source = composable(compile(project.getSource()), assigned);
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        project.getAssignments()
                .forEach((symbol, expression) -> columns.put(symbol.name(), column(expression, source)));
        return source.withColumns(columns);
    }

    private Select.Column column(Expression expression, Select source) {
        if (expression instanceof Reference reference) {
            return source.columns().get(reference.name());
        }
        Scope scope = scope(source);
        return new Select.Column(
                expressions.compile(expression, scope),
                false,
                new NarrowDecimals(tables, scope, condition -> expressions.compile(condition, scope)).sql(expression));
    }

    /// The source itself when expressions over it may repeat its columns' expressions, and nested otherwise.
    static Select composable(Select source, Collection<Expression> expressions) {
        Map<String, Integer> uses = new HashMap<>();
        for (Expression expression : expressions) {
            for (Symbol symbol : SymbolsExtractor.extractAll(expression)) {
                uses.merge(symbol.name(), 1, Integer::sum);
            }
        }
        boolean repeats = uses.entrySet().stream().anyMatch(use -> {
            Select.Column column = source.columns().get(use.getKey());
            return column != null && !column.simple() && use.getValue() > 1;
        });
        return repeats || (source.windowed() && !source.columns().isEmpty()) ? source.nested() : source;
    }

    /// Symbols of a source by their expressions, those of outer queries by their names.
    static Scope scope(Select source) {
        return symbol -> {
            Select.Column column = source.columns().get(symbol);
            return column == null ? Select.name(symbol) : column.sql();
        };
    }
}
