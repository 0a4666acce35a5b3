package dev.tarn.feature.offline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.core.config.Interpolation;
import dev.tarn.core.feature.FeatureSelection;
import dev.tarn.core.feature.OfflineFeatures;
import dev.tarn.core.feature.TrainingFrame;
import dev.tarn.feature.DuckRelations;
import dev.tarn.feature.FeatureCatalog;
import dev.tarn.feature.definition.FeatureFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The features of the Fraud Detection Handbook on its 1.75 million payments, beside DuckDB's window functions.
class HandbookFeaturesTest {
    private static final String VIEWS = """
            entities:
              customer:
                keys: {customer: bigint}
              terminal:
                keys: {terminal: bigint}
            views:
              customer_payments:
                entity: customer
                from: payments
                event-time: paid_at
                features:
                  payments: {count: "*", windows: [1d, 7d, 30d]}
                  amount_mean: {mean: amount, windows: [1d, 7d, 30d]}
              terminal_risk:
                entity: terminal
                from: payments
                event-time: paid_at
                # Whether a payment was a fraud is known a week later.
                delay: 7d
                features:
                  payments: {count: "*", windows: [1d, 7d, 30d]}
                  frauds: {count: "*", where: fraud = 1, windows: [1d, 7d, 30d]}
                  risk: {ratio: [frauds, payments], windows: [1d, 7d, 30d], default: 0}
            """;

    @TempDir
    Path folder;

    @Test
    void equalWindowFunctionsOnRealPayments() throws IOException {
        Path data = Path.of(Optional.ofNullable(System.getenv("TARN_TEST_DATA")).orElse("../../shared/data"))
                .resolve("handbook-transactions.parquet");
        assumeTrue(Files.exists(data), "the handbook's payments are not here");
        Files.writeString(folder.resolve("handbook.yml"), VIEWS);
        try (DuckRelations relations = new DuckRelations()) {
            relations.run("CREATE TABLE payments AS SELECT CAST(CUSTOMER_ID AS BIGINT) AS customer, CAST(TERMINAL_ID AS"
                    + " BIGINT) AS terminal, CAST(TX_DATETIME AS TIMESTAMP) AS paid_at, CAST(TX_AMOUNT AS DOUBLE) AS"
                    + " amount, CAST(TX_FRAUD AS BIGINT) AS fraud FROM '" + data + "'");
            relations.run("CREATE TABLE labels AS SELECT * FROM (SELECT *" + windows() + " FROM payments) WHERE paid_at"
                    + " >= TIMESTAMP '2018-07-25' AND paid_at < TIMESTAMP '2018-08-15'");
            FeatureCatalog catalog =
                    new FeatureCatalog(FeatureFiles.read(folder, new Interpolation(Map.of(), Map.of())), relations);
            try (TrainingFrame frame = new PointInTimeJoin(catalog, relations, 1 << 28, 2)
                    .join(new OfflineFeatures.Request(
                            "SELECT * FROM labels",
                            "paid_at",
                            new FeatureSelection.Names(List.of("customer_payments", "terminal_risk")),
                            Map.of()))) {
                assertThat(frame.rows()).isGreaterThan(200_000);
                for (String days : List.of("1", "7", "30")) {
                    same(frame, "customer_payments__payments_" + days + "d", "n" + days, 0);
                    same(frame, "customer_payments__amount_mean_" + days + "d", "a" + days, 1e-9);
                    same(frame, "terminal_risk__payments_" + days + "d", "t" + days, 0);
                    same(frame, "terminal_risk__frauds_" + days + "d", "f" + days, 0);
                    same(frame, "terminal_risk__risk_" + days + "d", "r" + days, 0);
                }
            }
        }
    }

    private static void same(TrainingFrame frame, String feature, String byHand, double tolerance) {
        double[] ours = frame.doubles(feature);
        double[] theirs = frame.doubles(byHand);
        for (int row = 0; row < ours.length; row++) {
            if (Math.abs(ours[row] - theirs[row]) > tolerance || Double.isNaN(ours[row])) {
                assertThat(ours[row]).as(feature + " of row " + row).isCloseTo(theirs[row], within(tolerance));
            }
        }
    }

    private static String windows() {
        StringBuilder sql = new StringBuilder();
        for (int days : new int[] {1, 7, 30}) {
            String customer = " OVER (PARTITION BY customer ORDER BY paid_at RANGE BETWEEN INTERVAL " + days
                    + " DAY - INTERVAL 1 MICROSECOND PRECEDING AND CURRENT ROW)";
            String terminal = " OVER (PARTITION BY terminal ORDER BY paid_at RANGE BETWEEN INTERVAL " + (days + 7)
                    + " DAY - INTERVAL 1 MICROSECOND PRECEDING AND INTERVAL 7 DAY PRECEDING)";
            sql.append(", count(*)").append(customer).append(" AS n").append(days);
            sql.append(", avg(amount)").append(customer).append(" AS a").append(days);
            sql.append(", count(*)").append(terminal).append(" AS t").append(days);
            sql.append(", CAST(coalesce(sum(fraud)")
                    .append(terminal)
                    .append(", 0) AS BIGINT) AS f")
                    .append(days);
            sql.append(", coalesce(CAST(sum(fraud)").append(terminal).append(" AS DOUBLE) / nullif(count(*)");
            sql.append(terminal).append(", 0), 0) AS r").append(days);
        }
        return sql.toString();
    }
}
