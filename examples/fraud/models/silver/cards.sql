-- One row for each card, as last loaded. Number and CVV stay in bronze; the last four digits tell cards apart.
SELECT
  CAST(id AS bigint) AS card_id,
  CAST(client_id AS bigint) AS customer_id,
  card_brand AS brand,
  card_type AS kind,
  substr(CAST(card_number AS varchar), -4) AS last_four,
  {{ month_year('expires') }} AS expires_month,
  {{ yes_no('has_chip') }} AS has_chip,
  CAST(num_cards_issued AS integer) AS cards_issued,
  {{ money('credit_limit') }} AS credit_limit,
  {{ month_year('acct_open_date') }} AS opened_month,
  CAST(year_pin_last_changed AS integer) AS pin_changed_year,
  {{ yes_no('card_on_dark_web') }} AS on_dark_web
FROM ({{ latest(source('bronze', 'cards'), 'id') }})
