-- Fraud by state; payments online and abroad have no state and stand under their country or channel.
SELECT
  coalesce(merchant_state, merchant_country, channel) AS place,
  merchant_state,
  {{ fraud_counts() }},
  sum(amount) AS amount_total
FROM {{ ref('fct_payments') }}
GROUP BY coalesce(merchant_state, merchant_country, channel), merchant_state
