package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A mistyped name fails with Trino's code and position, and with what may have been meant.
class NearNamesTest {
    @TempDir
    static Path folder;

    static TestEngine engine;

    @BeforeAll
    static void start() {
        engine = new TestEngine(folder);
        engine.run("CREATE SCHEMA silver");
        engine.run("CREATE SCHEMA gold");
        engine.run("USE silver");
        engine.run("CREATE TABLE payments (id bigint, amount decimal(10, 2), amounts integer, merchant varchar)");
        engine.run("CREATE TABLE customers (id bigint)");
        engine.run("CREATE TABLE gold.daily (day date)");
        engine.run("CREATE VIEW big AS SELECT id, amount AS total FROM payments");
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "SELECT amuont FROM payments | COLUMN_NOT_FOUND | "
                        + "line 1:8: Column 'amuont' cannot be resolved; did you mean 'amount' or 'amounts'?",
                "SELECT id, p.merchnt FROM payments p | COLUMN_NOT_FOUND | "
                        + "line 1:12: Column 'p.merchnt' cannot be resolved; did you mean 'p.merchant'?",
                "SELECT q.id FROM payments p | COLUMN_NOT_FOUND | "
                        + "line 1:8: Column 'q.id' cannot be resolved; did you mean 'p.id'?",
                "SELECT totl FROM big | COLUMN_NOT_FOUND | "
                        + "line 1:8: Column 'totl' cannot be resolved; did you mean 'total'?",
                "WITH w AS (SELECT sum(amount) AS volume FROM payments) SELECT volme FROM w | COLUMN_NOT_FOUND | "
                        + "line 1:63: Column 'volme' cannot be resolved; did you mean 'volume'?",
                "SELECT wholly_other FROM payments | COLUMN_NOT_FOUND | "
                        + "line 1:8: Column 'wholly_other' cannot be resolved",
                "INSERT INTO payments (id, amout) VALUES (1, 2) | COLUMN_NOT_FOUND | "
                        + "line 1:1: Insert column name does not exist in target table: amout; did you mean "
                        + "'amount'?",
                "SELECT * FROM paymnets | TABLE_NOT_FOUND | "
                        + "line 1:15: Table 'tarn.silver.paymnets' does not exist; did you mean 'payments'?",
                "SELECT * FROM daily | TABLE_NOT_FOUND | "
                        + "line 1:15: Table 'tarn.silver.daily' does not exist; did you mean 'gold.daily'?",
                "WITH recent AS (SELECT 1) SELECT * FROM recnt | TABLE_NOT_FOUND | "
                        + "line 1:41: Table 'tarn.silver.recnt' does not exist; did you mean 'recent'?",
                "SELECT * FROM silvr.payments | SCHEMA_NOT_FOUND | "
                        + "line 1:15: Schema 'silvr' does not exist; did you mean 'silver'?",
                "SELECT * FROM tarm.silver.payments | CATALOG_NOT_FOUND | "
                        + "line 1:15: Catalog 'tarm' not found; did you mean 'tarn'?",
                "SELECT lenght(merchant) FROM payments | FUNCTION_NOT_FOUND | "
                        + "line 1:8: Function 'lenght' not registered; did you mean 'length'?",
                "DROP TABLE custmers | TABLE_NOT_FOUND | "
                        + "line 1:1: Table 'tarn.silver.custmers' does not exist; did you mean 'customers'?"
            })
    void names(String sql, String code, String message) {
        Throwable failure = catchThrowable(() -> engine.run(sql));
        assertThat(failure).as(sql).isNotNull();
        SqlError error = SqlError.of(failure);
        assertThat(error.code().getName()).isEqualTo(code);
        assertThat(error.message()).isEqualTo(message);
        assertThat(error.location()).isPresent();
    }
}
