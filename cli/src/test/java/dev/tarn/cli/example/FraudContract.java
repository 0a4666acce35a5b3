package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.orchestrate.RunReport;
import dev.tarn.orchestrate.StepKind;
import dev.tarn.orchestrate.StepReport;
import dev.tarn.orchestrate.StepReport.Status;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What holds of the example whatever its files: every number is that of the SQL written by hand.
abstract class FraudContract {
    abstract FraudLakehouse lakehouse();

    abstract ByHand byHand();

    abstract RunReport firstRun();

    static Stream<Arguments> numbers() {
        String counts = "count(*), count(fraud), count(*) FILTER (fraud),"
                + " count(*) FILTER (fraud) / nullif(count(fraud), 0)::DOUBLE";
        String theirs = "payments, labelled, frauds, fraud_rate";
        return Stream.of(
                Arguments.of(
                        "SELECT payment_id, CAST(paid_at AS varchar), customer_id, card_id, amount, merchant_id, mcc, error"
                                + " FROM silver.payments",
                        "SELECT id, strftime(paid_at, '%Y-%m-%d %H:%M:%S.000000'), client, card, amount, merchant, mcc,"
                                + " nullif(errors, '') FROM tx"),
                Arguments.of(
                        "SELECT customer_id, age, gender, yearly_income, total_debt, credit_score FROM silver.customers",
                        "SELECT id::BIGINT, current_age::INT, gender, replace(yearly_income, '$', '')::DECIMAL(12, 2),"
                                + " replace(total_debt, '$', '')::DECIMAL(12, 2), credit_score::INT FROM users"),
                Arguments.of(
                        "SELECT card_id, customer_id, brand, kind, last_four, CAST(expires_month AS varchar), has_chip,"
                                + " credit_limit, CAST(opened_month AS varchar), on_dark_web FROM silver.cards",
                        "SELECT id::BIGINT, client_id::BIGINT, card_brand, card_type, right(card_number, 4),"
                                + " strptime(expires, '%m/%Y')::DATE::VARCHAR, has_chip = 'YES',"
                                + " replace(credit_limit, '$', '')::DECIMAL(12, 2),"
                                + " strptime(acct_open_date, '%m/%Y')::DATE::VARCHAR, card_on_dark_web = 'Yes' FROM cards"),
                Arguments.of("SELECT mcc, description FROM silver.merchant_categories", "SELECT * FROM mcc"),
                Arguments.of("SELECT payment_id, is_fraud FROM silver.fraud_labels", "SELECT * FROM labels"),
                Arguments.of(
                        "SELECT payment_id, CAST(date_key AS varchar), channel, is_refund, is_fraud FROM gold.fct_payments",
                        "SELECT id, paid_at::DATE::VARCHAR, CASE use_chip WHEN 'Swipe Transaction' THEN 'swipe' WHEN"
                                + " 'Chip Transaction' THEN 'chip' WHEN 'Online Transaction' THEN 'online' END,"
                                + " amount < 0, fraud FROM known"),
                Arguments.of(
                        "SELECT customer_id, " + theirs + ", amount_total, amount_mean, amount_deviation, merchants,"
                                + " online_rate, refund_rate FROM gold.client_features",
                        "SELECT client, " + counts + ", sum(amount), avg(amount), stddev_samp(amount),"
                                + " count(DISTINCT merchant), avg((use_chip = 'Online Transaction')::INT),"
                                + " avg((amount < 0)::INT) FROM known GROUP BY client"),
                Arguments.of(
                        "SELECT card_id, payments, labelled, frauds, fraud_rate, amount_mean, amount_max, merchants"
                                + " FROM gold.card_features",
                        "SELECT c.id::BIGINT, count(k.id), count(fraud), count(*) FILTER (fraud),"
                                + " count(*) FILTER (fraud) / nullif(count(fraud), 0)::DOUBLE, avg(amount), max(amount),"
                                + " count(DISTINCT merchant) FROM cards c LEFT JOIN known k ON k.card = c.id::BIGINT"
                                + " GROUP BY ALL"),
                Arguments.of(
                        "SELECT customer_id, active_days, payments_per_day_mean, payments_per_day_max, amount_per_day_mean,"
                                + " amount_per_day_max FROM gold.velocity",
                        "SELECT client, count(*), avg(n), max(n), avg(a), max(a) FROM (SELECT client, paid_at::DATE AS d,"
                                + " count(*) AS n, sum(amount) AS a FROM tx GROUP BY ALL) GROUP BY client"),
                Arguments.of(
                        "SELECT mcc, " + theirs + ", amount_mean FROM gold.mcc_risk",
                        "SELECT mcc, " + counts + ", avg(amount) FROM known GROUP BY mcc"),
                Arguments.of(
                        "SELECT hour_of_day, " + theirs + ", amount_mean FROM gold.time_distribution",
                        "SELECT hour(paid_at), " + counts + ", avg(amount) FROM known GROUP BY 1"),
                Arguments.of(
                        "SELECT year, month, " + theirs + ", amount_total FROM gold.fraud_by_month",
                        "SELECT year(paid_at), month(paid_at), " + counts + ", sum(amount) FROM known GROUP BY ALL"),
                Arguments.of(
                        "SELECT place, merchant_state, " + theirs + " FROM gold.fraud_by_state",
                        "SELECT CASE WHEN coalesce(state, '') <> '' THEN state WHEN use_chip = 'Online Transaction' THEN"
                                + " 'online' WHEN use_chip = 'Swipe Transaction' THEN 'swipe' ELSE 'chip' END AS place,"
                                + " CASE WHEN length(state) = 2 THEN state END, " + counts
                                + " FROM known GROUP BY ALL"),
                Arguments.of(
                        "SELECT channel, " + theirs + ", amount_mean FROM gold.fraud_by_channel",
                        "SELECT CASE use_chip WHEN 'Swipe Transaction' THEN 'swipe' WHEN 'Chip Transaction' THEN 'chip'"
                                + " ELSE 'online' END, " + counts + ", avg(amount) FROM known GROUP BY 1"),
                Arguments.of(
                        "SELECT count(*), min(CAST(date_key AS varchar)), max(CAST(date_key AS varchar)),"
                                + " sum(iso_week), count_if(is_weekend) FROM gold.dim_date",
                        "SELECT count(*), min(d)::VARCHAR, max(d)::VARCHAR, sum(weekofyear(d)), count(*) FILTER"
                                + " (isodow(d) > 5) FROM (SELECT unnest(generate_series(date_trunc('year', min(paid_at))"
                                + ", max(paid_at)::DATE, INTERVAL 1 DAY))::DATE AS d FROM tx)"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("numbers")
    void everyNumberIsThatOfTheSqlWrittenByHand(String sql, String byHand) throws SQLException {
        List<String> expected = texts(byHand().query(byHand));
        assertThat(expected).isNotEmpty();
        assertThat(texts(lakehouse().query(sql))).isEqualTo(expected);
    }

    @Test
    void everyStepWasDone() {
        assertThat(firstRun().steps()).extracting(StepReport::status).containsOnly(Status.DONE);
    }

    @Test
    void everyPaymentFindsItsCustomerCardAndCategory() {
        assertThat(lakehouse().number("SELECT count(*) FROM gold.fct_payments WHERE customer_key IS NULL"))
                .isZero();
        assertThat(
                        lakehouse()
                                .number(
                                        "SELECT count(*) FROM gold.fct_payments p JOIN gold.dim_customer c"
                                                + " ON c.customer_key = p.customer_key JOIN gold.dim_merchant_category m ON m.mcc = p.mcc"))
                .isEqualTo(lakehouse().number("SELECT count(*) FROM silver.payments"));
    }

    @Test
    void everyRowOfBronzeIsAPaymentOrRejectedWithAReason() {
        assertThat(lakehouse()
                        .number("SELECT (SELECT count(*) FROM silver.payments)"
                                + " + (SELECT count(*) FROM silver.payments_rejected WHERE reason IS NOT NULL)"))
                .isEqualTo(lakehouse().number("SELECT count(*) FROM bronze.transactions"));
    }

    @Test
    void noCardNumberOrSecurityCodeLeavesBronze() {
        assertThat(lakehouse()
                        .query("SELECT table_schema, table_name, column_name FROM information_schema.columns"
                                + " WHERE table_schema IN ('silver', 'gold')"
                                + " AND column_name IN ('card_number', 'cvv', 'number')"))
                .isEmpty();
    }

    @Test
    void theRiskOfCustomersIsOneOfThreeBands() {
        assertThat(lakehouse().query("SELECT DISTINCT risk FROM gold.customer_risk"))
                .flatExtracting(row -> row)
                .isSubsetOf("low", "medium", "high");
    }

    @Test
    void anotherRunHasNothingToDo() {
        RunReport again = lakehouse().run();
        assertThat(again.succeeded()).isTrue();
        assertThat(again.publishId()).isEmpty();
        assertThat(again.steps())
                .filteredOn(step -> step.kind() == StepKind.MODEL)
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.status()).isEqualTo(Status.UNCHANGED));
    }

    private static List<String> texts(List<List<@Nullable Object>> rows) {
        return rows.stream()
                .map(row -> row.stream().map(ByHand::text).toList().toString())
                .sorted()
                .toList();
    }
}
