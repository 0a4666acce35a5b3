-- One row for each payment, with the keys of its dimensions and what became known about it.
SELECT
  p.payment_id,
  p.paid_at,
  CAST(p.paid_at AS date) AS date_key,
  c.customer_key,
  p.customer_id,
  p.card_id,
  p.mcc,
  p.merchant_id,
  p.merchant_city,
  p.merchant_state,
  p.merchant_country,
  p.channel,
  p.amount,
  p.amount < 0 AS is_refund,
  p.error,
  l.is_fraud
FROM {{ ref('payments') }} p
LEFT JOIN {{ ref('dim_customer') }} c
  ON c.customer_id = p.customer_id
  AND p.paid_at >= c.valid_from
  AND (c.valid_to IS NULL OR p.paid_at < c.valid_to)
LEFT JOIN {{ ref('fraud_labels') }} l ON l.payment_id = p.payment_id
