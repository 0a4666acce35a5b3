{# '09/2002' as the first day of that month. #}
{% macro month_year(column) -%}
  TRY_CAST(concat(substr({{ column }}, 4, 4), '-', substr({{ column }}, 1, 2), '-01') AS date)
{%- endmacro %}
