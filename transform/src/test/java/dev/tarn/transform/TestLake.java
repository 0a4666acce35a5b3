package dev.tarn.transform;

import dev.tarn.core.identity.Identity;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A lake in a folder with an engine over it; each test works on a branch of its own.
final class TestLake implements AutoCloseable {
    static final Identity IDENTITY = new Identity("tester", "test", false);

    final Lake lake;
    final QueryEngine engine;
    private final DuckDb duckDb;
    private int branches;

    TestLake(Path folder) {
        this.lake = Lake.open(LakeConfig.inFolder(folder));
        this.duckDb = DuckDb.open(
                DuckDbConfig.of(1L << 30, 2, folder.resolve("spill"), Path.of(java.net.URI.create(lake.warehouse()))));
        this.engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults());
    }

    /// An empty branch that nobody else uses.
    String branch() {
        String name = "test-" + branches++;
        lake.createBranch(name, IDENTITY);
        return name;
    }

    List<List<@Nullable Object>> rows(String branch, String sql) {
        QuerySession session = QuerySession.of(IDENTITY).withBranch(branch).withZone(ZoneOffset.UTC);
        try (QueryResult result = engine.execute(session, sql)) {
            return result.all();
        }
    }

    @Override
    public void close() {
        engine.close();
        duckDb.close();
        lake.close();
    }
}
