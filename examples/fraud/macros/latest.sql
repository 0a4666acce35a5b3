{# Bronze keeps every row of every load; this keeps the one loaded last for each key. #}
{% macro latest(relation, key) -%}
  SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY {{ key }} ORDER BY _loaded_at DESC, _source_file DESC, _source_line DESC) AS _recency
    FROM {{ relation }}
  ) WHERE _recency = 1
{%- endmacro %}
