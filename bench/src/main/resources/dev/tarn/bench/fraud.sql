-- The example's tables by hand, for DuckDB and for Spark. Names in ${…} are where the two differ.

-- table: transactions
SELECT *, ${file} AS source_file, ${line} AS source_line FROM ${csv:transactions}

-- table: users
SELECT * FROM ${csv:users}

-- table: raw_cards
SELECT * FROM ${csv:cards}

-- table: mcc_codes
${entries:mcc_codes}

-- table: raw_labels
${entries:labels}

-- table: customers
SELECT
  CAST(id AS bigint) AS customer_id, CAST(current_age AS integer) AS age, CAST(retirement_age AS integer) AS retirement_age,
  CAST(birth_year AS integer) AS birth_year, CAST(birth_month AS integer) AS birth_month, gender,
  CAST(latitude AS double) AS latitude, CAST(longitude AS double) AS longitude,
  TRY_CAST(replace(replace(per_capita_income, '$', ''), ',', '') AS decimal(12, 2)) AS per_capita_income,
  TRY_CAST(replace(replace(yearly_income, '$', ''), ',', '') AS decimal(12, 2)) AS yearly_income,
  TRY_CAST(replace(replace(total_debt, '$', ''), ',', '') AS decimal(12, 2)) AS total_debt,
  CAST(credit_score AS integer) AS credit_score, CAST(num_credit_cards AS integer) AS credit_cards
FROM users

-- table: cards
SELECT
  CAST(id AS bigint) AS card_id, CAST(client_id AS bigint) AS customer_id, card_brand AS brand, card_type AS kind,
  substr(card_number, -4) AS last_four,
  TRY_CAST(concat(substr(expires, 4, 4), '-', substr(expires, 1, 2), '-01') AS date) AS expires_month,
  lower(has_chip) = 'yes' AS has_chip, CAST(num_cards_issued AS integer) AS cards_issued,
  TRY_CAST(replace(replace(credit_limit, '$', ''), ',', '') AS decimal(12, 2)) AS credit_limit,
  TRY_CAST(concat(substr(acct_open_date, 4, 4), '-', substr(acct_open_date, 1, 2), '-01') AS date) AS opened_month,
  CAST(year_pin_last_changed AS integer) AS pin_changed_year, lower(card_on_dark_web) = 'yes' AS on_dark_web
FROM raw_cards

-- table: merchant_categories
SELECT CAST(k AS integer) AS mcc, v AS description FROM mcc_codes

-- table: fraud_labels
SELECT CAST(k AS bigint) AS payment_id, CASE lower(v) WHEN 'yes' THEN true WHEN 'no' THEN false END AS is_fraud
FROM raw_labels

-- table: payments
SELECT
  payment_id, paid_at, customer_id, card_id, amount, channel, merchant_id, merchant_city, merchant_state,
  merchant_country, postal_code, mcc, error
FROM (
  SELECT
    id AS payment_id, TRY_CAST(date AS timestamp) AS paid_at, client_id AS customer_id, card_id,
    TRY_CAST(replace(replace(amount, '$', ''), ',', '') AS decimal(12, 2)) AS amount,
    CASE use_chip
      WHEN 'Swipe Transaction' THEN 'swipe' WHEN 'Chip Transaction' THEN 'chip' WHEN 'Online Transaction' THEN 'online'
    END AS channel,
    merchant_id,
    CASE WHEN merchant_city = 'ONLINE' THEN NULL ELSE nullif(merchant_city, '') END AS merchant_city,
    CASE WHEN length(merchant_state) = 2 THEN merchant_state END AS merchant_state,
    CASE WHEN length(merchant_state) = 2 THEN 'United States' WHEN length(merchant_state) > 2 THEN merchant_state
    END AS merchant_country,
    CASE WHEN substr(zip, -2) = '.0' THEN lpad(substr(zip, 1, length(zip) - 2), 5, '0') ELSE nullif(zip, '')
    END AS postal_code,
    CAST(mcc AS integer) AS mcc, nullif(errors, '') AS error,
    row_number() OVER (PARTITION BY id ORDER BY source_file, source_line) AS occurrence
  FROM transactions
) AS typed
WHERE payment_id IS NOT NULL AND paid_at IS NOT NULL AND amount IS NOT NULL AND occurrence = 1

-- table: payments_rejected
SELECT
  source_file, source_line, CAST(id AS string) AS id, CAST(date AS string) AS paid_at, amount,
  CASE
    WHEN id IS NULL THEN 'no id'
    WHEN TRY_CAST(date AS timestamp) IS NULL THEN 'not a time'
    WHEN TRY_CAST(replace(replace(amount, '$', ''), ',', '') AS decimal(12, 2)) IS NULL THEN 'not an amount'
    ELSE 'came before'
  END AS reason
FROM (
  SELECT *, row_number() OVER (PARTITION BY id ORDER BY source_file, source_line) AS occurrence FROM transactions
) AS numbered
WHERE id IS NULL OR TRY_CAST(date AS timestamp) IS NULL OR occurrence > 1
  OR TRY_CAST(replace(replace(amount, '$', ''), ',', '') AS decimal(12, 2)) IS NULL

-- table: dim_customer
SELECT
  concat(CAST(customer_id AS string), '-1') AS customer_key, customer_id, age, gender, birth_year, per_capita_income,
  yearly_income, total_debt, credit_score, credit_cards, TIMESTAMP '0001-01-01 00:00:00' AS valid_from,
  CAST(NULL AS timestamp) AS valid_to, true AS is_current
FROM customers

-- table: dim_card
SELECT * FROM cards

