package dev.tarn.transform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Macros in the shapes in which public packages write them.
class MacroPackageTest extends OnALake {
    @Test
    void macrosLookIntoRelationsAndQueries() throws IOException {
        project.write("dbt_project.yml", """
                name: shop
                vars:
                  "kit:zone": UTC
                dispatch: [{macro_namespace: kit, search_order: [shop, kit]}]
                models: {+materialized: table}
                """);
        project.write("dbt_packages/kit/dbt_project.yml", "name: kit\nvars: {kit_dispatch_list: []}\n");
        project.write("dbt_packages/kit/macros/kit.sql", """
                {% macro checked(obj, macro) %}
                    {%- if not (obj is mapping and obj.get('metadata', {}).get('type', '').endswith('Relation')) -%}
                        {%- do exceptions.raise_compiler_error(macro ~ " wants a relation, not " ~ obj) -%}
                    {%- endif -%}
                    {%- if obj.is_cte -%}{%- do exceptions.raise_compiler_error('not ' ~ api.Relation.add_ephemeral_prefix('x')) -%}{%- endif -%}
                {% endmacro %}
                {% macro columns(from, except=[]) -%}{{ return(adapter.dispatch('columns', 'kit')(from, except)) }}{%- endmacro %}
                {% macro default__columns(from, except=[]) -%}
                    {%- do kit.checked(from, 'columns') -%}
                    {%- if not execute -%}{{ return('*') }}{% endif %}
                    {%- set except = except | map('lower') | list -%}
                    {%- for column in adapter.get_columns_in_relation(from) if column.name | lower not in except -%}
                        {{ adapter.quote(column.column) | trim }}{{ ', ' if not loop.last }}
                    {%- endfor -%}
                {%- endmacro %}
                {% macro values_of(table, column) %}
                    {%- if not execute -%}{{ return([]) }}{% endif %}
                    {%- call statement('values_of', fetch_result=true) -%}
                        {%- if load_relation(table) is none -%}{{ return(['none']) }}{%- endif -%}
                        select {{ column }} as value from {{ table }} group by 1 order by 1
                    {%- endcall -%}
                    {%- set found = load_result('values_of') -%}
                    {{ return(found['data'] | map(attribute=0) | list if found and found['data'] else []) }}
                {%- endmacro %}
                {% macro as_dict(query) %}
                    {% set all = {} %}
                    {% if execute %}
                        {% for name, column in run_query(query).columns.items() %}{% do all.update({name: column.values()}) %}{% endfor %}
                    {% endif %}
                    {{ return(all) }}
                {% endmacro %}
                {% macro first_power(bound) %}
                    {% for _ in range(1, 100) %}{% if bound <= 2 ** loop.index %}{{ return(loop.index) }}{% endif %}{% endfor %}
                {% endmacro %}
                {% macro moment(year, month, day, tz=none) %}
                    {{ return(modules.datetime.datetime(year=year, month=month, day=day, tzinfo=modules.pytz.timezone(tz or var('kit:zone')))) }}
                {% endmacro %}
                {% macro wrapped(n) %}[{{ caller(n) }}{{ varargs | length }}{{ kwargs.get('x', '') }}]{% endmacro %}
                {% test proportion(model) %}{{ return(adapter.dispatch('test_proportion', 'kit')(model, **kwargs)) }}{% endtest %}
                {% macro default__test_proportion(model) %}
                    {% set column = kwargs.get('column_name', kwargs.get('arg')) %}
                    {{ config(fail_calc='coalesce(sum(n), 0)') }}
                    select count(*) as n from {{ model }} having count({{ column }}) < count(*) * {{ kwargs.get('at_least') }}
                {% endmacro %}
                """);
        project.write("macros/slug.sql", """
                {% macro slug(text) %}
                    {% set text = modules.re.sub('[ -]+', '_', text | lower) %}
                    {{ return(modules.re.sub('^[0-9]', '_' + text[0], text)) }}
                {% endmacro %}
                """);
        project.write("seeds/people.csv", "id,name,born\n1,Ada,1815-12-10\n2,Bob,1990-01-02\n");
        project.write("seeds/people.yml", """
                seeds:
                  - name: people
                    columns: [{name: name, data_tests: [{kit.proportion: {at_least: 0.9}}]}]
                """);
        project.write("models/m.sql", """
                {% set names = kit.values_of(ref('people'), 'name') %}
                {% set dict = kit.as_dict('select id, born from ' ~ ref('people') ~ ' order by id') %}
                select {{ kit.columns(ref('people'), except=['BORN']) }},
                  '{{ names | join('-') }}' as names,
                  '{{ slug('1 Big-Name') }}' as slug,
                  {{ kit.first_power(9) }} as power,
                  '{{ kit.moment(2020, 1, 2).isoformat() }}' as moment,
                  '{{ (dict.get('born') or [none])[0].strftime('%d.%m.%Y') if execute }}' as born,
                  '{{ modules.datetime.date(2020, 1, 30) + modules.datetime.timedelta(days=3) }}' as later,
                  '{% call(n) kit.wrapped(7, 8, x='!') %}{{ n }}{% endcall %}' as wrapped,
                  '{{ ref('people').get('schema') }}' as schema_name
                from {{ ref('people') }} where id = 1
                """);
        project.run();
        assertThat(project.rows("SELECT * FROM main.m"))
                .containsExactly(List.of(
                        1L,
                        "Ada",
                        "Ada-Bob",
                        "_1_big_name",
                        4,
                        "2020-01-02T00:00:00+00:00",
                        "10.12.1815",
                        "2020-02-02",
                        "[71!]",
                        "main"));
    }
}
