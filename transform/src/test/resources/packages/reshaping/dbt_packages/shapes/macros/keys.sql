{%- macro generate_surrogate_key(field_list) -%}
    {{ return(adapter.dispatch('generate_surrogate_key', 'shapes')(field_list)) }}
{% endmacro %}

{%- macro default__generate_surrogate_key(field_list) -%}
    {%- if var('shapes_key_treats_null_as', '') %}
        {%- set default_null_value = var('shapes_key_treats_null_as') -%}
    {%- else -%}
        {%- set default_null_value = '_null_' -%}
    {%- endif -%}
    {%- set fields = [] -%}
    {%- for field in field_list -%}
        {%- do fields.append(
            "coalesce(cast(" ~ field ~ " as " ~ dbt.type_string() ~ "), '" ~ default_null_value  ~"')"
        ) -%}
        {%- if not loop.last %}
            {%- do fields.append("'-'") -%}
        {%- endif -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(fields)) }}
{%- endmacro -%}

{% macro slugify(string) %}
{% set string = string | lower %}
{% set string = modules.re.sub('[ -]+', '_', string) %}
{% set string = modules.re.sub('[^a-z0-9_]+', '', string) %}
{% set string = modules.re.sub('^[0-9]', '_' + string[0], string) %}
{{ return(string) }}
{% endmacro %}
