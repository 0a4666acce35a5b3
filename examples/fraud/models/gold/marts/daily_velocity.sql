-- How much each customer paid on each day with a payment.
SELECT
  customer_id,
  date_key,
  count(*) AS payments,
  sum(amount) AS amount_total,
  count(DISTINCT merchant_id) AS merchants
FROM {{ ref('fct_payments') }}
GROUP BY customer_id, date_key
