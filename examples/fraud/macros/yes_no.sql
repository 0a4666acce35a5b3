{# 'YES' and 'No' as booleans; null for anything else. #}
{% macro yes_no(column) -%}
  CASE lower(CAST({{ column }} AS varchar)) WHEN 'yes' THEN true WHEN 'no' THEN false END
{%- endmacro %}
