package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.project.Manifest;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What properties files say beside configuration: unit tests, versions, access, contracts, exposures, docs.
class PropertiesTest extends OnALake {
    @BeforeEach
    void project() throws IOException {
        project.write("dbt_project.yml", "name: shop\nvars: {rate: 2}\nmodels: {+materialized: table}\n");
        project.write("seeds/orders.csv", "id,amount,day\n1,10,2020-01-01\n2,20,2020-01-02\n");
    }

    private void totals() throws IOException {
        project.write("models/totals.sql", """
                {{ config(materialized='incremental') }}
                with o as (select * from {{ ref('orders') }})
                select day, sum(amount) * {{ var('rate') }} as total
                from o
                {% if is_incremental() %} where day > (select max(day) from {{ this }}) {% endif %}
                group by day
                """);
    }

    @Test
    void unitTestsCompareAModelsRowsWithTheExpectedOnes() throws IOException {
        totals();
        project.write("tests/fixtures/two.csv", "id,amount,day\n1,1,2020-01-01\n2,2,2020-01-01\n");
        project.write("models/totals.yml", """
                unit_tests:
                  - name: adds_up
                    model: totals
                    given:
                      - input: ref('orders')
                        rows:
                          - {id: 1, amount: 5, day: 2021-01-01}
                          - {id: 2, amount: 6, day: 2021-01-01}
                    expect:
                      rows: [{day: 2021-01-01, total: 33}]
                    overrides:
                      vars: {rate: 3}
                      macros: {is_incremental: false}
                  - name: only_what_is_new
                    model: totals
                    given:
                      - {input: ref('orders'), format: csv, rows: "id,amount,day\\n1,5,2021-01-01\\n2,6,2021-01-02"}
                      - {input: this, rows: [{day: 2021-01-01}]}
                    expect: {format: csv, rows: "total\\n12"}
                    overrides: {macros: {is_incremental: true}}
                  - name: from_files_and_queries
                    model: totals
                    given: [{input: "ref('orders')", format: csv, fixture: two}]
                    expect: {format: sql, rows: "select date '2020-01-01' as day, bigint '6' as total"}
                """);
        project.run();
        assertThat(project.run().get("adds_up").message()).isEqualTo("passed");

        project.write("models/totals.yml", """
                unit_tests:
                  - name: wrong
                    model: totals
                    given: [{input: ref('orders'), rows: [{amount: 5, day: 2021-01-01}]}]
                    expect: {rows: [{day: 2021-01-01, total: 11}]}
                    overrides: {macros: {is_incremental: false}}
                """);
        assertThatThrownBy(project::run)
                .hasMessageContaining("wrong does not give the expected rows (day, total)")
                .hasMessageContaining("missing  2021-01-01 | 11")
                .hasMessageContaining("too many 2021-01-01 | 10");

        project.write("models/totals.yml", """
                unit_tests: [{name: bad, model: totals, given: [], expect: {rows: []}}]
                """);
        assertThatThrownBy(project::run)
                .hasMessageContaining("models/totals.yml:1: the unit test 'bad' gives no rows for ref('orders')");
    }

    @Test
    void aModelHasVersions() throws IOException {
        project.write("models/people.yml", """
                models:
                  - name: people
                    latest_version: 2
                    columns: [{name: id}, {name: name, data_tests: [not_null]}]
                    versions:
                      - v: 1
                        columns: [{include: all, exclude: [name]}]
                      - v: 2
                      - v: 3
                        defined_in: people_next
                        config: {alias: people_preview}
                """);
        project.write("models/people_v1.sql", "select 1 as id");
        project.write("models/people_v2.sql", "select 1 as id, 'a' as name");
        project.write("models/people_next.sql", "select 2 as id, 'b' as name");
        project.write("models/uses.sql", """
                select (select id from {{ ref('people', v=1) }}) as one, (select name from {{ ref('people') }}) as latest,
                  (select name from {{ ref('people', version=3) }}) as next
                """);
        project.run();
        assertThat(project.rows("select * from main.uses")).containsExactly(List.of(1, "a", "b"));
        Manifest manifest = project.load();
        assertThat(manifest.node("model.shop.people.v1").relation().tableName()).isEqualTo("main.people_v1");
        assertThat(manifest.node("model.shop.people.v3").relation().tableName()).isEqualTo("main.people_preview");
        assertThat(manifest.node("model.shop.people.v1").properties().columns().keySet())
                .containsExactly("id");

        project.write("models/uses.sql", "select * from {{ ref('people', v=4) }}");
        assertInvalid("models/uses.sql:1: ref('people', v=4): the model has no such version");
    }

