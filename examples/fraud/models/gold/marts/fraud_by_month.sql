SELECT
  year(paid_at) AS year,
  month(paid_at) AS month,
  {{ fraud_counts() }},
  sum(amount) AS amount_total
FROM {{ ref('fct_payments') }}
GROUP BY year(paid_at), month(paid_at)
