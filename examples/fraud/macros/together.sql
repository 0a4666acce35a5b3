{# Several columns as one text, which differs when one of them does. #}
{% macro together(columns) -%}
  {%- for column in columns %}
  {{- ' || ' if not loop.first }}coalesce(CAST({{ column }} AS varchar), '') || '|'
  {%- endfor -%}
{%- endmacro %}
