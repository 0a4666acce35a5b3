package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A table of predictions as a step of the run: by the version that is published, again when that changes.
class PredictionModelTest {
    @TempDir
    Path folder;

    @Test
    void aTableIsScoredByThePublishedVersionAndAgainByTheNext() throws Exception {
        writeProject("{{ config(materialized='prediction', predict='risk', without_model='null') }}");
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            assertThat(lakehouse.run().succeeded()).isTrue();
            // The first version came with this very publish: nothing could be said of the rows yet.
            assertThat(lakehouse.query("SELECT count(*), count(probability), count(model_version) FROM gold.scored"))
                    .containsExactly(List.of(600L, 0L, 0L));
            assertThat(lakehouse.run().succeeded()).isTrue();
            assertThat(lakehouse.query("SELECT count(*), count(probability), min(model_version), max(model_version),"
                            + " count_if(probability <> predict.risk(amount)) FROM gold.scored"))
                    .containsExactly(List.of(600L, 600L, 1L, 1L, 0L));
            RunReport unchanged = lakehouse.run();
            assertThat(status(unchanged, "gold.scored")).containsExactly("UNCHANGED");
        }
    }

    @Test
    void whatIsMissingIsNamed() throws Exception {
        writeProject("{{ config(materialized='prediction', predict='risk') }}");
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            RunReport first = lakehouse.run();
            assertThat(first.succeeded()).isFalse();
            assertThat(first.toString()).contains("no version of 'risk' has the alias champion: train it first");
        }
        writeProject("{{ config(materialized='prediction', predict='risk', without_model='null') }}");
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            assertThat(lakehouse.run().succeeded()).isTrue();
        }
        Files.writeString(
                folder.resolve("models/scored.sql"),
                "{{ config(schema='gold', materialized='prediction', predict='risk') }}\nSELECT id FROM {{ ref('labelled') }}\n");
        try (FraudLakehouse lakehouse = FraudLakehouse.open(folder, Map.of())) {
            assertThat(lakehouse.run().toString())
                    .contains("the SQL has no column for the inputs amount of 'risk' version 1");
        }
    }

    private static List<String> status(RunReport report, String step) {
        List<String> found = new ArrayList<>();
        for (StepReport one : report.steps()) {
            if (one.step().equals(step)) {
                found.add(one.status().name());
            }
        }
        return found;
    }

    private void writeProject(String config) throws IOException {
        write("tarn.yml", "name: scoring\n");
        write("sources/events.yml", "tables:\n  events:\n    path: files/events.csv\n");
        write("dbt_project.yml", "name: scoring\nmodels:\n  scoring:\n    +materialized: table\n");
        write("models/sources.yml", "sources:\n  - name: bronze\n    tables:\n      - name: events\n");
        write("models/labelled.sql", """
                {{ config(schema='silver') }}
                SELECT id, at, amount, bad, id % 50 AS person FROM {{ source('bronze', 'events') }}
                """);
        write(
                "models/scored.sql",
                config.replace("config(", "config(schema='gold', ")
                        + "\nSELECT id, CAST(amount AS double) AS amount FROM {{ ref('labelled') }}\n");
        write("training/risk.yml", """
                data:
                  query: SELECT at, person, CAST(amount AS double) AS amount, bad FROM silver.labelled
                  label: bad
                  time: at
                split:
                  grouped: {by: person, folds: 2}
                candidates:
                  - {name: boosted, algorithm: xgboost, parameters: {rounds: 5, max_depth: 2}}
                """);
        StringBuilder text = new StringBuilder("id,at,amount,bad\n");
        for (int i = 0; i < 600; i++) {
            int amount = (i * 37) % 1000;
            text.append(i)
                    .append(String.format(java.util.Locale.ROOT, ",2026-01-01 %02d:%02d:00,", i / 60, i % 60))
                    .append(amount)
                    .append(',')
                    .append((amount > 700) != (i % 11 == 0))
                    .append('\n');
        }
        write("files/events.csv", text.toString());
    }

    private void write(String file, String text) throws IOException {
        Path path = folder.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
