{# Incremental models: a strategy is a macro get_incremental_NAME_sql, which a project may add or replace. #}
{% materialization incremental, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set temp_relation = make_temp_relation(target_relation) -%}
    {%- set unique_key = config.get('unique_key') -%}
    {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if existing is none or not existing.is_table or should_full_refresh() -%}
        {%- if existing is not none and not existing.is_table -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
        {%- call statement('main') -%}{{ get_create_table_as_sql(false, target_relation, sql) }}{%- endcall -%}
    {%- else -%}
        {%- set strategy = config.get('incremental_strategy') or 'default' -%}
        {%- set build_sql = adapter.get_incremental_strategy_macro(context, strategy) -%}
        {%- do drop_relation_if_exists(load_relation(temp_relation)) -%}
        {%- call statement('temporary') -%}{{ create_table_as(true, temp_relation, sql) }}{%- endcall -%}
        {%- set source_columns = process_schema_changes(on_schema_change, temp_relation, existing) -%}
        {%- set dest_columns = source_columns or common_columns(temp_relation, existing) -%}
        {%- set arguments = {
            'target_relation': target_relation, 'temp_relation': temp_relation, 'unique_key': unique_key,
            'dest_columns': dest_columns, 'incremental_predicates': config.get('predicates') or config.get('incremental_predicates')
        } -%}
        {%- call statement('main') -%}{{ build_sql(arguments) }}{%- endcall -%}
        {%- do drop_relation_if_exists(load_relation(temp_relation)) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}

{% macro common_columns(source_relation, target_relation) -%}
    {%- set there = adapter.get_columns_in_relation(source_relation) | map(attribute='name') | map('lower') | list -%}
    {%- set common = [] -%}
    {%- for column in adapter.get_columns_in_relation(target_relation) if column.name | lower in there -%}
        {%- do common.append(column) -%}
    {%- endfor -%}
    {%- do return(common) -%}
{%- endmacro %}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') -%}
    {%- set value = on_schema_change or default -%}
    {%- if value not in ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'] -%}
        {%- do exceptions.raise_compiler_error("on_schema_change='" ~ value
            ~ "' is not known: use ignore, fail, append_new_columns or sync_all_columns") -%}
    {%- endif -%}
    {%- do return(value) -%}
{%- endmacro %}

{% macro diff_columns(source_columns, target_columns) -%}
    {%- set there = target_columns | map(attribute='name') | map('lower') | list -%}
    {%- set missing = [] -%}
    {%- for column in source_columns if column.name | lower not in there -%}{%- do missing.append(column) -%}{%- endfor -%}
    {%- do return(missing) -%}
{%- endmacro %}

{% macro diff_column_data_types(source_columns, target_columns) -%}
    {%- set types = {} -%}
    {%- for column in target_columns -%}{%- do types.update({column.name | lower: column.data_type}) -%}{%- endfor -%}
    {%- set changed = [] -%}
    {%- for column in source_columns if types.get(column.name | lower, column.data_type) != column.data_type -%}
        {%- do changed.append({'column_name': column.name, 'new_type': column.data_type, 'old_type': types[column.name | lower]}) -%}
    {%- endfor -%}
    {%- do return(changed) -%}
{%- endmacro %}

{% macro check_for_schema_changes(source_relation, target_relation) -%}
    {%- set source_columns = adapter.get_columns_in_relation(source_relation) -%}
    {%- set target_columns = adapter.get_columns_in_relation(target_relation) -%}
    {%- set added = diff_columns(source_columns, target_columns) -%}
    {%- set gone = diff_columns(target_columns, source_columns) -%}
    {%- set retyped = diff_column_data_types(source_columns, target_columns) -%}
    {%- do return({
        'schema_changed': (added or gone or retyped) | length > 0,
        'source_not_in_target': added, 'target_not_in_source': gone,
        'source_columns': source_columns, 'target_columns': target_columns, 'new_target_types': retyped
    }) -%}
{%- endmacro %}

{% macro process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {%- if on_schema_change == 'ignore' -%}{%- do return([]) -%}{%- endif -%}
    {%- set changes = check_for_schema_changes(source_relation, target_relation) -%}
    {%- if changes['schema_changed'] -%}
        {%- if on_schema_change == 'fail' -%}
            {%- do exceptions.raise_compiler_error("the columns have changed (new: "
                ~ (changes['source_not_in_target'] | map(attribute='name') | join(', ')) ~ "; gone: "
                ~ (changes['target_not_in_source'] | map(attribute='name') | join(', ')) ~ "; of another type: "
                ~ (changes['new_target_types'] | map(attribute='column_name') | join(', '))
                ~ "): run with --full-refresh, or set on_schema_change") -%}
        {%- endif -%}
        {%- do sync_column_schemas(on_schema_change, target_relation, changes) -%}
    {%- endif -%}
    {%- do return(changes['source_columns']) -%}
{%- endmacro %}

{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) -%}
    {%- set added = schema_changes_dict['source_not_in_target'] -%}
    {%- set gone = schema_changes_dict['target_not_in_source'] if on_schema_change == 'sync_all_columns' else [] -%}
    {%- if added or gone -%}{%- do alter_relation_add_remove_columns(target_relation, added, gone) -%}{%- endif -%}
    {%- if on_schema_change == 'sync_all_columns' -%}
        {%- for change in schema_changes_dict['new_target_types'] -%}
            {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) -%}
    {%- set names = dest_columns | map(attribute='quoted') | list -%}
    {%- if merge_update_columns and merge_exclude_columns -%}
        {%- do exceptions.raise_compiler_error('set merge_update_columns or merge_exclude_columns, not both') -%}
    {%- elif merge_update_columns -%}
        {%- set chosen = [] -%}
        {%- for name in merge_update_columns -%}{%- do chosen.append(adapter.quote(name)) -%}{%- endfor -%}
        {%- do return(chosen) -%}
    {%- elif merge_exclude_columns -%}
        {%- set excluded = merge_exclude_columns | map('lower') | list -%}
        {%- do return(dest_columns | rejectattr('name', 'in', excluded) | map(attribute='quoted') | list) -%}
    {%- endif -%}
    {%- do return(names) -%}
{%- endmacro %}

{% macro get_incremental_default_sql(arg_dict) -%}
    {%- do return(adapter.dispatch('get_incremental_default_sql', 'dbt')(arg_dict)) -%}
{%- endmacro %}
{% macro default__get_incremental_default_sql(arg_dict) -%}
    {%- if arg_dict['unique_key'] -%}{%- do return(get_incremental_merge_sql(arg_dict)) -%}{%- endif -%}
    {%- do return(get_incremental_append_sql(arg_dict)) -%}
{%- endmacro %}
{% macro get_incremental_append_sql(arg_dict) -%}
    {%- do return(adapter.dispatch('get_incremental_append_sql', 'dbt')(arg_dict)) -%}
{%- endmacro %}
{% macro default__get_incremental_append_sql(arg_dict) -%}
    {%- do return(get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) -%}
{%- endmacro %}
{% macro get_incremental_delete_insert_sql(arg_dict) -%}
    {%- do return(adapter.dispatch('get_incremental_delete_insert_sql', 'dbt')(arg_dict)) -%}
{%- endmacro %}
{% macro default__get_incremental_delete_insert_sql(arg_dict) -%}
    {%- do return(get_delete_insert_merge_sql(arg_dict['target_relation'], arg_dict['temp_relation'],
        arg_dict['unique_key'], arg_dict['dest_columns'], arg_dict['incremental_predicates'])) -%}
{%- endmacro %}
{% macro get_incremental_merge_sql(arg_dict) -%}
    {%- do return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) -%}
{%- endmacro %}
{% macro default__get_incremental_merge_sql(arg_dict) -%}
    {%- do return(get_merge_sql(arg_dict['target_relation'], arg_dict['temp_relation'],
        arg_dict['unique_key'], arg_dict['dest_columns'], arg_dict['incremental_predicates'])) -%}
{%- endmacro %}

{# Rows of the batch's time are replaced. #}
{% macro get_incremental_microbatch_sql(arg_dict) -%}
    {%- do return(adapter.dispatch('get_incremental_microbatch_sql', 'dbt')(arg_dict)) -%}
{%- endmacro %}
{% macro default__get_incremental_microbatch_sql(arg_dict) -%}
    {%- set event_time = config.get('event_time') -%}
    {%- set conditions = (arg_dict['incremental_predicates'] or []) | list -%}
    {%- do conditions.append(event_time ~ " >= timestamp '" ~ model.batch.event_time_start ~ "'") -%}
    {%- do conditions.append(event_time ~ " < timestamp '" ~ model.batch.event_time_end ~ "'") -%}
    {%- do return('delete from ' ~ arg_dict['target_relation'] ~ ' where (' ~ conditions | join(') and (') ~ ');\n'
        ~ get_insert_into_sql(arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['dest_columns'])) -%}
{%- endmacro %}

{% macro key_list(unique_key) -%}
    {%- do return([unique_key] if unique_key is string else (unique_key or []) | list) -%}
{%- endmacro %}

{% macro get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ adapter.dispatch('get_delete_insert_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}
{% macro default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set keys = key_list(unique_key) -%}
    {%- if keys %}
delete from {{ target }} where ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ source }})
        {%- for predicate in incremental_predicates or [] %} and {{ predicate }}{% endfor %};
    {%- endif %}
{{ get_insert_into_sql(target, source, dest_columns) }}
{%- endmacro %}

{% macro get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {{ adapter.dispatch('get_merge_sql', 'dbt')(target, source, unique_key, dest_columns, incremental_predicates) }}
{%- endmacro %}
{% macro default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set keys = key_list(unique_key) -%}
    {%- if not keys -%}
        {{ get_insert_into_sql(target, source, dest_columns) }}
    {%- else -%}
        {%- set updated = get_merge_update_columns(config.get('merge_update_columns'), config.get('merge_exclude_columns'), dest_columns) -%}
        {%- set conditions = (incremental_predicates or []) | list -%}
        {%- for key in keys -%}{%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}{%- endfor -%}
merge into {{ target }} as DBT_INTERNAL_DEST
using {{ source }} as DBT_INTERNAL_SOURCE
on ({{ conditions | join(') and (') }})
when matched then update set
    {% for name in updated -%}{{ name }} = DBT_INTERNAL_SOURCE.{{ name }}{%- if not loop.last -%}, {% endif -%}{%- endfor %}
when not matched then insert ({{ get_quoted_csv(dest_columns | map(attribute='name')) }})
values ({% for column in dest_columns -%}DBT_INTERNAL_SOURCE.{{ column.quoted }}{%- if not loop.last -%}, {% endif -%}{%- endfor %})
    {%- endif -%}
{%- endmacro %}
