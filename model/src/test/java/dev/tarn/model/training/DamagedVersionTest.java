package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.packaging.RegistryModels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A registered version whose files are damaged, or no model at all, and aliases that point to nothing.
class DamagedVersionTest {
    private static final String YAML = """
            model: card_fraud
            data: {query: SELECT * FROM payments, label: is_fraud, time: paid_at, ignore: [payment_id]}
            split:
              grouped: {by: customer, folds: 2}
            candidates:
              - {name: boosted, algorithm: xgboost, parameters: {rounds: 3, max_depth: 2}}
            """;

    @TempDir
    Path folder;

    private TrainingFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new TrainingFixture(folder);
        fixture.features.execute("CREATE TABLE payments AS SELECT i AS payment_id, i % 9 AS customer,"
                + " TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS paid_at, (hash(i) % 400) / 1.0 AS amount,"
                + " hash(i) % 400 > 300 AS is_fraud FROM range(300) t(i)");
        fixture.trainAndPublish(YAML.replace("candidates:", "gate: {leak-auc: 1.1}\ncandidates:"));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void damagedFilesAreNamedWithTheirVersion() throws Exception {
        Path model = file("model.ubj");
        byte[] good = Files.readAllBytes(model);
        for (byte[] bad : new byte[][] {
            new byte[0],
            "no model".getBytes(StandardCharsets.UTF_8),
            Arrays.copyOf(good, good.length / 2),
            Files.readAllBytes(file("MLmodel"))
        }) {
            Files.write(model, bad);
            refused("");
        }
        Files.delete(model);
        assertThatThrownBy(this::load).hasMessageContaining("No artifact").satisfies(DamagedVersionTest::names);
        Files.write(model, good);
        load();

        Path description = file("tarn.json");
        String text = Files.readString(description);
        Files.writeString(description, "{");
        refused("the model's tarn.json cannot be read");
        Files.writeString(description, text.replace("\"xgboost\"", "\"pickle\""));
        refused("its format is 'pickle', neither xgboost nor onnx");
        Files.writeString(description, text.replace("\"xgboost\"", "\"onnx\""));
        Files.copy(model, file("MLmodel").resolveSibling("model.onnx"));
        refused("this is not an ONNX model");
        Files.writeString(description, text.replace("\"as\" : \"value\"", "\"as\" : \"magic\""));
        refused("a column is made as 'magic'");
    }

    @Test
    void anAliasThatPointsToNothingSaysWhichThereAre() {
        assertThatThrownBy(() -> fixture.models.version("card_fraud", "nobody"))
                .hasMessageContaining("model 'card_fraud' has no alias 'nobody'; it has champion");
        assertThatThrownBy(() -> fixture.models.load("card_fraud", 9)).hasMessageContaining("9");
        fixture.registry.versions().delete("card_fraud", 1);
        assertThatThrownBy(() -> fixture.models.version("card_fraud", "champion"))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }

    private void refused(String said) {
        assertThatThrownBy(this::load)
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.MODEL_INVALID))
                .hasMessageContaining(said)
                .satisfies(DamagedVersionTest::names);
    }

    private static void names(Throwable failure) {
        assertThat(((TarnException) failure).describe()).contains("card_fraud version 1");
    }

    private void load() {
        new RegistryModels(fixture.registry, fixture.artifacts)
                .load("card_fraud", 1)
                .predict(new Object[] {1.0});
    }

    private Path file(String name) {
        return fixture.artifacts.file(ArtifactUri.path(
                        fixture.registry.versions().get("card_fraud", 1).source())
                .resolve(ArtifactPath.parse(name)));
    }
}
