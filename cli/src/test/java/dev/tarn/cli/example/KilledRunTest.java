package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.RunStatus;
import dev.tarn.orchestrate.Step;
import dev.tarn.orchestrate.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.SnapshotSummary;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Runs are killed at random moments and after each step, as by a power cut. Afterwards what was published is
/// whole: the old state or the new one, in every table the same; and the next run puts everything right.
///
/// `-Dtarn.kills=200` for many, `-Dtarn.kills.seed=…` for the same again.
class KilledRunTest {
    private static final int ROWS_PER_FILE = 500;
    private static final TableIdentifier BRONZE = TableIdentifier.of("bronze", "events");
    private static final TableIdentifier SILVER = TableIdentifier.of("silver", "events");
    private static final TableIdentifier GOLD = TableIdentifier.of("gold", "totals");

    @TempDir
    Path folder;

    /// The process that is killed.
    static final class Child {
        private Child() {}

        public static void main(String[] args) {
            try (FraudLakehouse lakehouse = FraudLakehouse.open(Path.of(args[0]), Map.of())) {
                System.out.println("STARTED");
                RunReport report = lakehouse.run(args.length == 1 ? RunListener.silent() : haltAfter(args[1]));
                System.out.println(report.status());
            }
        }

        /// Ends the process when a step has ended and that was noted.
        private static RunListener haltAfter(String step) {
            return new RunListener() {
                @Override
                public void stepEnded(Step ended, StepReport report) {
                    if (ended.name().equals(step)) {
                        Runtime.getRuntime().halt(1);
                    }
                }
            };
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bronze.events", "silver.events", "gold.totals"})
    void theNextRunGoesOnAfterTheLastStepThatEnded(String step) throws Exception {
        writeProject();
        addFile(0);
        assertThat(runChild(Long.MAX_VALUE, step)).doesNotContain("PUBLISHED");
        addFile(1);
        isWholeAfterARun(2);
    }

    @Test
    void aKilledRunLosesNothingAndLeavesNothingHalf() throws Exception {
        int kills = Integer.getInteger("tarn.kills", 3);
        long seed = Long.getLong("tarn.kills.seed", System.nanoTime());
        System.out.println("tarn.kills.seed=" + seed);
        Random random = new Random(seed);
        writeProject();
        addFile(0);
        long began = System.nanoTime();
        assertThat(runChild(Long.MAX_VALUE)).contains("PUBLISHED");
        long wholeMillis = (System.nanoTime() - began) / 1_000_000;
        long published = published();
        assertThat(published).isEqualTo(ROWS_PER_FILE);

        for (int kill = 1; kill <= kills; kill++) {
            addFile(kill);
            boolean acknowledged =
                    runChild(random.nextLong(wholeMillis * 12 / 10)).contains("PUBLISHED");
            long after = published();
            long everything = (kill + 1L) * ROWS_PER_FILE;
            assertThat(after).describedAs("kill %s of seed %s", kill, seed).isIn(published, everything);
            if (acknowledged) {
                assertThat(after).describedAs("kill %s of seed %s", kill, seed).isEqualTo(everything);
            }
            published = after;
        }

        isWholeAfterARun(kills + 1);
    }

    private void isWholeAfterARun(int files) {
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            assertThat(lakehouse.run().status()).isEqualTo(RunStatus.PUBLISHED);
            long everything = files * (long) ROWS_PER_FILE;
            for (String table : List.of("bronze.events", "silver.events")) {
                assertThat(lakehouse.query("SELECT count(*), count(DISTINCT id), min(id), max(id) FROM " + table))
                        .containsExactly(List.of(everything, everything, 0L, everything - 1));
            }
            assertThat(lakehouse.number("SELECT events FROM gold.totals")).isEqualTo(everything);
            assertThat(lakehouse.lakehouse().lake().branches()).hasSize(1);
        }
    }

    /// Rows in the published tables, which must agree with each other.
    private long published() {
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            var main = lakehouse.lakehouse().lake().main();
            long bronze = total(main.loadTable(BRONZE).currentSnapshot().summary());
            assertThat(total(main.loadTable(SILVER).currentSnapshot().summary()))
                    .isEqualTo(bronze);
            assertThat(total(main.loadTable(GOLD).currentSnapshot().summary())).isEqualTo(1);
            return bronze;
        }
    }

    private static long total(Map<String, String> summary) {
        return Long.parseLong(summary.get(SnapshotSummary.TOTAL_RECORDS_PROP));
    }

    /// What the child printed before it ended or was killed.
    private List<String> runChild(long killAfterMillis, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Xmx700m",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                folder.toString()));
        command.addAll(List.of(arguments));
        Path out = folder.resolve("child.out");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("child.log").toFile())
                .start();
        if (killAfterMillis < Long.MAX_VALUE && !process.waitFor(killAfterMillis, TimeUnit.MILLISECONDS)) {
            process.destroyForcibly();
        }
        process.waitFor();
        return Files.readAllLines(out);
    }

    private void addFile(int number) throws IOException {
        StringBuilder text = new StringBuilder("id,amount\n");
        for (int i = 0; i < ROWS_PER_FILE; i++) {
            text.append(number * ROWS_PER_FILE + i).append(",1.50\n");
        }
        Files.writeString(folder.resolve("files/events_" + number + ".csv"), text);
    }

    private void writeProject() throws IOException {
        write("tarn.yml", "name: killed\n");
        write("sources/events.yml", "tables:\n  events:\n    path: files/events_*.csv\n");
        write("dbt_project.yml", """
                name: killed
                models:
                  killed:
                    +materialized: table
                """);
        write("models/sources.yml", "sources:\n  - name: bronze\n    tables:\n      - name: events\n");
        write("models/events.sql", """
                {{ config(schema='silver') }}
                SELECT id, CAST(amount AS decimal(12, 2)) AS amount FROM {{ source('bronze', 'events') }}
                """);
        write("models/totals.sql", """
                {{ config(schema='gold') }}
                SELECT count(*) AS events, sum(amount) AS amount FROM {{ ref('events') }}
                """);
        Files.createDirectories(folder.resolve("files"));
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
