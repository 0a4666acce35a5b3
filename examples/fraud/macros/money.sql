{# '$-77.00' as -77.00; null for what is not an amount. #}
{% macro money(column) -%}
  TRY_CAST(replace(replace(CAST({{ column }} AS varchar), '$', ''), ',', '') AS decimal(12, 2))
{%- endmacro %}
