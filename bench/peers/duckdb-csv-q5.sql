-- The log as CSV split at spaces: the fastest way DuckDB has.
SELECT min(ts) AS window_start, max(ts) + INTERVAL 30 MINUTE AS window_end, host, count(*) AS hits, sum(bytes) AS traffic FROM (
  SELECT host, ts, bytes, sum(begins) OVER (PARTITION BY host ORDER BY ts ROWS UNBOUNDED PRECEDING) AS session FROM (
    SELECT host, ts, bytes, CASE WHEN ts - lag(ts) OVER (PARTITION BY host ORDER BY ts) <= INTERVAL 30 MINUTE THEN 0 ELSE 1 END AS begins
    FROM (SELECT host, strptime(time, '[%d/%b/%Y:%H:%M:%S') AS ts, try_cast(size AS BIGINT) AS bytes
      FROM read_csv('LOG', delim = ' ', quote = '"', escape = '\', header = false, ignore_errors = true, null_padding = true, auto_detect = false,
        columns = COLUMNS))))
GROUP BY host, session ORDER BY window_end, window_start, host
