package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.model.ServedModel;
import dev.tarn.core.model.ServedModel.Input;
import dev.tarn.core.model.ServedModel.Kind;
import dev.tarn.core.model.ServedModels;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.model.packaging.Encoder;
import dev.tarn.model.packaging.LoadedModel;
import dev.tarn.model.packaging.ModelPackage;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Ten million rows scored by one statement.
final class ScoreBench implements Bench {
    private static final int MILLIONS = 10;
    private static final double MOST_SECONDS = 20;

    @Override
    public String name() {
        return "score";
    }

    @Override
    public String title() {
        return "Scoring rows in one statement";
    }

    @Override
    public String method() {
        return "A classifier of 100 trees of depth 6 on 15 features, as a function of the schema `predict`, over 10 million "
                + "rows of 15 doubles in an Iceberg table: their mean probability, and a table of all ids with their "
                + "probability. Beside it the mean of the 15 columns' sum, which reads the same without a model.";
    }

    @Override
    public void measure(Run run) throws Exception {
        long millions = run.option("millions", MILLIONS);
        Path folder = run.folder();
        LoadedModel model = model();
        try (Lake lake = Lake.open(LakeConfig.inFolder(folder));
                DuckDb duckDb = DuckDb.open(
                        DuckDbConfig.of(2L << 30, 2, folder.resolve("spill"), Path.of(URI.create(lake.warehouse()))));
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults(), new One(model))) {
            String columns = IntStream.range(0, PredictBench.FEATURES)
                    .mapToObj(i -> "f" + i)
                    .collect(Collectors.joining(", "));
            execute(engine, "CREATE SCHEMA s");
            execute(
                    engine,
                    "CREATE TABLE s.t AS SELECT m * 10000 + i AS id, "
                            + IntStream.range(0, PredictBench.FEATURES)
                                    .mapToObj(i -> "random() * 4 - 2 AS f" + i)
                                    .collect(Collectors.joining(", "))
                            + " FROM UNNEST(sequence(0, " + (100 * millions - 1) + ")) AS a(m)"
                            + " CROSS JOIN UNNEST(sequence(1, 10000)) AS b(i)");
            run.time(
                    "the columns read, no model",
                    1,
                    () -> execute(engine, "SELECT avg(" + columns.replace(", ", " + ") + ") FROM s.t"));
            run.time(
                    "mean probability of " + millions + " million rows",
                    1,
                    () -> execute(engine, "SELECT avg(predict.bench(" + columns + ")) FROM s.t"));
            List<Double> seconds = new ArrayList<>();
            for (int i = -1; i < run.samples(); i++) {
                double ms = Run.millis(() -> execute(
                        engine,
                        "CREATE OR REPLACE TABLE s.scored AS SELECT id, predict.bench(" + columns + ") AS p FROM s.t"));
                if (i >= 0) {
                    seconds.add(ms / 1e3);
                }
            }
            Figure table = run.add(Figure.median("a table of " + millions + " million scores", "s", seconds));
            run.add(Bar.atMost("ten million rows scored by one statement", MOST_SECONDS, table));
        }
    }

    /// A registry of one model.
    private record One(LoadedModel model) implements ServedModels {
        @Override
        public List<String> names() {
            return List.of(model.name());
        }

        @Override
        public long version(String name, String alias) {
            return model.version();
        }

        @Override
        public ServedModel load(String name, long version) {
            return model;
        }
    }

    private static LoadedModel model() throws Exception {
        List<Input> inputs = new ArrayList<>();
        List<Encoder.Column> encoded = new ArrayList<>();
        for (int i = 0; i < PredictBench.FEATURES; i++) {
            inputs.add(new Input("f" + i, Kind.NUMBER, List.of()));
            encoded.add(new Encoder.Column.Value(i, Double.NaN, 0, 1));
        }
        ModelPackage description =
                new ModelPackage("xgboost", new Encoder(inputs, encoded), OptionalDouble.empty(), "bench", List.of());
        return new LoadedModel(
                "bench", 1, "run", description, PredictBench.train().toByteArray("ubj"));
    }

    private static int execute(QueryEngine engine, String sql) {
        QuerySession session = QuerySession.of(new Identity("bench", "bench", false));
        try (QueryResult result = engine.execute(session, sql)) {
            return result.all().size();
        }
    }
}
