package dev.tarn.query.compile;

import static io.trino.spi.connector.ConnectorMergeSink.DELETE_OPERATION_NUMBER;

import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.plan.LakeTableHandle;
import io.trino.sql.planner.Symbol;
import io.trino.sql.planner.plan.FilterNode;
import io.trino.sql.planner.plan.MergeProcessorNode;
import io.trino.sql.planner.plan.MergeWriterNode;
import io.trino.sql.planner.plan.PlanNode;
import io.trino.sql.planner.plan.ProjectNode;
import io.trino.sql.planner.plan.TableScanNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.expressions.Expression;

/// DELETE, UPDATE and MERGE as the rows that they change.
public final class RowChanges {
    /// What a changed row is named in the compiled statement.
    public static final String ROW_ID = "row_id";

    /// What happens to it: one of the numbers of Trino's `ConnectorMergeSink`.
    public static final String OPERATION = "operation";

    private RowChanges() {}

    /// A compiled statement.
    ///
    /// @param table what is changed
    /// @param rows a DuckDB query with a row for each row that is deleted, updated or inserted: [#OPERATION],
    ///     [#ROW_ID] (null for inserts) and, but for DELETE, the table's columns as [#column]; empty when no row
    ///     must be read
    /// @param files the files that may hold such rows, numbered as in row names
    /// @param whole numbers of the files in which every row is deleted
    /// @param filter what every row of the table that matters to the statement satisfies
    /// @param held keeps the query's Java functions registered as long as somebody refers to it
    public record Compiled(
            LakeTableHandle table,
            Optional<String> rows,
            List<ScanFile> files,
            List<Integer> whole,
            Expression filter,
            List<Object> held) {
        public Compiled {
            files = List.copyOf(files);
            whole = List.copyOf(whole);
            held = List.copyOf(held);
        }
    }

    /// The name of the table's column at a position, from 0.
    public static String column(int position) {
        return "c" + position;
    }

    static Select rows(RelationCompiler compiler, MergeWriterNode writer) {
        Select source = compiler.compile(writer.getSource());
        if (writer.getSource() instanceof MergeProcessorNode) {
            return source;
        }
        // DELETE: the columns are (data…, operation, case number, row id, mark).
        List<Symbol> projected = writer.getProjectedSymbols();
        Select.Column rowId =
                source.columns().get(projected.get(projected.size() - 2).name());
        return source.withColumns(Map.of(ROW_ID, rowId)).nested().withColumns(operation(rowId()));
    }

    private static Map<String, Select.Column> operation(Select.Column rowId) {
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        columns.put(OPERATION, new Select.Column(Integer.toString(DELETE_OPERATION_NUMBER), true));
        columns.put(ROW_ID, rowId);
        return columns;
    }

    private static Select.Column rowId() {
        return new Select.Column(Select.name(ROW_ID), true);
    }

    /// Takes a merge row apart: the table's columns, whether the row was there, the operation, the case's number.
    static Select compile(RelationCompiler compiler, MergeProcessorNode node) {
        Select source = compiler.compile(node.getSource()).nested();
        String row = Select.name(node.getMergeRowSymbol().name());
        int width = node.getDataColumnSymbols().size();
        String operation = Rows.field(row, width + 1);
        Map<String, Select.Column> columns = new LinkedHashMap<>();
        columns.put(OPERATION, new Select.Column(operation, false));
        columns.put(ROW_ID, new Select.Column(Select.name(node.getRowIdSymbol().name()), true));
        for (int i = 0; i < width; i++) {
            columns.put(column(i), new Select.Column(Rows.field(row, i), false));
        }
        // No operation: no case of the MERGE applies.
        return source.withWhere("(" + operation + " IS NOT NULL)").withColumns(columns);
    }

    /// Whether the statement is a DELETE of the rows of one scan under a condition, and nothing else.
    static boolean isPlainDelete(PlanNode node) {
        return switch (node) {
            case MergeWriterNode writer -> isPlainDelete(writer.getSource());
            case ProjectNode project -> isPlainDelete(project.getSource());
            case FilterNode filter -> filter.getSource() instanceof TableScanNode;
            case TableScanNode ignored -> true;
            default -> false;
        };
    }
}
