package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tarn.orchestrate.RunReport;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example on real files, where they are at hand.
class FraudRealTest extends FraudContract {
    @TempDir
    static Path folder;

    private static @Nullable FraudLakehouse lakehouse;
    private static @Nullable ByHand byHand;
    private static @Nullable RunReport report;

    @BeforeAll
    static void run() throws Exception {
        Optional<Path> files = FraudLakehouse.realFiles();
        assumeTrue(files.isPresent(), "the real files are not here");
        FraudLakehouse.copyTo(folder);
        lakehouse = FraudLakehouse.open(folder, Map.of("data", files.get().toString()));
        report = lakehouse.run();
        assertThat(report.succeeded()).describedAs(report.toString()).isTrue();
        byHand = ByHand.over(files.get());
    }

    @AfterAll
    static void close() throws Exception {
        if (byHand != null) {
            byHand.close();
        }
        if (lakehouse != null) {
            lakehouse.close();
        }
    }

    @Override
    FraudLakehouse lakehouse() {
        return java.util.Objects.requireNonNull(lakehouse);
    }

    @Override
    ByHand byHand() {
        return java.util.Objects.requireNonNull(byHand);
    }

    @Override
    RunReport firstRun() {
        return java.util.Objects.requireNonNull(report);
    }

    @Test
    void everyRowIsAccountedFor() {
        assertThat(lakehouse().number("SELECT count(*) FROM silver.payments")).isEqualTo(33_483);
        assertThat(lakehouse().number("SELECT count(*) FROM gold.fct_payments")).isEqualTo(33_483);
        assertThat(lakehouse().number("SELECT count(*) FROM silver.customers")).isEqualTo(2_000);
        assertThat(lakehouse().number("SELECT count(*) FROM silver.cards")).isEqualTo(6_146);
        assertThat(lakehouse().number("SELECT count(*) FROM silver.merchant_categories"))
                .isEqualTo(109);
        assertThat(lakehouse().number("SELECT count(*) FROM silver.fraud_labels"))
                .isEqualTo(32_520);
        assertThat(lakehouse().number("SELECT count(*) FROM silver.fraud_labels WHERE is_fraud"))
                .isEqualTo(2_573);
    }
}
