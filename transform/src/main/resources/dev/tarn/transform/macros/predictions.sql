{# What a registered model says of each row of the model's SQL: its inputs are the columns of the same names. The
   version is looked up once, and named in the statement and in each row. #}
{% macro prediction_sql(sql) -%}
    {%- set name = config.require('predict') -%}
    {%- set column = config.get('probability', 'probability') -%}
    {%- set columns = get_columns_in_query(sql) | map('lower') | list -%}
    {%- for taken in [column, 'model_version'] if taken in columns -%}
        {%- do exceptions.raise_compiler_error("the SQL has a column '" ~ taken ~ "' already, which the prediction adds") -%}
    {%- endfor -%}
    {%- set found = namespace(version=none, inputs=[]) -%}
    {%- for row in run_query('show functions from ' ~ target.database ~ '.predict').rows if row[0] == name | lower -%}
        {%- set found.version = row[5].split(' version ')[1].split(' from ')[0] -%}
        {%- set found.inputs = row[5].split(' from ')[1].split(', ') -%}
    {%- endfor -%}
    {%- if found.version is none -%}
        {%- if config.get('without_model', 'fail') != 'null' -%}
            {%- do exceptions.raise_compiler_error("no version of '" ~ name ~ "' has the alias champion: train it first, or set without_model='null' to make the rows without a probability until there is one") -%}
        {%- endif -%}
        {%- do log("no version of '" ~ name ~ "' has the alias champion yet: " ~ this ~ " has no probabilities", info=true) -%}
select *, cast(null as double) as {{ adapter.quote(column) }}, cast(null as bigint) as model_version from (
{{ sql }}
) as scored
    {%- else -%}
        {%- set missing = [] -%}
        {%- for input in found.inputs if input | lower not in columns -%}{%- do missing.append(input) -%}{%- endfor -%}
        {%- if missing -%}{%- do exceptions.raise_compiler_error("the SQL has no column for the inputs " ~ missing | join(', ') ~ " of '" ~ name ~ "' version " ~ found.version) -%}{%- endif -%}
select *, predict.{{ adapter.quote(name | lower ~ '@' ~ found.version) }}(
    {%- for input in found.inputs -%}{{ adapter.quote(input | lower) }}{%- if not loop.last -%}, {% endif -%}{%- endfor -%}
) as {{ adapter.quote(column) }}, bigint '{{ found.version }}' as model_version from (
{{ sql }}
) as scored
    {%- endif -%}
{%- endmacro %}

{% materialization prediction, default %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks, inside_transaction=false) }}
    {{ run_hooks(pre_hooks, inside_transaction=true) }}
    {%- if existing is not none and not existing.is_table -%}{%- do adapter.drop_relation(existing) -%}{%- endif -%}
    {%- call statement('main') -%}{{ get_create_table_as_sql(false, target_relation, prediction_sql(sql)) }}{%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=true) }}
    {%- do persist_docs(target_relation, model) -%}
    {{ run_hooks(post_hooks, inside_transaction=false) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
