package dev.tarn.cli.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.orchestrate.RunReport;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The example on payments of its own generator.
class FraudGeneratedTest extends FraudContract {
    @TempDir
    static Path folder;

    private static @Nullable FraudLakehouse lakehouse;
    private static @Nullable ByHand byHand;
    private static @Nullable RunReport report;

    @BeforeAll
    static void run() throws Exception {
        FraudLakehouse.copyTo(folder);
        lakehouse = FraudLakehouse.open(folder, Map.of("payments", "20000"));
        report = lakehouse.run();
        assertThat(report.succeeded()).describedAs(report.toString()).isTrue();
        byHand = ByHand.over(folder.resolve(".tarn/landing"));
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
    void everyLineOfTheFilesIsARowOrAReject() throws Exception {
        long lines = 0;
        try (var files =
                java.nio.file.Files.newDirectoryStream(folder.resolve(".tarn/landing"), "transactions_*.csv")) {
            for (Path file : files) {
                try (var all = java.nio.file.Files.lines(file)) {
                    lines += all.count() - 1;
                }
            }
        }
        assertThat(lakehouse()
                        .number("SELECT (SELECT count(*) FROM bronze.transactions)"
                                + " + (SELECT count(*) FROM bronze.transactions__rejects)"))
                .isEqualTo(lines)
                .isGreaterThanOrEqualTo(20_000);
    }
}
