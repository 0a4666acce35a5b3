{% macro pivot(column, values, alias=True, agg='sum', cmp='=', prefix='', suffix='', then_value=1, else_value=0, quote_identifiers=True, distinct=False) %}
    {{ return(adapter.dispatch('pivot', 'shapes')(column, values, alias, agg, cmp, prefix, suffix, then_value, else_value, quote_identifiers, distinct)) }}
{% endmacro %}

{% macro default__pivot(column, values, alias=True, agg='sum', cmp='=', prefix='', suffix='', then_value=1, else_value=0, quote_identifiers=True, distinct=False) %}
  {% for value in values %}
    {{ agg }}(
      {% if distinct %} distinct {% endif %}
      case
      when {{ column }} {{ cmp }} '{{ dbt.escape_single_quotes(value) }}'
        then {{ then_value }}
      else {{ else_value }}
      end
    )
    {% if alias %}
      {% if quote_identifiers %}
            as {{ adapter.quote(prefix ~ value ~ suffix) }}
      {% else %}
        as {{ shapes.slugify(prefix ~ value ~ suffix) }}
      {% endif %}
    {% endif %}
    {% if not loop.last %},{% endif %}
  {% endfor %}
{% endmacro %}

{% macro unpivot(relation=none, cast_to='varchar', exclude=none, remove=none, field_name='field_name', value_name='value', quote_identifiers=False) -%}
    {{ return(adapter.dispatch('unpivot', 'shapes')(relation, cast_to, exclude, remove, field_name, value_name, quote_identifiers)) }}
{% endmacro %}

{% macro default__unpivot(relation=none, cast_to='varchar', exclude=none, remove=none, field_name='field_name', value_name='value', quote_identifiers=False) -%}
    {% if not relation %}
        {{ exceptions.raise_compiler_error("Error: argument `relation` is required for `unpivot` macro.") }}
    {% endif %}
  {%- set exclude = exclude if exclude is not none else [] %}
  {%- set remove = remove if remove is not none else [] %}
  {%- set include_cols = [] %}
  {%- set table_columns = {} %}
  {%- do table_columns.update({relation: []}) %}
  {%- do shapes._is_relation(relation, 'unpivot') -%}
  {%- set cols = adapter.get_columns_in_relation(relation) %}
  {%- for col in cols -%}
    {%- if col.column.lower() not in remove|map('lower') and col.column.lower() not in exclude|map('lower') -%}
      {% do include_cols.append(col) %}
    {%- endif %}
  {%- endfor %}
  {%- for col in include_cols -%}
    {%- set current_col_name = adapter.quote(col.column) if quote_identifiers else col.column -%}
    select
      {%- for exclude_col in exclude %}
        {{ adapter.quote(exclude_col) if quote_identifiers else exclude_col }},
      {%- endfor %}
      cast('{{ col.column }}' as {{ dbt.type_string() }}) as {{ field_name }},
      cast(  {% if col.data_type == 'boolean' %}
           {{ dbt.cast_bool_to_text(current_col_name) }}
             {% else %}
           {{ current_col_name }}
             {% endif %}
           as {{ cast_to }}) as {{ value_name }}
    from {{ relation }}
    {% if not loop.last -%}
      union all
    {% endif -%}
  {%- endfor -%}
{%- endmacro %}

{%- macro union_relations(relations, column_override=none, include=[], exclude=[], source_column_name='_source', where=none) -%}
    {{ return(adapter.dispatch('union_relations', 'shapes')(relations, column_override, include, exclude, source_column_name, where)) }}
{% endmacro %}

