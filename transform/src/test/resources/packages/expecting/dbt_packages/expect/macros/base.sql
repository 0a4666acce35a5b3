{% macro group_by(n) %}{{ return(adapter.dispatch('group_by', 'expect')(n)) }}{% endmacro %}
{%- macro default__group_by(n) -%}
  group by {% for i in range(1, n + 1) -%}{{ i }}{{ ',' if not loop.last }}{%- endfor -%}
{%- endmacro -%}

{% macro truth_expression(expression) %}{{ adapter.dispatch('truth_expression', 'expect')(expression) }}{% endmacro %}
{% macro default__truth_expression(expression) %}
    {{ expression }} as expression
{% endmacro %}

{% macro expression_is_true(model, expression, test_condition="= true", group_by_columns=None, row_condition=None) %}
    {{- adapter.dispatch('expression_is_true', 'expect')(model, expression, test_condition, group_by_columns, row_condition) -}}
{%- endmacro %}
{% macro default__expression_is_true(model, expression, test_condition="= true", group_by_columns=None, row_condition=None) -%}
with grouped_expression as (
    select
        {%- if group_by_columns %}
        {%- for group_by_column in group_by_columns %}
        {{ group_by_column }} as col_{{ loop.index }},
        {% endfor -%}
        {% endif %}
        {{ expect.truth_expression(expression) }}
    from {{ model }}
     {%- if row_condition %}
    where
        {{ row_condition }}
    {% endif %}
    {%- if group_by_columns %}
    group by
    {% for group_by_column in group_by_columns -%}
        {{ group_by_column }}{% if not loop.last %},{% endif %}
    {% endfor %}
    {% endif %}
),
validation_errors as (
    select * from grouped_expression where not(expression {{ test_condition }})
)
select * from validation_errors
{% endmacro -%}

{% macro expression_between(model, expression, min_value=None, max_value=None, group_by_columns=None, row_condition=None, strictly=False) %}
    {%- if min_value is none and max_value is none -%}
    {{ exceptions.raise_compiler_error("expression_between: have to provide either min_value, max_value or both.") }}
    {%- endif -%}
    {%- set strict_operator = "" if strictly else "=" -%}
    {% set expression_min_max %}
    ( 1=1
    {%- if min_value is not none %} and {{ expression | trim }} >{{ strict_operator }} {{ min_value }}{% endif %}
    {%- if max_value is not none %} and {{ expression | trim }} <{{ strict_operator }} {{ max_value }}{% endif %}
    )
    {% endset %}
    {{ expect.expression_is_true(model, expression=expression_min_max, group_by_columns=group_by_columns, row_condition=row_condition) }}
{% endmacro %}

{%- macro _list_intersect(left, right) -%}
    {%- set matching = [] -%}
    {%- for item in left -%}{%- if item in right -%}{%- do matching.append(item) -%}{%- endif -%}{%- endfor -%}
    {{ return(matching) }}
{%- endmacro -%}

{%- macro _relation_column_names(relation) -%}
    {%- set names = [] -%}
    {%- for col in adapter.get_columns_in_relation(relation) -%}{%- do names.append(col.name | upper) -%}{%- endfor -%}
    {%- do return(names) -%}
{%- endmacro -%}

{% macro regexp_instr(source_value, regexp, position=1, occurrence=1, is_raw=False, flags="") %}
    {{ adapter.dispatch('regexp_instr', 'expect')(source_value, regexp, position, occurrence, is_raw, flags) }}
{% endmacro %}
{% macro default__regexp_instr(source_value, regexp, position, occurrence, is_raw, flags) %}
    {% if flags %}{{ expect._validate_flags(flags, 'cimr') }}{% endif %}
    regexp_instr({{ source_value }}, '{{ regexp }}', {{ position }}, {{ occurrence }})
{% endmacro %}
{% macro trino__regexp_instr(source_value, regexp, position, occurrence, is_raw, flags) %}
    {% if flags %}{{ expect._validate_flags(flags, alphabet='im') }}{% endif %}
    {%- set regexp = "(?" ~ flags ~ ")" ~ regexp if flags else regexp -%}
    regexp_position({{ source_value }}, '{{ regexp }}', {{ position }}, {{ occurrence }})
{% endmacro %}
{% macro _validate_flags(flags, alphabet) %}
{% for flag in flags %}
    {% if flag not in alphabet %}
    {# Several lines of a message, and string methods in one expression. #}
    {{ exceptions.raise_compiler_error("flag " ~ flag ~ " not allowed, only one of " ~ alphabet | list | join(", ")) }}
    {% endif %}
{% endfor %}
{% endmacro %}
