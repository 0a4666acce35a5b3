package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tarn.query.lineage.ColumnLineage;
import dev.tarn.query.lineage.ColumnLineage.Input;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LineageTest {
    private static TestEngine test;

    @BeforeAll
    static void open(@TempDir Path folder) {
        test = new TestEngine(folder);
        test.run("CREATE SCHEMA s");
        test.run("CREATE TABLE s.pay (id bigint, client bigint, amount double, at timestamp(6), tags array(varchar))");
        test.run("CREATE TABLE s.client (id bigint, name varchar, vip boolean)");
        test.run("CREATE VIEW s.big AS SELECT id, amount * 2 AS twice FROM s.pay WHERE amount > 10");
    }

    @AfterAll
    static void close() {
        test.close();
    }

    /// Each column with what it is made of, as `pay.amount AGGREGATION`; what decides on the rows as `*`.
    private static Map<String, List<String>> lineage(String sql) {
        ColumnLineage lineage = test.engine.lineage(test.session, sql);
        Map<String, List<String>> all = new TreeMap<>();
        lineage.columns().forEach(column -> all.put(column.name(), words(column.inputs())));
        all.put("*", words(lineage.deciding()));
        return all;
    }

    private static List<String> words(List<Input> inputs) {
        return inputs.stream()
                .map(input -> input.table().replace("s.", "") + "." + input.column() + " " + input.use())
                .toList();
    }

    @Test
    void starsJoinsAndFilters() {
        assertThat(lineage("""
                SELECT c.*, p.amount + 1 AS more, 'x' AS fixed
                FROM s.pay p JOIN s.client c ON p.client = c.id AND p.at > TIMESTAMP '2020-01-01 00:00:00'
                WHERE c.vip ORDER BY p.id"""))
                .isEqualTo(Map.of(
                        "id", List.of("client.id IDENTITY"),
                        "name", List.of("client.name IDENTITY"),
                        "vip", List.of("client.vip IDENTITY"),
                        "more", List.of("pay.amount TRANSFORMATION"),
                        "fixed", List.of(),
                        "*",
                                List.of(
                                        "client.id JOIN",
                                        "client.vip FILTER",
                                        "pay.at FILTER",
                                        "pay.client JOIN",
                                        "pay.id SORT")));
    }

    @Test
    void aggregatesAndChoices() {
        assertThat(lineage("""
                SELECT client, sum(amount) FILTER (WHERE id > 3) AS total, count(*) AS n,
                       max(CASE WHEN at IS NULL THEN amount END) AS unknown
                FROM s.pay GROUP BY client HAVING min(id) > 1"""))
                .isEqualTo(Map.of(
                        "client", List.of("pay.client IDENTITY"),
                        "total", List.of("pay.amount AGGREGATION", "pay.id CONDITIONAL"),
                        "n", List.of(),
                        "unknown", List.of("pay.amount AGGREGATION", "pay.at CONDITIONAL"),
                        "*", List.of("pay.client GROUP_BY", "pay.id FILTER")));
    }

    @Test
    void windowsDecideOnTheirOwnColumnAlone() {
        assertThat(lineage("SELECT id, sum(amount) OVER (PARTITION BY client ORDER BY at) AS s FROM s.pay"))
                .isEqualTo(Map.of(
                        "id", List.of("pay.id IDENTITY"),
                        "s", List.of("pay.amount AGGREGATION", "pay.at WINDOW", "pay.client WINDOW"),
                        "*", List.of()));
    }

    @Test
    void unionsSubqueriesAndCommonTables() {
        assertThat(lineage("""
                WITH both AS (SELECT id AS key, amount FROM s.pay UNION ALL SELECT id, 0 FROM s.client)
                SELECT key, amount,
                       (SELECT max(name) FROM s.client c WHERE c.id = b.key) AS name
                FROM both b WHERE key IN (SELECT client FROM s.pay WHERE amount > 1)"""))
                .isEqualTo(Map.of(
                        "key", List.of("client.id IDENTITY", "pay.id IDENTITY"),
                        "amount", List.of("pay.amount IDENTITY"),
                        "name", List.of("client.id FILTER", "client.name AGGREGATION", "pay.id FILTER"),
                        "*", List.of("client.id FILTER", "pay.amount FILTER", "pay.client FILTER", "pay.id FILTER")));
    }

    @Test
    void exceptDecidesByItsRightSide() {
        assertThat(lineage("SELECT id FROM s.pay EXCEPT SELECT id FROM s.client"))
                .isEqualTo(Map.of("id", List.of("pay.id IDENTITY"), "*", List.of("client.id FILTER")));
    }

    @Test
    void lambdasAndUnnest() {
        assertThat(lineage("""
                SELECT transform(tags, t -> t || cast(id AS varchar)) AS marked, tag
                FROM s.pay CROSS JOIN UNNEST(tags) AS u(tag)"""))
                .isEqualTo(Map.of(
                        "marked", List.of("pay.id TRANSFORMATION", "pay.tags TRANSFORMATION"),
                        "tag", List.of("pay.tags TRANSFORMATION"),
                        "*", List.of()));
    }

    @Test
    void aViewStandsForItself() {
        assertThat(lineage("SELECT twice AS t FROM s.big"))
                .isEqualTo(Map.of("t", List.of("big.twice IDENTITY"), "*", List.of()));
        assertThat(lineage("CREATE TABLE s.copy AS SELECT id AS key FROM s.big"))
                .isEqualTo(Map.of("key", List.of("big.id IDENTITY"), "*", List.of()));
        assertThat(test.run("SELECT twice FROM s.big")).isEmpty();
    }
}
