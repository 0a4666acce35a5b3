package dev.tarn.bench;

import dev.tarn.interop.differential.Engine;
import dev.tarn.interop.peer.Spark;
import dev.tarn.interop.peer.Tarn;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/// MERGE of a few rows into many, against Spark.
final class MergeBench implements Bench {
    private static final int SAMPLES = 3;
    private static final String SET = "WHEN MATCHED THEN UPDATE SET amount = s.amount, name = s.name"
            + " WHEN NOT MATCHED THEN INSERT (id, few, name, amount, at) VALUES (s.id, 0, s.name, s.amount, NULL)";

    @Override
    public String name() {
        return "merge";
    }

    @Override
    public String title() {
        return "MERGE";
    }

    @Override
    public String method() {
        return """
               MERGE of 100,000 rows (90,000 of them matched, spread evenly) into 10,000,000 rows of 5 columns, \
               unpartitioned, format version 2, in the same Tarn REST catalog on the same disk. Each engine has a \
               table of its own, made by Tarn's same statement, and its table is rolled back before every sample. \
               Tarn by its Trino protocol with its own choice between copying and deletes; Spark 4.1.3 with \
               Iceberg 1.12.0 in local mode, once copy-on-write (its default) and once merge-on-read. In turns, warm; three samples by default.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long rows = run.option("rows", 10_000_000);
        long changed = run.option("changed", 100_000);
        try (Tarn tarn = Tarn.start(run.folder().resolve("project"), "-Xmx2g");
                Spark spark = Spark.start(tarn.restCatalog(), "main")) {
            Engine engine = new Engine("Tarn", tarn.address(), "m");
            Peers.ask(engine, "CREATE SCHEMA tarn.m");
            make(engine, rows, changed);
            spark.sql("ALTER TABLE m.by_spark_copied SET TBLPROPERTIES ('write.merge.mode'='copy-on-write')");
            spark.sql("ALTER TABLE m.by_spark_deleted SET TBLPROPERTIES ('write.merge.mode'='merge-on-read')");
            List<Side> sides = List.of(
                    new Side("Tarn", "by_tarn", engine, () -> Peers.ask(engine, merge("by_tarn", "source"))),
                    new Side(
                            "Spark, copy-on-write",
                            "by_spark_copied",
                            engine,
                            () -> spark.sql(merge("m.by_spark_copied", "m.source"))),
                    new Side(
                            "Spark, merge-on-read",
                            "by_spark_deleted",
                            engine,
                            () -> spark.sql(merge("m.by_spark_deleted", "m.source"))));
            List<Figure> figures = times(run, sides, spark);
            long expected = rows + changed / 10;
            for (Side side : sides) {
                String counted = Peers.ask(
                        engine,
                        "SELECT count(*) = " + expected + " AND count(DISTINCT id) = " + expected
                                + " AND count_if(name LIKE 'new %') = " + changed + " FROM " + side.table());
                if (!counted.contains("true")) {
                    throw new IllegalStateException(side.name() + " merged wrongly");
                }
            }
            double faster = Math.min(figures.get(1).value(), figures.get(2).value());
            Figure ratio = run.add(Figure.computed(
                    "Tarn by Spark's faster way", "times", figures.getFirst().value() / faster));
            run.add(Bar.atMost("MERGE of 100,000 rows into 10 million, by Spark 4.1", 0.5, ratio));
        }
    }

    /// @param table what is merged into
    private record Side(String name, String table, Engine engine, Callable<?> merge) {
        void rollBack() throws Exception {
            String first =
                    Peers.ask(engine, "SELECT snapshot_id FROM \"" + table + "$snapshots\" WHERE parent_id IS NULL");
            Peers.ask(
                    engine,
                    "ALTER TABLE " + table + " EXECUTE rollback_to_snapshot(" + first.replaceAll("[^0-9]", "") + ")");
        }
    }

    private static List<Figure> times(Run run, List<Side> sides, Spark spark) throws Exception {
        long samples = run.option("samples", SAMPLES);
        List<List<Double>> times = new ArrayList<>();
        sides.forEach(side -> times.add(new ArrayList<>()));
        for (int round = 0; round <= samples; round++) {
            for (int i = 0; i < sides.size(); i++) {
                Side side = sides.get(i);
                side.rollBack();
                spark.sql("REFRESH TABLE m." + side.table());
                double millis = Run.millis(side.merge());
                if (round > 0) {
                    times.get(i).add(millis);
                }
            }
        }
        List<Figure> figures = new ArrayList<>();
        for (int i = 0; i < sides.size(); i++) {
            figures.add(run.add(Figure.median(sides.get(i).name(), "ms", times.get(i))));
        }
        return figures;
    }

    private static void make(Engine engine, long rows, long changed) throws Exception {
        String numbers = "UNNEST(sequence(BIGINT '0', BIGINT '" + (rows / 10_000 - 1)
                + "')) AS a (a) CROSS JOIN UNNEST(sequence(BIGINT '0', BIGINT '9999')) AS b (b)";
        for (String table : List.of("by_tarn", "by_spark_copied", "by_spark_deleted")) {
            Peers.ask(
                    engine,
                    "CREATE TABLE " + table + " AS SELECT a * 10000 + b AS id, CAST(b % 100 AS integer) AS few,"
                            + " 'row ' || CAST(a * 10000 + b AS varchar) AS name,"
                            + " CAST((a * 7 + b * 13) % 100000 AS decimal(12, 2)) AS amount,"
                            + " CAST(TIMESTAMP '2024-01-01 00:00:00' AS timestamp(6)) AS at FROM " + numbers);
        }
        long step = rows / changed;
        Peers.ask(
                engine,
                "CREATE TABLE source AS SELECT CASE WHEN n % 10 = 0 THEN " + rows + " + n ELSE n * " + step
                        + " END AS id, 'new ' || CAST(n AS varchar) AS name, CAST(n % 1000 AS decimal(12, 2)) AS amount"
                        + " FROM (SELECT a * 10000 + b AS n FROM UNNEST(sequence(BIGINT '0', BIGINT '"
                        + (changed / 10_000 - 1)
                        + "')) AS a (a) CROSS JOIN UNNEST(sequence(BIGINT '0', BIGINT '9999')) AS b (b)) AS numbers");
    }

    private static String merge(String target, String source) {
        return "MERGE INTO " + target + " t USING " + source + " s ON t.id = s.id " + SET;
    }
}
