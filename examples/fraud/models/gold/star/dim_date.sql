-- Every day from the first payment's year to the last one's.
WITH span AS (
  SELECT date_trunc('year', CAST(min(paid_at) AS date)) AS first_day, CAST(max(paid_at) AS date) AS last_day
  FROM {{ ref('payments') }}
),
digits AS (
  SELECT * FROM (VALUES 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) AS t(n)
),
-- Ten thousand numbers, as many days as 27 years have.
days AS (
  SELECT date_add('day', 1000 * a.n + 100 * b.n + 10 * c.n + d.n, span.first_day) AS day, span.last_day
  FROM span, digits a, digits b, digits c, digits d
)
SELECT
  d.day AS date_key,
  year(d.day) AS year,
  quarter(d.day) AS quarter,
  month(d.day) AS month,
  day(d.day) AS day_of_month,
  day_of_week(d.day) AS day_of_week,
  week(d.day) AS iso_week,
  day_of_week(d.day) IN (6, 7) AS is_weekend
FROM days d
WHERE d.day <= d.last_day
