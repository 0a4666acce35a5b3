{# How models become tables and views. Nobody reads the branch that a run works on before it is published, so
   nothing has to be built under another name first. #}
{% macro properties(temporary=false) -%}
    {%- set given = config.get('properties') -%}
    {%- if given and not temporary %} with (
    {%- for key, value in given.items() -%}{{ key }} = {{ value }}{%- if not loop.last -%}, {% endif -%}{%- endfor -%}
    )
    {%- endif -%}
{%- endmacro %}

{% macro get_create_table_as_sql(temporary, relation, sql) -%}
    {{ adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql) }}
{%- endmacro %}
{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
    {{ create_table_as(temporary, relation, sql) }}
{%- endmacro %}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- if language == 'sql' -%}
        {{ adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code) }}
    {%- else -%}
        {{ adapter.dispatch('create_table_as', 'dbt')(temporary, relation, compiled_code, language) }}
    {%- endif -%}
{%- endmacro %}
{% macro default__create_table_as(temporary, relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced and not temporary -%}
    {{ get_assert_columns_equivalent(sql) }}
create or replace table {{ relation }} (
    {{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(',\n    ') }}
){{ properties(temporary) }};
insert into {{ relation }}
{{ get_select_subquery(sql) }}
    {%- else -%}
    {{ config.get('sql_header', '') or '' }}create or replace table {{ relation }}{{ properties(temporary) }} as
{{ sql }}
    {%- endif -%}
{%- endmacro %}

{% macro get_create_view_as_sql(relation, sql) -%}
    {{ adapter.dispatch('get_create_view_as_sql', 'dbt')(relation, sql) }}
{%- endmacro %}
{% macro default__get_create_view_as_sql(relation, sql) -%}{{ create_view_as(relation, sql) }}{%- endmacro %}
{% macro create_view_as(relation, sql) -%}
    {{ adapter.dispatch('create_view_as', 'dbt')(relation, sql) }}
{%- endmacro %}
{% macro default__create_view_as(relation, sql) -%}
    {%- set contract = config.get('contract') -%}
    {%- if contract and contract.enforced -%}{{ get_assert_columns_equivalent(sql) }}{%- endif -%}
    create or replace view {{ relation }}
    {%- if config.get('view_security') %} security {{ config.get('view_security') }}{% endif %} as
{{ sql }}
{%- endmacro %}

{% macro get_insert_into_sql(target_relation, temp_relation, dest_columns) -%}
    {%- set names = get_quoted_csv(dest_columns | map(attribute='name')) -%}
insert into {{ target_relation }} ({{ names }})
select {{ names }} from {{ temp_relation }}
{%- endmacro %}

{% materialization table, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if existing is not none and not existing.is_table -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') -%}{{ get_create_table_as_sql(false, target_relation, sql) }}{%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro create_or_replace_view() -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if existing is not none and not existing.is_view -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') -%}{{ get_create_view_as_sql(target_relation, sql) }}{%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{%- endmacro %}

{# Rows that are kept, and computed again by each run that has new inputs. #}
{% macro get_create_materialized_view_as_sql(relation, sql) -%}
    {{ adapter.dispatch('get_create_materialized_view_as_sql', 'dbt')(relation, sql) }}
{%- endmacro %}
{% macro default__get_create_materialized_view_as_sql(relation, sql) -%}
create materialized view {{ relation }}
{%- if config.get('grace_period') %} grace period {{ config.get('grace_period') }}{% endif %}
{{- properties() }} as
{{ sql }}
{%- endmacro %}
{% macro refresh_materialized_view(relation) -%}
    {{ adapter.dispatch('refresh_materialized_view', 'dbt')(relation) }}
{%- endmacro %}
{% macro default__refresh_materialized_view(relation) -%}refresh materialized view {{ relation }}{%- endmacro %}
{% materialization materialized_view, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='materialized_view') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if existing is not none -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') -%}{{ get_create_materialized_view_as_sql(target_relation, sql) }}{%- endcall -%}
    {%- call statement('refresh') -%}{{ refresh_materialized_view(target_relation) }}{%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% materialization view, default %}{{ return(create_or_replace_view()) }}{% endmaterialization %}

{# The contract of a model: names and types of its columns, in dbt's words. #}
{% macro get_assert_columns_equivalent(sql) -%}
    {{ adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql) }}
{%- endmacro %}
{% macro default__get_assert_columns_equivalent(sql) -%}{{ assert_columns_equivalent(sql) }}{%- endmacro %}
{% macro assert_columns_equivalent(sql) -%}
    {%- if not execute -%}{%- do return('') -%}{%- endif -%}
    {%- set wanted = model['columns'] -%}
    {%- set untyped = [] -%}
    {%- for column in wanted.values() if not column.get('data_type') -%}{%- do untyped.append(column.name) -%}{%- endfor -%}
    {%- if not wanted -%}{%- do exceptions.raise_compiler_error("the contract of '" ~ model.name ~ "' is enforced but no columns are described") -%}{%- endif -%}
    {%- if untyped -%}{%- do exceptions.column_type_missing(untyped) -%}{%- endif -%}
    {%- set typed = [] -%}
    {%- for column in wanted.values() -%}
        {%- do typed.append('cast(null as ' ~ column.data_type ~ ') as ' ~ adapter.quote(column.name)) -%}
    {%- endfor -%}
    {%- set said = {} -%}
    {%- for column in get_column_schema_from_query('select ' ~ typed | join(', ')) -%}{%- do said.update({column.name | lower: column.data_type}) -%}{%- endfor -%}
    {%- set given = {} -%}
    {%- for column in get_column_schema_from_query(sql) -%}{%- do given.update({column.name | lower: column.data_type}) -%}{%- endfor -%}
    {%- set faults = [] -%}
    {%- for name, type in said.items() -%}
        {%- if name not in given -%}{%- do faults.append(name ~ ' is missing from the SQL') -%}
        {%- elif not contract_types_match(type, given[name]) -%}{%- do faults.append(name ~ ' is ' ~ given[name] ~ ', not ' ~ type) -%}{%- endif -%}
    {%- endfor -%}
    {%- for name in given if name not in said -%}{%- do faults.append(name ~ ' is not in the contract') -%}{%- endfor -%}
    {%- if faults -%}{%- do exceptions.raise_compiler_error("the contract of '" ~ model.name ~ "' is broken: " ~ faults | join('; ')) -%}{%- endif -%}
{%- endmacro %}
{# A length or precision that only one side names is no difference, as with dbt's adapters. #}
{% macro contract_types_match(wanted, given) -%}
    {%- if wanted == given -%}{%- do return(true) -%}{%- endif -%}
    {%- set family = wanted.split('(')[0] -%}
    {%- do return(family == given.split('(')[0] and family in ['varchar', 'char', 'timestamp', 'time', 'decimal']) -%}
{%- endmacro %}
{% macro get_table_columns_and_constraints() -%}
    {{ adapter.dispatch('get_table_columns_and_constraints', 'dbt')() }}
{%- endmacro %}
{% macro default__get_table_columns_and_constraints() -%}
(
    {{ adapter.render_raw_columns_constraints(raw_columns=model['columns']) | join(',\n    ') }}
)
{%- endmacro %}
{% macro get_select_subquery(sql) -%}{{ adapter.dispatch('get_select_subquery', 'dbt')(sql) }}{%- endmacro %}
{% macro default__get_select_subquery(sql) -%}
select {% for column in model['columns'].values() -%}
    {{ adapter.quote(column.name) }}{%- if not loop.last -%}, {% endif -%}
{%- endfor %} from (
{{ sql }}
) as model_subq
{%- endmacro %}
