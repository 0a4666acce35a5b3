package dev.tarn.query.compile;

import dev.tarn.query.plan.LakeColumnHandle;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.AssignUniqueId;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.TableScanNode;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A number for each row that no other row of the statement has. Rows of a table that is changed have one already,
/// which costs no pass over them; others are numbered downwards from -1, so that the two never meet.
final class UniqueIds {
    private UniqueIds() {}

    static Select compile(RelationCompiler compiler, AssignUniqueId node) {
        Select source = compiler.compile(node.getSource());
        Optional<Symbol> rowId = rowId(node.getSource()).filter(node.getOutputSymbols()::contains);
        if (rowId.isPresent()) {
            Map<String, Select.Column> columns = new LinkedHashMap<>(source.columns());
            columns.put(
                    node.getIdColumn().name(), source.columns().get(rowId.get().name()));
            return source.withColumns(columns);
        }
        source = source.nested();
        Map<String, Select.Column> columns = new LinkedHashMap<>(source.columns());
        columns.put(node.getIdColumn().name(), new Select.Column("(- row_number() OVER ())", false));
        return source.withWindows(columns);
    }

    private static Optional<Symbol> rowId(PlanNode node) {
        return switch (node) {
            case TableScanNode scan ->
                scan.getAssignments().entrySet().stream()
                        .filter(column -> column.getValue().equals(LakeColumnHandle.ROW_ID))
                        .map(Map.Entry::getKey)
                        .findFirst();
            case FilterNode filter -> rowId(filter.getSource());
            case ProjectNode project -> rowId(project.getSource());
            default -> Optional.empty();
        };
    }
}
