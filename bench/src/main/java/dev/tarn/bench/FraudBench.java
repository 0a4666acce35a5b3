package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.core.project.Project;
import dev.tarn.ingest.generate.GeneratorSettings;
import dev.tarn.ingest.generate.Landing;
import dev.tarn.interop.peer.Checkout;
import dev.tarn.interop.peer.LakeServer;
import dev.tarn.interop.peer.Spark;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.server.Lakehouse;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The example's files to its gold tables, beside a script written by hand for DuckDB and for Spark.
final class FraudBench implements Bench {
    private static final double MOST_OF_DUCKDB = 1.2;
    private static final double LEAST_OF_SPARK = 8;
    private static final int SPARK_HEAP_MB = 4_000;
    private static final long WARM_UP_ROWS = 20_000;

    /// What of the example takes part: no features, trainings and services, which the script does not have either.
    private static final List<String> PARTS = List.of("tarn.yml", "dbt_project.yml", "sources", "macros", "models");

    private static final String COUNTS = "count(*) AS payments, count(is_fraud) AS labelled,"
            + " count_if(is_fraud) AS frauds,"
            + " CAST(count_if(is_fraud) AS double) / nullif(count(is_fraud), 0) AS fraud_rate";

    @Override
    public String name() {
        return "fraud";
    }

    @Override
    public String title() {
        return "The example, from files to gold";
    }

    @Override
    public String method() {
        return "The example's sources and models as `tarn run` does them on generated payments (`--rows`, 2,000,000 by "
                + "default; `--rows=10000000` for the size that is aimed at): files to bronze with every line accounted "
                + "for, then 21 tables of silver and gold, published at once; the engine's start is part of it. Beside "
                + "it one script of SQL written by hand (`fraud.sql`) that makes the same tables: by DuckDB each into a "
                + "Parquet file, by Spark 4.1 with `local[2]` and 4 GB in a JVM of its own each into an Iceberg table. "
                + "All three must agree on the payments' number, sum and labels and on every table's number of rows, "
                + "but for the rejected ones. In turns after one warm-up each; Spark's is a smaller run (`--spark=0` leaves Spark out).";
    }

    @Override
    public void measure(Run run) throws Exception {
        long rows = run.option("rows", 2_000_000);
        Path data = data(run, rows);
        Map<String, String> proofs = new LinkedHashMap<>();
        List<Figure> figures = run.timeInTurns(
                "Tarn",
                () -> noted(proofs, "Tarn", tarn(run.folder(), data)),
                "DuckDB, by hand",
                () -> noted(proofs, "DuckDB", duckDb(run.folder(), data)),
                1);
        Figure tarn = figures.getFirst();
        Figure ofDuckDb = run.add(Figure.computed(
                "Tarn by DuckDB", "times", tarn.value() / figures.getLast().value()));
        run.add(Bar.atMost("files to gold, of a DuckDB script's time", MOST_OF_DUCKDB, ofDuckDb));
        if (run.option("spark", 1) != 0) {
            Figure spark = spark(run, data, proofs);
            Figure ofSpark = run.add(Figure.computed("Spark by Tarn", "×", spark.value() / tarn.value()));
            run.add(Bar.atLeast("files to gold, against Spark", LEAST_OF_SPARK, ofSpark));
        }
        run.note("%,d payments; all sides have the same: %s".formatted(rows, proofs.get("Tarn")));
        if (proofs.values().stream().distinct().count() != 1) {
            throw new IllegalStateException("the sides differ: " + proofs);
        }
    }

