SELECT card_id, customer_id, brand, kind, last_four, expires_month, has_chip, cards_issued, credit_limit, opened_month, pin_changed_year, on_dark_web
FROM {{ ref('cards') }}
