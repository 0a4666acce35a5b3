package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tarn.core.error.TarnException;
import dev.tarn.transform.run.Outcome;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What becomes of models, by Tarn's materializations and by those that a project writes in Jinja.
class MaterializationTest extends OnALake {
    @BeforeEach
    void project() throws IOException {
        project.write("dbt_project.yml", "name: shop\nvars: {day: 1}\n");
    }

    @Test
    void aModelChangesBetweenViewTableAndIncremental() throws IOException {
        for (String kind : List.of("view", "incremental", "view", "table")) {
            project.write("models/m.sql", "{{ config(materialized='" + kind + "') }} SELECT 1 AS a");
            project.run();
            assertThat(project.rows("SELECT a FROM main.m")).containsExactly(List.of(1));
        }
    }

    @Test
    void rowsAreAppendedOrReplacedByKey() throws IOException {
        String rows =
                "SELECT * FROM (VALUES ({{ var('day') }}, 'day ' || '{{ var('day') }}'), (9, 'nine {{ var('day') }}')) t(id, name)";
        project.write("models/appended.sql", "{{ config(materialized='incremental') }} " + rows);
        project.write(
                "models/merged.sql",
                "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }} " + rows);
        project.write(
                "models/replaced.sql",
                "{{ config(materialized='incremental', unique_key=['id'], incremental_strategy='delete+insert') }} "
                        + rows);
        project.run();
        project.write("dbt_project.yml", "name: shop\nvars: {day: 2}\n");
        project.run();

        assertThat(project.rows("SELECT id, name FROM main.appended ORDER BY id, name"))
                .containsExactly(List.of(1, "day 1"), List.of(2, "day 2"), List.of(9, "nine 1"), List.of(9, "nine 2"));
        for (String model : List.of("merged", "replaced")) {
            assertThat(project.rows("SELECT id, name FROM main." + model + " ORDER BY id"))
                    .containsExactly(List.of(1, "day 1"), List.of(2, "day 2"), List.of(9, "nine 2"));
        }
        assertThat(project.run(true).get("appended").rows()).hasValue(2);
        assertThat(lake.lake.branch(project.branch).listTables(org.apache.iceberg.catalog.Namespace.of("main")))
                .extracting(org.apache.iceberg.catalog.TableIdentifier::name)
                .containsExactlyInAnyOrder("appended", "merged", "replaced");
    }

    @Test
    void aProjectsOwnStrategyIsUsed() throws IOException {
        project.write("macros/strategy.sql", """
                {% macro get_incremental_only_new_sql(arg_dict) %}
                  insert into {{ arg_dict['target_relation'] }}
                  select {{ get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) }} from {{ arg_dict['temp_relation'] }}
                  where id not in (select id from {{ arg_dict['target_relation'] }})
                {% endmacro %}
                """);
        project.write(
                "models/m.sql",
                "{{ config(materialized='incremental', incremental_strategy='only_new') }} SELECT * FROM (VALUES 1, {{ var('day') }} * 5) t(id)");
        project.run();
        project.write("dbt_project.yml", "name: shop\nvars: {day: 2}\n");
        project.run();
        assertThat(project.rows("SELECT id FROM main.m ORDER BY 1"))
                .containsExactly(List.of(1), List.of(5), List.of(10));
    }

    @Test
    void changedColumnsAreFollowedOrRefused() throws IOException {
        for (String change : List.of("ignore", "append_new_columns", "sync_all_columns", "fail")) {
            project.write(
                    "models/" + change + ".sql",
                    "{{ config(materialized='incremental', on_schema_change='" + change
                            + "') }} SELECT 1 AS a, {% if is_incremental() %}2 AS c{% else %}3 AS b{% endif %}");
        }
        project.load();
        assertThatThrownBy(() -> {
                    project.run();
                    project.run();
                })
                .isInstanceOf(TarnException.class)
                .hasMessageContaining("the columns have changed (new: c; gone: b")
                .hasMessageContaining("--full-refresh");
        project.write("models/fail.sql", "SELECT 1 AS a");
        project.run();
        assertThat(project.rows("SELECT count(b) FROM main.\"ignore\" WHERE a = 1"))
                .containsExactly(List.of(1L));
        assertThat(project.rows("SELECT sum(b), max(c) FROM main.append_new_columns"))
                .containsExactly(List.of(3L, 2));
        assertThat(project.rows("SHOW COLUMNS FROM main.sync_all_columns"))
                .extracting(List::getFirst)
                .containsExactly("a", "c");
    }

