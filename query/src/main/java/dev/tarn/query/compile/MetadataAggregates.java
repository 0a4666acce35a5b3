package dev.tarn.query.compile;

import dev.tarn.query.duckdb.DuckValues;
import dev.tarn.query.duckdb.ExactColumn;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.plan.LakeColumnHandle;
import dev.tarn.query.plan.LakeTableHandle;
import io.trino.sql.ir.Constant;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.Reference;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.AggregationNode;
import io.trino.sql.planner.plan.AggregationNode.Aggregation;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.TableScanNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.jspecify.annotations.Nullable;

/// `count`, `min`, `max` and partition columns over whole files of a table, from what the manifests say of them: no
/// file is opened. Whatever some file does not say exactly leaves the aggregation to be computed.
final class MetadataAggregates {
    private static final int GROUPS_MAX = 20_000;

    private final AggregationNode node;
    private final Source source;
    private final List<Types.NestedField> keys = new ArrayList<>();
    private final List<Asked> asked = new ArrayList<>();

    private enum Kind {
        COUNT,
        MIN,
        MAX
    }

    /// One aggregate.
    ///
    /// @param field null for `count(*)`
    private record Asked(Kind kind, Types.@Nullable NestedField field) {}

    /// What is aggregated: a scan, with at most a filter and renamed columns between.
    private record Source(List<ProjectNode> projects, TableScanNode scan, LakeTableHandle table) {
        Optional<Expression> origin(Expression expression) {
            Expression found = expression;
            for (ProjectNode project : projects) {
                if (!(found instanceof Reference reference)) {
                    break;
                }
                found = project.getAssignments().get(Symbol.from(reference));
            }
            return Optional.ofNullable(found);
        }

        Optional<Types.NestedField> field(Expression expression) {
            return origin(expression)
                    .filter(Reference.class::isInstance)
                    .map(reference -> (LakeColumnHandle) scan.getAssignments().get(Symbol.from(reference)))
                    .flatMap(handle ->
                            Optional.ofNullable(table.schema().asStruct().field(handle.fieldId())))
                    .filter(field -> field.type().isPrimitiveType());
        }
    }

    private MetadataAggregates(AggregationNode node, Source source) {
        this.node = node;
        this.source = source;
    }

    /// Empty when the files have to be read.
    ///
    /// @param conjuncts what the scan's rows must satisfy, the filter's conditions among them
    static Optional<Select> compile(Tables tables, AggregationNode node, Map<PlanNode, List<Expression>> conjuncts) {
        return source(node)
                .map(source -> new MetadataAggregates(node, source))
                .filter(MetadataAggregates::isKnown)
                .flatMap(each -> tables.whole(each.source.scan(), conjuncts.getOrDefault(each.source.scan(), List.of()))
                        .flatMap(each::select));
    }

    private static Optional<Source> source(AggregationNode node) {
        List<ProjectNode> projects = new ArrayList<>();
        PlanNode from = node.getSource();
        while (from instanceof ProjectNode project) {
            projects.add(project);
            from = project.getSource();
        }
        if (from instanceof FilterNode filter) {
            // Its conditions are among those that the scan knows.
            from = filter.getSource();
        }
        return from instanceof TableScanNode scan && scan.getTable().connectorHandle() instanceof LakeTableHandle table
                ? Optional.of(new Source(projects, scan, table))
                : Optional.empty();
    }

    private boolean isKnown() {
        if (node.getGroupingSetCount() != 1 || node.getGroupIdSymbol().isPresent()) {
            return false;
        }
        for (Symbol key : node.getGroupingKeys()) {
            Optional<Types.NestedField> field = source.field(key.toSymbolReference());
            if (field.isEmpty()) {
                return false;
            }
            keys.add(field.get());
        }
        for (Aggregation aggregation : node.getAggregations().values()) {
            Optional<Asked> one = asked(aggregation);
            if (one.isEmpty()) {
                return false;
            }
            asked.add(one.get());
        }
        return true;
    }

