-- One row for each merchant category code.
SELECT CAST("key" AS integer) AS mcc, "value" AS description
FROM ({{ latest(source('bronze', 'mcc_codes'), '"key"') }})
