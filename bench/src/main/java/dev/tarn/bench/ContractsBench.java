package dev.tarn.bench;

import dev.tarn.core.identity.Identity;
import dev.tarn.govern.contract.CheckResult;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.govern.contract.Contract;
import dev.tarn.govern.contract.ContractChecker;
import dev.tarn.govern.contract.ContractReader;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A contract's checks against one scan of its table, and again after an append.
final class ContractsBench implements Bench {
    private static final QuerySession SESSION =
            QuerySession.of(new Identity("bench", "bench", false)).withZone(ZoneOffset.UTC);
    private static final int CHECKS = 226;
    private static final List<String> NUMBERS =
            List.of("customer_id", "card_id", "amount", "balance", "credit_score", "category", "risk");
    private static final List<String> TEXTS = List.of("channel", "state", "merchant", "zip");

    /// Checks that are not about quantiles.
    private static final int OTHERS = 9 + 11 * TEXTS.size() + 13 * NUMBERS.size();

    @Override
    public String name() {
        return "contracts";
    }

    @Override
    public String title() {
        return "226 checks of a contract";
    }

    @Override
    public String method() {
        return """
               A table of card payments, 15 columns, has a contract with 226 checks: key, nulls, ranges, sets, lengths, \
               patterns, means, deviations, sums, extremes, quantiles. The scan counts the values of every column, by \
               the same engine over the same files. A full check knows nothing of the table but what its files' own \
               statistics say; the check after an append of one per cent knows the files that were there. Samples are taken \
               in turns, files in the page cache.""";
    }