    /// One row: the payments' number, sum and labels, then the number of rows of every model of the example.
    ///
    /// @param place where a side has the table of a model, which is given as `schema.name`
    private static String proof(UnaryOperator<String> place) throws IOException {
        StringBuilder sql = new StringBuilder("SELECT count(*), sum(amount), count(is_fraud), count_if(is_fraud)");
        Path models = Checkout.root().resolve("examples/fraud/models");
        try (Stream<Path> files = Files.walk(models)) {
            for (Path file : files.map(models::relativize).sorted().toList()) {
                String name = file.getName(file.getNameCount() - 1).toString();
                // A line that is cut off is a row of nulls to DuckDB, and no row to the others.
                if (name.endsWith(".sql") && !name.equals("payments_rejected.sql")) {
                    String model = file.getName(0) + "." + name.substring(0, name.length() - ".sql".length());
                    sql.append(", (SELECT count(*) FROM ")
                            .append(place.apply(model))
                            .append(") AS rows_of_")
                            .append(plain(model));
                }
            }
        }
        return sql + " FROM " + place.apply("gold.fct_payments");
    }

    private static String plain(String model) {
        return model.substring(model.indexOf('.') + 1);
    }

    private static String noted(Map<String, String> proofs, String side, String proof) {
        proofs.put(side, proof);
        return proof;
    }

    private static Path data(Run run, long rows) throws IOException {
        Files.createDirectories(run.cache());
        Path data = run.cache().resolve("card-payments-" + rows).toAbsolutePath();
        new Landing("card-payments", data, new GeneratorSettings(rows, 1, GeneratorSettings.FRAUD_SHARE)).fill();
        return data;
    }

    private static String tarn(Path base, Path data) throws Exception {
        Path project = base.resolve("tarn-" + System.nanoTime()).toAbsolutePath();
        for (String part : PARTS) {
            Folders.copy(Checkout.root().resolve("examples/fraud").resolve(part), project.resolve(part));
        }
        StringWriter said = new StringWriter();
        PrintWriter out = new PrintWriter(said);
        int status =
                dev.tarn.cli.Tarn.commandLine(out, out).execute("run", project.toString(), "--var", "data=" + data);
        if (status != 0) {
            throw new IllegalStateException(said.toString());
        }
        try (Lakehouse lakehouse = Lakehouse.open(Project.load(project, Map.of()));
                QueryResult result =
                        lakehouse.engine().execute(QuerySession.of(Identity.local("bench")), proof(model -> model))) {
            return result.all().getFirst().toString();
        } finally {
            Folders.delete(project);
        }
    }

