-- What is known about each customer's payments.
SELECT
  customer_id,
  {{ fraud_counts() }},
  sum(amount) AS amount_total,
  avg(CAST(amount AS double)) AS amount_mean,
  stddev_samp(CAST(amount AS double)) AS amount_deviation,
  max(amount) AS amount_max,
  count(DISTINCT merchant_id) AS merchants,
  CAST(count_if(channel = 'online') AS double) / count(*) AS online_rate,
  CAST(count_if(is_refund) AS double) / count(*) AS refund_rate,
  CAST(count_if(error IS NOT NULL) AS double) / count(*) AS error_rate,
  min(paid_at) AS first_paid_at,
  max(paid_at) AS last_paid_at
FROM {{ ref('fct_payments') }}
GROUP BY customer_id
