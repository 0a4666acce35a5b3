package dev.tarn.lake;

import static dev.tarn.lake.LakeFixture.PAYMENTS;
import static dev.tarn.lake.LakeFixture.SCHEMA;
import static dev.tarn.lake.LakeFixture.SILVER;
import static dev.tarn.lake.LakeFixture.file;
import static dev.tarn.lake.LakeFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.CloseableIterable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that is killed in the midst of commits leaves each of them whole or absent.
class CrashTest {
    private static final int KILLS = Integer.getInteger("tarn.test.kills", 5);
    private static final TableIdentifier TOTALS = TableIdentifier.of(SILVER, "totals");

    @TempDir
    Path folder;

    @Test
    void killedCommitsAreWholeOrAbsent() throws Exception {
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder))) {
            lake.main().createNamespace(SILVER);
            lake.main().createTable(PAYMENTS, SCHEMA);
            lake.main().createTable(TOTALS, SCHEMA);
        }
        SplittableRandom random = new SplittableRandom(7);
        long answered = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            answered += writeUntilKilled(random.nextInt(1, 6), random.nextInt(0, 80));
            try (Lake lake = Lake.open(LakeConfig.inFolder(folder))) {
                Table payments = lake.main().loadTable(PAYMENTS);
                Table totals = lake.main().loadTable(TOTALS);
                // Both tables change in one transaction, and what was answered is there.
                assertThat(rows(payments)).isEqualTo(rows(totals)).isGreaterThanOrEqualTo(answered);
                assertThat(rows(payments) - answered).isLessThanOrEqualTo(1);
                assertThat(files(payments)).isEqualTo(rows(payments));
                answered = rows(payments);
            }
        }
        assertThat(answered).isPositive();
    }

    private long writeUntilKilled(int afterCommits, long afterMs) throws Exception {
        Process child = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        long answered = 0;
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            assertThat(out.readLine()).isEqualTo("ready");
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                answered++;
                if (answered == afterCommits) {
                    Thread.ofPlatform().start(() -> kill(child, afterMs));
                }
            }
        }
        child.waitFor();
        return answered;
    }

    private static void kill(Process child, long afterMs) {
        try {
            TimeUnit.MILLISECONDS.sleep(afterMs);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        child.destroyForcibly();
    }

    private static long files(Table table) throws Exception {
        try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
            long count = 0;
            for (FileScanTask task : tasks) {
                assertThat(table.io().newInputFile(task.file().location()).exists())
                        .isTrue();
                count++;
            }
            return count;
        }
    }

    /// The process that is killed: says `ready`, then a word for each commit that was answered.
    static final class Writer {
        private Writer() {}

        public static void main(String... arguments) {
            try (Lake lake = Lake.open(LakeConfig.inFolder(Path.of(arguments[0])))) {
                Table payments = lake.main().loadTable(PAYMENTS);
                Table totals = lake.main().loadTable(TOTALS);
                System.out.println("ready");
                while (true) {
                    lake.commit("main", Map.of(), transaction -> {
                        transaction
                                .table(PAYMENTS)
                                .newAppend()
                                .appendFile(file(payments, 1))
                                .commit();
                        transaction
                                .table(TOTALS)
                                .newAppend()
                                .appendFile(file(totals, 1))
                                .commit();
                        return true;
                    });
                    System.out.println("committed");
                }
            }
        }
    }
}
