package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ScoresTest {
    /// The example of scikit-learn's documentation.
    @Test
    void knownValues() {
        Scores scores = new Scores(new double[] {0.1, 0.4, 0.35, 0.8}, new boolean[] {false, false, true, true});
        assertThat(scores.auc()).isEqualTo(0.75);
        assertThat(scores.averagePrecision()).isCloseTo(0.8333333333, within(1e-9));
    }

    @Test
    void theAucIsTheShareOfPairsInOrder() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < 50; round++) {
            int n = 60;
            double[] p = new double[n];
            boolean[] y = new boolean[n];
            for (int i = 0; i < n; i++) {
                p[i] = random.nextInt(12) / 12.0;
                y[i] = i < 2 ? i == 0 : random.nextBoolean();
            }
            double pairs = 0;
            double inOrder = 0;
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    if (y[i] && !y[j]) {
                        pairs++;
                        inOrder += p[i] > p[j] ? 1 : p[i] == p[j] ? 0.5 : 0;
                    }
                }
            }
            assertThat(new Scores(p, y).auc()).isCloseTo(inOrder / pairs, within(1e-12));
        }
    }

    @Test
    void theThresholdIsWhereErrorsCostLeast() {
        Scores scores =
                new Scores(new double[] {0.9, 0.8, 0.7, 0.2, 0.1}, new boolean[] {true, false, true, false, false});
        assertThat(scores.cheapestThreshold(new TrainingFile.Costs(1, 10))).isEqualTo(0.7);
        assertThat(scores.cheapestThreshold(new TrainingFile.Costs(10, 1))).isEqualTo(0.9);
        assertThat(scores.all(0.7)).containsEntry("recall", 1.0).containsEntry("accuracy", 0.8);
    }
}
