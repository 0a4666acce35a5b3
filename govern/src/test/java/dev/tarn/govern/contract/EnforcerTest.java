package dev.tarn.govern.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.ErrorCode;
import dev.tarn.core.error.TarnException;
import dev.tarn.core.identity.Identity;
import dev.tarn.govern.contract.CheckResult.Outcome;
import dev.tarn.lake.Lake;
import dev.tarn.lake.LakeConfig;
import dev.tarn.query.QueryConfig;
import dev.tarn.query.QueryEngine;
import dev.tarn.query.QueryResult;
import dev.tarn.query.QuerySession;
import dev.tarn.query.duckdb.DuckDb;
import dev.tarn.query.duckdb.DuckDbConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.io.CloseableIterable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Contracts at the commit, against the real engine and lake.
class EnforcerTest {
    private static final Identity ADA = new Identity("ada", "test", false);
    private static final QuerySession SESSION = QuerySession.of(ADA).withZone(ZoneOffset.UTC);
    private static final TableIdentifier PAYMENTS = TableIdentifier.of("s", "payments");

    @TempDir
    Path folder;

    private Lake lake;
    private DuckDb duckDb;
    private QueryEngine engine;
    private ContractFiles contracts;

    @BeforeEach
    void open() throws IOException {
        Path warehouse = folder.resolve("lake");
        lake = Lake.open(LakeConfig.inFolder(warehouse));
        duckDb = DuckDb.open(DuckDbConfig.of(512L << 20, 2, folder.resolve("spill"), warehouse));
        engine = QueryEngine.start(lake, duckDb, QueryConfig.defaults());
        contracts = new ContractFiles(folder.resolve("contracts"));
        lake.guard(new Enforcer(lake, () -> engine, contracts, InstantSource.system()));
        sql("CREATE SCHEMA s");
        sql("CREATE TABLE s.customers AS SELECT * FROM (VALUES 1, 2, 3) t(id)");
        sql("CREATE TABLE s.payments (id bigint, amount double, customer bigint)");
        contract("""
                    properties:
                      - name: id
                        required: true
                        unique: true
                      - name: amount
                        logicalType: number
                        logicalTypeOptions: {minimum: 0}
                        quality:
                          - {metric: nullValues, mustBeLessThan: 2}
                          - name: rarely large
                            type: custom
                            engine: greatExpectations
                            severity: warning
                            implementation:
                              type: expect_column_max_to_be_between
                              kwargs: {max_value: 1000}
                      - name: customer
                        relationships:
                          - to: s.customers.id
                """);
    }

    @AfterEach
    void close() {
        engine.close();
        duckDb.close();
        lake.close();
    }

    @Test
    void insertedRowsThatBreakARuleGoToQuarantineAndTheOthersIn() {
        assertThat(sql("INSERT INTO s.payments VALUES (1, 5, 1), (2, -7, 2), (NULL, -1, 3), (3, NULL, NULL)"))
                .isEqualTo(2);
        assertThat(rows("SELECT id FROM s.payments ORDER BY id")).isEqualTo("[[1], [3]]");
        assertThat(rows("SELECT id, amount, _rule, _run FROM s.payments__quarantine ORDER BY amount"))
                .isEqualTo("[[2, -7.0, amount is at least 0, insert by ada],"
                        + " [null, -1.0, id is not null; amount is at least 0, insert by ada]]");
        assertThat(sql("INSERT INTO s.payments VALUES (4, 1, 1)")).isEqualTo(1);
    }

    @Test
    void whatBreaksARuleAboutTheWholeTableDoesNotBecomeVisible() {
        sql("INSERT INTO s.payments VALUES (1, 5, 1), (2, 6, 2)");
        refused("INSERT INTO s.payments VALUES (3, 1, 1), (2, 1, 1)", "id is unique: expected 0, found 1");
        refused("INSERT INTO s.payments VALUES (3, 1, 9)", "customer is found in s.customers");
        refused("INSERT INTO s.payments VALUES (3, NULL, 1), (4, NULL, 1)", "amount nullValues: expected less than 2");
        refused("UPDATE s.payments SET amount = -1 WHERE id = 1", "amount is at least 0");
        refused("CREATE OR REPLACE TABLE s.payments AS SELECT 1 AS id", "has no column amount");
        assertThat(rows("SELECT id, amount FROM s.payments ORDER BY id")).isEqualTo("[[1, 5.0], [2, 6.0]]");
        assertThat(sql("INSERT INTO s.payments VALUES (3, 1, 3)")).isEqualTo(1);
    }

