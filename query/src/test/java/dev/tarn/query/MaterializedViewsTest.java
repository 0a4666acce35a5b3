package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Materialized views: stored, refreshed, fresh or stale.
class MaterializedViewsTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    @BeforeAll
    static void make() {
        engine.run("CREATE TABLE base AS SELECT 1 AS k, 10 AS v");
    }

    private static long refresh(String view) {
        try (QueryResult result = engine.engine.execute(engine.session, "REFRESH MATERIALIZED VIEW " + view)) {
            result.all();
            assertThat(result.updateType()).hasValue("REFRESH MATERIALIZED VIEW");
            return result.updateCount().orElseThrow();
        }
    }

    private static Object freshness(String view) {
        return engine.value(
                "SELECT freshness FROM system.metadata.materialized_views WHERE schema_name = 's' AND name = '" + view
                        + "'");
    }

    private static String plan(String sql) {
        return String.valueOf(engine.value("EXPLAIN " + sql));
    }

    @Test
    void storedRowsAreReadWhileFreshAndTheQueryRunsWhenStale() {
        engine.run(
                "CREATE MATERIALIZED VIEW sums GRACE PERIOD INTERVAL '0' SECOND COMMENT 'by k' WITH (partitioning = ARRAY['k'])"
                        + " AS SELECT k, sum(v) AS total FROM base GROUP BY k");
        assertThat(freshness("sums")).isEqualTo("STALE");
        assertThat(engine.run("SELECT * FROM sums")).isEqualTo(List.of(List.of(1, 10L)));
        assertThat(refresh("sums")).isEqualTo(1);
        assertThat(freshness("sums")).isEqualTo("FRESH");
        assertThat(plan("SELECT * FROM sums")).doesNotContain("s.base");
        assertThat(engine.run("SELECT * FROM sums")).isEqualTo(List.of(List.of(1, 10L)));
        assertThat(refresh("sums")).as("fresh already").isZero();
        engine.run("INSERT INTO base VALUES (1, 5), (2, 7)");
        assertThat(freshness("sums")).isEqualTo("STALE");
        assertThat(plan("SELECT * FROM sums")).contains("s.base");
        assertThat(engine.run("SELECT * FROM sums ORDER BY k")).isEqualTo(List.of(List.of(1, 15L), List.of(2, 7L)));
        assertThat(refresh("sums")).isEqualTo(2);
        assertThat(engine.run("SELECT * FROM sums ORDER BY k")).isEqualTo(List.of(List.of(1, 15L), List.of(2, 7L)));
        assertThat(engine.value("SELECT count(*) FROM \"sums$materialized_view_storage\""))
                .isEqualTo(2L);

        assertThat(engine.run("SHOW TABLES LIKE 'sums%'")).isEqualTo(List.of(List.of("sums")));
        assertThat(engine.value("SHOW CREATE MATERIALIZED VIEW sums").toString())
                .contains("CREATE MATERIALIZED VIEW tarn.s.sums", "by k", "partitioning");
        assertThatThrownBy(() -> engine.run("CREATE MATERIALIZED VIEW sums AS SELECT 1 AS x"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).contains("ALREADY_EXISTS"));
        engine.run("CREATE MATERIALIZED VIEW IF NOT EXISTS sums AS SELECT 1 AS x");
        engine.run("ALTER MATERIALIZED VIEW sums RENAME TO totals");
        assertThat(freshness("totals")).isEqualTo("FRESH");
        assertThat(engine.value("SELECT count(*) FROM totals")).isEqualTo(2L);
        engine.run("CREATE OR REPLACE MATERIALIZED VIEW totals AS SELECT max(v) AS most FROM base");
        assertThat(engine.value("SELECT most FROM totals")).isEqualTo(10);
        engine.run("DROP MATERIALIZED VIEW totals");
        assertThat(engine.run("SHOW TABLES LIKE 'totals%'")).isEmpty();
        assertThatThrownBy(() -> engine.run("SELECT * FROM \"totals$materialized_view_storage\""))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("TABLE_NOT_FOUND"));
        engine.run("DELETE FROM base WHERE v <> 10");
    }

    @Test
    void aGracePeriodServesStoredRowsAndStaleMayFail() {
        engine.run("CREATE TABLE other AS SELECT 1 AS x");
        engine.run("CREATE MATERIALIZED VIEW graced GRACE PERIOD INTERVAL '1' DAY AS SELECT count(*) AS n FROM other");
        engine.run("CREATE MATERIALIZED VIEW strict GRACE PERIOD INTERVAL '0' SECOND WHEN STALE FAIL"
                + " AS SELECT count(*) AS n FROM other");
        assertThatThrownBy(() -> engine.run("SELECT * FROM strict")).hasMessageContaining("stale");
        refresh("graced");
        refresh("strict");
        engine.run("INSERT INTO other SELECT 2");
        assertThat(engine.value("SELECT n FROM graced")).as("stored").isEqualTo(1L);
        assertThatThrownBy(() -> engine.run("SELECT * FROM strict")).hasMessageContaining("stale");
    }

    @Test
    void rowsThatDependOnTheTimeAreNeverCalledFresh() {
        engine.run("CREATE MATERIALIZED VIEW timed GRACE PERIOD INTERVAL '0' SECOND"
                + " AS SELECT k, current_timestamp AS now FROM base");
        refresh("timed");
        assertThat(freshness("timed")).isEqualTo("UNKNOWN");
    }
}
