package dev.tarn.query.plan;

import static io.airlift.concurrent.MoreFutures.getFutureValue;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import io.opentelemetry.api.trace.Span;
import io.trino.Session;
import io.trino.metadata.Split;
import io.trino.metadata.TableHandle;
import io.trino.spi.Page;
import io.trino.spi.connector.ColumnHandle;
import io.trino.spi.connector.ConnectorPageSource;
import io.trino.spi.connector.Constraint;
import io.trino.spi.connector.ConstraintApplicationResult;
import io.trino.spi.connector.DynamicFilter;
import io.trino.spi.connector.MemoryContext;
import io.trino.spi.connector.SourcePage;
import io.trino.spi.predicate.TupleDomain;
import io.trino.split.SplitSource;
import io.trino.sql.ir.Expression;
import io.trino.sql.ir.IrUtils;
import io.trino.sql.planner.DomainTranslator;
import io.trino.sql.planner.plan.TableScanNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Rows of the tables that are not in the lake: `information_schema`, `system.jdbc`, `system.metadata` and the
/// `$…` tables, computed by Trino's own code from the catalog.
public final class SystemRows {
    /// The most rows such a table gives a statement.
    static final int ROWS_MAX = 1_000_000;

    private final TrinoFrontEnd trino;

    SystemRows(TrinoFrontEnd trino) {
        this.trino = trino;
    }

    /// The rows, with the columns asked for.
    ///
    /// @param session in the statement's transaction
    /// @param conjuncts what rows must satisfy to matter, by which the catalog is asked for less; others may come
    public List<Page> read(
            Session session, TableScanNode scan, List<ColumnHandle> columns, List<Expression> conjuncts) {
        TableHandle table = narrowed(session, scan, conjuncts);
        List<Page> pages = new ArrayList<>();
        long rows = 0;
        try (SplitSource splits = trino.splits.getSplits(
                session, Span.getInvalid(), table, DynamicFilter.EMPTY, Constraint.alwaysTrue())) {
            while (!splits.isFinished()) {
                for (Split split : getFutureValue(splits.getNextBatch(1_000)).getSplits()) {
                    rows += read(session, table, columns, split, pages);
                    if (rows > ROWS_MAX) {
                        throw new TarnException(
                                ErrorCode.LIMIT_EXCEEDED,
                                "The system table has more than " + ROWS_MAX + " rows; ask for one schema or table");
                    }
                }
            }
        }
        return pages;
    }

    private TableHandle narrowed(Session session, TableScanNode scan, List<Expression> conjuncts) {
        TupleDomain<ColumnHandle> domain = DomainTranslator.getExtractionResult(
                        trino.context, session, IrUtils.and(conjuncts))
                .getTupleDomain()
                .filter((symbol, values) -> scan.getAssignments().containsKey(symbol))
                .transformKeys(scan.getAssignments()::get);
        return domain.isAll()
                ? scan.getTable()
                : trino.metadata
                        .applyFilter(session, scan.getTable(), new Constraint(domain))
                        .map(ConstraintApplicationResult::getHandle)
                        .orElse(scan.getTable());
    }

    private long read(Session session, TableHandle table, List<ColumnHandle> columns, Split split, List<Page> pages) {
        long rows = 0;
        try (ConnectorPageSource source = trino.pageSources
                .createPageSourceProvider(table.catalogHandle())
                .createPageSource(
                        session,
                        split,
                        table,
                        Optional.empty(),
                        columns,
                        DynamicFilter.EMPTY,
                        MemoryContext.NO_LIMIT)) {
            while (!source.isFinished()) {
                SourcePage page = source.getNextSourcePage();
                if (page != null) {
                    pages.add(page.getPage());
                    rows += page.getPositionCount();
                }
            }
        } catch (IOException e) {
            throw new TarnException(ErrorCode.INTERNAL_ERROR, "A system table could not be read: " + e.getMessage(), e);
        }
        return rows;
    }
}