    @Test
    void anOutsideWriterIsRefused() {
        Table table = lake.main().loadTable(PAYMENTS);
        List<DataFile> bad = engine.write(SESSION, "SELECT BIGINT '1' AS id, -1e0 AS amount, NULL AS customer", table);
        var append = table.newAppend();
        bad.forEach(append::appendFile);
        assertThatThrownBy(append::commit)
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONTRACT_BROKEN))
                .hasMessageContaining("amount is at least 0");
        assertThat(rows("SELECT count(*) FROM s.payments")).isEqualTo("[[0]]");
    }

    @Test
    void aWarningIsRecordedAndLets() {
        sql("INSERT INTO s.payments VALUES (1, 5000, 1)");
        assertThat(ContractResults.open(lake.database()).ofTable("s.payments", 10))
                .singleElement()
                .satisfies(kept -> {
                    assertThat(kept.rule()).isEqualTo("amount rarely large");
                    assertThat(kept.outcome()).isEqualTo(Outcome.BROKEN);
                    assertThat(kept.severity()).isEqualTo(Severity.WARNING);
                });
    }

    @Test
    void whoCleansATableUpStepByStepIsLet() throws IOException {
        contract("    properties:\n      - name: id\n");
        sql("INSERT INTO s.payments VALUES (1, -1, 1), (2, -2, 1), (3, 3, 1)");
        contract("""
                    properties:
                      - name: amount
                        logicalType: number
                        logicalTypeOptions: {minimum: 0}
                """);
        assertThat(sql("UPDATE s.payments SET amount = 1 WHERE id = 1")).isEqualTo(1);
        refused("UPDATE s.payments SET amount = -1 WHERE id IN (1, 3)", "found 3");
        assertThat(sql("DELETE FROM s.payments WHERE id = 2")).isEqualTo(1);
    }

    /// The files that were checked before are taken away: a check that read one of them would fail.
    @Test
    void anAppendIsCheckedWithoutReadingWhatWasCheckedBefore() throws IOException {
        sql("INSERT INTO s.payments VALUES (1, 5, 1), (2, 6, 2)");
        List<Path> files = new ArrayList<>();
        try (CloseableIterable<FileScanTask> tasks =
                lake.main().loadTable(PAYMENTS).newScan().planFiles()) {
            tasks.forEach(task -> files.add(Path.of(URI.create(task.file().location()))));
        }
        for (Path file : files) {
            Files.move(file, file.resolveSibling("away"));
        }
        assertThat(sql("INSERT INTO s.payments VALUES (10, 7, 3)")).isEqualTo(1);
        refused("INSERT INTO s.payments VALUES (11, 7, 4)", "customer is found in s.customers");
        for (Path file : files) {
            Files.move(file.resolveSibling("away"), file);
        }
        // Within the range of what is there it has to look.
        refused("INSERT INTO s.payments VALUES (2, 7, 3)", "id is unique");
        assertThat(rows("SELECT sum(amount) FROM s.payments")).isEqualTo("[[18.0]]");
    }

    @Test
    void measuresMergedFromFilesAreThoseOfTheWhole() throws IOException {
        contract("    properties:\n      - name: id\n");
        List<Measure> measures = List.of(
                new Measure.Rows(),
                new Measure.Count(Condition.of("amount > 50")),
                new Measure.Percent(Condition.of("amount > 50")),
                new Measure.Count(new Condition.IsNull("customer")),
                new Measure.Percent(outside("amount", "-80", "60"), Optional.of("\"customer\"")),
                new Measure.Count(outside("id", "0", "1000")),
                new Measure.Total("id"),
                new Measure.Least("amount"),
                new Measure.Greatest("amount"),
                new Measure.Mean("amount"),
                new Measure.Deviation("amount"),
                new Measure.Duplicates(List.of("customer"), false),
                new Measure.Duplicates(List.of("customer", "id"), true),
                new Measure.Other("count(DISTINCT customer)"));
        compare(measures);
        sql("INSERT INTO s.payments SELECT n, n * 1.5e0, n % 7 FROM UNNEST(sequence(1, 50)) t(n)");
        compare(measures);
        sql("INSERT INTO s.payments SELECT n, sin(n) * 90, NULL FROM UNNEST(sequence(20, 70)) t(n)");
        compare(measures);
        sql("DELETE FROM s.payments WHERE id % 3 = 0");
        compare(measures);
        sql("DELETE FROM s.payments WHERE id < 60");
        compare(measures);
    }

    private static Condition outside(String column, String low, String high) {
        return new Condition.Outside(
                column,
                Optional.of(new Condition.Limit(low, low, false)),
                Optional.of(new Condition.Limit(high, high, true)));
    }

    @Test
    void textsThatRepeatAreDecidedOnceEach() {
        sql("CREATE TABLE s.words AS SELECT CASE WHEN n % 7 > 0 THEN 'word ' || CAST(n % 5 AS varchar) END AS word, n"
                + " FROM UNNEST(sequence(1, 5000)) t(n)");
        List<Measure> measures = List.of(
                new Measure.Count(Condition.about("word", "regexp_like(\"word\", '[12]$')")),
                new Measure.Count(Condition.about("word", "\"word\" IS NULL OR length(\"word\") > 6")),
                new Measure.Count(Condition.about("word", "\"word\" NOT IN ('word 1')")),
                new Measure.Percent(Condition.about("word", "\"word\" = 'word 3'"), Optional.of("\"word\"")),
                new Measure.Duplicates(List.of("n"), false),
                new Measure.Mean("n"));
        compare("s.words", measures);
        sql("INSERT INTO s.words SELECT 'word 9', n FROM UNNEST(sequence(4000, 9000)) t(n)");
        compare("s.words", measures);
        sql("DELETE FROM s.words WHERE n % 2 = 0");
        compare("s.words", measures);
    }

    @Test
    void aNumberThatLeavesItsPastIsBroken() throws IOException {
        contract("""
                    quality:
                      - name: rows stay
                        type: custom
                        engine: soda
                        implementation: {type: change, must_be_less_than_or_equal_to: 100}
                    properties:
                      - name: id
                """);
        sql("INSERT INTO s.payments VALUES (1, 1, 1), (2, 1, 1)");
        sql("INSERT INTO s.payments VALUES (3, 1, 1)");
        refused(
                "INSERT INTO s.payments VALUES (4, 1, 1), (5, 1, 1), (6, 1, 1), (7, 1, 1)",
                "rows stay: expected at most 6, found 7");
        sql("INSERT INTO s.payments VALUES (4, 1, 1), (5, 1, 1)");
        assertThat(new Steadiness.Deviations(java.math.BigDecimal.TWO, 3)
                        .bound(List.of(
                                java.math.BigDecimal.valueOf(8),
                                java.math.BigDecimal.valueOf(10),
                                java.math.BigDecimal.valueOf(12)))
                        .map(Bound::inWords))
                .hasValueSatisfying(words -> assertThat(words).startsWith("between 6.7340"));
    }

    @Test
    void checksWrittenForOtherToolsKeepRowsAndCommitsOut() throws IOException {
        sql("CREATE TABLE s.events (id bigint, body varchar, balance bigint)");
        contract("s.events", """
                    quality:
                      - type: custom
                        engine: soda
                        implementation: |
                          checks for events:
                            - invalid_count(id) = 0:
                                valid min: 1
                            - row_count < 4
                      - type: custom
                        engine: greatExpectations
                        implementation:
                          - type: expect_column_values_to_match_json_schema
                            kwargs: {column: body, json_schema: {required: [k]}}
                          - type: expect_column_values_to_be_increasing
                            kwargs: {column: balance, order_by: id}
                    properties:
                      - name: id
                """);
        assertThat(
                        sql(
                                "INSERT INTO s.events VALUES (1, '{\"k\": 1}', 10), (0, '{\"k\": 1}', 0), (2, '{}', 0), (3, '{', 0)"))
                .isEqualTo(1);
        assertThat(rows("SELECT id, _rule FROM s.events__quarantine ORDER BY id"))
                .isEqualTo("[[0, invalid_count(id) = 0], [2, body values to match json schema],"
                        + " [3, body values to match json schema]]");
        refused(
                "INSERT INTO s.events VALUES (2, NULL, 9)",
                "balance increasing in the order of id: expected 0, found 1");
        refused("INSERT INTO s.events VALUES (2, NULL, 10), (3, NULL, 11), (4, NULL, 12)", "row_count < 4");
        assertThat(sql("INSERT INTO s.events VALUES (2, NULL, 10), (3, NULL, 11)"))
                .isEqualTo(2);
    }

    private void compare(List<Measure> measures) {
        compare("s.payments", measures);
    }

    private void compare(String name, List<Measure> measures) {
        Contract.Table table = new Contract.Table(name, List.of(), List.of(), List.of(), 1);
        Measuring measuring = new Measuring(engine, lake, KnownResults.open(lake.database()), SESSION, table);
        Map<Measure, Optional<java.math.BigDecimal>> merged = new HashMap<>(measuring.of(measures));
        for (Measure measure : measures) {
            Object whole = result("SELECT " + measure.whole() + " FROM " + name)
                    .getFirst()
                    .getFirst();
            Optional<Double> value = merged.get(measure).map(java.math.BigDecimal::doubleValue);
            if (whole == null) {
                assertThat(value).as(measure.toString()).isEmpty();
            } else {
                assertThat(value.orElseThrow())
                        .as(measure.toString())
                        .isCloseTo(Double.parseDouble(whole.toString()), org.assertj.core.data.Offset.offset(1e-9));
            }
        }
    }

    @Test
    void rowsAreRepairedAndReleasedAtOnce() {
        sql("INSERT INTO s.payments VALUES (1, 5, 1), (2, -7, 2), (3, -8, 3), (4, -9, 1)");
        Quarantine quarantine = new Quarantine(engine, lake, InstantSource.system());
        assertThat(quarantine.list(SESSION))
                .containsExactly(new Quarantine.Held("s.payments", "amount is at least 0", "insert by ada", 3));
        Contract.Table table = contracts.enforced("s.payments").orElseThrow().table();

        assertThat(quarantine.release(ADA, table, Map.of(), Optional.empty())).isZero();
        assertThat(quarantine.release(ADA, table, Map.of("amount", "abs(amount)"), Optional.of("id < 4")))
                .isEqualTo(2);

        assertThat(rows("SELECT id, amount FROM s.payments ORDER BY id")).isEqualTo("[[1, 5.0], [2, 7.0], [3, 8.0]]");
        assertThat(rows("SELECT id, amount, _run FROM s.payments__quarantine")).isEqualTo("[[4, -9.0, insert by ada]]");
        assertThatThrownBy(() -> quarantine.release(ADA, table, Map.of("id", "1", "amount", "1"), Optional.empty()))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONTRACT_BROKEN));
        assertThat(lake.branches()).hasSize(1);
    }

    private void refused(String sql, String why) {
        assertThatThrownBy(() -> sql(sql))
                .isInstanceOfSatisfying(
                        TarnException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CONTRACT_BROKEN))
                .hasMessageContaining(why);
    }

    private long sql(String sql) {
        try (QueryResult result = engine.execute(SESSION, sql)) {
            result.all();
            return result.updateCount().orElse(0);
        }
    }

    private String rows(String sql) {
        return result(sql).toString();
    }

    private List<List<@Nullable Object>> result(String sql) {
        try (QueryResult result = engine.execute(SESSION, sql)) {
            return result.all();
        }
    }

    private void contract(String properties) throws IOException {
        contract("s.payments", properties);
    }

    private void contract(String table, String properties) throws IOException {
        Path file = folder.resolve("contracts/payments.odcs.yaml");
        Files.createDirectories(file.getParent());
        Files.writeString(file, """
                apiVersion: v3.1.0
                kind: DataContract
                id: payments
                version: 1.0.0
                status: active
                schema:
                  - name: subject
                    physicalName: %s
                """.formatted(table) + properties);
    }
}
