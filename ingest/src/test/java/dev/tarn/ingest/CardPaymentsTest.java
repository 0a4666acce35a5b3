package dev.tarn.ingest;

import static dev.tarn.ingest.IngestFixture.bronze;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.ingest.generate.GeneratorSettings;
import dev.tarn.ingest.generate.Landing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CardPaymentsTest {
    @TempDir
    Path folder;

    private Landing landing(String name, long rows, long seed) {
        return new Landing("card-payments", folder.resolve(name), new GeneratorSettings(rows, seed, 0.08));
    }

    @Test
    void theSameSettingsGiveTheSameBytes() throws Exception {
        landing("a", 3_000, 1).fill();
        landing("b", 3_000, 1).fill();
        landing("c", 3_000, 2).fill();

        for (String file : new String[] {
            "transactions_2010-01.csv",
            "transactions_2010-12.csv",
            "users_data.csv",
            "cards_data.csv",
            "train_fraud_labels.json"
        }) {
            assertThat(folder.resolve("a").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("b").resolve(file));
            assertThat(Arrays.equals(
                            Files.readAllBytes(folder.resolve("a").resolve(file)),
                            Files.readAllBytes(folder.resolve("c").resolve(file))))
                    .isFalse();
        }
    }

    @Test
    void aFilledFolderIsNeitherFilledAgainNorOverwritten() throws Exception {
        Landing landing = landing("a", 1_000, 1);
        landing.fill();
        Path file = folder.resolve("a/users_data.csv");
        var time = Files.getLastModifiedTime(file);
        landing.fill();
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(time);
        assertThatThrownBy(() -> landing("a", 2_000, 1).fill()).hasMessageContaining("another folder");
    }

    @Test
    void everyPaymentIsLoadedOnceAndTheBrokenLinesAreKept() throws Exception {
        landing("a", 200_000, 3).fill();
        try (IngestFixture lake = new IngestFixture(folder.resolve("lake"))) {
            LoadResult result =
                    lake.load(FileSource.of(bronze("transactions"), folder.resolve("a/transactions_*.csv")));

            assertThat(result.rows()).isEqualTo(200_000);
            assertThat(result.rejects()).isBetween(1L, 40L);
            assertThat(lake.query(
                            bronze("transactions"),
                            "SELECT count(DISTINCT id), max(id) - min(id) + 1, count(*) FILTER (amount LIKE '$-%') > 5000,"
                                    + " count(*) FILTER (zip IS NULL) > 20000 FROM {t}"))
                    .containsExactly("200000|200000|true|true");
            FileSource labels = (FileSource) Sources.load(
                            project("a"),
                            new dev.tarn.core.config.Interpolation(java.util.Map.of(), java.util.Map.of()))
                    .getFirst();
            lake.load(labels);
            assertThat(
                            lake.query(
                                    bronze("labels"),
                                    "SELECT avg(CAST(value = 'Yes' AS INTEGER)) BETWEEN 0.06 AND 0.10, count(*) > 190000 FROM {t}"))
                    .containsExactly("true|true");
        }
    }

    private Path project(String data) throws Exception {
        Path project = folder.resolve("project");
        Files.createDirectories(project.resolve("sources"));
        Files.writeString(
                project.resolve("sources/labels.yml"),
                "tables:\n  labels:\n    path: " + folder.resolve(data).resolve("train_fraud_labels.json")
                        + "\n    records: entries\n    json-path: $.target\n");
        return project;
    }
}