    private Optional<Asked> asked(Aggregation aggregation) {
        List<Expression> arguments = aggregation.getArguments();
        if (aggregation.isDistinct()
                || aggregation.getFilter().isPresent()
                || aggregation.getMask().isPresent()
                || arguments.size() > 1) {
            return Optional.empty();
        }
        Optional<Expression> argument = arguments.isEmpty() ? Optional.empty() : source.origin(arguments.getFirst());
        return switch (aggregation.getResolvedFunction().name().functionName()) {
            case "count" ->
                arguments.isEmpty() || isValue(argument.orElseThrow())
                        ? Optional.of(new Asked(Kind.COUNT, null))
                        : source.field(arguments.getFirst()).map(field -> new Asked(Kind.COUNT, field));
            case "min" -> source.field(arguments.getFirst()).map(field -> new Asked(Kind.MIN, field));
            case "max" -> source.field(arguments.getFirst()).map(field -> new Asked(Kind.MAX, field));
            default -> Optional.empty();
        };
    }

    private static boolean isValue(Expression argument) {
        return argument instanceof Constant constant && constant.value() != null;
    }

    private Optional<Select> select(List<ScanFile> files) {
        Table table = source.table().table();
        List<ExactColumn> keyColumns =
                keys.stream().map(field -> new ExactColumn(table, field)).toList();
        Map<List<@Nullable Object>, Group> groups = new LinkedHashMap<>();
        if (keys.isEmpty()) {
            groups.put(List.of(), new Group(table));
        }
        for (ScanFile file : files) {
            if (file.file().recordCount() == 0) {
                continue;
            }
            List<@Nullable Object> values = new ArrayList<>();
            for (ExactColumn key : keyColumns) {
                if (!key.isPartition(file.file())) {
                    return Optional.empty();
                }
                values.add(key.partition(file.file()));
            }
            Group group = groups.computeIfAbsent(Collections.unmodifiableList(values), ignored -> new Group(table));
            if (groups.size() > GROUPS_MAX || !group.add(file)) {
                return Optional.empty();
            }
        }
        List<Symbol> symbols = new ArrayList<>(node.getGroupingKeys());
        symbols.addAll(node.getAggregations().keySet());
        if (groups.isEmpty() || symbols.isEmpty()) {
            return groups.isEmpty() ? Optional.of(Values.empty(symbols)) : Optional.empty();
        }
        List<String> rows = new ArrayList<>();
        groups.forEach((values, group) -> rows.add(row(values, group)));
        return Optional.of(Values.of(symbols, rows));
    }

    private String row(List<@Nullable Object> values, Group group) {
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < keys.size(); i++) {
            cells.add(DuckValues.literal(keys.get(i).type(), values.get(i)));
        }
        for (int i = 0; i < asked.size(); i++) {
            cells.add(group.literal(i));
        }
        return "(" + String.join(", ", cells) + ")";
    }

    /// The aggregates of one group, as far as its files were added.
    private final class Group {
        private long rows;
        private final List<@Nullable ExactColumn> columns = new ArrayList<>();

        Group(Table table) {
            asked.forEach(each -> columns.add(each.field() == null ? null : new ExactColumn(table, each.field())));
        }

        /// Whether the file says exactly what is asked.
        boolean add(ScanFile file) {
            rows += file.file().recordCount();
            for (int i = 0; i < columns.size(); i++) {
                ExactColumn column = columns.get(i);
                if (column != null && !column.add(file.file(), asked.get(i).kind() != Kind.COUNT)) {
                    return false;
                }
            }
            return true;
        }

        String literal(int i) {
            ExactColumn column = columns.get(i);
            if (column == null) {
                return "CAST(" + rows + " AS BIGINT)";
            }
            return switch (asked.get(i).kind()) {
                case COUNT -> "CAST(" + column.values() + " AS BIGINT)";
                case MIN -> DuckValues.literal(column.field().type(), column.min());
                case MAX -> DuckValues.literal(column.field().type(), column.max());
            };
        }
    }
}
