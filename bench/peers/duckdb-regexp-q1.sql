-- The log as lines, each matched by a regular expression, as one does who knows that a line can be broken.
SELECT time_bucket(INTERVAL '1 minute', strptime(f.time, '%d/%b/%Y:%H:%M:%S')) AS minute, f.http_method, count(*) AS hits
FROM (SELECT regexp_extract(line, '^\S+ \S+ .*? \[([^ \]]+) [^\]]+\] "(\S+) (\S+)[^"]*" (\d{3})', ['time', 'http_method', 'target', 'status']) AS f
  FROM read_csv('LOG', delim = '\x01', quote = '', escape = '', header = false, auto_detect = false, columns = {'line': 'VARCHAR'}))
WHERE f.time <> '' GROUP BY ALL ORDER BY ALL
