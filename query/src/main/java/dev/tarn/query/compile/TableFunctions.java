package dev.tarn.query.compile;

import io.trino.operator.table.SequenceFunction.SequenceFunctionHandle;
import io.trino.sql.planner.plan.TableFunctionProcessorNode;
import java.util.Map;

/// Table functions that remain in a plan; `exclude_columns` is gone once names are resolved.
final class TableFunctions {
    private TableFunctions() {}

    static Select compile(TableFunctionProcessorNode node) {
        if (!(node.getHandle().functionHandle() instanceof SequenceFunctionHandle sequence)) {
            throw Refused.because("The table function " + node.getName());
        }
        String number = node.getProperOutputs().getFirst().name();
        long step = sequence.step() == 0 ? 1 : sequence.step();
        String rows = "generate_series(CAST('" + sequence.start() + "' AS BIGINT), CAST('" + sequence.stop()
                + "' AS BIGINT), CAST('" + step + "' AS BIGINT)) AS s(n)";
        return Select.of(rows, Map.of(number, new Select.Column("n", true))).nested();
    }
}
