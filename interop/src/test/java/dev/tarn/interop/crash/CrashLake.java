package dev.tarn.interop.crash;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.audit.AuditLog;
import dev.tarn.ingest.FileSource;
import dev.tarn.ingest.Ingestor;
import dev.tarn.ingest.LoadProgress;
import dev.tarn.ingest.LoadResult;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.catalog.LakeCatalog;
import dev.tarn.orchestrate.Asset;
import dev.tarn.orchestrate.Planner;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.Runner;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepContext;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepResult;
import dev.tarn.query.duckdb.DataFileWriter;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;

/// A lake with two sources: one is loaded into main, the other by runs of two steps, which publish the loaded
/// rows and a copy of them together. No SQL engine, so that a process of it is up at once.
final class CrashLake implements AutoCloseable {
    static final TableIdentifier DIRECT = TableIdentifier.of("bronze", "direct");
    static final TableIdentifier RUN = TableIdentifier.of("bronze", "run");
    static final TableIdentifier COPY = TableIdentifier.of("silver", "run");
    private static final Identity IDENTITY = Identity.local("crash");

    final Lake lake;
    private final DuckDb duckDb;
    private final AuditLog audit;
    private final Ingestor ingestor;
    private final Path folder;

    /// @param duckDb closed with it
    CrashLake(Path folder, DuckDb duckDb) {
        this.folder = folder;
        this.duckDb = duckDb;
        lake = Lake.open(LakeConfig.inFolder(folder.resolve("lake")));
        audit = AuditLog.open(lake.database());
        ingestor = new Ingestor(lake, duckDb);
    }

    /// DuckDB takes longest to start, and needs nothing of the lake.
    static DuckDb startDuckDb(Path folder) {
        Path lake = folder.resolve("lake");
        return DuckDb.open(DuckDbConfig.of(512L << 20, 2, lake.resolve("tmp"), lake.resolve("warehouse")));
    }

    /// Loads what is new of the first source into main.
    LoadResult load() {
        return load(source(DIRECT), "main");
    }

    private LoadResult load(FileSource source, String branch) {
        return ingestor.load(source, branch, IDENTITY, LoadProgress.NONE);
    }

    private FileSource source(TableIdentifier table) {
        return FileSource.of(table, folder.resolve(table.name()).resolve("*.csv"));
    }

    /// Runs both steps and publishes.
    RunReport run() {
        // What a load keeps beside its rows goes where they go when the next run takes them over.
        Set<Asset> beside = Set.of(Asset.table("bronze.run__files"), Asset.table("bronze.run__rejects"));
        Step load = new Work("bronze.run", Set.of(), beside, context -> load(source(RUN), context.branch()));
        Step copy = new Work("silver.run", Set.of(Asset.table("bronze.run")), Set.of(), this::copy);
        return new Runner(lake, audit)
                .run(
                        Planner.plan(List.of(load, copy)),
                        IDENTITY,
                        RunOptions.defaults().everything(),
                        new RunListener() {});
    }

    private void copy(StepContext context) {
        LakeCatalog catalog = lake.branch(context.branch());
        Table from = catalog.loadTable(RUN);
        if (!catalog.namespaceExists(COPY.namespace())) {
            catalog.createNamespace(Namespace.of("silver"));
        }
        if (!catalog.tableExists(COPY)) {
            catalog.createTable(COPY, from.schema());
        }
        try (Connection connection = duckDb.connect()) {
            List<DataFile> files =
                    DataFileWriter.write(connection, catalog.loadTable(COPY), "SELECT * FROM " + scan(from));
            lake.commit(context.branch(), Map.of(), transaction -> {
                OverwriteFiles overwrite = transaction.table(COPY).newOverwrite();
                overwrite.overwriteByRowFilter(Expressions.alwaysTrue());
                files.forEach(overwrite::addFile);
                overwrite.commit();
                return files.size();
            });
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String scan(Table table) {
        ScanRequest request = new ScanRequest(
                OptionalLong.empty(), Expressions.alwaysTrue(), table.schema().columns(), false);
        return new ScanSql(new ManifestCache(0)).scan(table, request).sql();
    }

    /// Rows of a published table as texts, values separated by blanks; none if there is no table yet.
    List<String> query(TableIdentifier identifier, String columns) throws SQLException {
        List<String> rows = new ArrayList<>();
        if (!lake.main().tableExists(identifier)) {
            return rows;
        }
        String sql = "SELECT concat_ws(' ', " + columns + ") FROM "
                + scan(lake.main().loadTable(identifier));
        try (Connection connection = duckDb.connect();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }

    @Override
    public void close() {
        audit.close();
        duckDb.close();
        lake.close();
    }

    private interface Action {
        void run(StepContext context);
    }

    private record Work(String name, Set<Asset> inputs, Set<Asset> asides, Action action) implements Step {
        @Override
        public StepKind kind() {
            return inputs.isEmpty() ? StepKind.SOURCE : StepKind.MODEL;
        }

        @Override
        public Set<Asset> outputs() {
            return Set.of(Asset.table(name));
        }

        @Override
        public StepResult run(StepContext context) {
            action.run(context);
            return StepResult.of("done");
        }
    }
}
