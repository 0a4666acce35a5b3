package dev.tarn.bench;

import dev.tarn.lake.Lake;
import dev.tarn.query.CompiledQuery;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import io.trino.tpch.TpchTable;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.duckdb.DuckDBConnection;

/// The 22 queries of TPC-H over Iceberg tables, against DuckDB on the same Parquet files.
final class TpchBench implements Bench {
    private static final int PLANNED_BEFORE = 30;

    @Override
    public String name() {
        return "tpch";
    }

    @Override
    public String title() {
        return "TPC-H";
    }

    @Override
    public String method() {
        return """
               Each query's text through Tarn (parsing, planning and compiling included, then all rows read), and the \
               same text typed into DuckDB over views of `read_parquet` on the same files, in turns, in one process \
               and one DuckDB instance, warm: each query three times, and all of them planned 30 times before, as in a \
               server that has been asked before. `planned anew` switches Tarn's cache of plans off.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long percent = run.option("percent", 100);
        long memoryMb = run.option("memory-mb", 4096);
        TextTables.Folder folder = TpchLake.at(run.cache(), percent);
        if (percent != 100 || memoryMb != 4096) {
            run.note("scale %s, with a memory limit of %d MB on DuckDB".formatted(percent / 100.0, memoryMb));
        }
        try (Lake lake = folder.open();
                DuckDb duckDb = folder.duckDb(lake, memoryMb << 20, run.folder());
                QueryEngine cached = QueryEngine.start(lake, duckDb, config(512, 0));
                QueryEngine anew = QueryEngine.start(lake, duckDb, config(0, 0));
                DuckDBConnection duck = duckDb.connect()) {
            for (TpchTable<?> table : TpchTable.getTables()) {
                view(duck, cached, TpchLake.SESSION, table.getTableName());
            }
            warm(anew);
            queries(run, cached, anew, duck);
        }
    }

    private static void warm(QueryEngine engine) throws Exception {
        for (int round = 0; round < PLANNED_BEFORE; round++) {
            for (int number = 1; number <= 22; number++) {
                engine.compile(TpchLake.SESSION, text("/tpch/q%02d.sql".formatted(number)));
            }
        }
    }

    private static void queries(Run run, QueryEngine cached, QueryEngine anew, DuckDBConnection duck) throws Exception {
        List<Double> ratios = new ArrayList<>();
        List<Double> anewRatios = new ArrayList<>();
        String worst = "";
        for (int number = 1; number <= 22; number++) {
            String sql = text("/tpch/q%02d.sql".formatted(number));
            Map<String, Callable<?>> turns = new LinkedHashMap<>();
            turns.put("q" + number + ", Tarn", () -> drain(cached, TpchLake.SESSION, sql));
            turns.put("q" + number + ", DuckDB", () -> drain(duck, sql));
            turns.put("q" + number + ", Tarn, planned anew", () -> drain(anew, TpchLake.SESSION, sql));
            List<Figure> figures = run.timeInTurns(turns, 3);
            ratios.add(figures.get(0).value() / figures.get(1).value());
            double ratio = figures.get(2).value() / figures.get(1).value();
            if (anewRatios.stream().allMatch(other -> other < ratio)) {
                worst = "q" + number;
            }
            anewRatios.add(ratio);
        }
        run.add(Figure.computed("Tarn by DuckDB, geometric mean", "times", geometricMean(ratios)));
        Figure mean = run.add(
                Figure.computed("Tarn by DuckDB, planned anew, geometric mean", "times", geometricMean(anewRatios)));
        run.add(Figure.computed(
                "Tarn by DuckDB, planned anew, the worst query (" + worst + ")",
                "times",
                anewRatios.stream().mapToDouble(Double::doubleValue).max().orElseThrow()));
        run.add(Bar.atMost("TPC-H over Iceberg, planned anew, by DuckDB on the same files", 1.15, mean));
    }

    static double geometricMean(List<Double> ratios) {
        return Math.exp(ratios.stream().mapToDouble(Math::log).average().orElseThrow());
    }

    static QueryConfig config(int planCacheEntries, long hotBytesMax) {
        QueryConfig defaults = QueryConfig.defaults();
        return new QueryConfig(
                defaults.catalog(),
                defaults.queryTimeMax(),
                defaults.resultRowsMax(),
                defaults.pageRows(),
                planCacheEntries,
                defaults.statementCharsMax(),
                hotBytesMax);
    }

    static int drain(QueryEngine engine, QuerySession session, String sql) {
        try (QueryResult result = engine.execute(session, sql)) {
            return result.all().size();
        }
    }

    static int drain(DuckDBConnection duck, String sql) throws Exception {
        int rows = 0;
        try (Statement statement = duck.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                for (int i = 1; i <= columns; i++) {
                    result.getObject(i);
                }
                rows++;
            }
        }
        return rows;
    }

    static void view(DuckDBConnection duck, QueryEngine engine, QuerySession session, String table) throws Exception {
        CompiledQuery all = engine.compile(session, "SELECT * FROM " + table);
        List<String> names = new ArrayList<>();
        for (int i = 0; i < all.columns().size(); i++) {
            names.add("c" + i + " AS " + all.columns().get(i).name());
        }
        try (Statement statement = duck.createStatement()) {
            statement.execute("CREATE TEMP VIEW " + table + " AS SELECT " + String.join(", ", names) + " FROM ("
                    + all.duckSql() + ")");
        }
    }

    static String text(String resource) throws Exception {
        try (InputStream in = Objects.requireNonNull(TpchBench.class.getResourceAsStream(resource))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
