-- Fraud by the card's use: swiped, by chip, online.
SELECT
  channel,
  {{ fraud_counts() }},
  avg(CAST(amount AS double)) AS amount_mean
FROM {{ ref('fct_payments') }}
GROUP BY channel
