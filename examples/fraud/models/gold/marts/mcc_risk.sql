-- Fraud by merchant category.
SELECT
  m.mcc,
  m.description,
  {{ fraud_counts() }},
  avg(CAST(p.amount AS double)) AS amount_mean
FROM {{ ref('fct_payments') }} p
JOIN {{ ref('dim_merchant_category') }} m ON m.mcc = p.mcc
GROUP BY m.mcc, m.description
