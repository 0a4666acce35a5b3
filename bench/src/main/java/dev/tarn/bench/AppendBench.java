package dev.tarn.bench;

import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.lake.storage.LocalFileIO;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.types.Types;

/// Appends of one data file each to one table, from threads that each wait for their answer.
final class AppendBench implements Bench {
    private static final Namespace NAMESPACE = Namespace.of("bench");
    private static final Schema SCHEMA = new Schema(Types.NestedField.required(1, "id", Types.LongType.get()));
    private static final byte[] CONTENT = "PAR1".getBytes(StandardCharsets.US_ASCII);

    @Override
    public String name() {
        return "append";
    }

    @Override
    public String title() {
        return "Appends to one table";
    }

    @Override
    public String method() {
        return """
               Threads append one data file at a time to the same table and wait until it is committed. Both sides \
               write metadata through the same storage (write, fsync, rename, fsync of the folder) on the same disk and \
               keep their pointers in SQLite (write-ahead log, synchronous=FULL). The data files are hard links to one file, made within the \
               measured time. The stock catalog gets retries without end and does not count a retry as an append; each \
               sample is a table of its own, and both sides' samples are taken in turns.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        int threads = Math.toIntExact(run.option("threads", 8));
        double seconds = run.option("seconds", 4);
        List<Double> tarnRates = new ArrayList<>();
        List<Double> stockRates = new ArrayList<>();
        List<Double> tarnMillis = new ArrayList<>();
        List<Double> stockMillis = new ArrayList<>();
        try (Lake lake = Lake.open(LakeConfig.inFolder(run.folder().resolve("tarn")));
                JdbcCatalog stock = stock(run.folder().resolve("stock"))) {
            lake.main().createNamespace(NAMESPACE, Map.of());
            ((SupportsNamespaces) stock).createNamespace(NAMESPACE, Map.of());
            for (int sample = -1; sample < run.samples(); sample++) {
                TableIdentifier table = TableIdentifier.of(NAMESPACE, "appends" + (sample + 1));
                List<Double> tarn = appends(
                        threads,
                        seconds,
                        create(lake.main(), table),
                        file -> lake.append("main", table, List.of(file), Map.of()));
                List<Double> peer = appends(
                        threads,
                        seconds,
                        create(stock, table),
                        file -> stock.loadTable(table)
                                .newAppend()
                                .appendFile(file)
                                .commit());
                if (sample >= 0) {
                    tarnRates.add(tarn.size() / seconds);
                    stockRates.add(peer.size() / seconds);
                    tarnMillis.addAll(tarn);
                    stockMillis.addAll(peer);
                }
            }
        }
        Figure tarn = run.add(Figure.median("Tarn, " + threads + " threads", "appends/s", tarnRates));
        Figure stock = run.add(Figure.median("JdbcCatalog, " + threads + " threads", "appends/s", stockRates));
        run.add(Figure.computed("Tarn, 99th percentile of one append", "ms", Stats.percentile(tarnMillis, 99)));
        run.add(Figure.computed("JdbcCatalog, 99th percentile of one append", "ms", Stats.percentile(stockMillis, 99)));
        run.add(Bar.atLeast(
                "appends to one table from " + threads + " threads, rate against Iceberg's JdbcCatalog",
                20,
                run.add(Figure.computed("Tarn against JdbcCatalog", "×", tarn.value() / stock.value()))));
    }

    private static JdbcCatalog stock(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("warehouse"));
        LocalFileIO io = new LocalFileIO(folder.resolve("warehouse"));
        JdbcCatalog catalog = new JdbcCatalog(properties -> io, null, true);
        catalog.initialize(
                "stock",
                Map.of(
                        CatalogProperties.URI,
                        "jdbc:sqlite:" + folder.resolve("catalog.db")
                                + "?journal_mode=WAL&synchronous=FULL&busy_timeout=30000",
                        CatalogProperties.WAREHOUSE_LOCATION,
                        LocalFileIO.location(io.root()),
                        "jdbc.schema-version",
                        "V1"));
        return catalog;
    }

    private static Path create(Catalog catalog, TableIdentifier table) {
        var created = catalog.createTable(
                table, SCHEMA, PartitionSpec.unpartitioned(), Map.of(TableProperties.COMMIT_NUM_RETRIES, "10000"));
        return LocalFileIO.path(created.location()).resolve("data");
    }

    @FunctionalInterface
    private interface Append {
        void append(DataFile file) throws CommitFailedException;
    }

    /// The milliseconds of every append that was answered in time.
    private static List<Double> appends(int threads, double seconds, Path folder, Append append) throws Exception {
        Files.createDirectories(folder);
        Path content = Files.write(folder.resolve("content.parquet"), CONTENT);
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Double> all = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<List<Double>>> answers = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                Callable<List<Double>> work = appender(folder, content, thread, end, append);
                answers.add(pool.submit(work));
            }
            for (Future<List<Double>> answer : answers) {
                all.addAll(answer.get());
            }
        }
        return all;
    }

    private static Callable<List<Double>> appender(Path folder, Path content, int thread, long end, Append append) {
        return () -> {
            List<Double> millis = new ArrayList<>();
            for (int i = 0; System.nanoTime() < end; i++) {
                DataFile file = file(folder.resolve(thread + "-" + i + ".parquet"), content);
                long start = System.nanoTime();
                append.append(file);
                long answered = System.nanoTime();
                if (answered <= end) {
                    millis.add((answered - start) / 1e6);
                }
            }
            return millis;
        };
    }

    /// A data file of its own name, at the cost of a hard link.
    private static DataFile file(Path path, Path content) {
        try {
            Files.createLink(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return DataFiles.builder(PartitionSpec.unpartitioned())
                .withPath(LocalFileIO.location(path))
                .withFormat(FileFormat.PARQUET)
                .withFileSizeInBytes(CONTENT.length)
                .withRecordCount(1)
                .build();
    }
}
