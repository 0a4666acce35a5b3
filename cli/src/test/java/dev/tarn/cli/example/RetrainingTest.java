package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.core.project.Project;
import dev.tarn.lake.maintenance.Maintenance;
import dev.tarn.lake.maintenance.Maintenance.Retention;
import dev.tarn.lake.maintenance.Sweep;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.training.Replay;
import dev.tarn.orchestrate.RunListener;
import dev.tarn.orchestrate.RunOptions;
import dev.tarn.orchestrate.RunReport;
import dev.tarn.server.Lakehouse;
import dev.tarn.server.Models;
import dev.tarn.server.ScheduledRuns;
import dev.tarn.server.pipeline.Pipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server trains again by itself and says why; what any of the trainings read survives maintenance, so that each can
/// be replayed to the same bytes.
class RetrainingTest {
    private static final int ROWS = 600;

    @TempDir
    Path folder;

    private Instant now = Instant.now();

    private final class SetClock extends Clock {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @Test
    void trainsAgainWhenDueAndReplaysEachAfterMaintenance() throws Exception {
        writeProject();
        addFile(0);
        try (Lakehouse lakehouse = Lakehouse.open(Project.load(folder, Map.of()))) {
            run(lakehouse, List.of());
            ScheduledRuns retrainings = new ScheduledRuns(lakehouse, new SetClock());
            assertThat(retrainings.round()).isEmpty();

            // Half a year on, the schedule was due.
            now = Instant.now().plus(Duration.ofDays(400));
            assertThat(retrainings.round()).containsOnlyKeys("risk");
            now = Instant.now();
            assertThat(retrainings.round()).isEmpty();

            // New rows count once they are looked for again.
            addFile(1);
            run(lakehouse, List.of("bronze.events", "silver.labelled"));
            assertThat(retrainings.round()).isEmpty();
            now = Instant.now().plus(Duration.ofHours(2));
            assertThat(retrainings.round().get("risk")).startsWith("new rows: " + ROWS + " labelled rows");
            now = now.plus(Duration.ofHours(2));
            assertThat(retrainings.round()).isEmpty();

            addFile(2);
            run(lakehouse, List.of("bronze.events", "silver.labelled"));
            new Maintenance(lakehouse.lake()).round(new Retention(Duration.ZERO, 1), Duration.ZERO);
            Sweep sweep = new Sweep(lakehouse.lake());
            makeFilesOld();
            assertThat(sweep.execute(sweep.plan(Duration.ofHours(1)))).isPositive();
            Models models = Models.open(lakehouse);
            List<Run> runs = runs(models);
            assertThat(runs)
                    .extracting(
                            run -> String.valueOf(run.tags().get("tarn.reason")).replaceFirst(":.*", ""))
                    .satisfiesExactlyInAnyOrder(
                            why -> assertThat(why).startsWith("the run "),
                            why -> assertThat(why).isEqualTo("schedule"),
                            why -> assertThat(why).isEqualTo("new rows"));
            for (Run run : runs) {
                Replay.Outcome outcome = new Replay(models.runs(), models.artifacts())
                        .replay(
                                run.info().runId(),
                                Models.trainingFolder(lakehouse.project()),
                                Models.offline(lakehouse, "main"),
                                Map.of(),
                                Models.code(lakehouse.project()));
                assertThat(outcome.identical())
                        .as("%s: %s", run.tags().get("tarn.reason"), outcome)
                        .isTrue();
            }
        }
    }

    /// As if everything had been written the day before.
    private void makeFilesOld() throws IOException {
        FileTime yesterday = FileTime.from(Instant.now().minus(Duration.ofDays(1)));
        try (Stream<Path> files = Files.walk(folder.resolve(".tarn/warehouse"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.setLastModifiedTime(file, yesterday);
            }
        }
    }

    private static List<Run> runs(Models models) {
        long experiment = models.experiments().byName("risk").orElseThrow().id();
        return models.runs()
                .search(List.of(experiment), "ACTIVE_ONLY", "", List.of(), 10, null)
                .items();
    }

    private static void run(Lakehouse lakehouse, List<String> selected) {
        Pipeline pipeline = Pipeline.load(lakehouse, false, message -> {});
        RunReport report = pipeline.run(
                pipeline.plan(selected), FraudLakehouse.TESTER, RunOptions.defaults(), RunListener.silent());
        assertThat(report.succeeded()).as(report.toString()).isTrue();
    }

    private void addFile(int number) throws IOException {
        StringBuilder text = new StringBuilder("id,at,amount,bad\n");
        for (int i = 0; i < ROWS; i++) {
            int amount = (i * 37 + number) % 1000;
            text.append(number * ROWS + i)
                    .append(",2026-0")
                    .append(number + 1)
                    .append("-01 ")
                    .append(String.format(java.util.Locale.ROOT, "%02d:%02d:00,", i / 60, i % 60))
                    .append(amount)
                    .append(',')
                    .append((amount > 700) != (i % 11 == 0))
                    .append('\n');
        }
        Files.writeString(folder.resolve("files/events_" + number + ".csv"), text);
    }

    private void writeProject() throws IOException {
        int month = Instant.now().atZone(ZoneOffset.UTC).getMonthValue();
        write("tarn.yml", "name: retraining\n");
        write("sources/events.yml", "tables:\n  events:\n    path: files/events_*.csv\n");
        write("dbt_project.yml", """
                name: retraining
                models:
                  retraining:
                    +materialized: table
                """);
        write("models/sources.yml", "sources:\n  - name: bronze\n    tables:\n      - name: events\n");
        write("models/labelled.sql", """
                {{ config(schema='silver') }}
                SELECT id, at, amount, bad, id % 50 AS person FROM {{ source('bronze', 'events') }}
                """);
        write("training/risk.yml", """
                data:
                  query: SELECT at, person, amount, bad FROM silver.labelled
                  label: bad
                  time: at
                split:
                  grouped: {by: person, folds: 2}
                candidates:
                  - name: boosted
                    algorithm: xgboost
                    parameters: {rounds: 5, max_depth: 2}
                gate: {better-by: -1}
                retrain:
                  schedule: 0 3 1 %d *
                  zone: Europe/Paris
                  new-rows: 500
                """.formatted((month + 5) % 12 + 1));
        Files.createDirectories(folder.resolve("files"));
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
