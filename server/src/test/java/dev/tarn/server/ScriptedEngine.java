package dev.tarn.server;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.query.Cancellation;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.ResultColumn;
import dev.tarn.query.SessionChanges;
import dev.tarn.query.lineage.ColumnLineage;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;
import org.jspecify.annotations.Nullable;

/// An engine whose statements do what a test of the protocol needs: endless results, waiting, failing,
/// changing the session. Counts what it made and what was released.
final class ScriptedEngine implements QueryEngine {
    final Map<String, Script> scripts = new ConcurrentHashMap<>();
    final AtomicLong pagesMade = new AtomicLong();
    final AtomicLong closed = new AtomicLong();
    volatile @Nullable QuerySession lastSession;

    /// @param columns of the answer
    /// @param page gives page number n; an empty list ends the answer
    record Script(
            List<ResultColumn> columns,
            LongFunction<List<List<@Nullable Object>>> page,
            Optional<String> updateType,
            OptionalLong updateCount,
            SessionChanges changes) {}

    void rows(String sql, List<ResultColumn> columns, LongFunction<List<List<@Nullable Object>>> page) {
        scripts.put(sql, new Script(columns, page, Optional.empty(), OptionalLong.empty(), SessionChanges.NONE));
    }

    void changes(String sql, String updateType, SessionChanges changes) {
        scripts.put(sql, new Script(List.of(), n -> List.of(), Optional.of(updateType), OptionalLong.empty(), changes));
    }

    @Override
    public QueryResult execute(QuerySession session, String sql, Cancellation cancellation) {
        lastSession = session;
        Script script = scripts.get(sql);
        if (script == null) {
            throw new TarnException(ErrorCode.NOT_SUPPORTED, "no script for: " + sql);
        }
        Result result = new Result(script);
        cancellation.onCancel(result::cancel);
        return result;
    }

    @Override
    public QueryResult run(QuerySession session, CompiledQuery query) {
        throw new TarnException(ErrorCode.NOT_SUPPORTED, "no script runs compiled statements");
    }

    private final class Result implements QueryResult {
        private final Script script;
        private final CountDownLatch cancelled = new CountDownLatch(1);
        private long page;

        Result(Script script) {
            this.script = script;
        }

        @Override
        public String queryId() {
            return "scripted";
        }

        @Override
        public List<ResultColumn> columns() {
            return script.columns;
        }

        @Override
        public List<List<@Nullable Object>> next() {
            if (cancelled.getCount() == 0) {
                throw new TarnException(ErrorCode.CANCELLED, "cancelled");
            }
            pagesMade.incrementAndGet();
            return script.page.apply(page++);
        }

        @Override
        public Optional<String> updateType() {
            return script.updateType;
        }

        @Override
        public OptionalLong updateCount() {
            return script.updateCount;
        }

        @Override
        public SessionChanges sessionChanges() {
            return script.changes;
        }

        @Override
        public void cancel() {
            cancelled.countDown();
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Override
    public List<ResultColumn> describe(QuerySession session, String sql) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompiledQuery compile(QuerySession session, String sql) {
        throw new UnsupportedOperationException();
    }

    @Override
    public java.util.Set<String> predictions(String sql) {
        return java.util.Set.of();
    }

    @Override
    public List<DataFile> write(QuerySession session, String sql, Table target) {
        throw new TarnException(ErrorCode.NOT_SUPPORTED, "scripts write nothing");
    }

    @Override
    public String explain(QuerySession session, String sql) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    @Override
    public ColumnLineage lineage(QuerySession session, String sql) {
        throw new UnsupportedOperationException();
    }
}
