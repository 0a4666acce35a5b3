package dev.tarn.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.tarn.core.identity.Identity;
import dev.tarn.ingest.FileSource;
import dev.tarn.ingest.Ingestor;
import dev.tarn.ingest.LoadProgress;
import dev.tarn.ingest.LoadResult;
import dev.tarn.ingest.generate.GeneratorSettings;
import dev.tarn.ingest.generate.Landing;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.iceberg.catalog.TableIdentifier;

/// Generated card payments from CSV into a bronze table, beside DuckDB's own copy of the same files.
final class IngestBench implements Bench {
    private static final double LEAST_RATIO = 0.8;
    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final double MOST_GROWTH = 1.25;

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String title() {
        return "CSV files into a bronze table";
    }

    @Override
    public String method() {
        return "Generated card payments (`--rows`, 10,000,000 by default) in twelve monthly CSV files with a few "
                + "malformed lines, loaded into a new table: types inferred, every line accounted for, file, line and "
                + "time added to each row, files synced, committed. Beside it DuckDB's `COPY (SELECT * FROM "
                + "read_csv(…, ignore_errors = true)) TO … (FORMAT parquet)`, which does none of these. In turns, "
                + "after one warm-up each. Memory is the most that a process had resident which does nothing but load "
                + "(heap of 512 MB at most, 2 GB for DuckDB at most), as Linux says it.";
    }

    @Override
    public void measure(Run run) throws Exception {
        long rows = run.option("rows", 10_000_000);
        Path files = files(run, rows);
        int threads = Runtime.getRuntime().availableProcessors();
        List<Double> tarnCpu = new ArrayList<>();
        List<Double> duckDbCpu = new ArrayList<>();
        List<Figure> figures = run.timeInTurns(
                "Tarn",
                () -> timed(tarnCpu, () -> tarn(run.folder(), files, rows, threads)),
                "DuckDB's COPY",
                () -> timed(duckDbCpu, () -> duckDb(run, files, threads)),
                1);
        Figure tarnProcessor = run.add(Figure.median("Tarn, processor time", "ms", tarnCpu.subList(1, tarnCpu.size())));
        Figure duckDbProcessor =
                run.add(Figure.median("DuckDB's COPY, processor time", "ms", duckDbCpu.subList(1, duckDbCpu.size())));
        run.add(Figure.computed(
                "rate of Tarn, of DuckDB's, by processor time", "×", duckDbProcessor.value() / tarnProcessor.value()));
        run.note("The machine's load average was %.1f at the end; its other work slows both sides."
                .formatted(SYSTEM.getSystemLoadAverage()));
        Figure ratio = run.add(Figure.computed(
                "rate of Tarn, of DuckDB's",
                "×",
                figures.get(1).value() / figures.get(0).value()));
        run.add(Bar.atLeast("CSV into bronze", LEAST_RATIO, ratio));
        measureMemory(run, rows);
    }

    /// Notes the processor time of all threads while the work is done.
    private static <T> T timed(List<Double> samples, Callable<T> work) throws Exception {
        long before = SYSTEM.getProcessCpuTime();
        T result = work.call();
        samples.add((SYSTEM.getProcessCpuTime() - before) / 1e6);
        return result;
    }

    /// The most memory that a process has which does nothing but load, for a third of the rows and for all.
    private static void measureMemory(Run run, long rows) throws Exception {
        double third = peakMegabytes(run, rows / 3, files(run, rows / 3));
        double all = peakMegabytes(run, rows, files(run, rows));
        run.add(Figure.computed("most resident memory, a third of the rows", "MB", third));
        run.add(Figure.computed("most resident memory, all rows", "MB", all));
        Figure growth = run.add(Figure.computed("memory for three times the rows", "times", all / third));
        run.add(Bar.atMost("memory of CSV into bronze, three times the rows", MOST_GROWTH, growth));
    }

    private static double peakMegabytes(Run run, long rows, Path files) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Load.class.getName(),
                        run.folder().toString(),
                        files.toString(),
                        Long.toString(rows))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the load failed: " + out);
        }
        return Double.parseDouble(out.strip());
    }

    /// A load in a process of its own, which prints the most memory that it had, in megabytes.
    static final class Load {
        public static void main(String[] arguments) throws Exception {
            tarn(Path.of(arguments[0]), Path.of(arguments[1]), Long.parseLong(arguments[2]), 2);
            String line = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(each -> each.startsWith("VmHWM:"))
                    .findFirst()
                    .orElseThrow();
            System.out.println(Long.parseLong(line.replaceAll("\\D", "")) / 1024);
        }
    }

    private static Path files(Run run, long rows) throws Exception {
        Files.createDirectories(run.cache());
        Path data = run.cache().resolve("card-payments-" + rows);
        new Landing(
                        "card-payments",
                        data.toAbsolutePath(),
                        new GeneratorSettings(rows, 1, GeneratorSettings.FRAUD_SHARE))
                .fill();
        return data.toAbsolutePath().resolve("transactions_*.csv");
    }

    private static LoadResult tarn(Path base, Path files, long rows, int threads) throws Exception {
        Path folder = Files.createDirectories(base.resolve("ingest-" + System.nanoTime()))
                .toAbsolutePath();
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder));
                DuckDb duckDb = DuckDb.open(
                        DuckDbConfig.of(2L << 30, threads, folder.resolve("tmp"), folder.resolve("warehouse")))) {
            LoadResult result = new Ingestor(lake, duckDb)
                    .load(
                            FileSource.of(TableIdentifier.of("bronze", "transactions"), files),
                            "main",
                            Identity.local("bench"),
                            LoadProgress.NONE);
            if (result.rows() != rows) {
                throw new IllegalStateException(result + " instead of " + rows + " rows");
            }
            return result;
        } finally {
            Folders.delete(folder);
        }
    }

    private static boolean duckDb(Run run, Path files, int threads) throws Exception {
        Path out = run.folder().resolve("duckdb.parquet");
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET threads = " + threads);
            statement.execute("COPY (SELECT * FROM read_csv('" + files + "', ignore_errors = true)) TO '" + out
                    + "' (FORMAT parquet)");
            return Files.deleteIfExists(out);
        }
    }
}
