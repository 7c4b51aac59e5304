-- The log as CSV split at spaces: the fastest way DuckDB has.
SELECT host, max(hits) AS most FROM (
  SELECT host, count(*) OVER (
    PARTITION BY host ORDER BY ts RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW) AS hits
  FROM (SELECT host, strptime(time, '[%d/%b/%Y:%H:%M:%S') AS ts
    FROM read_csv('LOG', delim = ' ', quote = '"', escape = '\', header = false, ignore_errors = true, null_padding = true, auto_detect = false,
      columns = COLUMNS)))
GROUP BY host ORDER BY most DESC, host LIMIT 10
