-- The tables that generated statements read: every type that Iceberg can hold, with nulls and extremes.
CREATE TABLE things AS
SELECT
    k AS id,
    CASE WHEN k % 11 = 0 THEN NULL WHEN k % 7 = 0 THEN BIGINT '1000000000000' + k ELSE k * 37 % 50 - 20 END AS n,
    CAST(CASE WHEN k % 9 = 0 THEN NULL ELSE k % 5 END AS bigint) AS few,
    CAST(CASE WHEN k % 8 = 0 THEN NULL WHEN k = 13 THEN 2147483647 ELSE k * 1009 % 997 - 400 END AS integer) AS i,
    CAST(CASE WHEN k % 10 = 0 THEN NULL ELSE (k * 7919 % 100000 - 50000) / DECIMAL '100.00' END AS decimal(10, 2)) AS price,
    CAST(CASE WHEN k % 12 = 0 THEN NULL ELSE k * DECIMAL '123456789012.345678' END AS decimal(38, 6)) AS wide,
    CASE WHEN k % 13 = 0 THEN NULL WHEN k = 20 THEN nan() WHEN k = 21 THEN infinity() WHEN k = 22 THEN -infinity()
         ELSE (k * 31 % 17 - 8) / 4e0 END AS d,
    CAST(CASE WHEN k % 14 = 0 THEN NULL ELSE (k * 13 % 19 - 9) / 8e0 END AS real) AS r,
    CASE k % 4 WHEN 0 THEN NULL ELSE k % 4 = 1 END AS flag,
    element_at(ARRAY['alpha', 'Beta', '', 'gamma ray', 'Zürich', '100%', '  padded ', 'ß', '42', '2020-02-29', 'delta-9', 'ALPHA', NULL, 'a_b', '日本'], CAST(k % 15 + 1 AS integer)) AS s,
    element_at(ARRAY['x', 'y', NULL, 'z'], CAST(k % 4 + 1 AS integer)) AS code,
    CASE WHEN k % 6 = 0 THEN NULL ELSE from_hex(lpad(to_base(k * 7919, 16), 8, '0')) END AS bin,
    CASE WHEN k % 5 = 0 THEN NULL ELSE CAST('12151fd2-7586-11e9-8f9e-2a86e40' || lpad(to_base(k, 16), 5, '0') AS uuid) END AS uid,
    CASE WHEN k % 7 = 3 THEN NULL ELSE date_add('day', k * 997 % 40000 - 10000, DATE '1990-02-28') END AS day,
    CASE WHEN k % 9 = 4 THEN NULL ELSE date_add('second', k * 7001 % 86400, TIME '00:00:00.123456') END AS tm,
    CASE WHEN k % 8 = 5 THEN NULL ELSE date_add('second', k * 86399 * 211 - 500000000, TIMESTAMP '1980-01-31 22:58:59.654321') END AS ts,
    CASE WHEN k % 10 = 6 THEN NULL ELSE date_add('hour', k * 1999, TIMESTAMP '2015-03-29 00:30:00.000001 UTC') END AS tz,
    CASE k % 5 WHEN 0 THEN NULL WHEN 1 THEN CAST(ARRAY[] AS array(bigint)) WHEN 2 THEN ARRAY[k, NULL, 3] ELSE ARRAY[k % 3, 7, k % 3] END AS arr,
    CASE k % 4 WHEN 0 THEN NULL WHEN 1 THEN CAST(ARRAY['b', NULL, 'a'] AS array(varchar)) ELSE CAST(ARRAY['v' || CAST(k % 6 AS varchar)] AS array(varchar)) END AS names,
    CASE k % 6 WHEN 0 THEN NULL WHEN 1 THEN CAST(MAP() AS map(varchar, bigint)) ELSE CAST(MAP(ARRAY['a', 'k' || CAST(k % 3 AS varchar)], ARRAY[k, NULL]) AS map(varchar, bigint)) END AS attrs,
    CASE k % 7 WHEN 0 THEN NULL ELSE CAST(ROW(k % 10, 'y' || CAST(k AS varchar)) AS row(x integer, y varchar)) END AS rec
FROM UNNEST(sequence(BIGINT '1', BIGINT '60')) AS u(k);

CREATE TABLE small AS
SELECT * FROM (VALUES BIGINT '0', BIGINT '2', BIGINT '3', BIGINT '17', NULL) AS t(n_key);

CREATE TABLE nothing AS SELECT * FROM things WHERE false
