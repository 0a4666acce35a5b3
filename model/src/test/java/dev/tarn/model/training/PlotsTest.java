package dev.tarn.model.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PlotsTest {
    @Test
    void rarePositivesAreSeen() {
        assertThat(Plots.scale(0.9)).isEqualTo(1);
        assertThat(Plots.scale(0.3)).isEqualTo(0.5);
        assertThat(Plots.scale(0.15)).isEqualTo(0.2);
        assertThat(Plots.scale(0.06)).isEqualTo(0.1);
        assertThat(Plots.scale(0)).isGreaterThan(0);
        double[] probability = new double[1_000];
        boolean[] label = new boolean[1_000];
        for (int i = 0; i < 1_000; i++) {
            probability[i] = i / 50_000.0;
            label[i] = i % 100 == 99;
        }
        String svg = Plots.calibration(new Scores(probability, label));
        assertThat(svg).contains(">0.02</text>").contains("<circle").doesNotContain(">1</text>");
    }

    @Test
    void longNamesStayInThePicture() {
        String name = "customer_payments__amount_mean_of_all_kinds_30d";
        String svg = Plots.importance(Map.of(name, 0.5));
        assertThat(svg).contains("<text x='" + (50 + 7 * name.length()) + "' y='62' text-anchor='end'>" + name);
    }
}
