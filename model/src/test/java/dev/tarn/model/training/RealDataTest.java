package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The quality that is known to be reachable on public data, by the same splits. Skipped without the data.
class RealDataTest {
    @TempDir
    Path folder;

    static Path data(String name) {
        Path root = Path.of(Optional.ofNullable(System.getenv("TARN_TEST_DATA")).orElse("../../shared/data"));
        Path path = root.resolve(name).toAbsolutePath();
        Assumptions.assumeTrue(Files.exists(path), "no " + path);
        return path;
    }

    @Test
    void cardPaymentsInFiveFoldsGroupedByClient() throws Exception {
        Path cards = data("card-transactions");
        try (TrainingFixture fixture = new TrainingFixture(folder)) {
            fixture.features.execute("""
                    CREATE TABLE checks AS
                    SELECT CAST(t.date AS TIMESTAMP) AS paid_at, t.client_id, CAST(replace(t.amount, '$', '') AS DOUBLE) AS amount,
                      c.card_brand, c.card_type, t.merchant_state, t.use_chip,
                      CAST(replace(c.credit_limit, '$', '') AS DOUBLE) AS credit_limit,
                      CAST(replace(u.per_capita_income, '$', '') AS DOUBLE) AS per_capita_income,
                      CAST(replace(u.yearly_income, '$', '') AS DOUBLE) AS yearly_income,
                      CAST(replace(u.total_debt, '$', '') AS DOUBLE) AS total_debt,
                      CAST(u.credit_score AS DOUBLE) AS credit_score, CAST(u.num_credit_cards AS DOUBLE) AS num_credit_cards,
                      l.value = 'Yes' AS is_fraud
                    FROM read_csv('%1$s/transactions_*.csv', all_varchar = true) t
                    JOIN read_csv('%1$s/cards_data.csv', all_varchar = true) c ON c.id = t.card_id
                    JOIN read_csv('%1$s/users_data.csv', all_varchar = true) u ON u.id = t.client_id
                    JOIN (SELECT unnest(map_entries(CAST(json_extract(json, '$.target') AS MAP(VARCHAR, VARCHAR))), recursive := true)
                          FROM read_json_objects('%1$s/train_fraud_labels.json', maximum_object_size = 100000000)) l ON l.key = t.id
                    """.formatted(cards));
            Training.Result result = fixture.train("""
                    data: {query: SELECT * FROM checks, label: is_fraud, time: paid_at}
                    split:
                      grouped: {by: client_id, folds: 5}
                    candidates:
                      - name: boosted
                        algorithm: xgboost
                        parameters: {rounds: 150, max_depth: 4, eta: 0.05, subsample: 0.8, min_child_weight: 5}
                      - name: forest
                        algorithm: random-forest
                      - name: logistic
                        algorithm: logistic-regression
                    """);
            result.tried().forEach(tried -> System.out.println("card payments: " + tried));
            assertThat(result.best().metrics().get("auc")).isGreaterThan(0.969);
            assertThat(result.best().metrics().get("average_precision")).isGreaterThan(0.705);
        }
    }
}
