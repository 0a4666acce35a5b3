-- Rows of bronze that are not in payments, with the reason: together they are all of bronze.
WITH typed AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY id ORDER BY _loaded_at, _source_file, _source_line) AS occurrence
  FROM {{ source('bronze', 'transactions') }}
)
SELECT
  _source_file,
  _source_line,
  CAST(id AS varchar) AS id,
  CAST("date" AS varchar) AS paid_at,
  CAST(amount AS varchar) AS amount,
  CASE
    WHEN id IS NULL THEN 'no id'
    WHEN TRY_CAST("date" AS timestamp(6)) IS NULL THEN 'not a time'
    WHEN {{ money('amount') }} IS NULL THEN 'not an amount'
    ELSE 'came before'
  END AS reason
FROM typed
WHERE id IS NULL OR TRY_CAST("date" AS timestamp(6)) IS NULL OR {{ money('amount') }} IS NULL OR occurrence > 1
