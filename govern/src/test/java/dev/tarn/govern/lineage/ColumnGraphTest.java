package dev.tarn.govern.lineage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.govern.lineage.ColumnGraph.Column;
import dev.tarn.govern.lineage.ColumnGraph.Direction;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.ColumnLineage.Input;
import dev.tarn.query.lineage.ColumnLineage.Output;
import dev.tarn.query.lineage.ColumnLineage.Use;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ColumnGraphTest {
    private static final ColumnLineage B = new ColumnLineage(
            List.of(new Output("x", "bigint", List.of(new Input("s.a", "x", Use.IDENTITY)))),
            List.of(new Input("s.a", "y", Use.FILTER)));
    private static final ColumnLineage C = new ColumnLineage(
            List.of(
                    new Output("x", "bigint", List.of(new Input("s.b", "x", Use.AGGREGATION))),
                    new Output("n", "bigint", List.of())),
            List.of(new Input("s.b", "X", Use.GROUP_BY)));

    private static List<String> reached(Column column, Direction direction, boolean decisions) {
        return ColumnGraph.of(Map.of("s.b", B, "s.c", C)).reached(column, direction, decisions).stream()
                .map(each -> each.steps() + " " + each.column() + (each.direct() ? " direct" : ""))
                .toList();
    }

    @Test
    void valuesAndDecisionsAreFollowedApart() {
        assertThat(reached(new Column("s.c", "x"), Direction.UP, false))
                .containsExactly("1 s.b.x direct", "2 s.a.x direct");
        assertThat(reached(new Column("s.c", "n"), Direction.UP, true))
                .containsExactly("1 s.b.x", "2 s.a.x", "2 s.a.y");
        assertThat(reached(new Column("s.a", "y"), Direction.DOWN, true))
                .containsExactly("1 s.b.x", "2 s.c.x", "2 s.c.n");
        assertThat(reached(new Column("s.a", "y"), Direction.DOWN, false)).isEmpty();
    }

    @Test
    void whatWasWorkedOutIsKept(@TempDir Path folder) {
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder))) {
            KeptLineage kept = KeptLineage.open(lake.database());
            kept.keep(Map.of("s.b", new KeptLineage.Entry("1", B)));
            kept.keep(Map.of("s.b", new KeptLineage.Entry("2", C)));
            assertThat(kept.all()).isEqualTo(Map.of("s.b", new KeptLineage.Entry("2", C)));
        }
    }
}
