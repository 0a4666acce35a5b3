{# What every mart counts: frauds among the payments about which something is known. #}
{% macro fraud_counts() -%}
  count(*) AS payments,
  count(is_fraud) AS labelled,
  count_if(is_fraud) AS frauds,
  CAST(count_if(is_fraud) AS double) / nullif(count(is_fraud), 0) AS fraud_rate
{%- endmacro %}
