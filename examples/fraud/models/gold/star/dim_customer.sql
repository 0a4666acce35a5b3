-- Customers with their history (slowly changing, type 2): a row for each time in which nothing about a customer
-- changed. The first is valid from the beginning of time, so that every payment finds its customer.
WITH versions AS (
  SELECT
    CAST(id AS bigint) AS customer_id,
    CAST(current_age AS integer) AS age,
    gender,
    CAST(birth_year AS integer) AS birth_year,
    {{ money('per_capita_income') }} AS per_capita_income,
    {{ money('yearly_income') }} AS yearly_income,
    {{ money('total_debt') }} AS total_debt,
    CAST(credit_score AS integer) AS credit_score,
    CAST(num_credit_cards AS integer) AS credit_cards,
    CAST(_loaded_at AS timestamp(6)) AS loaded_at
  FROM {{ source('bronze', 'users') }}
),
compared AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY customer_id ORDER BY loaded_at) AS version,
    lag(attributes) OVER (PARTITION BY customer_id ORDER BY loaded_at) <> attributes AS changed
  FROM (SELECT *, {{ together(['age', 'gender', 'birth_year', 'per_capita_income', 'yearly_income', 'total_debt', 'credit_score', 'credit_cards']) }} AS attributes FROM versions)
),
changes AS (
  SELECT
    *,
    CASE WHEN version = 1 THEN TIMESTAMP '0001-01-01 00:00:00.000000' ELSE loaded_at END AS valid_from
  FROM compared
  WHERE changed OR version = 1
)
SELECT
  concat(CAST(customer_id AS varchar), '-', CAST(row_number() OVER (PARTITION BY customer_id ORDER BY valid_from) AS varchar)) AS customer_key,
  customer_id,
  age,
  gender,
  birth_year,
  per_capita_income,
  yearly_income,
  total_debt,
  credit_score,
  credit_cards,
  valid_from,
  lead(valid_from) OVER (PARTITION BY customer_id ORDER BY valid_from) AS valid_to,
  lead(valid_from) OVER (PARTITION BY customer_id ORDER BY valid_from) IS NULL AS is_current
FROM changes
