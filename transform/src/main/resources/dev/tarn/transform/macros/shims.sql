{# Macros of public packages whose default text is not valid in Trino's SQL, which those packages leave to
   the project. Each stands in for the default; a project's own trino__… comes first. #}
{% macro trino__deduplicate(relation, partition_by, order_by) -%}
    {%- set columns = adapter.get_columns_in_relation(relation) | map(attribute='quoted') | join(', ') -%}
    select {{ columns or '*' }}
    from (
        select _inner.*, row_number() over (partition by {{ partition_by }} order by {{ order_by }}) as dbt_row_number
        from {{ relation }} as _inner
    )
    where dbt_row_number = 1
{%- endmacro %}

{% macro trino__counted(model, compare_model, group_by_columns) -%}
    {%- set names = group_by_columns | join(', ') -%}
    with a as (
        select {{ names ~ ',' if names }} 1 as dbt_join, count(*) as count_a from {{ model }} {{ 'group by ' ~ names if names }}
    ),
    b as (
        select {{ names ~ ',' if names }} 1 as dbt_join, count(*) as count_b from {{ compare_model }} {{ 'group by ' ~ names if names }}
    )
    select {% for name in group_by_columns %}a.{{ name }} as {{ name }}_a, b.{{ name }} as {{ name }}_b, {% endfor %}
        count_a, count_b, coalesce(abs(count_a - count_b), count_a, count_b) as diff_count
    from a full join b on a.dbt_join = b.dbt_join{% for name in group_by_columns %} and a.{{ name }} = b.{{ name }}{% endfor %}
{%- endmacro %}
{% macro trino__test_equal_rowcount(model, compare_model, group_by_columns) -%}
    {{ config(fail_calc='sum(coalesce(diff_count, 0))') }}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {{ adapter.dispatch('counted', 'tarn')(model, compare_model, group_by_columns) }}
{%- endmacro %}
{% macro trino__test_fewer_rows_than(model, compare_model, group_by_columns) -%}
    {{ config(fail_calc='sum(coalesce(row_count_delta, 0))') }}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    select *, case when count_a >= count_b then count_a - count_b + 1 when count_b is null then count_a else 0 end as row_count_delta
    from ({{ adapter.dispatch('counted', 'tarn')(model, compare_model, group_by_columns) }})
{%- endmacro %}
