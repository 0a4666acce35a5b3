package dev.tarn.server;

import dev.tarn.core.project.DatabaseSetting;
import dev.tarn.core.project.Project;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.govern.contract.ContractFiles;
import dev.tarn.govern.contract.Enforcer;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.state.DatabaseConfig;
import dev.tarn.model.artifact.ArtifactStore;
import dev.tarn.model.packaging.RegistryModels;
import dev.tarn.model.registry.ModelRegistry;
import dev.tarn.model.tracking.TrackingTables;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A project's lake and engines, opened: what the server serves, and what a command without a server works with.
/// Several processes may open one project.
public final class Lakehouse implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Lakehouse.class);
    private static final long BACKGROUND_BYTES_MIN = 128L << 20;

    private final Project project;
    private final Lake lake;
    private final AuditLog audit;
    private final RegistryModels served;
    private final Path spill;
    private final Starting<DuckDb> duckDb;
    private final Starting<QueryEngine> engine;
    private final ContractFiles contracts;
    private @Nullable DuckDb background;

    private Lakehouse(Project project, Lake lake) {
        this.project = project;
        this.lake = lake;
        this.audit = AuditLog.open(lake.database());
        TrackingTables.migrate(lake.database());
        this.served = new RegistryModels(
                new ModelRegistry(lake.database()),
                new ArtifactStore(project.state().resolve("artifacts")));
        this.spill = project.tmp().resolve("spill-" + ProcessHandle.current().pid());
        this.duckDb = new Starting<>("DuckDB", this::openDuckDb);
        this.engine = new Starting<>("the SQL engine", this::startEngine);
        this.contracts = new ContractFiles(project.contracts());
        lake.guard(new Enforcer(lake, this::engine, contracts, InstantSource.system()));
    }

    /// Opens the lake; the engines begin to start beside it.
    public static Lakehouse open(Project project) {
        project.createState();
        return new Lakehouse(project, Lake.open(lakeConfig(project)));
    }

    public Project project() {
        return project;
    }

    public Lake lake() {
        return lake;
    }

    /// Who did what.
    public AuditLog audit() {
        return audit;
    }

    /// Registered models, loaded once for all who predict.
    RegistryModels served() {
        return served;
    }

    /// The project's contracts, as their files say now.
    public ContractFiles contracts() {
        return contracts;
    }

    /// DuckDB, waiting for it while it starts.
    public DuckDb duckDb() {
        return duckDb.get();
    }

    /// A DuckDB of its own for background work, opened when first asked for. All of a statement runs on the thread that
    /// asks, and so with that thread's priority. It may read the receipts' files besides the warehouse.
    public synchronized DuckDb backgroundDuckDb() {
        if (background == null) {
            background = DuckDb.open(new DuckDbConfig(
                    Math.max(project.limits().memoryBytes() / 4, BACKGROUND_BYTES_MIN),
                    1,
                    spill.resolve("background"),
                    List.of(project.warehouse(), receipts()),
                    List.of()));
        }
        return background;
    }

    /// The SQL engine, waiting for it while it starts.
    public QueryEngine engine() {
        return engine.get();
    }

    Starting<QueryEngine> startingEngine() {
        return engine;
    }

    @Override
    public void close() {
        engine.settled().ifPresent(QueryEngine::close);
        duckDb.settled().ifPresent(DuckDb::close);
        closeBackground();
        audit.close();
        lake.close();
        delete(spill);
    }

    /// Where receipts wait to become rows.
    Path receipts() {
        return project.state().resolve("receipts");
    }

    private synchronized void closeBackground() {
        if (background != null) {
            background.close();
        }
    }

    private static LakeConfig lakeConfig(Project project) {
        DatabaseConfig database = switch (project.database()) {
            case DatabaseSetting.Sqlite(Path file) -> new DatabaseConfig.Sqlite(file);
            case DatabaseSetting.PostgreSql(String url) -> DatabaseConfig.parse(url, project.folder());
        };
        return new LakeConfig(LakeConfig.DEFAULT_NAME, project.warehouse().toString(), database);
    }

    private DuckDb openDuckDb() {
        return DuckDb.open(DuckDbConfig.of(
                project.limits().memoryBytes(), project.limits().threads(), spill, project.warehouse()));
    }

    private QueryEngine startEngine() {
        QueryConfig defaults = QueryConfig.defaults();
        QueryConfig config = new QueryConfig(
                defaults.catalog(),
                project.limits().queryTime(),
                project.limits().resultRows(),
                defaults.pageRows(),
                defaults.planCacheEntries(),
                defaults.statementCharsMax(),
                project.limits().hotBytes());
        return QueryEngine.start(lake, duckDb.get(), config, served);
    }

    private static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            log.warn("cannot remove {}: {}", folder, e.getMessage());
        }
    }
}