{%- macro default__union_relations(relations, column_override=none, include=[], exclude=[], source_column_name='_source', where=none) -%}
    {%- if exclude and include -%}
        {{ exceptions.raise_compiler_error("Both an exclude and include list were provided to the `union` macro. Only one is allowed") }}
    {%- endif -%}
    {% if not execute %}
        {{ return('') }}
    {% endif %}
    {%- set column_override = column_override if column_override is not none else {} -%}
    {%- set relation_columns = {} -%}
    {%- set column_superset = {} -%}
    {%- set all_excludes = [] -%}
    {%- set all_includes = [] -%}
    {%- if exclude -%}
        {%- for exc in exclude -%}{%- do all_excludes.append(exc | lower) -%}{%- endfor -%}
    {%- endif -%}
    {%- if include -%}
        {%- for inc in include -%}{%- do all_includes.append(inc | lower) -%}{%- endfor -%}
    {%- endif -%}
    {%- for relation in relations -%}
        {%- do relation_columns.update({relation: []}) -%}
        {%- do shapes._is_relation(relation, 'union_relations') -%}
        {%- set cols = adapter.get_columns_in_relation(relation) -%}
        {%- for col in cols -%}
            {%- if exclude and col.column | lower in all_excludes -%}
            {%- elif include and col.column | lower not in all_includes -%}
            {%- else -%}
                {%- do relation_columns[relation].append(col.column) -%}
                {%- if col.column in column_superset -%}
                    {%- set stored = column_superset[col.column] -%}
                    {%- if col.is_string() and stored.is_string() and col.string_size() > stored.string_size() -%}
                        {%- do column_superset.update({col.column: col}) -%}
                    {%- endif %}
                {%- else -%}
                    {%- do column_superset.update({col.column: col}) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set ordered_column_names = column_superset.keys() -%}
    {%- set dbt_command = flags.WHICH -%}
    {% if dbt_command in ['run', 'build'] %}
    {% if (include | length > 0 or exclude | length > 0) and not column_superset.keys() %}
        {%- set relations_string -%}
            {%- for relation in relations -%}{{ relation.name }}{%- if not loop.last %}, {% endif -%}{%- endfor -%}
        {%- endset -%}
        {{ exceptions.raise_compiler_error("There were no columns found to union for relations " ~ relations_string) }}
    {%- endif -%}
    {%- endif -%}
    {%- for relation in relations %}
        (
            select
                {%- if source_column_name is not none %}
                cast({{ dbt.string_literal(relation) }} as {{ dbt.type_string() }}) as {{ source_column_name }},
                {%- endif %}
                {% for col_name in ordered_column_names -%}
                    {%- set col = column_superset[col_name] %}
                    {%- set col_type = column_override.get(col.column, col.data_type) %}
                    {%- set col_name = adapter.quote(col_name) if col_name in relation_columns[relation] else 'null' %}
                    cast({{ col_name }} as {{ col_type }}) as {{ col.quoted }} {% if not loop.last %},{% endif -%}
                {%- endfor %}
            from {{ relation }}
            {% if where -%}where {{ where }}{%- endif %}
        )
        {% if not loop.last -%}
            union all
        {% endif -%}
    {%- endfor -%}
{%- endmacro -%}

{%- macro deduplicate(relation, partition_by, order_by) -%}
    {{ return(adapter.dispatch('deduplicate', 'shapes')(relation, partition_by, order_by)) }}
{% endmacro %}

{%- macro default__deduplicate(relation, partition_by, order_by) -%}
    with row_numbered as (
        select _inner.*, row_number() over (partition by {{ partition_by }} order by {{ order_by }}) as rn
        from {{ relation }} as _inner
    )
    select distinct data.* from {{ relation }} as data
    natural join row_numbered
    where row_numbered.rn = 1
{%- endmacro -%}

{% macro safe_add(field_list) -%}{{ return(adapter.dispatch('safe_add', 'shapes')(field_list)) }}{% endmacro %}
{%- macro default__safe_add(field_list) -%}
{%- if field_list is not iterable or field_list is string or field_list is mapping -%}
{{ exceptions.raise_compiler_error('safe_add takes a list, not ' ~ field_list) }}
{%- endif -%}
{% set fields = [] %}
{%- for field in field_list -%}{% do fields.append("coalesce(" ~ field ~ ", 0)") %}{%- endfor -%}
{{ fields|join(' +\n  ') }}
{%- endmacro -%}

{% macro get_relations_by_pattern(schema_pattern, table_pattern, exclude='', database=target.database) %}
    {{ return(adapter.dispatch('get_relations_by_pattern', 'shapes')(schema_pattern, table_pattern, exclude, database)) }}
{% endmacro %}
{% macro default__get_relations_by_pattern(schema_pattern, table_pattern, exclude='', database=target.database) %}
    {%- call statement('get_tables', fetch_result=True) %}
      select distinct table_schema as {{ adapter.quote('table_schema') }}, table_name as {{ adapter.quote('table_name') }},
        case table_type when 'BASE TABLE' then 'table' else lower(table_type) end as {{ adapter.quote('table_type') }}
      from {{ database }}.information_schema.tables
      where table_schema like '{{ schema_pattern }}' and table_name like '{{ table_pattern }}' and table_name not like '{{ exclude }}'
      order by 2
    {%- endcall -%}
    {%- set table_list = load_result('get_tables') -%}
    {%- if table_list and table_list['table'] -%}
        {%- set tbl_relations = [] -%}
        {%- for row in table_list['table'] -%}
            {%- set tbl_relation = api.Relation.create(database=database, schema=row.table_schema, identifier=row.table_name, type=row.table_type) -%}
            {%- do tbl_relations.append(tbl_relation) -%}
        {%- endfor -%}
        {{ return(tbl_relations) }}
    {%- else -%}
        {{ return([]) }}
    {%- endif -%}
{% endmacro %}

{% macro get_single_value(query, default=none) %}
    {{ return(adapter.dispatch('get_single_value', 'shapes')(query, default)) }}
{% endmacro %}
{% macro default__get_single_value(query, default) %}
    {% if execute %}{%- set r = run_query(query).columns[0].values()[0] -%}{% else %}{%- set r = default -%}{% endif %}
    {{ return(r) }}
{% endmacro %}