    @Test
    void aPrivateModelIsForItsGroup() throws IOException {
        project.write("models/groups.yml", """
                groups: [{name: finance, owner: {name: Ada}}]
                models:
                  - {name: a, access: private, group: finance}
                  - {name: b, config: {group: finance}}
                """);
        project.write("models/a.sql", "select 1 as x").write("models/b.sql", "select * from {{ ref('a') }}");
        assertThat(project.load().groups()).containsKey("group.shop.finance");
        project.write("models/c.sql", "select * from {{ ref('a') }}");
        assertInvalid("models/c.sql:1: ref('a'): this model is private to the group 'finance'");
        project.write("models/c.sql", "{{ config(group='finanse') }} select 1 as x");
        assertInvalid("models/c.sql: the group 'finanse' is described in no properties file");
    }

    @Test
    void anEnforcedContractBindsColumnsAndTypes() throws IOException {
        project.write("models/c.yml", """
                models:
                  - name: c
                    config: {contract: {enforced: true}}
                    columns:
                      - {name: id, data_type: bigint, constraints: [{type: not_null}]}
                      - {name: name, data_type: varchar}
                """);
        project.write("models/c.sql", "select cast('a' as varchar(10)) as name, bigint '1' as id");
        project.run();
        assertThat(project.rows("select id, name from main.c")).containsExactly(List.of(1L, "a"));
        project.write("models/c.sql", "select 'a' as name, 1 as id, 2 as more");
        assertThatThrownBy(project::run)
                .isInstanceOf(TarnException.class)
                .hasMessageContaining(
                        "the contract of 'c' is broken: id is integer, not bigint; more is not in the contract");
        project.write("models/c.sql", "select 'a' as name, cast(null as bigint) as id");
        assertThatThrownBy(project::run).isInstanceOf(TarnException.class).hasMessageContaining("NULL");
    }

    @Test
    void exposuresAndDocsAreConnected() throws IOException {
        totals();
        project.write("models/docs.md", "{% docs money %}\nIn **euros**.\n{% enddocs %}\n");
        project.write("models/totals.yml", """
                models:
                  - name: totals
                    description: "Sums. {{ doc('money') }}"
                    columns: [{name: total, description: '{{ doc("money") }}'}]
                exposures:
                  - name: board
                    type: dashboard
                    owner: {name: Ada}
                    depends_on: [ref('totals'), "ref('orders')"]
                """);
        Manifest manifest = project.load();
        assertThat(manifest.node("model.shop.totals").properties().description())
                .isEqualTo("Sums. In **euros**.");
        assertThat(manifest.node("model.shop.totals")
                        .properties()
                        .columns()
                        .get("total")
                        .description())
                .isEqualTo("In **euros**.");
        assertThat(manifest.exposures().get("exposure.shop.board").dependsOn())
                .containsExactly("model.shop.totals", "seed.shop.orders");
        project.write("models/docs.md", "");
        assertInvalid("doc('money'): there is no docs block 'money'");
    }

    private void assertInvalid(String part) {
        assertThatThrownBy(() -> project.load())
                .isInstanceOf(TarnException.class)
                .hasMessageContaining(part);
    }
}
