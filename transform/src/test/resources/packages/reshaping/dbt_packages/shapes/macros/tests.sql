{% test unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
  {{ return(adapter.dispatch('test_unique_combination_of_columns', 'shapes')(model, combination_of_columns, quote_columns)) }}
{% endtest %}
{% macro default__test_unique_combination_of_columns(model, combination_of_columns, quote_columns=false) %}
{% if not quote_columns %}
    {%- set column_list=combination_of_columns %}
{% elif quote_columns %}
    {%- set column_list=[] %}
        {% for column in combination_of_columns -%}{% do column_list.append( adapter.quote(column) ) %}{%- endfor %}
{% else %}
    {{ exceptions.raise_compiler_error("`quote_columns` must be one of [True, False]. Got: '" ~ quote ~"'.") }}
{% endif %}
{%- set columns_csv=column_list | join(', ') %}
with validation_errors as (select {{ columns_csv }} from {{ model }} group by {{ columns_csv }} having count(*) > 1)
select * from validation_errors
{% endmacro %}

{% test expression_is_true(model, expression, column_name=None) %}
  {{ return(adapter.dispatch('test_expression_is_true', 'shapes')(model, expression, column_name)) }}
{% endtest %}
{% macro default__test_expression_is_true(model, expression, column_name) %}
{% set column_list = '*' if should_store_failures() else "1" %}
select {{ column_list }} from {{ model }}
{% if column_name is none %}where not({{ expression }}){%- else %}where not({{ column_name }} {{ expression }}){%- endif %}
{% endmacro %}
