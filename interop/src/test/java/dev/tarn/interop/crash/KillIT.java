package dev.tarn.interop.crash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.orchestrate.RunReport;
import dev.tarn.query.duckdb.DuckDb;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes that load and run are killed, 200 times, at random moments. After each kill no acknowledged row is
/// missing, none is there twice, what was published together is together, and every table can be read.
///
/// `-Dtarn.kills=20` for fewer, `-Dtarn.kills.seed=…` for the same again.
class KillIT {
    private static final int ROWS_PER_FILE = 200;
    private static final String LOADED = "loaded ";
    private static final String PUBLISHED = "published ";

    @TempDir
    Path folder;

    private String classPath = "";

    /// The process that is killed: it starts, waits for a byte, and then loads and runs until it dies.
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            DuckDb duckDb = CrashLake.startDuckDb(folder);
            System.out.println("ready");
            if (System.in.read() < 0) {
                return;
            }
            try (CrashLake lake = new CrashLake(folder, duckDb)) {
                while (true) {
                    long loaded = lake.load().rows();
                    if (loaded > 0) {
                        System.out.println(LOADED + loaded);
                    }
                    RunReport report = lake.run();
                    if (!report.succeeded()) {
                        System.out.println("failed " + report);
                        return;
                    }
                    String rows = lake.query(CrashLake.COPY, "count(*)").getFirst();
                    System.out.println(PUBLISHED + rows);
                }
            } catch (java.sql.SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    @Test
    void nothingAcknowledgedIsLostAndNothingIsThereTwice() throws Exception {
        int kills = Integer.getInteger("tarn.kills", 200);
        long seed = Long.getLong("tarn.kills.seed", System.nanoTime());
        Random random = new Random(seed);
        classPath = withUnpackedDuckDb(System.getProperty("java.class.path"));
        long loaded = 0;
        long published = 0;
        long wholeMillis = 0;
        Process next = start(0);
        try (CrashLake lake = new CrashLake(folder, CrashLake.startDuckDb(folder))) {
            for (int kill = 0; kill < kills; kill++) {
                String when = "kill " + kill + " of seed " + seed;
                writeFile("direct", kill);
                writeFile("run", kill);
                Path out = out(kill);
                Process child = next;
                await("ready", child, out);
                // The next one starts while this one works.
                next = start(kill + 1);
                long began = System.nanoTime();
                go(child);
                // The first works to the end and shows how long that takes.
                if (kill == 0) {
                    await(PUBLISHED, child, out);
                    wholeMillis = 50 + (System.nanoTime() - began) / 1_000_000;
                } else {
                    child.waitFor(random.nextLong(wholeMillis), TimeUnit.MILLISECONDS);
                }
                assertThat(child.isAlive()).as(() -> when + "\n" + read(out)).isTrue();
                child.destroyForcibly().waitFor();
                for (String line : read(out).lines().toList()) {
                    loaded += line.startsWith(LOADED) ? number(line) : 0;
                    published = line.startsWith(PUBLISHED) ? Math.max(published, number(line)) : published;
                }
                assertThat(whole(lake, CrashLake.DIRECT, when)).as(when).isGreaterThanOrEqualTo(loaded);
                long run = whole(lake, CrashLake.RUN, when);
                assertThat(run).as(when).isGreaterThanOrEqualTo(published);
                assertThat(rows(lake, CrashLake.COPY)).as(when).isEqualTo(run);
            }
            next.destroyForcibly().waitFor();
            assertThat(loaded).as("some loads came through").isPositive();
            lake.load();
            assertThat(lake.run().succeeded()).isTrue();
            long all = (long) kills * ROWS_PER_FILE;
            for (TableIdentifier table : List.of(CrashLake.DIRECT, CrashLake.RUN, CrashLake.COPY)) {
                assertThat(lake.query(table, "count(*), count(DISTINCT id), min(id), max(id)"))
                        .containsExactly(all + " " + all + " 0 " + (all - 1));
            }
            assertThat(lake.lake.branches()).hasSize(1);
        } finally {
            next.destroyForcibly();
        }
    }

    /// The rows of a loaded table, when each file is there whole and once, and its list of files says the same.
    private static long whole(CrashLake lake, TableIdentifier table, String when) throws Exception {
        List<String> counts = lake.query(
                table,
                "count(*), count(DISTINCT id), count(DISTINCT _source_file) * " + ROWS_PER_FILE
                        + ", max(id) IS NOT NULL");
        if (counts.isEmpty()) {
            return 0;
        }
        String first = counts.getFirst();
        long rows = Long.parseLong(first.substring(0, first.indexOf(' ')));
        assertThat(first).as(when).startsWith(rows + " " + rows + " " + rows + " ");
        TableIdentifier files = TableIdentifier.of(table.namespace(), table.name() + "__files");
        assertThat(lake.query(files, "coalesce(sum(rows), 0)::BIGINT, count(DISTINCT path) = count(*)"))
                .as(when)
                .containsExactly(rows + " true");
        TableIdentifier rejects = TableIdentifier.of(table.namespace(), table.name() + "__rejects");
        assertThat(lake.query(rejects, "count(*)")).as(when).isIn(List.of(), List.of("0"));
        return rows;
    }

    private static long rows(CrashLake lake, TableIdentifier table) throws Exception {
        return lake.query(table, "count(*)").stream().mapToLong(KillIT::number).sum();
    }

    private static long number(String line) {
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1).strip());
    }

    private void writeFile(String source, int number) throws IOException {
        StringBuilder text = new StringBuilder("id,v\n");
        for (int i = 0; i < ROWS_PER_FILE; i++) {
            text.append((long) number * ROWS_PER_FILE + i).append(",x\n");
        }
        // A file appears whole: whoever lands files writes them elsewhere first.
        Path in = Files.createDirectories(folder.resolve(source));
        Path unfinished = in.resolve(".f" + number);
        Files.writeString(unfinished, text);
        Files.move(unfinished, in.resolve("f" + number + ".csv"));
    }

    private Path out(int kill) {
        return folder.resolve("out-" + kill);
    }

    private Process start(int kill) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx300m",
                        "-cp",
                        classPath,
                        Child.class.getName(),
                        folder.toString())
                .redirectError(folder.resolve("err-" + kill).toFile())
                .redirectOutput(out(kill).toFile())
                .start();
    }

    /// DuckDB's library beside its jar, as the launcher has it: out of the jar, each start would unpack 70 MB into a
    /// temporary file, which stays when the process is killed.
    private String withUnpackedDuckDb(String path) throws IOException {
        String jar = Stream.of(path.split(File.pathSeparator))
                .filter(entry -> entry.contains("duckdb_jdbc"))
                .findFirst()
                .orElseThrow();
        Path folderOfJar = Files.createDirectories(folder.resolve("duckdb"));
        Path classes = folderOfJar.resolve("duckdb_jdbc.jar");
        try (ZipFile packed = new ZipFile(jar);
                ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(classes))) {
            for (ZipEntry entry : (Iterable<ZipEntry>) packed.stream().map(ZipEntry.class::cast)::iterator) {
                try (InputStream in = packed.getInputStream(entry)) {
                    if (entry.getName().startsWith("libduckdb_java.so_")) {
                        Files.copy(in, folderOfJar.resolve(entry.getName()));
                    } else {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        in.transferTo(out);
                    }
                }
            }
        }
        return path.replace(jar, classes.toString());
    }

    private static void go(Process child) throws IOException {
        child.getOutputStream().write('\n');
        child.getOutputStream().flush();
    }

    private void await(String word, Process process, Path out) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (!read(out).contains(word)) {
            assertThat(System.nanoTime()).as(() -> read(out)).isLessThan(deadline);
            assertThat(process.waitFor(5, TimeUnit.MILLISECONDS))
                    .as(() -> "ended early: " + read(out)
                            + read(Path.of(out.toString().replace("out-", "err-"))))
                    .isFalse();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
