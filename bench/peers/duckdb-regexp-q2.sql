SELECT bucket, path, hits FROM (
  SELECT bucket, path, hits, row_number() OVER (PARTITION BY bucket ORDER BY hits DESC, path) AS rank FROM (
    SELECT time_bucket(INTERVAL '5 minutes', strptime(f.time, '%d/%b/%Y:%H:%M:%S')) AS bucket, split_part(f.target, '?', 1) AS path, count(*) AS hits
    FROM (SELECT regexp_extract(line, '^\S+ \S+ .*? \[([^ \]]+) [^\]]+\] "(\S+) (\S+)[^"]*" (\d{3})', ['time', 'http_method', 'target', 'status']) AS f
      FROM read_csv('LOG', delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {'line': 'VARCHAR'}))
    WHERE f.time <> '' GROUP BY ALL))
WHERE rank <= 3 ORDER BY bucket, rank
