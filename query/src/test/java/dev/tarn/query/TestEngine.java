package dev.tarn.query;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A lake in a folder with an engine over it.
public final class TestEngine implements AutoCloseable {
    public final Lake lake;
    public final DuckDb duckDb;
    public final QueryEngine engine;
    public QuerySession session =
            QuerySession.of(new Identity("tester", "test", false)).withZone(java.time.ZoneId.of("UTC"));

    public TestEngine(Path folder) {
        this(folder, 1L << 30, 2);
    }

    public TestEngine(Path folder, long memoryBytes, int threads) {
        this(folder, memoryBytes, threads, ServedModels.none());
    }

    public TestEngine(Path folder, long memoryBytes, int threads, ServedModels models) {
        this.lake = Lake.open(LakeConfig.inFolder(folder));
        this.duckDb = DuckDb.open(DuckDbConfig.of(
                memoryBytes, threads, folder.resolve("spill"), Path.of(java.net.URI.create(lake.warehouse()))));
        this.engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults(), models);
    }

    /// Runs a statement to its end; the session follows its changes.
    public List<List<@Nullable Object>> run(String sql) {
        try (QueryResult result = engine.execute(session, sql)) {
            List<List<@Nullable Object>> rows = result.all();
            session = session.with(result.sessionChanges());
            return rows;
        }
    }

    /// The only value of a query's only row.
    public @Nullable Object value(String sql) {
        List<List<@Nullable Object>> rows = run(sql);
        if (rows.size() != 1) {
            throw new AssertionError(rows.size() + " rows from " + sql);
        }
        return rows.getFirst().getFirst();
    }

    @Override
    public void close() {
        engine.close();
        duckDb.close();
        lake.close();
    }
}
