-- What was sold, a row for each day.
SELECT
  CAST(ordered_at AS date) AS day,
  count(*) AS orders,
  count(DISTINCT customer) AS customers,
  sum(amount) AS amount
FROM {{ ref('orders') }}
WHERE NOT returned
GROUP BY CAST(ordered_at AS date)
