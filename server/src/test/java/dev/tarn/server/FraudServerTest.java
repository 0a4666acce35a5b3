package dev.tarn.server;

import static dev.tarn.server.FraudServer.CHECK;
import static dev.tarn.server.FraudServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tarn.orchestrate.StepReport;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The whole server on the example: every face answers, over HTTP, as its clients ask.
class FraudServerTest {
    @TempDir
    static Path folder;

    private static @Nullable FraudServer started;

    @BeforeAll
    static void start() throws Exception {
        started = FraudServer.serve(FraudServer.make(folder, 6_000));
    }

    @AfterAll
    static void stop() {
        if (started != null) {
            started.close();
        }
    }

    private static FraudServer server() {
        return Objects.requireNonNull(started);
    }

    @Test
    void trinoStatements() throws Exception {
        String address = "jdbc:trino://" + server().server().url().substring("http://".length()) + "/tarn";
        try (Connection connection = DriverManager.getConnection(address, "tester", null);
                ResultSet rows = connection
                        .createStatement()
                        .executeQuery("SELECT count(*) FROM gold.fct_payments WHERE is_fraud")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getLong(1)).isPositive();
        }
    }

    @Test
    void icebergCatalog() throws Exception {
        assertThat(json(server().get("/iceberg/v1/config")).path("endpoints")).isNotEmpty();
        assertThat(json(server().get("/iceberg/v1/main/namespaces/gold/tables"))
                        .path("identifiers")
                        .findValuesAsText("name"))
                .contains("fct_payments", "mcc_risk");
        HttpResponse<String> missing = server().get("/iceberg/v1/main/namespaces/gold/tables/nothing");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(json(missing).path("error").path("type").asText()).isEqualTo("NoSuchTableException");
    }

    @Test
    void columnsAreFollowedFromFilesToGold() throws Exception {
        JsonNode lineage = json(server().get("/api/lineage/gold/fct_payments/amount?direction=up&direct=true"));
        assertThat(lineage.at("/columns/0/up").findValuesAsText("table"))
                .anyMatch(table -> table.endsWith("transactions_*.csv"));
        JsonNode down = json(server().get("/api/lineage/bronze/transactions?direction=down"));
        assertThat(down.path("columns").size()).isGreaterThan(5);
        assertThat(down.findValuesAsText("table")).contains("gold.fct_payments");
        assertThat(server().get("/api/lineage/gold/none").statusCode()).isEqualTo(404);
    }

    @Test
    void mlflow() throws Exception {
        JsonNode model = json(server().get("/api/2.0/mlflow/registered-models/get?name=card_fraud"))
                .path("registered_model");
        assertThat(model.path("aliases").findValuesAsText("alias")).contains("champion");
        JsonNode version = json(server().get("/api/2.0/mlflow/registered-models/alias?name=card_fraud&alias=champion"))
                .path("model_version");
        JsonNode run = json(server().get("/api/2.0/mlflow/runs/get?run_id="
                        + version.path("run_id").asText()))
                .path("run");
        assertThat(run.path("data").path("metrics").findValuesAsText("key")).contains("auc", "average_precision");
        HttpResponse<String> missing = server().get("/api/2.0/mlflow/registered-models/get?name=nothing");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(json(missing).path("error_code").asText()).isEqualTo("RESOURCE_DOES_NOT_EXIST");
    }

    @Test
    void feast() throws Exception {
        long customer = number("SELECT min(customer_id) FROM silver.payments");
        assertThat(server().post("/materialize-incremental", "{}").statusCode()).isEqualTo(200);
        HttpResponse<String> answer = server().post(
                        "/get-online-features",
                        "{\"features\": [\"customer_payments:payments_30d\", \"customer_payments:last_country\"],"
                                + " \"entities\": {\"customer_id\": [" + customer + ", -1]},"
                                + " \"full_feature_names\": true}");
        assertThat(answer.statusCode()).describedAs(answer.body()).isEqualTo(200);
        JsonNode json = json(answer);
        assertThat(texts(json.path("metadata").path("feature_names")))
                .containsExactly("customer_id", "customer_payments__payments_30d", "customer_payments__last_country");
        assertThat(texts(json.path("results").path(1).path("statuses"))).containsExactly("PRESENT", "NOT_FOUND");
        HttpResponse<String> unknown = server().post(
                        "/get-online-features",
                        "{\"features\": [\"customer_payments:nothing\"], \"entities\": {\"customer_id\": [1]}}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(json(unknown).path("detail").asText()).contains("nothing");
    }

    @Test
    void aCardCheckIsAnsweredInTheWordsOfItsCallers() throws Exception {
        HttpResponse<String> reply = server().post("/predict", CHECK);
        assertThat(reply.statusCode()).describedAs(reply.body()).isEqualTo(200);
        JsonNode json = json(reply);
        assertThat(json.propertyStream().map(java.util.Map.Entry::getKey))
                .containsExactly("fraud_probability", "is_fraud", "confidence");
        assertThat(json.path("fraud_probability").asDouble()).isBetween(0.0, 1.0);
        assertThat(json.path("is_fraud").isBoolean()).isTrue();
        assertThat(json.path("confidence").asText()).isIn("Élevée", "Moyenne", "Faible");
        assertThat(reply.headers().firstValue("X-Unknown-Words")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"amount\": 123.45, | | missing fields: amount",
                "\"amount\": 123.45 | \"amount\": 1e999 | field 'amount' must be a finite number",
                "\"amount\": 123.45 | \"amount\": \"much\" | field 'amount' must be a number",
                "\"amount\": 123.45 | \"amount\": 1, \"amuont\": 1 | did you mean 'amount'?",
                "\"credit_score\": 700 | \"credit_score\": 7000 | outside of 0.0 to 1000.0",
                "\"num_credit_cards\": 2 | \"num_credit_cards\": 2.5 | must be a whole number",
                "\"use_chip\": \"True\" | \"use_chip\": \"Perhaps\" | has the unknown word 'Perhaps'",
            })
    void whatIsWrongWithARequestIsNamed(String from, @Nullable String to, String said) throws Exception {
        HttpResponse<String> reply = server().post("/predict", CHECK.replace(from, to == null ? "" : to));
        assertThat(reply.statusCode()).describedAs(reply.body()).isEqualTo(400);
        assertThat(json(reply).path("code").asText()).isEqualTo("BAD_REQUEST");
        assertThat(json(reply).path("error").asText()).contains(said);
    }

    @Test
    void aWordNeverSeenCountsAsMissingAndIsSaid() throws Exception {
        HttpResponse<String> reply = server().post("/predict", CHECK.replace("\"NY\"", "\"Atlantis\""));
        assertThat(reply.statusCode()).isEqualTo(200);
        assertThat(reply.headers().firstValue("X-Unknown-Words"))
                .hasValueSatisfying(words -> assertThat(words).contains("merchant_state=Atlantis"));
    }

    @Test
    void whatIsKnownOfTheModel() throws Exception {
        JsonNode info = json(server().get("/model/info"));
        JsonNode card = null;
        for (JsonNode one : info) {
            card = one.path("path").asText().equals("/predict") ? one : card;
        }
        assertThat(card).isNotNull();
        assertThat(card.path("model").asText()).isEqualTo("card_fraud");
        assertThat(card.path("version").asLong()).isPositive();
        assertThat(card.path("inputs")).hasSize(11);
        assertThat(card.has("warning")).isFalse();
    }

    @Test
    void openInference() throws Exception {
        JsonNode metadata = json(server().get("/v2/models/fraud"));
        assertThat(metadata.path("inputs")).hasSize(11);
        assertThat(json(server().get("/v2/models/fraud/ready")).path("ready").asBoolean())
                .isTrue();
        JsonNode check = new com.fasterxml.jackson.databind.ObjectMapper().readTree(CHECK);
        String inputs = metadata.path("inputs")
                .valueStream()
                .map(input -> "{\"name\": " + input.path("name") + ", \"datatype\": " + input.path("datatype")
                        + ", \"shape\": [2], \"data\": ["
                        + check.path(input.path("name").asText()) + ","
                        + check.path(input.path("name").asText()) + "]}")
                .collect(Collectors.joining(","));
        HttpResponse<String> answer =
                server().post("/v2/models/fraud/infer", "{\"id\": \"7\", \"inputs\": [" + inputs + "]}");
        assertThat(answer.statusCode()).describedAs(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("id").asText()).isEqualTo("7");
        JsonNode data = json(answer).path("outputs").path(0).path("data");
        assertThat(data).hasSize(2);
        assertThat(data.get(0)).isEqualTo(data.get(1));
        assertThat(server().post("/v2/models/nothing/infer", "{}").statusCode()).isEqualTo(404);
        assertThat(json(server().get("/v2")).path("name").asText()).isEqualTo("tarn");
        String version = metadata.path("versions").path(0).asText();
        assertThat(json(server().get("/v2/models/fraud/versions/" + version + "/ready"))
                        .path("ready")
                        .asBoolean())
                .isTrue();
        HttpResponse<String> other = server().get("/v2/models/fraud/versions/999");
        assertThat(other.statusCode()).isEqualTo(404);
        assertThat(json(other).path("error").asText()).contains("version " + version + " does, by the alias champion");
    }

    @Test
    void batches() throws Exception {
        HttpResponse<String> batch = server().post("/predict/batch", "[" + CHECK + "," + CHECK + "]");
        assertThat(batch.statusCode()).describedAs(batch.body()).isEqualTo(200);
        assertThat(json(batch)).hasSize(2);
        assertThat(json(batch).get(1).path("prediction_id").asText()).hasSize(28);
        HttpResponse<String> wrong =
                server().post("/predict/batch", "[" + CHECK + "," + CHECK.replace("700", "\"?\"") + "]");
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(json(wrong).path("error").asText()).contains("credit_score").contains("row 1");
    }

    @Test
    void openApiDescribesTheRequest() throws Exception {
        JsonNode json = json(server().get("/predict/openapi.json"));
        assertThat(json.path("openapi").asText()).isEqualTo("3.1.0");
        JsonNode schema = json.path("paths")
                .path("/predict")
                .path("post")
                .path("requestBody")
                .path("content")
                .path("application/json")
                .path("schema");
        assertThat(schema.path("required")).hasSize(11);
        assertThat(schema.path("properties")
                        .path("credit_score")
                        .path("maximum")
                        .asDouble())
                .isEqualTo(1000);
        assertThat(json.at("/paths/~1predict~1batch/post/requestBody/content/application~1json/schema/items"))
                .isEqualTo(schema);
        assertThat(json(server().get("/datamarts/openapi.json")).path("paths").has("/mcc_risk"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/client_features",
                "/card_features",
                "/velocity",
                "/mcc_risk",
                "/time_distribution",
                "/customers",
                "/payments"
            })
    void datamarts(String path) throws Exception {
        HttpResponse<String> list = server().get(path + "?limit=2");
        assertThat(list.statusCode()).describedAs(list.body()).isEqualTo(200);
        assertThat(json(list).path("items")).hasSize(2);
        String tag = list.headers().firstValue("ETag").orElseThrow();
        assertThat(server().get(path + "?limit=2", "If-None-Match", tag).statusCode())
                .isEqualTo(304);
        HttpResponse<String> wrong = server().get(path + "?limit=-1");
        assertThat(wrong.statusCode()).isEqualTo(400);
        HttpResponse<String> unknown = server().get(path + "?nothing=1");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(json(unknown).path("error").asText()).contains("nothing");
    }

    @Test
    void customersWithTheirRiskAndPayments() throws Exception {
        JsonNode one = json(server().get("/customers?limit=1&sort=-payments"))
                .path("items")
                .get(0);
        long customer = one.path("customer_id").asLong();
        JsonNode byKey = json(server().get("/customers/" + customer));
        assertThat(byKey).isEqualTo(one);
        assertThat(byKey.path("risk").asText()).isIn("low", "medium", "high");
        JsonNode payments = json(server().get("/payments?customer_id=" + customer + "&sort=-paid_at&limit=1000"));
        assertThat(payments.path("items")).hasSize(one.path("payments").asInt());
        assertThat(payments.path("items").findValuesAsText("customer_id")).containsOnly(Long.toString(customer));
        assertThat(server().get("/customers/-7").statusCode()).isEqualTo(404);
    }

    @Test
    void aPredictionIsExplainedAndJudgedLater() throws Exception {
        HttpResponse<String> reply = server().post("/predict", CHECK);
        String id = reply.headers().firstValue("X-Prediction-Id").orElseThrow();
        JsonNode receipt = json(server().get("/api/predictions/" + id));
        assertThat(receipt.path("model").asText()).isEqualTo("card_fraud");
        assertThat(receipt.path("request").path("card_brand").asText()).isEqualTo("VISA");
        assertThat(receipt.path("inputs").findValuesAsText("value")).contains("Visa", "Credit");
        assertThat(receipt.path("code").asText()).isNotEmpty();

        JsonNode why = json(server().get("/api/predictions/" + id + "/explain"));
        assertThat(why.path("identical").asBoolean()).isTrue();
        assertThat(why.path("contributions")).hasSize(11);

        assertThat(server().post("/api/predictions/" + id + "/feedback", "{\"label\": true}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(server().post("/api/predictions/flush", "").statusCode()).isEqualTo(204);
        assertThat(server().query("SELECT p.model, f.label FROM bronze.predictions p"
                        + " JOIN bronze.prediction_feedback f ON f.prediction_id = p.prediction_id"
                        + " WHERE p.prediction_id = '" + id + "'"))
                .containsExactly(List.of("card_fraud", true));
        assertThat(server().post("/api/predictions/judge", "").statusCode()).isEqualTo(204);
        assertThat(server().query(
                                "SELECT sum(labels), sum(positives) FROM monitoring.quality WHERE model = 'card_fraud'"
                                        + " AND slice = ''"))
                .containsExactly(List.of(1L, 1L));
        assertThat(server().query("SELECT count(*) FROM monitoring.drift WHERE model = 'card_fraud' AND"
                        + " reference = 'training'"))
                .isNotEqualTo(List.of(List.of(0L)));
        assertThat(server().get("/metrics").body())
                .contains("tarn_model_labels{model=\"card_fraud\"")
                .contains("tarn_model_drift_stability_index{");
        // The receipt is a row by now, and reads as before.
        assertThat(json(server().get("/api/predictions/" + id))).isEqualTo(receipt);
        assertThat(server().get("/api/predictions/00000000000000000000000000ff").statusCode())
                .isEqualTo(404);
    }

    @Test
    void mlflowInvocations() throws Exception {
        HttpResponse<String> unsaid = server().post("/invocations", "{\"dataframe_records\": [" + CHECK + "]}");
        assertThat(unsaid.statusCode()).isEqualTo(400);
        assertThat(json(unsaid).path("error").asText()).contains("fraud, payment");
        HttpResponse<String> answer =
                server().post("/invocations?service=fraud", "{\"dataframe_records\": [" + CHECK + "," + CHECK + "]}");
        assertThat(answer.statusCode()).describedAs(answer.body()).isEqualTo(200);
        assertThat(json(answer).path("predictions")).hasSize(2);
        HttpResponse<String> wrong = server().post("/invocations?service=fraud", "{\"rows\": []}");
        assertThat(wrong.statusCode()).isEqualTo(400);
    }

    @Test
    void aPaymentIsCheckedByIdsAloneAndWhatHappensCountsAtOnce() throws Exception {
        long customer = number("SELECT max(customer_id) FROM silver.payments");
        long card = number("SELECT max(card_id) FROM silver.cards WHERE customer_id = " + customer);
        assertThat(server().post("/materialize-incremental", "{}").statusCode()).isEqualTo(200);
        String check = "{\"customer_id\": " + customer + ", \"card_id\": " + card
                + ", \"amount\": 80, \"use_chip\": \"Online\"}";
        assertThat(served(check, "customer_payments__payments_1d").path("value").asLong())
                .isZero();

        String now = Instant.now().minusSeconds(5).toString();
        HttpResponse<String> pushed = server().post(
                        "/push",
                        "{\"push_source_name\": \"customer_payments\", \"df\": {\"payment_id\": [900000001, 900000002],"
                                + " \"customer_id\": [" + customer + ", " + customer
                                + "], \"amount\": [\"20.50\", \"4.50\"],"
                                + " \"channel\": [\"online\", \"swipe\"], \"paid_at\": [\"" + now + "\", \"" + now
                                + "\"]}}");
        assertThat(pushed.statusCode()).describedAs(pushed.body()).isEqualTo(200);

        JsonNode count = served(check, "customer_payments__payments_1d");
        assertThat(count.path("value").asLong()).isEqualTo(2);
        assertThat(count.path("status").asText()).isEqualTo("PRESENT");
        assertThat(Instant.parse(count.path("event_time").asText()))
                .isEqualTo(Instant.parse(now).truncatedTo(ChronoUnit.MICROS));
        assertThat(count.path("snapshot_id").asLong()).isNotZero();
        String id = server().post("/predict/payment", check)
                .headers()
                .firstValue("X-Prediction-Id")
                .orElseThrow();
        JsonNode earlier = json(server().get("/api/predictions/" + id + "/explain?at="
                        + Instant.now().minusSeconds(3600)))
                .path("as_of");
        assertThat(earlier.path("probability").asDouble()).isBetween(0.0, 1.0);
        assertThat(earlier.path("inputs")
                        .valueStream()
                        .filter(input -> input.path("input").asText().equals("customer_payments__payments_1d"))
                        .map(input -> input.path("value").asLong()))
                .containsExactly(0L);
        assertThat(server().get("/api/predictions/" + id + "/explain?at=yesterday")
                        .statusCode())
                .isEqualTo(400);
        JsonNode feast = json(server().post(
                        "/get-online-features",
                        "{\"features\": [\"customer_payments:amount_1d\"], \"entities\": {\"customer_id\": [" + customer
                                + "]}}"));
        assertThat(served(check, "customer_payments__amount_1d").path("value").asDouble())
                .isEqualTo(25.0)
                .isEqualTo(feast.path("results").path(1).path("values").path(0).asDouble());
    }

    /// What the receipt of a payment's check says of one input.
    private static JsonNode served(String check, String input) throws Exception {
        HttpResponse<String> reply = server().post("/predict/payment", check);
        assertThat(reply.statusCode()).describedAs(reply.body()).isEqualTo(200);
        assertThat(json(reply).path("fraud_probability").asDouble()).isBetween(0.0, 1.0);
        String id = reply.headers().firstValue("X-Prediction-Id").orElseThrow();
        return json(server().get("/api/predictions/" + id))
                .path("inputs")
                .valueStream()
                .filter(value -> value.path("input").asText().equals(input))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void anEntityNobodyKnowsIsSaid() throws Exception {
        HttpResponse<String> reply = server().post(
                        "/predict/payment",
                        "{\"customer_id\": -5, \"card_id\": -6, \"amount\": 80, \"use_chip\": \"Online\"}");
        assertThat(reply.statusCode()).describedAs(reply.body()).isEqualTo(200);
        assertThat(reply.headers().firstValue("X-Unknown-Entities"))
                .contains("customer_payments, card_payments, customer_fraud");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"card_id\": 1, \"amount\": 80, \"use_chip\": \"Online\"} | missing fields: customer_id",
                "{\"customer_id\": \"x\", \"card_id\": 1, \"amount\": 80, \"use_chip\": \"Online\"} | must be a whole number",
                "{\"customer_id\": 1e30, \"card_id\": 1, \"amount\": 80, \"use_chip\": \"Online\"} | must be a whole number",
                "{\"customer_id\": null, \"card_id\": 1, \"amount\": 80, \"use_chip\": \"Online\"} | missing fields: customer_id",
                "{\"customer_id\": [1], \"card_id\": 1, \"amount\": -1e999, \"use_chip\": \"Online\"} | must be a whole number",
                "{\"customer_id\": 1, \"card_id\": 1, \"amount\": -1e999, \"use_chip\": \"Online\"} | must be a finite number",
                "{\"custome_id\": 1, \"card_id\": 1, \"amount\": 1, \"use_chip\": \"Online\"} | unknown field 'custome_id'; did you mean 'customer_id'?",
            })
    void whatIsWrongWithIdsIsNamed(String body, String said) throws Exception {
        HttpResponse<String> reply = server().post("/predict/payment", body);
        assertThat(reply.statusCode()).describedAs(reply.body()).isEqualTo(400);
        assertThat(json(reply).path("error").asText()).contains(said);
    }

    @Test
    void aMillionEntitiesAreTooMany() throws Exception {
        String one = "{\"customer_id\": 1, \"card_id\": 1, \"amount\": 1, \"use_chip\": \"Online\"}";
        HttpResponse<String> batch =
                server().post("/predict/payment/batch", "[" + (one + ",").repeat(1_000_000) + one + "]");
        assertThat(batch.statusCode()).isEqualTo(413);
        assertThat(json(batch).path("code").asText()).isEqualTo("BODY_TOO_LARGE");
        HttpResponse<String> some =
                server().post("/predict/payment/batch", "[" + (one + ",").repeat(20_000) + one + "]");
        assertThat(some.statusCode()).isEqualTo(429);
        assertThat(json(some).path("error").asText()).contains("20001 rows");
        HttpResponse<String> feast = server().post(
                        "/get-online-features",
                        "{\"features\": [\"customer_payments:payments_1d\"], \"entities\": {\"customer_id\": ["
                                + "1,".repeat(999_999) + "1]}}");
        assertThat(feast.statusCode()).isEqualTo(413);
        assertThat(json(feast).path("detail").asText()).contains("1000000");
    }

    @Test
    void aStatementPredictsAsTheServiceDoes() throws Exception {
        HttpResponse<String> reply = server().post("/predict", CHECK);
        JsonNode receipt = json(server().get("/api/predictions/"
                + reply.headers().firstValue("X-Prediction-Id").orElseThrow()));
        assertThat(server().query(
                                "SELECT predict.card_fraud(123.45, 'Visa', 'Credit', 'NY', 'chip', 5000, 35000, 42000, 1000,"
                                        + " 700, 2)"))
                .containsExactly(List.of(receipt.path("probability").asDouble()));
        List<@Nullable Object> all = server().query(
                        "SELECT count(*), min(p), max(p) FROM (SELECT predict.card_fraud(CAST(p.amount AS double), c.brand,"
                                + " c.kind, coalesce(p.merchant_state, p.merchant_country, 'online'), p.channel, c.credit_limit,"
                                + " u.per_capita_income, u.yearly_income, u.total_debt, u.credit_score, u.credit_cards) AS p"
                                + " FROM gold.fct_payments p JOIN silver.cards c ON c.card_id = p.card_id"
                                + " JOIN silver.customers u ON u.customer_id = p.customer_id)")
                .getFirst();
        assertThat((Long) all.get(0)).isGreaterThan(5_000);
        assertThat((Double) all.get(1)).isBetween(0.0, 1.0);
        assertThat((Double) all.get(2)).isBetween(0.0, 1.0).isGreaterThan((Double) all.get(1));
    }

    @Test
    void aModelThatPredictsIsBuiltAgainWhenTheAliasMoves() throws Exception {
        Files.writeString(
                folder.resolve("models/gold/marts/amount_scores.sql"),
                "SELECT payment_id, predict.payment_fraud(CAST(amount AS double), channel"
                        + ", NULL".repeat(predictedFeatures()) + ") AS p FROM {{ ref('fct_payments') }}\n");
        assertThat(statusOf("gold.amount_scores")).isEqualTo(StepReport.Status.DONE);
        assertThat(statusOf("gold.amount_scores")).isEqualTo(StepReport.Status.UNCHANGED);
        JsonNode version = json(server().get(
                                "/api/2.0/mlflow/registered-models/alias?name=payment_fraud&alias=champion"))
                .path("model_version");
        JsonNode second = json(server().post(
                                "/api/2.0/mlflow/model-versions/create",
                                "{\"name\": \"payment_fraud\", \"source\": " + version.path("source") + ", \"run_id\": "
                                        + version.path("run_id") + "}"))
                .path("model_version");
        assertThat(server().post(
                                "/api/2.0/mlflow/registered-models/alias",
                                "{\"name\": \"payment_fraud\", \"alias\": \"champion\", \"version\": "
                                        + second.path("version") + "}")
                        .statusCode())
                .isEqualTo(200);
        assertThat(statusOf("gold.amount_scores")).isEqualTo(StepReport.Status.DONE);
    }

    @Test
    void anAliasMovesUnderFireWithoutALostRequest() throws Exception {
        JsonNode version = json(server().get("/api/2.0/mlflow/registered-models/alias?name=card_fraud&alias=champion"))
                .path("model_version");
        long second = json(server().post(
                                "/api/2.0/mlflow/model-versions/create",
                                "{\"name\": \"card_fraud\", \"source\": " + version.path("source") + "}"))
                .path("model_version")
                .path("version")
                .asLong();
        // A third whose files are not there.
        long broken = json(server().post(
                                "/api/2.0/mlflow/model-versions/create",
                                "{\"name\": \"card_fraud\", \"source\": \"mlflow-artifacts:/0/nowhere/artifacts/model\"}"))
                .path("model_version")
                .path("version")
                .asLong();
        AtomicBoolean done = new AtomicBoolean();
        Set<String> refused = ConcurrentHashMap.newKeySet();
        Set<Long> answered = ConcurrentHashMap.newKeySet();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            clients.add(Thread.ofVirtual().start(() -> ask(done, answered, refused)));
        }
        try {
            move(second);
            awaitTrue(() -> answered.contains(second));
            move(broken);
            awaitTrue(() -> server().get("/model/info").body().contains("\"warning\""));
            answered.clear();
            awaitTrue(() -> answered.contains(second));
            move(version.path("version").asLong());
            awaitTrue(() -> answered.contains(version.path("version").asLong()));
        } finally {
            done.set(true);
            for (Thread client : clients) {
                client.join();
            }
        }
        assertThat(refused).isEmpty();
        assertThat(answered).doesNotContain(broken);
    }

    private static void ask(AtomicBoolean done, Set<Long> answered, Set<String> refused) {
        while (!done.get()) {
            try {
                HttpResponse<String> batch = server().post("/predict/batch", "[" + CHECK + "]");
                if (batch.statusCode() == 200) {
                    String id = json(batch).get(0).path("prediction_id").asText();
                    answered.add(json(server().get("/api/predictions/" + id))
                            .path("model_version")
                            .asLong());
                } else {
                    refused.add(batch.body());
                }
            } catch (Exception e) {
                refused.add(e.toString());
            }
        }
    }

    private static void move(long version) throws Exception {
        assertThat(server().post(
                                "/api/2.0/mlflow/registered-models/alias",
                                "{\"name\": \"card_fraud\", \"alias\": \"champion\", \"version\": \"" + version + "\"}")
                        .statusCode())
                .isEqualTo(200);
    }

    private static void awaitTrue(Callable<Boolean> holds) throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
        while (!holds.call()) {
            assertThat(System.nanoTime()).describedAs("three minutes went by").isLessThan(until);
            Thread.sleep(20);
        }
    }

    private static int predictedFeatures() throws Exception {
        JsonNode info = json(server().get("/model/info"));
        return info.valueStream()
                        .filter(one -> one.path("model").asText().equals("payment_fraud"))
                        .findFirst()
                        .orElseThrow()
                        .path("inputs")
                        .size()
                - 2;
    }

    private static StepReport.Status statusOf(String step) {
        return server().run(step).steps().stream()
                .filter(report -> report.step().equals(step))
                .findFirst()
                .orElseThrow()
                .status();
    }

    @Test
    void healthMetricsAndHome() throws Exception {
        assertThat(json(server().get("/health")).path("status").asText()).isEqualTo("ready");
        server().post("/predict", CHECK);
        assertThat(server().get("/metrics").body()).contains("tarn_http_request_seconds_count{face=\"predict\"");
        assertThat(server().get("/").body()).contains("fct_payments");
        assertThat(json(server().get("/api/runs"))).isNotEmpty();
    }

    @Test
    void aPathOrMethodThatIsNotThereIsSaid() throws Exception {
        assertThat(server().get("/nothing").statusCode()).isEqualTo(404);
        assertThat(server().send(server().request("/predict")
                                .method("DELETE", BodyPublishers.noBody())
                                .build())
                        .statusCode())
                .isEqualTo(405);
    }

    /// Every route that the server answers is in `docs/reference/http.md`, and no other.
    @Test
    void theReferenceNamesEveryRoute() throws Exception {
        Pattern row = Pattern.compile("(?m)^\\| `(/[^`]*)` \\| ([A-Z ]+) \\|");
        TreeSet<String> documented = row.matcher(
                        Files.readString(FraudServer.repository().resolve("docs/reference/http.md")))
                .results()
                .flatMap(found -> Stream.of(found.group(2).split(" ")).map(method -> method + " " + found.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
        List<String> answered = server().server().routes();
        List<String> twins = answered.stream()
                .filter(route -> route.contains(" /ajax-api/"))
                .map(route -> route.replace(" /ajax-api/", " /api/"))
                .toList();
        assertThat(answered).containsAll(twins);
        assertThat(documented)
                .describedAs("docs/reference/http.md, one row each: | `/path` | GET POST |")
                .containsExactlyInAnyOrderElementsOf(answered.stream()
                        .filter(route -> !route.contains(" /ajax-api/"))
                        .toList());
    }

    private static long number(String sql) {
        return ((Number) Objects.requireNonNull(server().query(sql).getFirst().getFirst())).longValue();
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asText).toList();
    }
}
