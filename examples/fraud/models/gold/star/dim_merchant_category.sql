-- Every category that a payment names, known or not.
SELECT
  coalesce(known.mcc, seen.mcc) AS mcc,
  coalesce(known.description, 'Unknown') AS description
FROM {{ ref('merchant_categories') }} known
FULL JOIN (SELECT DISTINCT mcc FROM {{ ref('payments') }} WHERE mcc IS NOT NULL) seen ON known.mcc = seen.mcc
