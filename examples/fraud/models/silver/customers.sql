-- One row for each customer, as last loaded.
SELECT
  CAST(id AS bigint) AS customer_id,
  CAST(current_age AS integer) AS age,
  CAST(retirement_age AS integer) AS retirement_age,
  CAST(birth_year AS integer) AS birth_year,
  CAST(birth_month AS integer) AS birth_month,
  gender,
  CAST(latitude AS double) AS latitude,
  CAST(longitude AS double) AS longitude,
  {{ money('per_capita_income') }} AS per_capita_income,
  {{ money('yearly_income') }} AS yearly_income,
  {{ money('total_debt') }} AS total_debt,
  CAST(credit_score AS integer) AS credit_score,
  CAST(num_credit_cards AS integer) AS credit_cards
FROM ({{ latest(source('bronze', 'users'), 'id') }})
