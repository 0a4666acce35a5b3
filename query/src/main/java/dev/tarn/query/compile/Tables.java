package dev.tarn.query.compile;

import dev.tarn.query.duckdb.ScanFile;
import io.trino.sql.ir.Expression;
import io.trino.sql.planner.plan.TableScanNode;
import java.util.List;
import java.util.Optional;

/// Where the rows of tables come from.
interface Tables {
    /// A scan, its columns named after the plan's symbols.
    ///
    /// @param conjuncts what rows must satisfy to matter; rows that do not may come all the same
    Select scan(TableScanNode scan, List<Expression> conjuncts);

    /// The files of a scan, when all rows of each satisfy the conditions; empty when some may not, or are deleted.
    Optional<List<ScanFile>> whole(TableScanNode scan, List<Expression> conjuncts);

    /// Bounds of a scanned decimal column, by its symbol; empty when nothing is known of it.
    Optional<NarrowDecimals.Range> range(String symbol);
}
