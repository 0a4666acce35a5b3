package dev.tarn.bench;

import dev.tarn.lake.Lake;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.duckdb.DuckDb;
import io.trino.tpcds.Table;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.duckdb.DuckDBConnection;

/// The 99 queries of TPC-DS over Iceberg tables, against DuckDB on the same Parquet files.
final class TpcdsBench implements Bench {
    private static final int PLANNED_BEFORE = 5;

    /// Queries of two statements each.
    private static final Set<Integer> IN_TWO = Set.of(14, 23, 24, 39);

    /// A division of whole numbers cuts in Trino and does not in DuckDB, which changes how many rows there are.
    private static final String CUTS = "q34";

    @Override
    public String name() {
        return "tpcds";
    }

    @Override
    public String title() {
        return "TPC-DS";
    }

    @Override
    public String method() {
        return """
               Each query's text through Tarn (parsing, planning and compiling included, then all rows read; its cache \
               of plans is off), and the same text typed into DuckDB over views of `read_parquet` on the same files, in \
               turns, in one process and one DuckDB instance, warm: each statement once, and all of them planned five \
               times before. Of the 99 queries four are two statements each. Both must answer as many rows.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long percent = run.option("percent", 100);
        long memoryMb = run.option("memory-mb", 4096);
        TextTables.Folder folder = TpcdsLake.at(run.cache(), percent);
        if (percent != 100 || memoryMb != 4096) {
            run.note("scale %s, with a memory limit of %d MB on DuckDB".formatted(percent / 100.0, memoryMb));
        }
        try (Lake lake = folder.open();
                DuckDb duckDb = folder.duckDb(lake, memoryMb << 20, run.folder());
                QueryEngine engine = QueryEngine.start(lake, duckDb, TpchBench.config(0, 0));
                DuckDBConnection duck = duckDb.connect()) {
            for (Table table : TpcdsLake.tables()) {
                TpchBench.view(duck, engine, TpcdsLake.SESSION, table.getName());
            }
            for (int round = 0; round < PLANNED_BEFORE; round++) {
                for (String query : queries()) {
                    engine.compile(TpcdsLake.SESSION, text(query));
                }
            }
            measure(run, engine, duck);
        }
    }

    private static void measure(Run run, QueryEngine engine, DuckDBConnection duck) throws Exception {
        List<Double> ratios = new ArrayList<>();
        String worst = "";
        for (String query : queries()) {
            String sql = text(query);
            int ours = TpchBench.drain(engine, TpcdsLake.SESSION, sql);
            int theirs = TpchBench.drain(duck, sql);
            if (ours != theirs && !query.equals(CUTS)) {
                throw new IllegalStateException(query + ": " + ours + " rows, DuckDB " + theirs);
            }
            Map<String, Callable<?>> turns = new LinkedHashMap<>();
            turns.put(query + ", Tarn", () -> TpchBench.drain(engine, TpcdsLake.SESSION, sql));
            turns.put(query + ", DuckDB", () -> TpchBench.drain(duck, sql));
            List<Figure> figures = run.timeInTurns(turns, 0);
            double ratio = figures.get(0).value() / figures.get(1).value();
            if (ratios.stream().allMatch(other -> other < ratio)) {
                worst = query;
            }
            ratios.add(ratio);
        }
        run.add(Figure.computed(
                "Tarn by DuckDB, the worst query (" + worst + ")",
                "times",
                ratios.stream().mapToDouble(Double::doubleValue).max().orElseThrow()));
        Figure mean =
                run.add(Figure.computed("Tarn by DuckDB, geometric mean", "times", TpchBench.geometricMean(ratios)));
        run.add(Bar.atMost("TPC-DS over Iceberg, planned anew, by DuckDB on the same files", 1.1, mean));
    }

    private static List<String> queries() {
        return IntStream.rangeClosed(1, 99)
                .boxed()
                .flatMap(number -> IN_TWO.contains(number)
                        ? Stream.of("q" + number + "a", "q" + number + "b")
                        : Stream.of("q%02d".formatted(number)))
                .toList();
    }

    private static String text(String query) throws Exception {
        return TpchBench.text("/tpcds/" + query + ".sql");
    }
}
