-- One row for each order that was not cancelled, typed.
SELECT
  CAST(order_id AS bigint) AS order_id,
  CAST(ordered_at AS timestamp(6)) AS ordered_at,
  customer,
  status = 'returned' AS returned,
  CAST(replace(amount, '$') AS decimal(12, 2)) AS amount
FROM {{ source('bronze', 'orders') }}
WHERE status <> 'cancelled'