    @Override
    public void measure(Run run) throws Exception {
        long rows = run.option("rows", 10_000_000);
        Path warehouse = run.folder().resolve("lake");
        try (Lake lake = Lake.open(LakeConfig.inFolder(warehouse));
                DuckDb duckDb = DuckDb.open(DuckDbConfig.of(
                        2L << 30,
                        Runtime.getRuntime().availableProcessors(),
                        run.folder().resolve("spill"),
                        warehouse));
                QueryEngine engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults())) {
            execute(engine, "CREATE SCHEMA bench");
            execute(engine, "CREATE TABLE bench.t AS " + rows(0, rows));
            Contract.Table table = contract(run.folder());
            ContractChecker checker = new ContractChecker(engine, lake);
            List<Double> scans = new ArrayList<>();
            List<Double> full = new ArrayList<>();
            List<Double> again = new ArrayList<>();
            long from = rows;
            for (int sample = -1; sample < run.samples(); sample++) {
                double scan = Run.millis(() -> execute(engine, scan()));
                forget(lake);
                double all = Run.millis(() -> passed(checker.check(SESSION, table)));
                execute(engine, "INSERT INTO bench.t " + rows(from, rows / 100));
                from += rows / 100;
                double added = Run.millis(() -> passed(checker.check(SESSION, table)));
                if (sample >= 0) {
                    scans.add(scan);
                    full.add(all);
                    again.add(added);
                }
            }
            Figure scan = run.add(Figure.median("one scan of every column", "ms", scans));
            Figure whole = run.add(Figure.median(CHECKS + " checks, nothing known", "ms", full));
            Figure added = run.add(Figure.median(CHECKS + " checks after an append of 1 %", "ms", again));
            run.add(Bar.atMost(
                    CHECKS + " checks against one scan",
                    1.5,
                    run.add(Figure.computed("a full check against one scan", "×", whole.value() / scan.value()))));
            run.add(Bar.atLeast(
                    "after a 1 % append, against a full check",
                    50, run.add(Figure.computed("faster after an append", "×", whole.value() / added.value()))));
        }
    }

    /// Card payments made of arithmetic; 155 bytes or so a row in memory.
    private static String rows(long from, long count) {
        long blocks = Math.max(1, count / 1_000);
        return """
               SELECT id AS payment_id, id / 10 AS customer_id, (id * 7919) %% 20000 AS card_id,
                 date_add('second', id %% 31536000, TIMESTAMP '2024-01-01 00:00:00.000000') AS paid_at,
                 CAST(((id * 104729) %% 1000003) / 100e0 AS decimal(12, 2)) AS amount,
                 CAST((id * 15485863) %% 2000003 AS double) / 7e0 AS balance,
                 CAST(300 + (id * 31) %% 550 AS integer) AS credit_score,
                 CAST((id * 37) %% 100 AS integer) AS category,
                 CAST((id * 13) %% 97 AS double) / 97e0 AS risk,
                 CASE id %% 3 WHEN 0 THEN 'swipe' WHEN 1 THEN 'chip' ELSE 'online' END AS channel,
                 CASE id %% 5 WHEN 0 THEN 'CA' WHEN 1 THEN 'NY' WHEN 2 THEN 'TX' WHEN 3 THEN 'FL' ELSE 'WA' END
                   AS state,
                 'merchant ' || CAST((id * 131) %% 50000 AS varchar) AS merchant,
                 CAST(10000 + (id * 17) %% 89999 AS varchar) AS zip,
                 CASE WHEN id %% 50 = 0 THEN 'Bad PIN' END AS errors,
                 id %% 100 = 7 AS is_fraud
               FROM (
                 SELECT %d + x * 1000 + y AS id
                 FROM (SELECT a * 1000 + b AS x FROM UNNEST(sequence(0, %d)) AS t(a)
                   CROSS JOIN UNNEST(sequence(0, 999)) AS u(b)) AS v
                 CROSS JOIN UNNEST(sequence(0, 999)) AS w(y)
                 WHERE x < %d) AS z""".formatted(from, blocks / 1_000, blocks);
    }

    private static String scan() {
        return Stream.concat(
                        Stream.of("payment_id", "paid_at", "is_fraud", "errors"),
                        Stream.concat(NUMBERS.stream(), TEXTS.stream()))
                .map(column -> "count(" + column + ")")
                .collect(Collectors.joining(", ", "SELECT ", " FROM bench.t"));
    }

    /// What a careful team would promise of such a table, filled up with quantiles to the number wanted.
    private static Contract.Table contract(Path folder) throws IOException {
        StringBuilder yaml = new StringBuilder("""
                apiVersion: v3.1.0
                kind: DataContract
                id: bench
                version: 1.0.0
                status: active
                schema:
                  - name: t
                    physicalName: bench.t
                    quality:
                      - {metric: rowCount, mustBeGreaterThan: 0}
                    properties:
                      - {name: payment_id, logicalType: integer, required: true, primaryKey: true}
                      - name: paid_at
                        logicalType: timestamp
                        required: true
                        logicalTypeOptions: {minimum: '2024-01-01T00:00:00', maximum: '2025-01-01T00:00:00'}
                      - {name: is_fraud, logicalType: boolean, required: true}
                      - name: errors
                        quality:
                          - {metric: nullValues, unit: percent, mustBeBetween: [90, 99]}
                          - {metric: invalidValues, arguments: {validValues: [Bad PIN]}, mustBe: 0}
                """);
        for (String text : TEXTS) {
            yaml.append(text(text));
        }
        int quantiles = (CHECKS - OTHERS) / 2 / NUMBERS.size();
        int more = (CHECKS - OTHERS) / 2 % NUMBERS.size();
        for (int i = 0; i < NUMBERS.size(); i++) {
            yaml.append(number(NUMBERS.get(i), quantiles + (i < more ? 1 : 0)));
        }
        Path file = folder.resolve("t.odcs.yaml");
        Files.writeString(file, yaml);
        Contract.Table table = ContractReader.read(file).tables().getFirst();
        if (table.rules().size() != CHECKS) {
            throw new IllegalStateException("the contract has " + table.rules().size() + " checks");
        }
        return table;
    }

    /// Eleven rules about a text.
    private static String text(String column) {
        String pattern = switch (column) {
            case "channel" -> "^[a-z]+$";
            case "state" -> "^[A-Z]{2}$";
            case "merchant" -> "^merchant [0-9]{1,5}$";
            default -> "^[0-9]{5}$";
        };
        StringBuilder yaml = new StringBuilder("      - name: " + column + "\n        logicalType: string\n"
                + "        required: true\n        logicalTypeOptions: {minLength: 2, maxLength: 14, pattern: '"
                + pattern
                + "'}\n        quality:\n"
                + "          - {metric: missingValues, arguments: {missingValues: ['', 'N/A']}, mustBe: 0}\n");
        for (String rule : List.of(
                "expect_column_value_lengths_to_be_between, kwargs: {min_value: 1, max_value: 20, mostly: 0.99}",
                "expect_column_values_to_not_match_regex, kwargs: {regex: '[;$]'}",
                "expect_column_values_to_match_regex, kwargs: {regex: '^[A-Za-z0-9 ]+$', mostly: 0.95}",
                "expect_column_values_to_not_match_like_pattern, kwargs: {like_pattern: '% '}",
                "expect_column_values_to_not_be_in_set, kwargs: {value_set: [test, none]}",
                "expect_column_values_to_match_like_pattern, kwargs: {like_pattern: '__%'}")) {
            yaml.append(expectation(rule));
        }
        return yaml.toString();
    }

    /// Thirteen rules about a number, and two for each quantile.
    private static String number(String column, int quantiles) {
        StringBuilder yaml = new StringBuilder("      - name: " + column + "\n        logicalType: number\n"
                + "        required: true\n        logicalTypeOptions: {minimum: 0, maximum: 100000000}\n"
                + "        quality:\n");
        for (String rule : List.of(
                "expect_column_mean_to_be_between, kwargs: {min_value: 0, max_value: 1.0e+8}",
                "expect_column_stdev_to_be_between, kwargs: {min_value: 0, max_value: 1.0e+8}",
                "expect_column_sum_to_be_between, kwargs: {min_value: 0, max_value: 1.0e+18}",
                "expect_column_min_to_be_between, kwargs: {min_value: 0, max_value: 1000}",
                "expect_column_max_to_be_between, kwargs: {min_value: 0, max_value: 1.0e+8}")) {
            yaml.append(expectation(rule));
        }
        for (int i = 1; i <= quantiles; i++) {
            BigDecimal at = BigDecimal.valueOf(i).divide(BigDecimal.valueOf(quantiles + 1L), 2, RoundingMode.HALF_UP);
            yaml.append(
                    expectation("expect_column_quantile_values_to_be_between, kwargs: {quantile_ranges: {quantiles: ["
                            + at + "], value_ranges: [[0.001, 90000000]]}}"));
        }
        return yaml.toString();
    }

    private static String expectation(String rule) {
        return "          - {type: custom, engine: greatExpectations, implementation: {type: " + rule + "}}\n";
    }

    private static boolean passed(List<CheckResult> results) {
        results.stream()
                .filter(result -> result.outcome() != Outcome.PASSED)
                .findFirst()
                .ifPresent(result -> {
                    throw new IllegalStateException(result.inWords());
                });
        return true;
    }

    private static void forget(Lake lake) {
        lake.database().writing(handle -> {
            handle.execute("DELETE FROM contract_file");
            handle.execute("DELETE FROM contract_kept");
        });
    }

    private static boolean execute(QueryEngine engine, String sql) {
        try (QueryResult result = engine.execute(SESSION, sql)) {
            return result.all().isEmpty();
        }
    }
}
