package dev.tarn.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The project `bench/projects/handbook` on its real payments reaches what is publicly known to be reachable by the
/// same split. Skipped without the payments.
class HandbookTest {
    @TempDir
    Path folder;

    @Test
    void reachesThePublicBaselines() throws Exception {
        Optional<Path> payments = TrainBench.payments();
        assumeTrue(payments.isPresent(), "the handbook's payments are not here");
        Map<String, Map<String, Double>> metrics =
                TrainBench.train(folder, payments.get()).metrics();
        assertThat(metrics).containsOnlyKeys("boosted", "forest", "logistic");
        reaches(metrics, "boosted", 0.876, 0.588);
        reaches(metrics, "forest", 0.867, 0.658);
        // Its loss has one minimum, so it can only be the same: equal to the baseline's three digits.
        reaches(metrics, "logistic", 0.8705, 0.6055);
    }

    private static void reaches(
            Map<String, Map<String, Double>> metrics, String candidate, double auc, double averagePrecision) {
        assertThat(metrics.get(candidate).get("auc")).as(candidate + ", AUC").isGreaterThanOrEqualTo(auc);
        assertThat(metrics.get(candidate).get("average_precision"))
                .as(candidate + ", average precision")
                .isGreaterThanOrEqualTo(averagePrecision);
    }
}