-- table: dim_merchant_category
SELECT coalesce(known.mcc, seen.mcc) AS mcc, coalesce(known.description, 'Unknown') AS description
FROM merchant_categories AS known
FULL JOIN (SELECT DISTINCT mcc FROM payments WHERE mcc IS NOT NULL) AS seen ON known.mcc = seen.mcc

-- table: dim_date
SELECT
  day AS date_key, year(day) AS year, quarter(day) AS quarter, month(day) AS month, day(day) AS day_of_month,
  ${isodow} AS day_of_week, weekofyear(day) AS iso_week, ${isodow} >= 6 AS is_weekend
FROM (
  SELECT CAST(date_trunc('year', first_day) AS date) + CAST(n AS integer) AS day, last_day
  FROM (SELECT min(paid_at) AS first_day, CAST(max(paid_at) AS date) AS last_day FROM payments) AS span
  CROSS JOIN ${numbers}
) AS days
WHERE day <= last_day

-- table: fct_payments
SELECT
  p.payment_id, p.paid_at, CAST(p.paid_at AS date) AS date_key, c.customer_key, p.customer_id, p.card_id, p.mcc,
  p.merchant_id, p.merchant_city, p.merchant_state, p.merchant_country, p.channel, p.amount, p.amount < 0 AS is_refund,
  p.error, l.is_fraud
FROM payments AS p
LEFT JOIN dim_customer AS c
  ON c.customer_id = p.customer_id AND p.paid_at >= c.valid_from AND (c.valid_to IS NULL OR p.paid_at < c.valid_to)
LEFT JOIN fraud_labels AS l ON l.payment_id = p.payment_id

-- table: client_features
SELECT
  customer_id, ${counts}, sum(amount) AS amount_total, avg(CAST(amount AS double)) AS amount_mean,
  stddev_samp(CAST(amount AS double)) AS amount_deviation, max(amount) AS amount_max,
  count(DISTINCT merchant_id) AS merchants, CAST(count_if(channel = 'online') AS double) / count(*) AS online_rate,
  CAST(count_if(is_refund) AS double) / count(*) AS refund_rate,
  CAST(count_if(error IS NOT NULL) AS double) / count(*) AS error_rate, min(paid_at) AS first_paid_at,
  max(paid_at) AS last_paid_at
FROM fct_payments GROUP BY customer_id

-- table: card_features
SELECT
  c.card_id, c.customer_id, c.brand, c.kind, c.credit_limit, coalesce(f.payments, 0) AS payments,
  coalesce(f.labelled, 0) AS labelled, coalesce(f.frauds, 0) AS frauds, f.fraud_rate, f.amount_mean,
  f.amount_deviation, f.amount_max, coalesce(f.merchants, 0) AS merchants,
  CAST(f.amount_max AS double) / nullif(CAST(c.credit_limit AS double), 0) AS limit_use_max
FROM dim_card AS c
LEFT JOIN (
  SELECT
    card_id, ${counts}, avg(CAST(amount AS double)) AS amount_mean,
    stddev_samp(CAST(amount AS double)) AS amount_deviation, max(amount) AS amount_max,
    count(DISTINCT merchant_id) AS merchants
  FROM fct_payments GROUP BY card_id
) AS f ON f.card_id = c.card_id

-- table: daily_velocity
SELECT
  customer_id, date_key, count(*) AS payments, sum(amount) AS amount_total, count(DISTINCT merchant_id) AS merchants
FROM fct_payments GROUP BY customer_id, date_key

-- table: velocity
SELECT
  customer_id, count(*) AS active_days, avg(CAST(payments AS double)) AS payments_per_day_mean,
  max(payments) AS payments_per_day_max, avg(CAST(amount_total AS double)) AS amount_per_day_mean,
  max(amount_total) AS amount_per_day_max
FROM daily_velocity GROUP BY customer_id

-- table: customer_risk
SELECT
  c.customer_id, c.age, c.yearly_income, c.total_debt, c.credit_score, f.payments, f.frauds, f.fraud_rate,
  v.payments_per_day_max,
  CASE
    WHEN f.frauds >= 3 OR f.fraud_rate >= 0.5 THEN 'high'
    WHEN f.frauds >= 1 OR CAST(c.total_debt AS double) > 5 * CAST(c.yearly_income AS double) OR c.credit_score < 580
      THEN 'medium'
    ELSE 'low'
  END AS risk
FROM dim_customer AS c
JOIN client_features AS f ON f.customer_id = c.customer_id
JOIN velocity AS v ON v.customer_id = c.customer_id
WHERE c.is_current

-- table: fraud_by_channel
SELECT channel, ${counts}, avg(CAST(amount AS double)) AS amount_mean FROM fct_payments GROUP BY channel

-- table: fraud_by_month
SELECT year(paid_at) AS year, month(paid_at) AS month, ${counts}, sum(amount) AS amount_total
FROM fct_payments GROUP BY year(paid_at), month(paid_at)

-- table: fraud_by_state
SELECT
  coalesce(merchant_state, merchant_country, channel) AS place, merchant_state, ${counts}, sum(amount) AS amount_total
FROM fct_payments GROUP BY coalesce(merchant_state, merchant_country, channel), merchant_state

-- table: mcc_risk
SELECT m.mcc, m.description, ${counts}, avg(CAST(p.amount AS double)) AS amount_mean
FROM fct_payments AS p JOIN dim_merchant_category AS m ON m.mcc = p.mcc
GROUP BY m.mcc, m.description

-- table: time_distribution
SELECT hour(paid_at) AS hour_of_day, ${counts}, avg(CAST(amount AS double)) AS amount_mean
FROM fct_payments GROUP BY hour(paid_at)