    @Test
    void aMaterializationOfTheProjectRunsItsOwnStatements() throws IOException {
        project.write("macros/keep.sql", """
                {% materialization keep, adapter='trino' %}
                  {%- set old = load_cached_relation(this) -%}
                  {%- set temp = make_temp_relation(this) -%}
                  {{ drop_relation_if_exists(load_relation(temp)) }}
                  {{ run_hooks(pre_hooks) }}
                  -- this text is no statement
                  {% call statement('main') -%} create table {{ temp }} as {{ sql }}; {%- endcall %}
                  {% if old is not none %}
                    {% do adapter.rename_relation(old, make_backup_relation(this)) %}
                    {% set rows = run_query('select count(*) as n from ' ~ make_backup_relation(this)) %}
                    {% do log('before: ' ~ rows.columns[0].values()[0] ~ ', now: ' ~ load_result('main').response.rows_affected, info=true) %}
                    {{ drop_relation_if_exists(make_backup_relation(this)) }}
                  {% endif %}
                  {% do adapter.rename_relation(temp, this) %}
                  {{ run_hooks(post_hooks) }}
                  {{ return({'relations': [this]}) }}
                {% endmaterialization %}
                """);
        project.write("models/m.sql", """
                {{ config(materialized='keep', pre_hook="create schema if not exists other",
                          post_hook=["create table if not exists other.log (n bigint)",
                                     {"sql": "insert into other.log select count(*) from {{ this }}"}]) }}
                SELECT * FROM (VALUES 1, 2, 3) t(a)
                """);
        assertThat(project.run().get("m")).extracting(Outcome::message).isEqualTo("keep");
        project.run();
        assertThat(project.rows("SELECT n FROM other.log")).containsExactly(List.of(3L), List.of(3L));
        assertThat(project.log).containsExactly("before: 3, now: 3");
    }

    @Test
    void aProjectMayReplaceHowTablesAreMade() throws IOException {
        project.write("macros/create.sql", """
                {% macro trino__create_table_as(temporary, relation, sql) -%}
                  create or replace table {{ relation }} as select *, 'ours' as made_by from ({{ sql }})
                {%- endmacro %}
                """);
        project.write("models/m.sql", "{{ config(materialized='table') }} SELECT 1 AS a")
                .run();
        assertThat(project.rows("SELECT made_by FROM main.m")).containsExactly(List.of("ours"));
    }

    @Test
    void statementsStandAroundTheRun() throws IOException {
        project.write("dbt_project.yml", """
                name: shop
                on-run-start:
                  - create schema if not exists audit
                  - "create table if not exists audit.log (line varchar)"
                on-run-end: "{{ report(results, schemas) }}"
                models:
                  +materialized: table
                  +post-hook: "insert into audit.log values ('{{ this.identifier }}')"
                """);
        project.write("macros/report.sql", """
                {% macro report(results, schemas) %}
                  {% for result in results if result.node.resource_type == 'model' %}
                    insert into audit.log values ('{{ result.node.name }}: {{ result.status }} in {{ schemas | join(',') }}');
                  {% endfor %}
                {% endmacro %}
                """);
        project.write("models/a.sql", "SELECT 1 AS a").write("models/b.sql", "SELECT * FROM {{ ref('a') }}");
        project.run();
        assertThat(project.rows("SELECT line FROM audit.log ORDER BY 1"))
                .containsExactly(
                        List.of("a"), List.of("a: success in main"), List.of("b"), List.of("b: success in main"));
    }

    @Test
    void anErrorNamesTheLineOfTheModelsOwnFile() throws IOException {
        for (String kind : List.of("view", "table", "incremental")) {
            project.write(
                    "models/m.sql",
                    "{{ config(materialized='" + kind
                            + "') }}\n{% set x = 1 %}\n\nSELECT 1 AS a,\n  nosuch\nFROM (VALUES 1) t(b)");
            assertThatThrownBy(project::run)
                    .isInstanceOf(TarnException.class)
                    .hasMessageStartingWith("models/m.sql:5: Column 'nosuch' cannot be resolved")
                    .satisfies(e -> assertThat(((TarnException) e).describe())
                            .contains("compiled target/compiled/shop/models/m.sql:"));
        }
    }

    @Test
    void anUnknownMaterializationIsNamed() throws IOException {
        project.write("models/m.sql", "{{ config(materialized='incremantal') }} SELECT 1 AS a");
        assertThatThrownBy(project::run)
                .hasMessageContaining(
                        "models/m.sql: there is no materialization 'incremantal'; did you mean 'incremental'?");
    }
}
