{# What macros do to relations; most of it the adapter does. #}
{% macro load_relation(relation) -%}
    {%- do return(adapter.get_relation(database=relation.database, schema=relation.schema, identifier=relation.identifier)) -%}
{%- endmacro %}
{% macro load_cached_relation(relation) -%}{%- do return(load_relation(relation)) -%}{%- endmacro %}

{% macro get_or_create_relation(database, schema, identifier, type) -%}
    {%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) -%}
    {%- if found is not none -%}{%- do return([true, found]) -%}{%- endif -%}
    {%- do return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) -%}
{%- endmacro %}

{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') -%}
    {%- do return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) -%}
{%- endmacro %}
{% macro default__make_temp_relation(base_relation, suffix) -%}
    {%- do return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix}, type='table')) -%}
{%- endmacro %}
{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') -%}
    {%- do return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) -%}
{%- endmacro %}
{% macro default__make_intermediate_relation(base_relation, suffix) -%}
    {%- do return(default__make_temp_relation(base_relation, suffix)) -%}
{%- endmacro %}
{% macro make_backup_relation(base_relation, backup_relation_type='table', suffix='__dbt_backup') -%}
    {%- do return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) -%}
{%- endmacro %}
{% macro default__make_backup_relation(base_relation, backup_relation_type, suffix) -%}
    {%- do return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix}, type=backup_relation_type)) -%}
{%- endmacro %}

{% macro drop_relation(relation) -%}{%- do return(adapter.dispatch('drop_relation', 'dbt')(relation)) -%}{%- endmacro %}
{% macro default__drop_relation(relation) -%}{%- do adapter.drop_relation(relation) -%}{%- endmacro %}
{% macro drop_relation_if_exists(relation) -%}
    {%- if relation is not none -%}{%- do adapter.drop_relation(relation) -%}{%- endif -%}
{%- endmacro %}
{% macro rename_relation(from_relation, to_relation) -%}
    {%- do return(adapter.dispatch('rename_relation', 'dbt')(from_relation, to_relation)) -%}
{%- endmacro %}
{% macro default__rename_relation(from_relation, to_relation) -%}
    {%- do adapter.rename_relation(from_relation, to_relation) -%}
{%- endmacro %}
{% macro truncate_relation(relation) -%}{%- do return(adapter.dispatch('truncate_relation', 'dbt')(relation)) -%}{%- endmacro %}
{% macro default__truncate_relation(relation) -%}{%- do adapter.truncate_relation(relation) -%}{%- endmacro %}
{% macro handle_existing_table(full_refresh, old_relation) -%}{%- do adapter.drop_relation(old_relation) -%}{%- endmacro %}

{% macro create_schema(relation) -%}{%- do return(adapter.dispatch('create_schema', 'dbt')(relation)) -%}{%- endmacro %}
{% macro default__create_schema(relation) -%}{%- do adapter.create_schema(relation) -%}{%- endmacro %}
{% macro drop_schema(relation) -%}{%- do return(adapter.dispatch('drop_schema', 'dbt')(relation)) -%}{%- endmacro %}
{% macro default__drop_schema(relation) -%}{%- do adapter.drop_schema(relation) -%}{%- endmacro %}
{% macro list_schemas(database) -%}{%- do return(adapter.dispatch('list_schemas', 'dbt')(database)) -%}{%- endmacro %}
{% macro default__list_schemas(database) -%}
    {%- do return(run_query('select schema_name from ' ~ information_schema_name(database) ~ '.schemata')) -%}
{%- endmacro %}
{% macro check_schema_exists(information_schema, schema) -%}
    {%- do return(adapter.dispatch('check_schema_exists', 'dbt')(information_schema, schema)) -%}
{%- endmacro %}
{% macro default__check_schema_exists(information_schema, schema) -%}
    {%- do return(run_query("select count(*) from " ~ information_schema_name(information_schema.database)
        ~ ".schemata where schema_name = '" ~ (schema | lower) ~ "'")) -%}
{%- endmacro %}
{% macro information_schema_name(database) -%}
    {%- if database -%}{{ adapter.quote(database) }}.information_schema{%- else -%}information_schema{%- endif -%}
{%- endmacro %}
{% macro list_relations_without_caching(schema_relation) -%}
    {%- do return(adapter.dispatch('list_relations_without_caching', 'dbt')(schema_relation)) -%}
{%- endmacro %}
{% macro default__list_relations_without_caching(schema_relation) -%}
    {%- do return(adapter.list_relations_without_caching(schema_relation)) -%}
{%- endmacro %}

