package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Counts and extremes come from metadata where every file says them exactly, are computed elsewhere, and are the same
/// either way.
class MetadataAggregatesTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    @BeforeAll
    static void make() {
        engine.run(
                "CREATE TABLE t (day date, shop varchar, n integer, big bigint, price decimal(38, 2), at timestamp(6),"
                        + " moment timestamp(6) with time zone, d double, note varchar, flag boolean, pair row(a bigint))"
                        + " WITH (partitioning = ARRAY['day', 'shop'])");
        engine.run(
                "INSERT INTO t VALUES"
                        + " (DATE '2024-01-01', 'a', 1, 10, -1.50, TIMESTAMP '2024-01-01 00:00:00.000001',"
                        + "   TIMESTAMP '2024-01-01 00:00:00 UTC', 1.5, 'x', true, ROW(1)),"
                        + " (DATE '2024-01-01', 'a', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),"
                        + " (DATE '2024-01-02', 'b', 7, -3, 99999999999999999999999999999999999.25, NULL, NULL, -0.0, 'y', false, NULL)");
        engine.run("INSERT INTO t VALUES"
                + " (DATE '2024-01-02', NULL, 4, 5, 3, TIMESTAMP '1960-05-05 12:00:00', TIMESTAMP '2025-01-01 00:00:00 +02:00',"
                + "   2.5, 'zz', NULL, ROW(5)), (NULL, 'é', 4, NULL, 0, NULL, NULL, 3.25, '', true, NULL)");
        engine.run("CREATE TABLE empty (n integer)");
        engine.run("CREATE TABLE odd (d double, r real)");
        engine.run("INSERT INTO odd VALUES (nan(), REAL '1.5'), (2.0, REAL '2.5')");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "count(*)                               | t                                        | true",
                "count(1), count(n), count(note)        | t                                        | true",
                "min(n), max(n), min(big), max(big)     | t                                        | true",
                "min(price), max(price), max(at)        | t                                        | true",
                "min(at), min(moment), max(moment)      | t                                        | true",
                "min(flag), max(flag)                   | t                                        | true",
                "min(day), max(day), min(shop), max(shop), count(shop) | t                         | true",
                "count(*), max(n)                       | t WHERE day = DATE '2024-01-02'          | true",
                "count(*)                               | t WHERE day > DATE '2024-01-01' AND shop IS NULL | true",
                "count(*), min(n)                       | t WHERE day = DATE '1999-01-01'          | true",
                "count(*)                               | t WHERE n < 100                          | false",
                "count(*)                               | t WHERE n >= 4 AND day = DATE '2024-01-02' | true",
                "count(*)                               | (SELECT n AS m, day AS e FROM t) WHERE e IS NULL | true",
                "max(m)                                 | (SELECT n AS m FROM t)                   | true",
                "count(*), min(n), max(n)               | empty                                    | true",
                "min(note), max(note)                   | t                                        | false",
                "max(d)                                 | t                                        | false",
                "max(r)                                 | odd                                      | true",
                "min(d), max(d), count(d)               | odd                                      | false",
                "sum(n)                                 | t                                        | false",
                "count(DISTINCT n)                      | t                                        | false",
                "count(*) FILTER (WHERE n > 1)          | t                                        | false",
                "max(n + 1)                             | t                                        | false",
                "max(pair.a), count(pair)               | t                                        | false",
                "max(n, 2)                              | t                                        | false",
                "count(*)                               | t WHERE \"$path\" LIKE '%day=2024-01-02%' | false"
            })
    void theSameEitherWay(String aggregates, String from, boolean fromMetadata) {
        String sql = "SELECT " + aggregates + " FROM " + from;
        assertThat(isFromMetadata(sql)).isEqualTo(fromMetadata);
        // A sum that the manifests do not say keeps them from being asked.
        List<?> computed =
                engine.run(sql.replaceFirst(" FROM", ", sum(length('x')) FROM")).getFirst();
        assertThat(engine.run(sql).getFirst()).isEqualTo(computed.subList(0, computed.size() - 1));
    }

    @Test
    void partitionsAreKnownWithoutTheirFiles() {
        String counts = "SELECT day, count(*), max(n) FROM t GROUP BY day ORDER BY day";
        assertThat(isFromMetadata(counts)).isTrue();
        assertThat(engine.run(counts))
                .isEqualTo(List.of(List.of("2024-01-01", 2L, 1), List.of("2024-01-02", 2L, 7), row(null, 1L, 4)));
        String distinct = "SELECT DISTINCT shop FROM t WHERE day >= DATE '2024-01-01' ORDER BY 1 NULLS FIRST";
        assertThat(isFromMetadata(distinct)).isTrue();
        assertThat(engine.run(distinct)).isEqualTo(List.of(row((Object) null), List.of("a"), List.of("b")));
        String having = "SELECT shop, count(*) FROM t GROUP BY shop HAVING count(*) > 1 AND shop < 'z'";
        assertThat(isFromMetadata(having)).isTrue();
        assertThat(engine.run(having)).isEqualTo(List.of(List.of("a", 2L)));
        assertThat(isFromMetadata("SELECT n, count(*) FROM t GROUP BY n")).isFalse();
        assertThat(engine.run("SELECT shop FROM empty e RIGHT JOIN (SELECT DISTINCT shop FROM t) x ON true"))
                .hasSize(4);
    }

    @Test
    void deletedRowsAreNotCounted() {
        engine.run("CREATE TABLE deleted WITH (extra_properties = MAP(ARRAY['write.delete.mode'],"
                + " ARRAY['merge-on-read'])) AS SELECT x AS n FROM UNNEST(sequence(1, 1000)) AS u (x)");
        assertThat(engine.value("SELECT count(*) FROM deleted")).isEqualTo(1000L);
        engine.run("DELETE FROM deleted WHERE n IN (1, 1000)");
        assertThat(engine.run("SELECT count(*), min(n), max(n) FROM deleted"))
                .isEqualTo(List.of(List.of(998L, 2L, 999L)));
    }

    @Test
    void columnsThatChangedAndOlderStates() {
        engine.run("CREATE TABLE grown (n integer)");
        engine.run("INSERT INTO grown VALUES 1, 2");
        Object first = engine.value("SELECT snapshot_id FROM \"grown$snapshots\"");
        engine.run("ALTER TABLE grown ADD COLUMN later bigint");
        engine.run("ALTER TABLE grown ALTER COLUMN n SET DATA TYPE bigint");
        engine.run("INSERT INTO grown VALUES (5000000000, 7)");
        assertThat(engine.run("SELECT min(n), max(n) FROM grown")).isEqualTo(List.of(List.of(1L, 5000000000L)));
        assertThat(isFromMetadata("SELECT max(n) FROM grown")).isTrue();
        assertThat(isFromMetadata("SELECT max(later) FROM grown")).isFalse();
        assertThat(engine.run("SELECT count(later), max(later) FROM grown")).isEqualTo(List.of(List.of(1L, 7L)));
        assertThat(engine.run("SELECT count(*), max(n) FROM grown FOR VERSION AS OF " + first))
                .isEqualTo(List.of(List.of(2L, 2)));
    }

    @Test
    void whatATableDoesNotKeepIsComputed() {
        engine.run("CREATE TABLE bare (n integer) WITH (extra_properties = MAP("
                + "ARRAY['write.metadata.metrics.default'], ARRAY['none']))");
        engine.run("INSERT INTO bare VALUES 3, 4, NULL");
        assertThat(isFromMetadata("SELECT max(n) FROM bare")).isFalse();
        assertThat(isFromMetadata("SELECT count(*) FROM bare")).isTrue();
        assertThat(engine.run("SELECT count(*), count(n), max(n) FROM bare")).isEqualTo(List.of(List.of(3L, 2L, 4)));
    }

    @Test
    void aCommitBetweenTwoCountsIsSeen() {
        engine.run("CREATE TABLE seen (n integer)");
        for (long rows = 1; rows <= 3; rows++) {
            engine.run("INSERT INTO seen VALUES 1");
            assertThat(engine.value("SELECT count(*) FROM seen")).isEqualTo(rows);
        }
        assertThat(engine.lake.main().loadTable(TableIdentifier.of("s", "seen")).snapshots())
                .hasSize(3);
    }

    private static boolean isFromMetadata(String sql) {
        return !engine.engine.compile(engine.session, sql).duckSql().contains("read_parquet(");
    }

    private static List<?> row(Object... values) {
        return java.util.Arrays.asList(values);
    }
}
