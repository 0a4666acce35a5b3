{% macro filtered_columns(from, except=[]) -%}
    {{ return(adapter.dispatch('filtered_columns', 'shapes')(from, except)) }}
{% endmacro %}

{% macro default__filtered_columns(from, except=[]) -%}
    {%- do shapes._is_relation(from, 'filtered_columns') -%}
    {%- do shapes._is_ephemeral(from, 'filtered_columns') -%}
    {%- if not execute -%}
        {{ return('') }}
    {% endif %}
    {%- set include_cols = [] %}
    {%- set cols = adapter.get_columns_in_relation(from) -%}
    {%- set except = except | map("lower") | list %}
    {%- for col in cols -%}
        {%- if col.column|lower not in except -%}
            {% do include_cols.append(col.column) %}
        {%- endif %}
    {%- endfor %}
    {{ return(include_cols) }}
{%- endmacro %}

{% macro star(from, relation_alias=False, except=[], prefix='', suffix='', quote_identifiers=True) -%}
    {{ return(adapter.dispatch('star', 'shapes')(from, relation_alias, except, prefix, suffix, quote_identifiers)) }}
{% endmacro %}

{% macro default__star(from, relation_alias=False, except=[], prefix='', suffix='', quote_identifiers=True) -%}
    {%- do shapes._is_relation(from, 'star') -%}
    {% if not execute %}
        {% do return('*') %}
    {%- endif -%}
    {% set cols = shapes.filtered_columns(from, except) %}
    {%- if cols|length <= 0 -%}
        {% if flags.WHICH == 'compile' %}{% set response %}
*
/* No columns were left; this is only valid while compiling. */
            {% endset %}{% do return(response) %}{% else %}{% do return("/* no columns left from star */") %}{% endif %}
    {%- else -%}
        {%- for col in cols %}
            {%- if relation_alias %}{{ relation_alias }}.{% else %}{%- endif -%}
            {%- if quote_identifiers -%}{{ adapter.quote(col)|trim }}{%- else -%}{{ col|trim }}{%- endif %}
            {%- if prefix!='' or suffix!='' %} as {% if quote_identifiers %}{{ adapter.quote(prefix ~ col ~ suffix)|trim }}{% else %}{{ (prefix ~ col ~ suffix)|trim }}{%- endif -%}{%- endif -%}
            {%- if not loop.last %},{{ '\n  ' }}{%- endif -%}
        {%- endfor -%}
    {% endif %}
{%- endmacro %}

{% macro get_column_values(table, column, order_by='count(*) desc', max_records=none, default=none, where=none) -%}
    {{ return(adapter.dispatch('get_column_values', 'shapes')(table, column, order_by, max_records, default, where)) }}
{% endmacro %}

{% macro default__get_column_values(table, column, order_by='count(*) desc', max_records=none, default=none, where=none) -%}
    {%- if not execute -%}
        {% set default = [] if not default %}
        {{ return(default) }}
    {% endif %}
    {% set relation_exists = (load_relation(table)) is not none %}
    {%- call statement('get_column_values', fetch_result=true) %}
        {%- if not relation_exists and default is none -%}
          {{ exceptions.raise_compiler_error("In get_column_values(): relation " ~ table ~ " does not exist and no default value was provided.") }}
        {%- elif not relation_exists and default is not none -%}
          {{ log("Relation " ~ table ~ " does not exist. Returning the default value: " ~ default) }}
          {{ return(default) }}
        {%- else -%}
            select {{ column }} as value from {{ table }}
            {% if where is not none %}where {{ where }}{% endif %}
            group by {{ column }}
            order by {{ order_by }}
            {% if max_records is not none %}limit {{ max_records }}{% endif %}
        {% endif %}
    {%- endcall -%}
    {%- set value_list = load_result('get_column_values') -%}
    {%- if value_list and value_list['data'] -%}
        {%- set values = value_list['data'] | map(attribute=0) | list %}
        {{ return(values) }}
    {%- else -%}
        {{ return(default) }}
    {%- endif -%}
{%- endmacro %}
