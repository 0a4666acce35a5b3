package dev.tarn.query.compile;

import dev.tarn.query.duckdb.ScanFile;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.Table;
import org.apache.iceberg.expressions.Evaluator;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Projections;
import org.apache.iceberg.expressions.StrictMetricsEvaluator;

/// Finds the files whose every row satisfies a filter, by partition and by column statistics: a DELETE drops them
/// unread.
final class WholeFiles {
    private final Table table;
    private final Expression filter;
    private final StrictMetricsEvaluator metrics;
    private final Map<Integer, Evaluator> partitions = new HashMap<>();

    WholeFiles(Table table, Expression filter) {
        this.table = table;
        this.filter = filter;
        this.metrics = new StrictMetricsEvaluator(table.schema(), filter, true);
    }

    /// Files with deleted rows do not count as whole: how many rows go could not be told.
    boolean test(ScanFile file) {
        return file.deletes().isEmpty()
                && (partition(file.file().specId()).eval(file.file().partition()) || metrics.eval(file.file()));
    }

    private Evaluator partition(int specId) {
        return partitions.computeIfAbsent(specId, id -> {
            var spec = table.specs().get(id);
            return new Evaluator(
                    spec.partitionType(), Projections.strict(spec, true).project(filter), true);
        });
    }
}
