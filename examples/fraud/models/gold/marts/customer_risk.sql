-- Each customer's risk from what is known so far, in three bands.
SELECT
  c.customer_id,
  c.age,
  c.yearly_income,
  c.total_debt,
  c.credit_score,
  f.payments,
  f.frauds,
  f.fraud_rate,
  v.payments_per_day_max,
  CASE
    WHEN f.frauds >= 3 OR f.fraud_rate >= 0.5e0 THEN 'high'
    WHEN f.frauds >= 1 OR CAST(c.total_debt AS double) > 5e0 * CAST(c.yearly_income AS double) OR c.credit_score < 580 THEN 'medium'
    ELSE 'low'
  END AS risk
FROM {{ ref('dim_customer') }} c
JOIN {{ ref('client_features') }} f ON f.customer_id = c.customer_id
JOIN {{ ref('velocity') }} v ON v.customer_id = c.customer_id
WHERE c.is_current
