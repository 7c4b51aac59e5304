SELECT bucket, path, hits FROM (
  SELECT bucket, path, hits, row_number() OVER (PARTITION BY bucket ORDER BY hits DESC, path) AS rank FROM (
    SELECT time_bucket(INTERVAL '5 minutes', strptime(time, '[%d/%b/%Y:%H:%M:%S')) AS bucket, split_part(split_part(request, ' ', 2), '?', 1) AS path, count(*) AS hits
    FROM read_csv('LOG', delim = ' ', quote = '"', escape = '\', header = false, ignore_errors = true, null_padding = true, auto_detect = false,
      columns = COLUMNS)
    GROUP BY ALL))
WHERE rank <= 3 ORDER BY bucket, rank
