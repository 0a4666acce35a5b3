package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.packaging.OnnxModel;
import dev.tarn.model.tracking.Run;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Programs that train: good ones, and every kind of bad one. The models were written by Python's `onnx`.
class ExternalTrainerTest {
    @TempDir
    Path folder;

    private TrainingFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new TrainingFixture(folder);
        fixture.features.execute("""
                CREATE TABLE payments AS
                SELECT *, (amount / 100 + CASE channel WHEN 'online' THEN 3 ELSE 0 END > 4.5) AS is_fraud FROM (
                  SELECT i AS payment_id, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS paid_at, i % 97 AS customer,
                    (hash(i) % 40000) / 100.0 AS amount,
                    CASE WHEN hash(i + 1) % 50 = 0 THEN NULL ELSE (hash(i + 2) % 100) / 100.0 END AS ratio,
                    ['chip', 'online', 'swipe'][1 + (hash(i + 3) % 3)::INT] AS channel,
                    hash(i + 4) % 2 = 0 AS refund
                  FROM range(600) t(i))
                """);
        for (String model : List.of("logistic", "narrow", "score", "nan")) {
            try (InputStream in = getClass().getResourceAsStream(model + ".onnx")) {
                Files.write(
                        folder.resolve(model + ".onnx"),
                        Objects.requireNonNull(in).readAllBytes());
            }
        }
        Files.writeString(folder.resolve("garbage.onnx"), "this is no model");
        Files.writeString(folder.resolve("empty.onnx"), "");
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    /// @param shell what the trainer does
    /// @param more lines of the candidate
    private static String yaml(String shell, String more) {
        return """
                model: card_fraud
                data: {query: SELECT * FROM payments, label: is_fraud, time: paid_at, ignore: [payment_id]}
                split:
                  grouped: {by: customer, folds: 2}
                candidates:
                  - name: ours
                    algorithm: external
                    command: [sh, -c, "%s"]
                    parameters: {max-depth: 3}
                %s
                """.formatted(shell.replace("\"", "\\\""), more.indent(4).stripTrailing());
    }

    @Test
    void aModelFromOutsideIsRegisteredServedAndExplained() throws Exception {
        Training.Result result = fixture.trainAndPublish(yaml(
                "echo depth $TARN_PARAM_MAX_DEPTH seed $TARN_SEED && cp \"$TARN_TRAIN\" seen.parquet"
                        + " && cp logistic.onnx \"$TARN_MODEL\"",
                ""));
        assertThat(result.gate().passed()).as(result.gate().toString()).isTrue();
        assertThat(result.best().metrics().get("auc")).isGreaterThan(0.9);
        ServedModel model = fixture.models.load("card_fraud", 1);
        Object[] row = {399.0, null, "online", false};
        double risky = model.predict(row);
        assertThat(risky).isGreaterThan(0.9);

        double[] parts = model.contributions(row);
        double sum = Arrays.stream(parts).sum();
        assertThat(1 / (1 + Math.exp(-sum))).isCloseTo(risky, within(1e-6));
        // A sum of 0.03 an amount and 2 or -2 a word: each adds its distance from the usual row's, and no other does.
        double without = Arrays.stream(model.contributions(new Object[] {200.0, null, "online", false}))
                .sum();
        assertThat(parts[0]).isPositive();
        assertThat(sum - without).isCloseTo(0.03 * 199, within(1e-3));
        assertThat(parts[2]).isCloseTo(4, within(1e-3));
        assertThat(parts[1]).isZero();
        assertThat(parts[3]).isZero();

        Run run = fixture.runs.get(result.best().runId());
        assertThat(text(run, "trainer.log")).isEqualTo("depth 3 seed 1\n");
        assertThat(text(run, "model/MLmodel")).contains("onnx");
        assertThat(text(run, "model_card.md")).contains("| amount | ");
        // What the last of the trainings got: all rows, in the model's order.
        fixture.features.execute("CREATE TABLE seen AS FROM '" + folder.resolve("seen.parquet") + "'");
        try (var frame = fixture.features.join(
                Training.dataOf(fixture.file(yaml("true", "").replace("FROM payments", "FROM seen")), Map.of()))) {
            assertThat(frame.columns())
                    .extracting(column -> column.name() + " " + column.type())
                    .containsExactly(
                            "amount float",
                            "ratio float",
                            "channel=chip float",
                            "channel=online float",
                            "channel=swipe float",
                            "refund float",
                            "label integer");
            assertThat(frame.rows()).isEqualTo(600);
        }
    }

