package dev.tarn.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.identity.Identity;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.TableIdentifier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Statements about tables rather than their rows: estimates, explanations, properties, branches.
class StatementsTest {
    @RegisterExtension
    static final TestEngine engine = TestEngine.ofClass();

    @BeforeAll
    static void make() {
        engine.run("CREATE TABLE t (id bigint, name varchar, day date)");
        engine.run("INSERT INTO t VALUES (1, 'a', DATE '2020-01-01'), (2, 'b', NULL)");
        engine.run("INSERT INTO t VALUES (3, 'c', DATE '2020-03-01'), (4, NULL, NULL)");
    }

    private static Table table(String name) {
        return engine.lake.main().loadTable(TableIdentifier.of("s", name));
    }

    @Test
    void statisticsComeFromTheFiles() {
        List<List<Object>> stats = engine.run("SHOW STATS FOR t").stream()
                .map(row -> Arrays.asList(row.get(0), row.get(3), row.get(4), row.get(5), row.get(6)))
                .toList();
        assertThat(stats)
                .containsExactly(
                        Arrays.asList("id", 0.0, null, "1", "4"),
                        Arrays.asList("name", 0.25, null, null, null),
                        Arrays.asList("day", 0.5, null, "2020-01-01", "2020-03-01"),
                        Arrays.asList(null, null, 4.0, null, null));
        assertThat(engine.run("SHOW STATS FOR (SELECT id FROM t)").getFirst().getFirst())
                .isEqualTo("id");
        engine.run("CREATE TABLE nothing (x integer)");
        assertThat(engine.run("SHOW STATS FOR nothing").getLast().get(4)).isEqualTo(0.0);
    }

    @Test
    void explainHasTrinosForms() {
        assertThat(engine.value("EXPLAIN SELECT id FROM t").toString()).contains("TableScan", "DuckDB statement");
        assertThat(engine.value("EXPLAIN (TYPE LOGICAL) SELECT id FROM t").toString())
                .contains("TableScan");
        assertThat(engine.value("EXPLAIN (TYPE LOGICAL, FORMAT JSON) SELECT id FROM t")
                        .toString())
                .startsWith("{");
        assertThat(engine.value("EXPLAIN (FORMAT GRAPHVIZ) SELECT id FROM t").toString())
                .startsWith("digraph");
        assertThat(engine.value("EXPLAIN (TYPE IO) SELECT id FROM t").toString())
                .contains("inputTableColumnInfos", "\"t\"");
        assertThat(engine.value("EXPLAIN (TYPE VALIDATE) DELETE FROM t WHERE id = 1"))
                .isEqualTo(true);
        assertThat(engine.value("EXPLAIN DELETE FROM t WHERE id = 1").toString())
                .contains("MergeWriter");
        assertThat(engine.value("EXPLAIN ANALYZE SELECT count(*) FROM t WHERE id > 1")
                        .toString())
                .contains("Total Time");
        assertThat(engine.value("SELECT count(*) FROM t")).isEqualTo(4L);
        assertThatThrownBy(() -> engine.run("EXPLAIN ANALYZE DELETE FROM t"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("NOT_SUPPORTED"));
    }

    @Test
    void extraPropertiesReachIceberg() {
        engine.run("CREATE TABLE extra (x integer) WITH (extra_properties ="
                + " MAP(ARRAY['write.delete.mode'], ARRAY['merge-on-read']))");
        assertThat(table("extra").properties()).containsEntry("write.delete.mode", "merge-on-read");
        engine.run("ALTER TABLE extra SET PROPERTIES extra_properties ="
                + " MAP(ARRAY['write.merge.mode', 'note'], ARRAY['copy-on-write', 'x'])");
        assertThat(table("extra").properties())
                .containsEntry("write.merge.mode", "copy-on-write")
                .containsEntry("write.delete.mode", "merge-on-read");
        assertThatThrownBy(() -> engine.run(
                        "ALTER TABLE extra SET PROPERTIES extra_properties =" + " MAP(ARRAY['location'], ARRAY['/x'])"))
                .satisfies(e -> assertThat(SqlError.of(e).code().getName()).isEqualTo("INVALID_TABLE_PROPERTY"));
    }

    @Test
    void aVersionMayBeABranchOfTheCatalogOrATagOfTheTable() {
        engine.run("CREATE TABLE v AS SELECT 1 AS x");
        table("v")
                .manageSnapshots()
                .createTag("first", table("v").currentSnapshot().snapshotId())
                .commit();
        engine.lake.createBranch("trial", new Identity("tester", "test", false));
        QuerySession trial = engine.session.withBranch("trial");
        assertThat(engine.value("SELECT count(*) FROM v FOR VERSION AS OF 'trial'"))
                .isEqualTo(1L);
        try (QueryResult result = engine.engine.execute(trial, "INSERT INTO v SELECT 2")) {
            result.all();
        }
        engine.run("INSERT INTO v SELECT * FROM UNNEST(sequence(1, 5)) AS u (x)");
        // Asked again: the first answer must not have been kept.
        assertThat(engine.value("SELECT count(*) FROM v FOR VERSION AS OF 'trial'"))
                .isEqualTo(2L);
        assertThat(engine.value("SELECT count(*) FROM v FOR VERSION AS OF 'first'"))
                .isEqualTo(1L);
        assertThat(engine.value("SELECT count(*) FROM v")).isEqualTo(6L);
        assertThat(engine.value("SELECT count(*) FROM v FOR VERSION AS OF 'trial' a JOIN v USING (x)"))
                .isEqualTo(3L);
        assertThatThrownBy(() -> engine.run("SELECT * FROM v FOR VERSION AS OF 'none'"))
                .hasMessageContaining("Cannot find snapshot with reference name: none");
    }

    @Test
    void viewsAreRefreshedToTheirQuerysColumns() {
        engine.run("CREATE TABLE base AS SELECT 1 AS x");
        engine.run("CREATE VIEW w COMMENT 'about w' SECURITY INVOKER AS SELECT * FROM base");
        engine.run("COMMENT ON COLUMN w.x IS 'the x'");
        assertThat(engine.value("SHOW CREATE VIEW w").toString()).contains("SECURITY INVOKER", "about w");
        assertThat(engine.run("SHOW COLUMNS FROM w").getFirst()).contains("the x");
        engine.run("ALTER TABLE base ADD COLUMN y varchar");
        engine.run("ALTER VIEW w REFRESH");
        assertThat(engine.run("SHOW COLUMNS FROM w")).hasSize(2);
        assertThat(engine.run("SELECT * FROM w").getFirst()).hasSize(2);
    }
}