    private static String duckDb(Path base, Path data) throws IOException, SQLException {
        Path out = Files.createDirectories(base.resolve("duckdb-" + System.nanoTime()));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            statement.execute("SET threads = " + Runtime.getRuntime().availableProcessors());
            statement.execute("SET temp_directory = '" + out.resolve("spill") + "'");
            for (Map.Entry<String, String> table : script(duckDbWords(data)).entrySet()) {
                String file = "'" + out.resolve(table.getKey() + ".parquet") + "'";
                statement.execute("COPY (" + table.getValue() + ") TO " + file + " (FORMAT parquet)");
                statement.execute("CREATE VIEW " + table.getKey() + " AS SELECT * FROM read_parquet(" + file + ")");
            }
            try (ResultSet row = statement.executeQuery(proof(FraudBench::plain))) {
                row.next();
                List<String> values = new ArrayList<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    values.add(row.getString(i));
                }
                return values.toString();
            }
        } finally {
            Folders.delete(out);
        }
    }

    private static Map<String, String> duckDbWords(Path data) {
        String entries = "SELECT e.key AS k, e.value AS v FROM (SELECT unnest(map_entries(CAST(%s AS"
                + " MAP(VARCHAR, VARCHAR)))) AS e FROM read_text('" + data + "/%s'))";
        return Map.of(
                "file",
                "filename",
                "line",
                "row_number() OVER ()",
                "csv:transactions",
                "read_csv('" + data + "/transactions_*.csv', filename = true, ignore_errors = true, types = "
                        + "{'amount': 'VARCHAR', 'zip': 'VARCHAR', 'merchant_state': 'VARCHAR',"
                        + " 'errors': 'VARCHAR'})",
                "csv:users",
                "read_csv('" + data + "/users_data.csv', all_varchar = true)",
                "csv:cards",
                "read_csv('" + data + "/cards_data.csv', all_varchar = true)",
                "entries:mcc_codes",
                entries.formatted("CAST(content AS JSON)", "mcc_codes.json"),
                "entries:labels",
                entries.formatted("json_extract(content, '$.target')", "train_fraud_labels.json"),
                "isodow",
                "isodow(day)",
                "numbers",
                "(SELECT range AS n FROM range(10000)) AS numbers");
    }

    private static Figure spark(Run run, Path data, Map<String, String> proofs) throws Exception {
        LakeConfig lake =
                LakeConfig.inFolder(Files.createDirectories(run.folder().resolve("spark-lake")));
        try (LakeServer server = LakeServer.start(lake, 0);
                Spark spark = Spark.start(server.uri(), "main", SPARK_HEAP_MB)) {
            spark(spark, "warm", data(run, WARM_UP_ROWS));
            List<Double> samples = new ArrayList<>();
            for (int i = 0; i < run.samples(); i++) {
                String namespace = "fraud_" + i;
                samples.add(Run.millis(() -> noted(proofs, "Spark", spark(spark, namespace, data))));
            }
            return run.add(Figure.median("Spark, by hand", "ms", samples));
        }
    }

    private static String spark(Spark spark, String namespace, Path data) throws IOException, InterruptedException {
        spark.sql("CREATE NAMESPACE tarn." + namespace);
        spark.sql("USE tarn." + namespace);
        view(
                spark,
                "csv_transactions (id BIGINT, date TIMESTAMP, client_id BIGINT, card_id BIGINT, amount STRING,"
                        + " use_chip STRING, merchant_id BIGINT, merchant_city STRING, merchant_state STRING, zip STRING,"
                        + " mcc INT, errors STRING)",
                "csv",
                data + "/transactions_*.csv",
                "header 'true', mode 'DROPMALFORMED'");
        view(spark, "csv_users", "csv", data + "/users_data.csv", "header 'true'");
        view(spark, "csv_cards", "csv", data + "/cards_data.csv", "header 'true'");
        view(spark, "text_mcc", "text", data + "/mcc_codes.json", "wholetext 'true'");
        view(spark, "text_labels", "text", data + "/train_fraud_labels.json", "wholetext 'true'");
        Map<String, String> words = Map.of(
                "file", "input_file_name()",
                "line", "monotonically_increasing_id()",
                "csv:transactions", "csv_transactions",
                "csv:users", "csv_users",
                "csv:cards", "csv_cards",
                "entries:mcc_codes", "SELECT explode(from_json(value, 'map<string,string>')) AS (k, v) FROM text_mcc",
                "entries:labels",
                        "SELECT explode(from_json(value, 'target map<string,string>').target) AS (k, v) FROM text_labels",
                "isodow", "(weekday(day) + 1)",
                "numbers", "(SELECT id AS n FROM range(10000)) AS numbers");
        for (Map.Entry<String, String> table : script(words).entrySet()) {
            spark.sql("CREATE TABLE " + table.getKey() + " USING iceberg AS " + table.getValue());
        }
        return spark.sql(proof(FraudBench::plain)).getFirst().toString();
    }

    private static void view(Spark spark, String name, String format, String path, String options)
            throws IOException, InterruptedException {
        spark.sql("CREATE OR REPLACE TEMPORARY VIEW " + name + " USING " + format + " OPTIONS (path '" + path + "', "
                + options + ")");
    }

    /// The script's tables in order, each with its query in the words of an engine.
    private static Map<String, String> script(Map<String, String> words) throws IOException {
        String text;
        try (InputStream in = FraudBench.class.getResourceAsStream("fraud.sql")) {
            text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
        }
        text = text.replace("${counts}", COUNTS);
        for (Map.Entry<String, String> word : words.entrySet()) {
            text = text.replace("${" + word.getKey() + "}", word.getValue());
        }
        Map<String, String> tables = new LinkedHashMap<>();
        String[] parts = text.split("-- table: ", -1);
        for (int i = 1; i < parts.length; i++) {
            int end = parts[i].indexOf('\n');
            tables.put(
                    parts[i].substring(0, end).strip(), parts[i].substring(end).strip());
        }
        return tables;
    }
}