    @Test
    void aReplayStartsTheSameProgramInTheProjectsFolder() throws Exception {
        Training.Result result = fixture.train(yaml("cp logistic.onnx $TARN_MODEL", "format: csv\ntimeout: 5m"));
        Replay replay = new Replay(fixture.runs, fixture.artifacts);
        assertThat(replay.replay(result.best().runId(), folder, fixture.features, Map.of(), "abc123")
                        .identical())
                .isTrue();
        Files.copy(folder.resolve("logistic.onnx"), folder.resolve("kept.onnx"));
        Files.write(folder.resolve("logistic.onnx"), Files.readAllBytes(folder.resolve("nan.onnx")));
        fixture.features.execute("UPDATE payments SET ratio = 0.5");
        assertThat(replay.replay(result.best().runId(), folder, fixture.features, Map.of(), "def456")
                        .differences())
                .anyMatch(said -> said.startsWith("the model was "))
                .contains("the code was abc123 and is def456");
    }

    @Test
    void aMissingValueIsNanInCsv() throws Exception {
        fixture.train(yaml("cp $TARN_TRAIN seen.csv; cp logistic.onnx $TARN_MODEL", "format: csv"));
        List<String> lines = Files.readAllLines(folder.resolve("seen.csv"));
        assertThat(lines.getFirst()).isEqualTo("amount,ratio,channel=chip,channel=online,channel=swipe,refund,label");
        assertThat(lines).hasSize(601).anyMatch(line -> line.matches("[0-9.]+,nan,.*"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo no such library; exit 3       | BAD_REQUEST   | ended with status 3:",
                "true                               | BAD_REQUEST   | wrote no model to $TARN_MODEL",
                "cp empty.onnx $TARN_MODEL          | BAD_REQUEST   | wrote no model to $TARN_MODEL",
                "mkdir $TARN_MODEL                  | BAD_REQUEST   | wrote no model to $TARN_MODEL",
                "cp garbage.onnx $TARN_MODEL        | MODEL_INVALID | not an ONNX model that Tarn can serve",
                "head -c 90 logistic.onnx >$TARN_MODEL | MODEL_INVALID | not an ONNX model that Tarn can serve",
                "cp narrow.onnx $TARN_MODEL         | MODEL_INVALID | its input takes 3 numbers a row, and there are 6",
                "cp score.onnx $TARN_MODEL          | MODEL_INVALID | which is no probability",
                "cp nan.onnx $TARN_MODEL            | MODEL_INVALID | perhaps it takes no missing values",
                "kill -9 $$                         | BAD_REQUEST   | ended with status 137",
            })
    void whatGoesWrongIsSaid(String shell, ErrorCode code, String said) {
        assertThatThrownBy(() -> fixture.train(yaml(shell, "")))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(said);
        assertThat(fixture.registry.search("", List.of(), 10, null).items()).isEmpty();
    }

    @Test
    void aTrainerThatHangsIsStoppedWithAllThatItStarted() throws Exception {
        assertThatThrownBy(() -> fixture.train(yaml("sleep 600 & echo $! >pid; cat; wait", "timeout: 2s")))
                .hasMessageContaining("ran for more than its timeout of 2 s and was stopped");
        long pid = Long.parseLong(Files.readString(folder.resolve("pid")).strip());
        ProcessHandle.of(pid).ifPresent(left -> left.onExit().join());
        assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void aTrainerThatIsNotThereOrSpeaksWithoutEndIsNoTrouble() throws Exception {
        assertThatThrownBy(() ->
                        fixture.train(yaml("true", "").replace("[sh, -c, \"true\"]", "[no-such-program, train.py]")))
                .hasMessageContaining("the trainer 'no-such-program train.py' cannot be started in " + folder);
        Training.Result result =
                fixture.train(yaml("yes | head -c 3000000; echo end; cp logistic.onnx $TARN_MODEL", ""));
        assertThat(text(fixture.runs.get(result.best().runId()), "trainer.log"))
                .hasSize(4000)
                .endsWith("y\nend\n");
        assertThatThrownBy(() -> fixture.file(yaml("true", "timeout: 13h"))).hasMessageContaining("at most 12h");
    }

    /// The runtime needs more stack than these threads have, and would end the process without a word.
    @Test
    void aThreadWithLittleStackLoadsAModelToo() throws Exception {
        byte[] file = Files.readAllBytes(folder.resolve("logistic.onnx"));
        List<Double> said = new CopyOnWriteArrayList<>();
        for (Thread.Builder builder : List.of(Thread.ofVirtual(), Thread.ofPlatform())) {
            builder.start(() -> {
                        try (OnnxModel model = OnnxModel.read(file, 6)) {
                            said.add(model.predict(new float[6]));
                        }
                    })
                    .join();
        }
        assertThat(said).hasSize(2).containsOnly(said.getFirst());
    }

    private String text(Run run, String path) throws Exception {
        return Files.readString(fixture.artifacts.file(
                ArtifactUri.path(run.info().artifactUri()).resolve(ArtifactPath.parse(path))));
    }
}
