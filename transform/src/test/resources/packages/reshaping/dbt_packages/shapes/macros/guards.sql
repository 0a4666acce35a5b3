{% macro _is_relation(obj, macro) %}
    {%- if not (obj is mapping and obj.get('metadata', {}).get('type', '').endswith('Relation')) -%}
        {%- do exceptions.raise_compiler_error("Macro " ~ macro ~ " expected a Relation but received the value: " ~ obj) -%}
    {%- endif -%}
{% endmacro %}

{% macro _is_ephemeral(obj, macro) %}
    {%- if obj.is_cte -%}
        {% set ephemeral_prefix = api.Relation.add_ephemeral_prefix('') %}
        {% if obj.name.startswith(ephemeral_prefix) %}{% set model_name = obj.name[(ephemeral_prefix|length):] %}{% else %}{% set model_name = obj.name %}{%- endif -%}
        {% do exceptions.raise_compiler_error(macro ~ " cannot look into the ephemeral model " ~ model_name) %}
    {%- endif -%}
{% endmacro %}
