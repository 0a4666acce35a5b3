package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the compiler does for speed changes no answer, and is done where it may be and nowhere else.
class CompiledShapeTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    @BeforeAll
    static void make() {
        engine.run("CREATE TABLE sales (shop integer, price decimal(15, 2), off decimal(15, 2), huge decimal(18, 2),"
                + " none decimal(15, 2))");
        // Two files, so that pruning for one use could hide rows from another.
        engine.run("INSERT INTO sales VALUES (1, 10.50, 0.10, 9999999999999999.99, NULL), (1, -3.25, 0, 1, NULL)");
        engine.run(
                "INSERT INTO sales VALUES (2, 104949.50, 0.05, -9999999999999999.99, NULL), (2, NULL, 0.5, 2, NULL)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT sum(price * (1 - off)) FROM sales                        | 99708.2250  | true",
                "SELECT sum(price * (1 - off) * (1 + off)) FROM sales            | 104694.271250 | true",
                "SELECT avg(price * (1 - off)) FROM sales                        | 33236.0750  | true",
                "SELECT sum(CASE WHEN shop = 1 THEN price * off ELSE 0 END) FROM sales | 1.0500 | true",
                "SELECT sum(price * none) FROM sales                             |             | true",
                "SELECT sum(huge * huge) FROM sales                              | 199999999999999999600000000000005.0002 | false",
                "SELECT sum(huge * price) FROM sales WHERE shop = 1              | 104999999999999996.6450 | false",
                "SELECT sum(price * (SELECT max(off) FROM sales)) FROM sales     | 52478.3750  | false"
            })
    void sumsOfProducts(String sql, String expected, boolean narrow) {
        Object value = engine.value(sql);
        assertThat(value == null ? null : value.toString()).isEqualTo(expected);
        boolean wide = engine.engine.compile(engine.session, sql).duckSql().contains("DECIMAL(19,");
        assertThat(wide).as("computed in 128 bits").isEqualTo(!narrow);
    }

    @Test
    void aQueryOfWithIsComputedOnce() {
        String sql = "WITH totals AS (SELECT shop, sum(price) AS total FROM sales GROUP BY shop)"
                + " SELECT a.shop, b.total FROM totals a JOIN totals b ON a.shop = b.shop AND a.total = b.total"
                + " WHERE a.shop = 1 AND b.total = (SELECT min(total) FROM totals)";
        assertThat(scans(sql)).isEqualTo(1);
        assertThat(engine.run(sql)).isEqualTo(List.of(List.of(1, "7.25")));
    }

    @Test
    void aFilterOnOneUseHidesNothingFromAnother() {
        String sql = "WITH t AS (SELECT shop, count(*) AS n FROM sales GROUP BY shop)"
                + " SELECT (SELECT sum(n) FROM t WHERE shop = 1), (SELECT sum(n) FROM t), (SELECT max(shop) FROM t)";
        assertThat(engine.run(sql)).isEqualTo(List.of(List.of(2L, 4L, 2)));
    }

    @Test
    void usesUnderOtherNamesAndInCorrelatedSubqueries() {
        String sql = "WITH t AS (SELECT shop AS s, max(off) AS m FROM sales GROUP BY shop)"
                + " SELECT x.shop, (SELECT y.m FROM t y WHERE y.s = x.shop) FROM sales x"
                + " WHERE x.off = (SELECT z.m FROM t z WHERE z.s = x.shop) ORDER BY 1";
        assertThat(engine.run(sql)).isEqualTo(List.of(List.of(1, "0.10"), List.of(2, "0.50")));
        assertThat(scans(sql)).isEqualTo(2);
    }

    @Test
    void whatOnlyLooksEqualIsNotShared() {
        String sql =
                "SELECT (SELECT sum(price) FROM sales WHERE off > 0.1), (SELECT sum(price) FROM sales WHERE off > 0.2),"
                        + " (SELECT sum(off) FROM sales WHERE off > 0.1), (SELECT min(price) FROM sales WHERE off >= 0.1)";
        assertThat(scans(sql)).isEqualTo(4);
    }

    @Test
    void chanceIsNotShared() {
        String sql = "WITH t AS (SELECT shop, max(random()) AS r FROM sales GROUP BY shop)"
                + " SELECT max(a.r), max(b.r) FROM t a JOIN t b ON a.shop = b.shop";
        assertThat(scans(sql)).isEqualTo(2);
    }

    private static int scans(String sql) {
        String duck = engine.engine.compile(engine.session, sql).duckSql();
        return duck.split("read_parquet\\(", -1).length - 1;
    }
}
