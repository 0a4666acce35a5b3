package dev.tarn.ingest;

import static dev.tarn.ingest.IngestFixture.bronze;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Loads in a process of their own, killed at random moments. `-Dtarn.kills=200` kills as often.
class KillTest {
    private static final int ROWS_PER_FILE = 2_000;

    @TempDir
    Path folder;

    /// The process that is killed: loads what there is, again and again.
    static final class Loader {
        public static void main(String[] arguments) {
            Path folder = Path.of(arguments[0]);
            try (IngestFixture lake = new IngestFixture(folder.resolve("lake"))) {
                System.out.println("ready");
                while (true) {
                    LoadResult result = lake.load(source(folder));
                    if (result.files() > 0) {
                        System.out.println("loaded " + result.rows());
                    }
                }
            }
        }
    }

    private static FileSource source(Path folder) {
        return FileSource.of(bronze("t"), folder.resolve("in/*.csv"));
    }

    @Test
    void noFileIsLostAndNoneIsThereTwice() throws Exception {
        int kills = Integer.getInteger("tarn.kills", 5);
        Path in = Files.createDirectories(folder.resolve("in"));
        Random random = new Random(4);
        int files = 0;
        long acknowledged = 0;
        int loadMs = 0;
        for (int kill = 0; kill < kills; kill++) {
            for (int i = 0; i < 5; i++) {
                writeFile(in, files++);
            }
            Path out = folder.resolve("out-" + kill);
            Process process = start(out);
            // Most are killed while they load, some while they start; the first shows how long a load takes.
            long start = System.nanoTime();
            if (kill == 0) {
                await("loaded", process, out);
                loadMs = (int) TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
            } else if (kill % 5 > 0) {
                await("ready", process, out);
            }
            boolean ended = process.waitFor(random.nextInt(1 + loadMs), TimeUnit.MILLISECONDS);
            assertThat(ended).describedAs(() -> readQuietly(out)).isFalse();
            process.destroyForcibly().waitFor();
            acknowledged += Files.readAllLines(out).stream()
                    .filter(line -> line.startsWith("loaded "))
                    .mapToLong(line -> Long.parseLong(line.substring("loaded ".length())))
                    .sum();
            assertWhole(acknowledged);
        }
        try (IngestFixture lake = new IngestFixture(folder.resolve("lake"))) {
            lake.load(source(folder));
            long all = (long) files * ROWS_PER_FILE;
            assertThat(lake.query(bronze("t"), "SELECT count(*), count(DISTINCT id) FROM {t}"))
                    .containsExactly(all + "|" + all);
        }
        assertThat(acknowledged)
                .describedAs("some loads came through before their process was killed")
                .isPositive();
    }

    /// Every file that is there is there whole and once, and no acknowledged row is missing.
    private void assertWhole(long acknowledged) throws Exception {
        try (IngestFixture lake = new IngestFixture(folder.resolve("lake"))) {
            if (!lake.lake.main().tableExists(bronze("t"))) {
                assertThat(acknowledged).isZero();
                return;
            }
            List<String> counts = lake.query(
                    bronze("t"),
                    "SELECT DISTINCT count(*) || ' ' || count(DISTINCT id) FROM {t} GROUP BY _source_file");
            List<String> expected = new ArrayList<>();
            if (!counts.isEmpty()) {
                expected.add(ROWS_PER_FILE + " " + ROWS_PER_FILE);
            }
            assertThat(counts).isEqualTo(expected);
            long rows = Long.parseLong(
                    lake.query(bronze("t"), "SELECT count(*) FROM {t}").getFirst());
            assertThat(rows).isGreaterThanOrEqualTo(acknowledged);
            assertThat(lake.query(bronze("t__files"), "SELECT CAST(coalesce(sum(rows), 0) AS BIGINT) FROM {t}"))
                    .containsExactly(Long.toString(rows));
        }
    }

    private static void writeFile(Path in, int number) throws IOException {
        StringBuilder text = new StringBuilder("id,v\n");
        for (int i = 0; i < ROWS_PER_FILE; i++) {
            text.append((long) number * ROWS_PER_FILE + i).append(",x\n");
        }
        // A file appears whole: whoever lands files writes them elsewhere first.
        Path unfinished = in.resolve(".f" + number);
        Files.writeString(unfinished, text);
        Files.move(unfinished, in.resolve("f" + number + ".csv"));
    }

    private Process start(Path out) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        // DuckDB unpacks its library there, and a killed process leaves it.
                        "-Djava.io.tmpdir=" + Files.createDirectories(folder.resolve("tmp")),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Loader.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
    }

    private static void await(String word, Process process, Path out) throws Exception {
        for (int i = 0; i < 600 && !readQuietly(out).contains(word); i++) {
            assertThat(process.waitFor(100, TimeUnit.MILLISECONDS))
                    .describedAs(() -> readQuietly(out))
                    .isFalse();
        }
    }

    private static String readQuietly(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
