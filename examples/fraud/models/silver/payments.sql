-- One row for each payment, typed. What cannot be read as a payment is in payments_rejected.
WITH typed AS (
  SELECT
    CAST(id AS bigint) AS payment_id,
    TRY_CAST("date" AS timestamp(6)) AS paid_at,
    CAST(client_id AS bigint) AS customer_id,
    CAST(card_id AS bigint) AS card_id,
    {{ money('amount') }} AS amount,
    CASE use_chip
      WHEN 'Swipe Transaction' THEN 'swipe'
      WHEN 'Chip Transaction' THEN 'chip'
      WHEN 'Online Transaction' THEN 'online'
    END AS channel,
    CAST(merchant_id AS bigint) AS merchant_id,
    CASE WHEN merchant_city = 'ONLINE' THEN NULL ELSE nullif(merchant_city, '') END AS merchant_city,
    CASE WHEN length(merchant_state) = 2 THEN merchant_state END AS merchant_state,
    CASE
      WHEN length(merchant_state) = 2 THEN 'United States'
      WHEN length(merchant_state) > 2 THEN merchant_state
    END AS merchant_country,
    -- '58523.0' is the postal code 58523; '1876.0' lost the zero it began with.
    CASE WHEN substr(zip, -2) = '.0' THEN lpad(substr(zip, 1, length(zip) - 2), 5, '0') ELSE nullif(zip, '') END AS postal_code,
    CAST(mcc AS integer) AS mcc,
    nullif(errors, '') AS error,
    row_number() OVER (PARTITION BY id ORDER BY _loaded_at, _source_file, _source_line) AS occurrence
  FROM {{ source('bronze', 'transactions') }}
)
SELECT
  payment_id,
  paid_at,
  customer_id,
  card_id,
  amount,
  channel,
  merchant_id,
  merchant_city,
  merchant_state,
  merchant_country,
  postal_code,
  mcc,
  error
FROM typed
WHERE payment_id IS NOT NULL AND paid_at IS NOT NULL AND amount IS NOT NULL AND occurrence = 1
