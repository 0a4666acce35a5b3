package dev.tarn.query;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// A lake in a folder with an engine over it. Registered as an extension of a test class, it lives as long as the
/// class.
public final class TestEngine implements AutoCloseable, AfterAllCallback {
    private final Path folder;
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
        this.folder = folder;
        this.lake = Lake.open(LakeConfig.inFolder(folder));
        this.duckDb = DuckDb.open(DuckDbConfig.of(
                memoryBytes, threads, folder.resolve("spill"), Path.of(java.net.URI.create(lake.warehouse()))));
        this.engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults(), models);
    }

    /// An engine for all tests of a class, in a folder of its own; the session is in a new schema `s`.
    static TestEngine ofClass() {
        try {
            TestEngine engine = new TestEngine(Files.createTempDirectory("test-engine"));
            engine.run("CREATE SCHEMA s");
            engine.run("USE s");
            return engine;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws IOException {
        close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
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
