-- Fraud by hour of the day.
SELECT
  hour(paid_at) AS hour_of_day,
  {{ fraud_counts() }},
  avg(CAST(amount AS double)) AS amount_mean
FROM {{ ref('fct_payments') }}
GROUP BY hour(paid_at)
