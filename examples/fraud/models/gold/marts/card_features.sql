-- What is known about each card's payments; cards without any are there too.
SELECT
  c.card_id,
  c.customer_id,
  c.brand,
  c.kind,
  c.credit_limit,
  coalesce(f.payments, 0) AS payments,
  coalesce(f.labelled, 0) AS labelled,
  coalesce(f.frauds, 0) AS frauds,
  f.fraud_rate,
  f.amount_mean,
  f.amount_deviation,
  f.amount_max,
  coalesce(f.merchants, 0) AS merchants,
  CAST(f.amount_max AS double) / nullif(CAST(c.credit_limit AS double), 0) AS limit_use_max
FROM {{ ref('dim_card') }} c
LEFT JOIN (
  SELECT
    card_id,
    {{ fraud_counts() }},
    avg(CAST(amount AS double)) AS amount_mean,
    stddev_samp(CAST(amount AS double)) AS amount_deviation,
    max(amount) AS amount_max,
    count(DISTINCT merchant_id) AS merchants
  FROM {{ ref('fct_payments') }}
  GROUP BY card_id
) f ON f.card_id = c.card_id
