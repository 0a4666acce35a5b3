package dev.tarn.serve.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class DriftTest {
    @Test
    void theSameSharesAreNoDrift() {
        assertThat(Drift.stability(new long[] {100, 200, 300}, new long[] {100, 200, 300}))
                .isZero();
        assertThat(Drift.jensenShannon(new long[] {1, 2, 3}, new long[] {10, 20, 30}))
                .isZero();
    }

    @Test
    void nothingInCommonIsAllThereCanBe() {
        assertThat(Drift.jensenShannon(new long[] {7, 0}, new long[] {0, 3})).isEqualTo(1);
        assertThat(Drift.stability(new long[] {1000, 0}, new long[] {0, 1000})).isGreaterThan(10);
    }

    /// (0.4 - 0.5) ln(0.4 / 0.5) + (0.6 - 0.5) ln(0.6 / 0.5), and the mean of the two divergences from the middle in
    /// bits.
    @Test
    void aShiftIsMeasuredAsTheFormulasSay() {
        assertThat(Drift.stability(new long[] {500_000, 500_000}, new long[] {400_000, 600_000}))
                .isCloseTo(0.040546, within(1e-5));
        assertThat(Drift.jensenShannon(new long[] {5, 5}, new long[] {4, 6})).isCloseTo(0.0072992, within(1e-6));
    }

    @Test
    void binsTakeTheirUpperEdgeAndKnowWhatIsMissing() {
        Bins numbers = new Bins.Numbers(List.of(1.0, 2.0));
        assertThat(List.of(
                        numbers.of(0.5),
                        numbers.of(1),
                        numbers.of(1.5),
                        numbers.of(2L),
                        numbers.of(9),
                        numbers.of(null)))
                .containsExactly(0, 0, 1, 1, 2, 3);
        assertThat(numbers.labels()).containsExactly("(-inf, 1.0]", "(1.0, 2.0]", "(2.0, inf)", "(missing)");
        Bins words = new Bins.Words(List.of("a", "b"));
        assertThat(List.of(words.of("b"), words.of("z"), words.of(null))).containsExactly(1, 2, 3);
    }

    @Test
    void rankingAgreesWithScikitLearn() {
        Judged judged = new Judged();
        double[] probability = {0.1, 0.4, 0.35, 0.8};
        boolean[] label = {false, false, true, true};
        for (int i = 0; i < label.length; i++) {
            judged.add(probability[i], probability[i] >= 0.5, label[i]);
        }
        assertThat(judged.ranked()[0]).isEqualTo(0.75);
        assertThat(judged.ranked()[1]).isCloseTo(0.8333333333333333, within(1e-15));
        assertThat(judged.precision()).isEqualTo(1);
        assertThat(judged.recall()).isEqualTo(0.5);
        assertThat(judged.brier()).isCloseTo(0.158125, within(1e-12));
        assertThat(judged.logLoss()).isCloseTo(0.4722879, within(1e-6));
    }

    @Test
    void withoutBothClassesNothingIsRanked() {
        Judged judged = new Judged();
        judged.add(0.3, false, false);
        assertThat(judged.ranked()).containsExactly(Double.NaN, Double.NaN);
    }
}
