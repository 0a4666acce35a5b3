package dev.tarn.query;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// A running statement's answer, read page by page by one thread; [#cancel] may be called by any.
///
/// Values are what the Trino client protocol writes as JSON: Boolean, Integer (tinyint to integer), Long, Float,
/// Double (NaN and the infinities as themselves), String for decimals, text, dates, times, timestamps, intervals,
/// uuid and base64 varbinary, List for arrays and rows, Map with String keys for maps; and null.
public interface QueryResult extends AutoCloseable {
    /// Names the statement in the history and in errors.
    String queryId();

    /// The columns. A statement that writes has one, `rows`; one that only changes the catalog has none.
    List<ResultColumn> columns();

    /// The next rows, at most a page's worth; empty when there are no more.
    List<List<@Nullable Object>> next();

    /// All rows as columns instead of through [#next], when every column's values are in DuckDB as Arrow has them: the
    /// caller reads one or the other, and closes the batches before this result.
    ///
    /// @param batchRows the most rows of a batch, about
    default Optional<ArrowBatches> arrow(BufferAllocator allocator, int batchRows) {
        return Optional.empty();
    }

    /// What the statement did when it was not a query, in Trino's words (`CREATE TABLE`, `INSERT`).
    Optional<String> updateType();

    /// Rows written, for statements that write.
    OptionalLong updateCount();

    /// What changed in the session.
    SessionChanges sessionChanges();

    /// Stops the statement; [#next] then fails with CANCELLED.
    void cancel();

    /// Releases what the statement holds. Closing before the end stops it.
    @Override
    void close();

    /// All remaining rows, for small answers and tests.
    default List<List<@Nullable Object>> all() {
        List<List<@Nullable Object>> rows = new java.util.ArrayList<>();
        for (List<List<@Nullable Object>> page = next(); !page.isEmpty(); page = next()) {
            rows.addAll(page);
        }
        return rows;
    }
}
