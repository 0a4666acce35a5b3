package dev.tarn.serve.predict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureValue;
import dev.tarn.core.http.Response;
import dev.tarn.core.http.Route;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PredictFaceTest {
    private static final String YAML = """
            predict:
              path: /predict
              model: card_fraud
              request:
                amount: {type: number, min: -1000000}
                card_brand: {input: brand, words: {VISA: Visa, AMEX: Amex}}
              reply:
                probability: fraud_probability
                positive: is_fraud
                confidence: confidence
                decimals: 2
                confidence-words: [{at-least: 0.9, word: Élevée}, {at-least: 0.7, word: Moyenne}, {word: Faible}]
              limits: {concurrent: 1, batch-rows: 3, body: 1KB}
            """;

    @TempDir
    Path folder;

    private final FakeModels models = new FakeModels();
    private final FakeFeatures features = new FakeFeatures();
    private final List<Prediction> kept = new ArrayList<>();

    private PredictFace face(String yaml) throws Exception {
        ServiceFile file = ServiceFile.read(
                Files.writeString(folder.resolve("fraud.yml"), yaml), new Interpolation(Map.of(), Map.of()));
        return new PredictFace(List.of(new PredictionService(file, models, Optional.of(features))), kept::addAll);
    }

    private static Response call(PredictFace face, String path, TestRequest request) {
        for (Route route : face.routes()) {
            if (route.pattern().equals(path) && route.method().equals(request.method())) {
                try {
                    return route.handler().handle(request);
                } catch (Exception e) {
                    return face.error(request, e);
                }
            }
        }
        throw new AssertionError("no route " + path);
    }

    private static String text(Response response) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        response.body().writeTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theReplyIsExactlyAsTheFileSays() throws Exception {
        Response response = call(face(YAML), "/predict", TestRequest.post("{'amount': 140, 'card_brand': 'VISA'}"));
        assertThat(text(response))
                .isEqualTo("{\"fraud_probability\":0.15,\"is_fraud\":false,\"confidence\":\"Moyenne\"}");
        assertThat(response.headers().get(PredictFace.ID))
                .isEqualTo(List.of(kept.getFirst().id()));
        assertThat(kept.getFirst().values()).extracting(Prediction.Value::value).containsExactly(140.0, "Visa");
        assertThat(kept.getFirst().version()).isEqualTo(1);
    }

    @Test
    void aWordNeverSeenCountsAsMissingAndIsSaid() throws Exception {
        Response response = call(face(YAML), "/predict", TestRequest.post("{'amount': 140, 'card_brand': 'DINERS'}"));
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.headers().get(PredictFace.UNKNOWN)).isEqualTo(List.of("card_brand=DINERS"));
        assertThat(kept.getFirst().values().get(1).value()).isNull();
        String refusing =
                YAML.replace("words: {VISA: Visa, AMEX: Amex}", "words: {VISA: Visa, AMEX: Amex}, unknown: refuse");
        Response refused =
                call(face(refusing), "/predict", TestRequest.post("{'amount': 140, 'card_brand': 'DINERS'}"));
        assertThat(refused.status()).isEqualTo(400);
        assertThat(text(refused)).contains("unknown word 'DINERS'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'amount': 1}|missing fields: card_brand",
                "{'amount': '1', 'card_brand': 'VISA'}|field 'amount' must be a number",
                "{'amount': true, 'card_brand': 'VISA'}|field 'amount' must be a number",
                "{'amount': 1e999, 'card_brand': 'VISA'}|must be a finite number",
                "{'amount': NaN, 'card_brand': 'VISA'}|the body is not JSON",
                "{'amount': -2000000, 'card_brand': 'VISA'}|outside of",
                "{'amount': 1, 'card_brand': ['VISA']}|field 'card_brand' must be text",
                "{'amount': 1, 'card_brand': 'VISA', 'amuont': 2}|did you mean 'amount'?",
                "[1]|expected a JSON object",
                "{|the body is not JSON",
                "|expected a JSON object",
            })
    void badRequestsAreNamed(String body, String message) throws Exception {
        Response response = call(face(YAML), "/predict", TestRequest.post(body == null ? "" : body));
        assertThat(response.status()).isEqualTo(400);
        assertThat(text(response)).contains(message);
        assertThat(kept).isEmpty();
    }

    @Test
    void aVersionThatFailsToLoadLeavesTheOldOneServing() throws Exception {
        PredictFace face = face(YAML);
        TestRequest request = TestRequest.post("{'amount': 140, 'card_brand': 'VISA'}");
        call(face, "/predict", request);
        models.broken.add(2L);
        models.aliases.put("champion", 2L);
        askUntil(face, request, () -> info(face).contains("version 2 is damaged"));
        assertThat(kept).allMatch(one -> one.version() == 1);
        models.aliases.put("champion", 3L);
        askUntil(face, request, () -> kept.getLast().version() == 3);
        assertThat(info(face)).doesNotContain("warning");
    }

    @Test
    void aVersionThatTakesWhatTheServiceHasNotLeavesTheOldOneServing() throws Exception {
        PredictFace face = face(YAML);
        TestRequest request = TestRequest.post("{'amount': 140, 'card_brand': 'VISA'}");
        call(face, "/predict", request);
        models.needsMore.add(2L);
        models.aliases.put("champion", 2L);
        askUntil(face, request, () -> info(face).contains("takes 'country', which is no field of service 'fraud'"));
        assertThat(kept).allMatch(one -> one.version() == 1);
    }

    /// Asks until something holds; every answer on the way must be one.
    private static void askUntil(PredictFace face, TestRequest request, Callable<Boolean> holds) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!holds.call()) {
            assertThat(call(face, "/predict", request).status()).isEqualTo(200);
            assertThat(System.nanoTime()).describedAs("a minute went by").isLessThan(until);
            Thread.sleep(5);
        }
    }

    private static String info(PredictFace face) throws Exception {
        return text(call(face, "/model/info", new TestRequest("GET", "/model/info", Map.of(), "")));
    }

    @Test
    void aSmallProbabilityIsAPlainNumber() throws Exception {
        Prediction rare = new Prediction(
                "id",
                Instant.EPOCH,
                "fraud",
                "card_fraud",
                1,
                "champion",
                "run",
                "code",
                Map.of(),
                List.of(),
                6.2e-7,
                0.5,
                false,
                List.of(),
                List.of(),
                "somebody");
        ServiceFile.Reply reply = new ServiceFile.Reply("probability", "", "", 8, List.of());
        assertThat(PredictFace.JSON.writeValueAsString(PredictFace.reply(reply, rare)))
                .isEqualTo("{\"probability\":0.00000062}");
    }

    private static final String BY_ID = """
            predict:
              path: /predict
              model: card_fraud
              features: [cards]
              request:
                card_id: {type: integer}
                brand: {words: {VISA: Visa}, required: false}
            """;

    @Test
    void featuresAreLookedUpAndAnEntityNobodyKnowsIsSaidOrRefused() throws Exception {
        PredictFace face = face(BY_ID);
        Response known = call(face, "/predict", TestRequest.post("{'card_id': 14}"));
        assertThat(text(known)).isEqualTo("{\"probability\":0.15,\"positive\":false}");
        assertThat(known.headers()).doesNotContainKey(PredictFace.UNKNOWN_ENTITIES);
        assertThat(kept.getLast().values().getFirst())
                .isEqualTo(new Prediction.Value("amount", 140.0, FeatureValue.Status.PRESENT, FakeFeatures.EVENT, 7));
        Response unknown = call(face, "/predict", TestRequest.post("{'card_id': -1}"));
        assertThat(unknown.status()).isEqualTo(200);
        assertThat(unknown.headers().get(PredictFace.UNKNOWN_ENTITIES)).containsExactly("amount");
        Response refused =
                call(face(BY_ID + "  unknown-entities: refuse\n"), "/predict", TestRequest.post("{'card_id': -1}"));
        assertThat(refused.status()).isEqualTo(404);
        assertThat(text(refused)).contains("no event is known").contains("card_id=-1");
    }

    @Test
    void aStoreLostInMidFlightIsSaidAndNothingIsGuessed() throws Exception {
        PredictFace face = face(BY_ID);
        TestRequest request = TestRequest.post("{'card_id': 14}");
        assertThat(call(face, "/predict", request).status()).isEqualTo(200);
        features.lost = true;
        Response lost = call(face, "/predict", request);
        assertThat(lost.status()).isEqualTo(503);
        assertThat(text(lost)).contains("the online store does not answer");
        assertThat(kept).hasSize(1);
        features.lost = false;
        assertThat(call(face, "/predict", request).status()).isEqualTo(200);
    }

    @Test
    void anAliasThatPointsToNothingIsNamed() throws Exception {
        models.aliases.clear();
        Response response = call(face(YAML), "/predict", TestRequest.post("{'amount': 1, 'card_brand': 'VISA'}"));
        assertThat(response.status()).isEqualTo(503);
        assertThat(text(response)).contains("has no alias 'champion'");
    }

    @Test
    void canaryAndShadowTakeTheirShares() throws Exception {
        models.aliases.put("next", 5L);
        PredictFace face = face(
                YAML.replace("  reply:", "  canary: {alias: next, percent: 25}\n  shadow: {alias: next}\n  reply:"));
        for (int i = 0; i < 2000; i++) {
            call(face, "/predict", TestRequest.post("{'amount': 140, 'card_brand': 'VISA'}"));
        }
        long canary = kept.stream().filter(one -> one.version() == 5).count();
        assertThat(canary).isBetween(400L, 600L);
        assertThat(kept).allSatisfy(one -> {
            assertThat(one.shadow()).hasSize(1);
            assertThat(one.shadow().getFirst().probability()).isEqualTo(0.19);
        });
        assertThat(info(face))
                .contains("\"canary\":{\"alias\":\"next\",\"percent\":25.0,\"version\":5,\"predictions\":" + canary
                        + ",\"failures\":0}")
                .contains("\"shadow\":{\"alias\":\"next\",\"percent\":100.0,\"version\":5,\"predictions\":2000,"
                        + "\"failures\":0,\"mean_distance\":");
    }

    @Test
    void moreAtOnceThanAllowedIsShed() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        ServiceFile file = ServiceFile.read(
                Files.writeString(folder.resolve("fraud.yml"), YAML), new Interpolation(Map.of(), Map.of()));
        PredictFace face =
                new PredictFace(List.of(new PredictionService(file, models, Optional.of(features))), made -> {
                    inside.countDown();
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        TestRequest request = TestRequest.post("{'amount': 1, 'card_brand': 'VISA'}");
        Thread first = Thread.ofVirtual().start(() -> call(face, "/predict", request));
        inside.await();
        assertThat(call(face, "/predict", request).status()).isEqualTo(429);
        go.countDown();
        first.join();
        assertThat(call(face, "/predict", request).status()).isEqualTo(200);
    }

    @Test
    void sizesAreLimited() throws Exception {
        PredictFace face = face(YAML);
        String row = "{'amount': 1, 'card_brand': 'VISA'}";
        assertThat(call(face, "/predict/batch", TestRequest.post("[" + row + "," + row + "]"))
                        .status())
                .isEqualTo(200);
        assertThat(call(face, "/predict/batch", TestRequest.post("[" + (row + ",").repeat(3) + row + "]"))
                        .status())
                .isEqualTo(429);
        assertThat(call(face, "/predict", TestRequest.post(" ".repeat(2000))).status())
                .isEqualTo(429);
    }

    @Test
    void theStandardsWayInGiveTheSameAnswer() throws Exception {
        PredictFace face = face(YAML);
        String invocations = text(
                call(
                        face,
                        "/invocations",
                        TestRequest.post(
                                "{'dataframe_split': {'columns': ['amount', 'card_brand'], 'data': [[140, 'VISA'], [940, 'AMEX']]}}")));
        assertThat(invocations).isEqualTo("{\"predictions\":[0.15000000000000002,1.0]}");
        TestRequest infer = new TestRequest("POST", "/v2/models/fraud/infer", Map.of("model", "fraud"), """
                {"id": "7", "inputs": [{"name": "amount", "datatype": "FP64", "shape": [2], "data": [140, 940]},
                 {"name": "card_brand", "datatype": "BYTES", "shape": [2, 1], "data": [["VISA"], ["AMEX"]]}]}
                """);
        String answer = text(call(face, "/v2/models/{model}/infer", infer));
        assertThat(answer)
                .contains("\"id\":\"7\"")
                .contains("\"data\":[0.15000000000000002,1.0]")
                .contains("\"model_version\":\"1\"");
        String openApi = text(call(face, "/predict/openapi.json", new TestRequest("GET", "", Map.of(), "")));
        assertThat(openApi).contains("\"required\":[\"amount\",\"card_brand\"]").contains("fraud_probability");
    }

    @Test
    void aTypoInTheFileIsNamed() {
        assertThatThrownBy(() -> face(YAML.replace("model: card_fraud", "modle: card_fraud")))
                .hasMessageContaining("fraud.yml:")
                .hasMessageContaining("'predict.model' is missing");
        assertThatThrownBy(() -> face(YAML.replace("decimals: 2", "decimal: 2")))
                .hasMessageContaining("did you mean 'decimals'?");
    }
}
