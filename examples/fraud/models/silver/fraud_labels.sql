-- One row for each payment about which something became known.
SELECT CAST("key" AS bigint) AS payment_id, {{ yes_no('"value"') }} AS is_fraud
FROM ({{ latest(source('bronze', 'fraud_labels'), '"key"') }})