{% macro get_columns_in_relation(relation) -%}
    {%- do return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) -%}
{%- endmacro %}
{% macro default__get_columns_in_relation(relation) -%}
    {%- do return(adapter.get_columns_in_relation(relation)) -%}
{%- endmacro %}
{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
    {%- do return(adapter.get_column_schema_from_query(select_sql)) -%}
{%- endmacro %}
{% macro get_columns_in_query(select_sql) -%}
    {%- do return(adapter.get_column_schema_from_query(select_sql) | map(attribute='name') | list) -%}
{%- endmacro %}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
select * from (
{{ select_sql }}
) as __dbt_sbq where false limit 0
{%- endmacro %}
{% macro get_quoted_csv(column_names) -%}
    {%- set quoted = [] -%}
    {%- for name in column_names -%}{%- do quoted.append(adapter.quote(name)) -%}{%- endfor -%}
    {%- do return(quoted | join(', ')) -%}
{%- endmacro %}
{% macro get_list_of_column_names(columns) -%}
    {%- do return(columns | map(attribute='name') | list) -%}
{%- endmacro %}

{% macro alter_column_type(relation, column_name, new_column_type) -%}
    {%- do return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) -%}
{%- endmacro %}
{# As dbt-trino does it, since Iceberg widens types but does not change them. #}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
    {%- set old = adapter.quote(column_name) -%}
    {%- set temporary = adapter.quote(column_name ~ '__dbt_alter') -%}
    {%- do run_query('alter table ' ~ relation ~ ' add column ' ~ temporary ~ ' ' ~ new_column_type) -%}
    {%- do run_query('update ' ~ relation ~ ' set ' ~ temporary ~ ' = cast(' ~ old ~ ' as ' ~ new_column_type ~ ')') -%}
    {%- do run_query('alter table ' ~ relation ~ ' drop column ' ~ old) -%}
    {%- do run_query('alter table ' ~ relation ~ ' rename column ' ~ temporary ~ ' to ' ~ old) -%}
{%- endmacro %}
{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
    {%- do return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) -%}
{%- endmacro %}
{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) -%}
    {%- for column in add_columns or [] -%}
        {%- do run_query('alter table ' ~ relation ~ ' add column ' ~ column.quoted ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {%- for column in remove_columns or [] -%}
        {%- do run_query('alter table ' ~ relation ~ ' drop column ' ~ column.quoted) -%}
    {%- endfor -%}
{%- endmacro %}

{# Descriptions are kept in the artifacts, and as comments where persist_docs asks for it; grants are the policies'
   matter. #}
{% macro persist_docs(relation, model, for_relation=true, for_columns=true) -%}
    {%- do return(adapter.dispatch('persist_docs', 'dbt')(relation, model, for_relation, for_columns)) -%}
{%- endmacro %}
{% macro default__persist_docs(relation, model, for_relation, for_columns) -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do run_query(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() and model.columns -%}
        {%- set there = adapter.get_columns_in_relation(relation) | map(attribute='name') | list -%}
        {%- for column in model.columns.values() if column.name in there and column.get('description') -%}
            {%- do run_query(alter_column_comment(relation, column)) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
{% macro alter_relation_comment(relation, relation_comment) -%}
comment on {{ 'table' if relation.is_table else 'view' }} {{ relation }} is '{{ relation_comment | replace("'", "''") }}'
{%- endmacro %}
{% macro alter_column_comment(relation, column) -%}
comment on column {{ relation }}.{{ adapter.quote(column.name) }} is '{{ column.description | replace("'", "''") }}'
{%- endmacro %}
{% macro apply_grants(relation, grant_config, should_revoke=true) -%}{%- endmacro %}
{% macro should_revoke(existing_relation, full_refresh_mode=true) -%}{%- do return(false) -%}{%- endmacro %}
{% macro copy_grants() -%}{%- do return(false) -%}{%- endmacro %}
{% macro create_indexes(relation) -%}{%- endmacro %}
{% macro get_create_index_sql(relation, index_dict) -%}{%- do return(none) -%}{%- endmacro %}
{% macro set_sql_header(config) -%}{%- do config.set('sql_header', caller()) -%}{%- endmacro %}

{% macro run_hooks(hooks, inside_transaction=true) -%}
    {%- for hook in hooks if hook.get('transaction', true) == inside_transaction -%}
        {%- set rendered = render(hook.get('sql')) | trim -%}
        {%- if rendered | length > 0 -%}
            {%- call statement(auto_begin=inside_transaction) -%}{{ rendered }}{%- endcall -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
{% macro make_hook_config(sql, inside_transaction) -%}
    {%- do return(tojson({'sql': sql, 'transaction': inside_transaction})) -%}
{%- endmacro %}
{% macro before_begin(sql) -%}{%- do return(make_hook_config(sql, inside_transaction=false)) -%}{%- endmacro %}
{% macro in_transaction(sql) -%}{%- do return(make_hook_config(sql, inside_transaction=true)) -%}{%- endmacro %}
{% macro after_commit(sql) -%}{%- do return(make_hook_config(sql, inside_transaction=false)) -%}{%- endmacro %}
