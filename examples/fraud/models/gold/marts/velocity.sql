-- How fast each customer pays: mean and highest over the days with a payment.
SELECT
  customer_id,
  count(*) AS active_days,
  avg(CAST(payments AS double)) AS payments_per_day_mean,
  max(payments) AS payments_per_day_max,
  avg(CAST(amount_total AS double)) AS amount_per_day_mean,
  max(amount_total) AS amount_per_day_max
FROM {{ ref('daily_velocity') }}
GROUP BY customer_id
