package dev.tarn.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ResultsPageTest {
    @Test
    void showsEachBarAndEachFigureWithItsCommand() {
        Figure tarn = Figure.median("Tarn", "ms", List.of(30.0, 10.0, 20.0));
        Figure peer = Figure.median("the peer", "ms", List.of(40.0, 44.0));
        Figure ratio = Figure.computed("Tarn against the peer", "×", tarn.value() / peer.value());
        Result result = new Result(
                "thing",
                "A thing, done twice",
                "Both do it.",
                "bin/bench thing --rows=3",
                "2026-01-31",
                "abc1234",
                new Machine("A processor", 2, 8L << 30, "Linux", "Java"),
                List.of(tarn, peer, ratio),
                List.of(Bar.atMost("the thing", 0.5, ratio), Bar.atLeast("the thing again", 1, ratio)),
                List.of("A sentence."));

        assertThat(ResultsPage.render(List.of(result)))
                .contains("| [the thing](#a-thing-done-twice) | 0.5 × or less | 0.476 × | met |")
                .contains("| [the thing again](#a-thing-done-twice) | 1 × or more | 0.476 × | **not met** |")
                .contains("| Tarn | 20 ms | 30, 10, 20 |")
                .contains("| the peer | 42 ms | 40, 44 |")
                .contains("A sentence.")
                .contains(
                        "`bin/bench thing --rows=3` on 2026-01-31, at abc1234, A processor, 2 cores, 8 GB, Linux, Java.");
    }

    @Test
    void numbersKeepThreeDigits() {
        assertThat(List.of(Stats.show(12345.6), Stats.show(0.012345), Stats.show(1.0), Stats.show(0)))
                .containsExactly("12300", "0.0123", "1", "0");
        assertThat(Stats.percentile(List.of(1.0, 2.0, 3.0, 4.0, 5.0), 75)).isEqualTo(4.0);
        assertThat(Stats.geometricMean(List.of(2.0, 8.0))).isEqualTo(4.0, org.assertj.core.data.Offset.offset(1e-12));
    }
}
