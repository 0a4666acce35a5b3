package dev.tarn.bench;

import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.ManifestCache;
import dev.tarn.query.duckdb.ScanFile;
import dev.tarn.query.duckdb.ScanRequest;
import dev.tarn.query.duckdb.ScanSql;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expression;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Conversions;
import org.apache.iceberg.types.Types;

/// Which files of a large table may hold a key: Tarn's planner against Iceberg's.
final class PlanBench implements Bench {
    private static final Schema SCHEMA = new Schema(Types.NestedField.required(1, "id", Types.LongType.get()));
    private static final long ROWS_PER_FILE = 1000;

    @Override
    public String name() {
        return "plan";
    }

    @Override
    public String title() {
        return "Planning a scan";
    }

    @Override
    public String method() {
        return """
               One equality on a column whose bounds the manifests hold, so that of all files one remains. Iceberg's \
               `planFiles` runs with its defaults, on its worker pool. Cold means that Tarn's cache of manifests starts \
               empty; the operating system's cache of the files is warm for both.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        // Iceberg's own default, which Tarn's lake otherwise changes for the whole process.
        System.setProperty("iceberg.scan.plan-in-worker-pool", "true");
        int manifests = Math.toIntExact(run.option("manifests", 10_000));
        int files = Math.toIntExact(run.option("files", 100_000));
        try (Lake lake = Lake.open(LakeConfig.inFolder(run.folder()))) {
            Namespace namespace = Namespace.of("bench");
            lake.main().createNamespace(namespace, Map.of());
            compare(
                    run,
                    manifests(lake, TableIdentifier.of(namespace, "manifests"), manifests),
                    manifests + " manifests");
            compare(run, files(lake, TableIdentifier.of(namespace, "files"), files), files + " files in few manifests");
        }
    }

    private static void compare(Run run, Table table, String what) throws Exception {
        Expression key = Expressions.equal("id", 4 * ROWS_PER_FILE + 7);
        ScanRequest request = new ScanRequest(OptionalLong.empty(), key, SCHEMA.columns(), false);
        ScanSql warm = new ScanSql(new ManifestCache(Long.MAX_VALUE / 8));
        requireOne(warm.files(table, request));
        List<Figure> cold = run.timeInTurns(
                "Tarn, cold, " + what,
                () -> requireOne(new ScanSql(new ManifestCache(Long.MAX_VALUE / 8)).files(table, request)),
                "Iceberg's planFiles, " + what,
                () -> planFiles(table, key),
                2);
        Figure cached = run.time("Tarn, cached, " + what, 5, () -> requireOne(warm.files(table, request)));
        double iceberg = cold.get(1).value();
        run.add(Bar.atLeast(
                "planning, cached, " + what + ", against planFiles",
                20,
                run.add(Figure.computed("cached against planFiles, " + what, "×", iceberg / cached.value()))));
        run.add(Bar.atLeast(
                "planning, cold, " + what + ", against planFiles",
                2,
                run.add(Figure.computed(
                        "cold against planFiles, " + what,
                        "×",
                        iceberg / cold.getFirst().value()))));
    }

    private static List<ScanFile> requireOne(List<ScanFile> files) {
        if (files.size() != 1) {
            throw new IllegalStateException("expected one file, not " + files.size());
        }
        return files;
    }

    private static int planFiles(Table table, Expression key) throws IOException {
        int files = 0;
        try (CloseableIterable<FileScanTask> tasks = table.newScan().filter(key).planFiles()) {
            for (FileScanTask task : tasks) {
                files += task.file() == null ? 0 : 1;
            }
        }
        if (files != 1) {
            throw new IllegalStateException("expected one file, not " + files);
        }
        return files;
    }

    private static Table manifests(Lake lake, TableIdentifier name, int manifests) throws IOException {
        Table table = lake.main().createTable(name, SCHEMA);
        AppendFiles append = table.newFastAppend();
        for (int i = 0; i < manifests; i++) {
            ManifestWriter<DataFile> writer = ManifestFiles.write(
                    2, table.spec(), table.io().newOutputFile(table.location() + "/metadata/m" + i + ".avro"), null);
            try (writer) {
                writer.add(file(table, i));
            }
            ManifestFile manifest = writer.toManifestFile();
            append.appendManifest(manifest);
        }
        append.commit();
        return lake.main().loadTable(name);
    }

    private static Table files(Lake lake, TableIdentifier name, int files) {
        Table table = lake.main().createTable(name, SCHEMA);
        AppendFiles append = table.newFastAppend();
        for (int i = 0; i < files; i++) {
            append.appendFile(file(table, i));
        }
        append.commit();
        return lake.main().loadTable(name);
    }

    /// A data file that exists in metadata only, with the bounds of its keys.
    private static DataFile file(Table table, int number) {
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath(table.location() + "/data/" + number + ".parquet")
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(1 << 20)
                .withMetrics(new Metrics(
                        ROWS_PER_FILE,
                        Map.of(1, 8L * ROWS_PER_FILE),
                        Map.of(1, ROWS_PER_FILE),
                        Map.of(1, 0L),
                        Map.of(),
                        Map.of(1, bound(number * ROWS_PER_FILE)),
                        Map.of(1, bound((number + 1) * ROWS_PER_FILE - 1))))
                .build();
    }

    private static ByteBuffer bound(long key) {
        return Conversions.toByteBuffer(Types.LongType.get(), key);
    }
}
