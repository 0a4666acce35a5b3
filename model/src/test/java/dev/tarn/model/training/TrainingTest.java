package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.core.model.ServedModel;
import dev.tarn.model.artifact.ArtifactPath;
import dev.tarn.model.artifact.ArtifactUri;
import dev.tarn.model.tracking.Run;
import dev.tarn.model.tree.XgboostFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
    private static final String YAML = """
            model: card_fraud
            description: Fraud on card payments.
            data:
              query: SELECT * FROM payments
              label: is_fraud
              time: paid_at
              ignore: [payment_id]
            split:
              grouped: {by: customer, folds: 4}
            candidates:
              - name: boosted
                algorithm: xgboost
                parameters: {rounds: 40, max_depth: 4}
              - name: forest
                algorithm: random-forest
                parameters: {trees: 30, max_depth: 8}
              - name: logistic
                algorithm: logistic-regression
            metric: average-precision
            threshold: {false-positive-cost: 1, false-negative-cost: 10}
            gate: {at-least: 0.3, slices: [channel], slice-auc: 0.6, calibration-error: 0.3}
            seed: 7
            """;

    @TempDir
    Path folder;

    private TrainingFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new TrainingFixture(folder);
        fixture.features.execute("SELECT setseed(0.5)");
        fixture.features.execute("""
                CREATE TABLE payments AS
                SELECT *, (amount / 100 + CASE channel WHEN 'online' THEN 3 ELSE 0 END + noise * 2 > 5) AS is_fraud FROM (
                  SELECT i AS payment_id, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS paid_at, i % 97 AS customer,
                    (hash(i) % 40000) / 100.0 AS amount,
                    CASE WHEN hash(i + 1) % 50 = 0 THEN NULL ELSE (hash(i + 2) % 100) / 100.0 END AS ratio,
                    ['chip', 'online', 'swipe'][1 + (hash(i + 3) % 3)::INT] AS channel,
                    hash(i + 4) % 2 = 0 AS refund,
                    (hash(i + 5) % 1000) / 1000.0 - 0.5 AS noise
                  FROM range(3000) t(i))
                """);
        fixture.features.execute("ALTER TABLE payments DROP COLUMN noise");
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
    }

    @Test
    void theBestCandidateIsRegisteredAndServed() throws Exception {
        Training.Result result = fixture.trainAndPublish(YAML);
        assertThat(result.gate().passed()).as(result.gate().toString()).isTrue();
        assertThat(result.tried()).extracting(Training.Tried::candidate).hasSize(3);
        assertThat(result.best().metrics().get("auc")).isGreaterThan(0.97);
        assertThat(result.tried())
                .allSatisfy(tried -> assertThat(tried.metrics().get("auc")).isGreaterThan(0.9));

        assertThat(fixture.models.version("card_fraud", "champion")).isEqualTo(1);
        ServedModel model = fixture.models.load("card_fraud", 1);
        assertThat(model.runId()).isEqualTo(result.best().runId());
        assertThat(model.inputs())
                .extracting(ServedModel.Input::name)
                .containsExactly("amount", "ratio", "channel", "refund");
        double risky = model.predict(new Object[] {399.0, 0.5, "online", false});
        double harmless = model.predict(new Object[] {3.0, 0.5, "chip", false});
        assertThat(risky).isGreaterThan(0.8);
        assertThat(harmless).isLessThan(0.1);
        assertThat(model.predict(new Object[] {399.0, null, "never seen", null}))
                .isBetween(0.0, 1.0);
        double[] parts = model.contributions(new Object[] {399.0, 0.5, "online", false});
        double sum = java.util.Arrays.stream(parts).sum();
        assertThat(1 / (1 + Math.exp(-sum))).isCloseTo(risky, org.assertj.core.api.Assertions.within(1e-5));
    }

    @Test
    void aRunRecordsWhatItTakesToTrustIt() throws Exception {
        Training.Result result = fixture.train(YAML);
        for (Training.Tried tried : result.tried()) {
            Run run = fixture.runs.get(tried.runId());
            assertThat(run.info().status()).isEqualTo("FINISHED");
            assertThat(run.params()).containsKey("algorithm").containsEntry("seed", "7");
            assertThat(run.metrics())
                    .extracting(metric -> metric.key())
                    .contains("auc", "average_precision", "accuracy", "precision", "recall", "f1", "log_loss");
            assertThat(run.tags())
                    .containsEntry("tarn.code", "abc123")
                    .containsEntry("tarn.reason", "a test")
                    .containsKeys("tarn.environment", "tarn.model.sha256");
            assertThat(run.inputs())
                    .extracting(input -> input.dataset().source())
                    .containsExactly("{\"table\":\"gold.payments\",\"snapshot_id\":42}");
            ArtifactPath root = ArtifactUri.path(run.info().artifactUri());
            for (String file : new String[] {
                "model/MLmodel", "model/model.ubj", "model/tarn.json", "plots/roc.svg", "plots/precision_recall.svg",
                "plots/calibration.svg", "plots/importance.svg", "profile.json", "model_card.md", "training.yml"
            }) {
                assertThat(fixture.artifacts.file(root.resolve(ArtifactPath.parse(file))))
                        .as(file)
                        .isNotEmptyFile();
            }
            XgboostFile.read(fixture.artifacts.file(root.resolve(ArtifactPath.parse("model/model.ubj"))));
            assertThat(fixture.artifacts.file(root.resolve(ArtifactPath.parse("model_card.md"))))
                    .content()
                    .contains(
                            "3000 labelled rows, ", " of them positive, 4 folds grouped by `customer`; judged on 3000");
        }
        assertThat(fixture.pinned)
                .hasSize(3)
                .allSatisfy((run, ids) -> assertThat(ids).isEqualTo(Map.of("gold.payments", 42L)));
    }

    @Test
    void xgboostReadsTheLogisticModelToo() throws Exception {
        Training.Result result = fixture.train(YAML);
        String run = result.tried().stream()
                .filter(t -> t.candidate().equals("logistic"))
                .findFirst()
                .orElseThrow()
                .runId();
        Path file = fixture.artifacts.file(
                ArtifactUri.path(fixture.runs.info(run).artifactUri()).resolve(ArtifactPath.parse("model/model.ubj")));
        var booster = ml.dmlc.xgboost4j.java.XGBoost.loadModel(Files.readAllBytes(file));
        var ours = XgboostFile.read(file);
        float[] row = new float[ours.featureCount()];
        row[0] = 1.5f;
        float theirs = booster.predict(new ml.dmlc.xgboost4j.java.DMatrix(row, 1, row.length, Float.NaN))[0][0];
        assertThat(ours.predictOne(row)).isEqualTo(theirs);
    }

    @Test
    void aReplayIsIdenticalHoweverTheRowsCome() throws Exception {
        Training.Result result = fixture.train(YAML);
        fixture.features.execute("CREATE TABLE shuffled AS SELECT * FROM payments ORDER BY hash(payment_id)");
        fixture.features.execute("DROP TABLE payments");
        fixture.features.execute("ALTER TABLE shuffled RENAME TO payments");
        Replay replay = new Replay(fixture.runs, fixture.artifacts);
        for (Training.Tried tried : result.tried()) {
            Replay.Outcome outcome = replay.replay(tried.runId(), folder, fixture.features, Map.of(), "abc123");
            assertThat(outcome.identical())
                    .as(tried.candidate() + ": " + outcome)
                    .isTrue();
        }
        fixture.features.execute("UPDATE payments SET amount = amount + 50 WHERE payment_id % 7 = 0");
        Replay.Outcome other = replay.replay(result.best().runId(), folder, fixture.features, Map.of(), "def456");
        assertThat(other.identical()).isFalse();
        assertThat(other.differences()).anyMatch(said -> said.contains("the code was abc123 and is def456"));
    }

    @Test
    void theAliasStaysWhenTheNewModelIsNoBetter() throws Exception {
        fixture.trainAndPublish(YAML);
        String worse = YAML.replace("gate: {", "gate: {better-by: 0.05, ").replace("rounds: 40", "rounds: 39");
        Training.Result second = fixture.trainAndPublish(worse);
        assertThat(second.gate().passed()).isFalse();
        assertThat(second.gate().checks()).anySatisfy(check -> {
            assertThat(check.what()).isEqualTo("better than current");
            assertThat(check.said()).contains("on the same rows");
        });
        assertThat(fixture.models.version("card_fraud", "champion")).isEqualTo(1);
        assertThat(fixture.runs.get(second.best().runId()).tags()).containsEntry("tarn.gate", "failed");
        long changes = fixture.models.changes();
        assertThat(fixture.models.changes()).isEqualTo(changes);
        fixture.trainAndPublish(YAML.replace("gate: {", "gate: {better-by: -0.1, "));
        assertThat(fixture.models.changes()).isNotEqualTo(changes);
        assertThat(fixture.models.version("card_fraud", "champion")).isEqualTo(2);
    }

    /// Three rows in a hundred are abroad, whatever their label.
    @Test
    void aWordThatNearlyAllRowsHaveIsNoLeak() throws Exception {
        fixture.features.execute("ALTER TABLE payments ADD COLUMN place VARCHAR DEFAULT 'home'");
        fixture.features.execute("UPDATE payments SET place = 'abroad' WHERE hash(payment_id + 9) % 33 = 0");
        assertThat(fixture.train(YAML).gate().checks())
                .filteredOn(check -> check.what().equals("leak"))
                .allSatisfy(check -> assertThat(check.passed()).as(check.said()).isTrue());
    }

    @Test
    void aWordThatTellsTheLabelIsALeak() throws Exception {
        fixture.features.execute("ALTER TABLE payments ADD COLUMN state VARCHAR DEFAULT 'open'");
        fixture.features.execute("UPDATE payments SET state = 'refunded by the bank' WHERE is_fraud");
        assertThat(fixture.train(YAML).gate().checks())
                .filteredOn(check -> !check.passed())
                .anySatisfy(check -> assertThat(check.said()).contains("'state' alone reaches"));
    }

    @Test
    void aLeakIsFoundAndNamed() throws Exception {
        fixture.features.execute("ALTER TABLE payments ADD COLUMN blocked_at DOUBLE");
        fixture.features.execute("UPDATE payments SET blocked_at = payment_id WHERE is_fraud");
        Training.Result result = fixture.trainAndPublish(YAML);
        assertThat(result.gate().passed()).isFalse();
        assertThat(result.gate().checks())
                .anySatisfy(check -> assertThat(check.said()).contains("'blocked_at' alone reaches"));
        assertThatThrownBy(() -> fixture.models.version("card_fraud", "champion"))
                .isInstanceOf(TarnException.class);
    }

    @Test
    void badDataIsNamed() throws Exception {
        assertThatThrownBy(() -> fixture.train(
                        YAML.replace("SELECT * FROM payments", "SELECT * FROM payments WHERE NOT is_fraud")))
                .hasMessageContaining("no positive one");
        assertThatThrownBy(() -> fixture.train(YAML.replace("label: is_fraud", "label: is_fruad")))
                .hasMessageContaining("did you mean 'is_fraud'?");
        assertThatThrownBy(() -> fixture.train(YAML.replace("label: is_fraud", "label: amount")))
                .hasMessageContaining("must be a boolean, or 0 and 1");
        assertThatThrownBy(() -> fixture.train(YAML.replace("by: customer", "by: customr")))
                .hasMessageContaining("did you mean 'customer'?");
        assertThatThrownBy(() -> fixture.file(YAML.replace("max_depth: 4", "max_dept: 4")))
                .hasMessageContaining("fraud.yml:")
                .hasMessageContaining("did you mean 'max_depth'?");
        assertThatThrownBy(() -> fixture.file(YAML.replace("gate: {", "gate: {leak: 1, ")))
                .hasMessageContaining("unknown key 'gate.leak'");
        fixture.features.execute("UPDATE payments SET amount = 'infinity'::DOUBLE WHERE payment_id = 5");
        assertThatThrownBy(() -> fixture.train(YAML)).hasMessageContaining("'amount' is infinite");
    }

    @Test
    void driftAndWorseResultsAreFoundOnNewerRows() throws Exception {
        Training.Result first = fixture.trainAndPublish(YAML);
        String watched = YAML + "retrain: {drift: 0.2, worse-by: 0.3, new-rows: 5000}\n";
        TrainingFile file = fixture.file(watched);
        Checkup calm = fixture.training.checkup(file, fixture.features);
        assertThat(calm.newRows()).isZero();
        assertThat(file.triggers().due(() -> calm)).isEmpty();

        fixture.features.execute("""
                INSERT INTO payments SELECT payment_id + 3000, paid_at + INTERVAL 30 DAY, customer, amount, ratio, channel,
                  refund, is_fraud FROM payments WHERE payment_id < 1500""");
        Checkup same = fixture.training.checkup(file, fixture.features);
        assertThat(same.newRows()).isEqualTo(1500);
        assertThat(same.drift()).isLessThan(0.1);
        assertThat(file.triggers().due(() -> same)).isEmpty();

        fixture.features.execute("UPDATE payments SET is_fraud = NOT is_fraud WHERE payment_id >= 3000");
        Checkup worse = fixture.training.checkup(file, fixture.features);
        assertThat(worse.then()).isEqualTo(first.best().metrics().get("average_precision"));
        assertThat(file.triggers().due(() -> worse).orElseThrow())
                .startsWith("worse results: average_precision is ")
                .contains("on 1500 newer rows");
        fixture.features.execute("UPDATE payments SET amount = amount + 300 WHERE payment_id >= 3000");
        Checkup drifted = fixture.training.checkup(file, fixture.features);
        assertThat(file.triggers().due(() -> drifted).orElseThrow())
                .startsWith("drift: the population stability index of 'amount' is ");
    }

    @Test
    void oneFileIsNeverTrainedTwiceAtOnce() {
        TrainingLease lease = new TrainingLease(fixture.database, java.time.Duration.ZERO);
        lease.holding("fraud", () -> {
            assertThat(lease.isHeld("fraud")).isTrue();
            assertThatThrownBy(() -> fixture.train(YAML))
                    .hasMessageContaining("the training 'fraud' is under way in process ");
            return true;
        });
        assertThat(lease.isHeld("fraud")).isFalse();
        // A holder that died is followed at once.
        fixture.database.writing(handle -> handle.execute(
                "INSERT INTO ml_training_lease (training, token, host, pid, process_started, heard_at) SELECT 'fraud',"
                        + " 'x', ?, 4194303, 1, ?",
                TrainingLease.host(),
                System.currentTimeMillis()));
        assertThat(lease.isHeld("fraud")).isFalse();
        assertThat(lease.holding("fraud", () -> lease.isHeld("fraud"))).isTrue();
    }

    @Test
    void aTriggerThatIsNoneIsNamed() {
        assertThatThrownBy(() -> fixture.file(YAML + "retrain: {schedule: 0 25 * * *}\n"))
                .hasMessageContaining("fraud.yml:")
                .hasMessageContaining("hour '25' is not from 0 to 23");
        assertThatThrownBy(() -> fixture.file(YAML + "retrain: {schedule: 0 3 * * *, zone: Mars}\n"))
                .hasMessageContaining("expected a zone such as Europe/Paris");
        assertThatThrownBy(() -> fixture.file(YAML + "retrain: {check: 1h}\n"))
                .hasMessageContaining("expected one of schedule, new-rows, drift, worse-by");
        assertThatThrownBy(() -> fixture.file(YAML + "retrain: {drift: -1}\n"))
                .hasMessageContaining("must be greater than 0");
    }

    @Test
    void aSearchTriesEveryCombination() throws Exception {
        String search = YAML.replace(
                "parameters: {rounds: 40, max_depth: 4}",
                "parameters: {rounds: 5}\n    search: {max_depth: [2, 3], eta: [0.1, 0.3]}");
        assertThat(fixture.file(search).candidates())
                .extracting(TrainingFile.Candidate::name)
                .contains("boosted-1", "boosted-2", "boosted-3", "boosted-4");
    }
}
