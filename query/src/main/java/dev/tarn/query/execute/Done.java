package dev.tarn.query.execute;

import dev.tarn.query.QueryResult;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SessionChanges;
import io.trino.spi.type.BigintType;
import io.trino.spi.type.BooleanType;
import io.trino.spi.type.VarcharType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The answer of a statement that is over when [dev.tarn.query.QueryEngine#execute] returns.
final class Done implements QueryResult {
    private final String queryId;
    private final List<ResultColumn> columns;
    private final Optional<String> updateType;
    private final OptionalLong updateCount;
    private final SessionChanges changes;
    private List<List<@Nullable Object>> rows;

    private Done(
            String queryId,
            List<ResultColumn> columns,
            List<List<@Nullable Object>> rows,
            Optional<String> updateType,
            OptionalLong updateCount,
            SessionChanges changes) {
        this.queryId = queryId;
        this.columns = columns;
        this.rows = rows;
        this.updateType = updateType;
        this.updateCount = updateCount;
        this.changes = changes;
    }

    /// A change of the catalog or the session.
    static Done changed(String queryId, String updateType, SessionChanges changes) {
        return new Done(queryId, List.of(), List.of(), Optional.of(updateType), OptionalLong.empty(), changes);
    }

    /// Rows written.
    static Done wrote(String queryId, String updateType, long rows) {
        return rows(queryId, updateType, OptionalLong.of(rows));
    }

    /// A change that counts no rows, as ANALYZE is: Trino answers with one null.
    static Done uncounted(String queryId, String updateType) {
        return rows(queryId, updateType, OptionalLong.empty());
    }

    private static Done rows(String queryId, String updateType, OptionalLong count) {
        List<@Nullable Object> row = new ArrayList<>();
        row.add(count.isPresent() ? count.getAsLong() : null);
        return new Done(
                queryId,
                List.of(new ResultColumn("rows", BigintType.BIGINT)),
                List.of(row),
                Optional.of(updateType),
                count,
                SessionChanges.NONE);
    }

    /// One text, as EXPLAIN gives.
    static Done text(String queryId, String column, String text) {
        List<@Nullable Object> row = new ArrayList<>();
        row.add(text);
        return new Done(
                queryId,
                List.of(new ResultColumn(column, VarcharType.VARCHAR)),
                List.of(row),
                Optional.empty(),
                OptionalLong.empty(),
                SessionChanges.NONE);
    }

    /// Metrics by name, as ALTER TABLE EXECUTE gives.
    static Done metrics(String queryId, String updateType, Map<String, Long> metrics) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        metrics.forEach((name, number) -> {
            List<@Nullable Object> row = new ArrayList<>();
            row.add(name);
            row.add(number);
            rows.add(row);
        });
        return new Done(
                queryId,
                List.of(
                        new ResultColumn("metric_name", VarcharType.VARCHAR),
                        new ResultColumn("metric_value", BigintType.BIGINT)),
                rows,
                Optional.of(updateType),
                OptionalLong.empty(),
                SessionChanges.NONE);
    }

    /// That a statement is valid, as EXPLAIN (TYPE VALIDATE) gives.
    static Done valid(String queryId) {
        return new Done(
                queryId,
                List.of(new ResultColumn("Valid", BooleanType.BOOLEAN)),
                List.of(List.of(true)),
                Optional.empty(),
                OptionalLong.empty(),
                SessionChanges.NONE);
    }

    @Override
    public String queryId() {
        return queryId;
    }

    @Override
    public List<ResultColumn> columns() {
        return columns;
    }

    @Override
    public List<List<@Nullable Object>> next() {
        List<List<@Nullable Object>> page = rows;
        rows = List.of();
        return page;
    }

    @Override
    public Optional<String> updateType() {
        return updateType;
    }

    @Override
    public OptionalLong updateCount() {
        return updateCount;
    }

    @Override
    public SessionChanges sessionChanges() {
        return changes;
    }

    @Override
    public void cancel() {}

    @Override
    public void close() {}
}
