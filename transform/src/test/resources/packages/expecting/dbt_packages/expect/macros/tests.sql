{% test expect_column_values_to_be_in_set(model, column_name, value_set, quote_values=True, row_condition=None) %}
with all_values as (
    select {{ column_name }} as value_field from {{ model }}
    {% if row_condition %}where {{ row_condition }}{% endif %}
),
set_values as (
    {% for value in value_set -%}
    select {% if quote_values -%}cast('{{ value }}' as {{ dbt.type_string() }}){%- else -%}{{ value }}{%- endif %} as value_field
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),
validation_errors as (
    select v.value_field from all_values v left join set_values s on v.value_field = s.value_field where s.value_field is null
)
select * from validation_errors
{% endtest %}

{% test expect_column_mean_to_be_between(model, column_name, min_value=None, max_value=None, group_by=None, row_condition=None, strictly=False) %}
{% set expression %}
avg({{ column_name }})
{% endset %}
{{ expect.expression_between(model, expression=expression, min_value=min_value, max_value=max_value, group_by_columns=group_by, row_condition=row_condition, strictly=strictly) }}
{% endtest %}

{% test expect_column_values_to_match_regex(model, column_name, regex, row_condition=None, is_raw=False, flags="") %}
{% set expression %}
{{ expect.regexp_instr(column_name, regex, is_raw=is_raw, flags=flags) }} > 0
{% endset %}
{{ expect.expression_is_true(model, group_by_columns=None, expression=expression, row_condition=row_condition) }}
{% endtest %}

{%- test expect_table_columns_to_match_ordered_list(model, column_list, transform="upper") -%}
{%- if execute -%}
    {%- set column_list = column_list | map(transform) | list -%}
    {%- set relation_column_names = expect._relation_column_names(model) -%}
    {%- set matching_columns = expect._list_intersect(column_list, relation_column_names) -%}
    with relation_columns as (
        {% for col_name in relation_column_names %}
        select {{ loop.index }} as relation_column_idx, cast('{{ col_name }}' as {{ dbt.type_string() }}) as relation_column
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ),
    input_columns as (
        {% for col_name in column_list %}
        select {{ loop.index }} as input_column_idx, cast('{{ col_name }}' as {{ dbt.type_string() }}) as input_column
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    )
    select *, {{ matching_columns | length }} as matching from relation_columns rc
        full outer join input_columns ic
        on rc.relation_column = ic.input_column and rc.relation_column_idx = ic.input_column_idx
    where rc.relation_column is null or ic.input_column is null
{%- endif -%}
{%- endtest -%}

{%- test expect_column_values_to_be_in_type_list(model, column_name, column_type_list) -%}
{%- if execute -%}
    {%- set column_name = column_name | upper -%}
    {%- set columns_in_relation = adapter.get_columns_in_relation(model) -%}
    {%- set column_type_list = column_type_list | map('upper') | list -%}
    with relation_columns as (
        {% for column in columns_in_relation %}
        select cast('{{ escape_single_quotes(column.name | upper) }}' as {{ dbt.type_string() }}) as relation_column,
               cast('{{ column.dtype | upper }}' as {{ dbt.type_string() }}) as relation_column_type
        {% if not loop.last %}union all{% endif %}
        {% endfor %}
    ),
    test_data as (
        select * from relation_columns where relation_column = '{{ column_name }}' and relation_column_type not in ('{{ column_type_list | join("', '") }}')
    )
    select * from test_data
{%- endif -%}
{%- endtest -%}

{%- test expect_table_row_count_to_equal_other_table(model, compare_model, group_by=None, compare_group_by=None, factor=1, row_condition=None, compare_row_condition=None) -%}
    {{ return(adapter.dispatch('test_row_count_equal', 'expect')(model, compare_model, group_by, compare_group_by, factor, row_condition, compare_row_condition)) }}
{%- endtest -%}
{%- macro default__test_row_count_equal(model, compare_model, group_by, compare_group_by, factor, row_condition, compare_row_condition) -%}
{%- set compare_group_by = group_by if not compare_group_by else compare_group_by -%}
{%- if group_by and (group_by | length) != (compare_group_by | length) -%}
    {{ exceptions.raise_compiler_error("Arguments group_by and compare_group_by do not match.") }}
{%- endif -%}
{% set n_cols = (group_by|length) if group_by else 0 %}
with a as (
    select {% if group_by %}{% for col in group_by %}{{ col }} as col_{{ loop.index }}, {% endfor %}{% endif %} count(*) * {{ factor }} as expression
    from {{ model }} {% if row_condition %}where {{ row_condition }}{% endif %} {% if group_by %}{{ expect.group_by(n_cols) }}{% endif %}
),
b as (
    select {% if compare_group_by %}{% for col in compare_group_by %}{{ col }} as col_{{ loop.index }}, {% endfor %}{% endif %} count(*) as expression
    from {{ compare_model }} {% if compare_row_condition %}where {{ compare_row_condition }}{% endif %} {% if compare_group_by %}{{ expect.group_by(n_cols) }}{% endif %}
)
select a.expression as expression, b.expression as compare_expression
from a full outer join b on {% if group_by %}{% for i in range(1, n_cols + 1) %}a.col_{{ i }} = b.col_{{ i }}{% if not loop.last %} and {% endif %}{% endfor %}{% else %}true{% endif %}
where a.expression is distinct from b.expression
{%- endmacro -%}

{%- test expect_column_values_to_be_unique_within(model, column_list, quote_columns=False, ignore_row_if="all_values_are_missing") -%}
{% if not column_list %}{{ exceptions.raise_compiler_error("`column_list` must be specified as a list of columns. Got: '" ~ column_list ~"'.") }}{% endif %}
{%- set columns = column_list if not quote_columns else column_list | map('tojson') | list -%}
{%- set row_condition_ext -%}
    {%- if ignore_row_if == "all_values_are_missing" %}
        not ({% for column in columns -%}{{ column }} is null{% if not loop.last %} and {% endif %}{%- endfor %})
    {%- elif ignore_row_if == "any_value_is_missing" %}
        {% for column in columns -%}{{ column }} is not null{% if not loop.last %} and {% endif %}{%- endfor %}
    {%- endif -%}
{%- endset -%}
select {{ columns | join(', ') }}, count(*) as "n_records" from {{ model }} where 1=1 and {{ row_condition_ext }}
group by {{ columns | join(', ') }} having count(*) > 1
{%- endtest -%}
