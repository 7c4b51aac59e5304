/** What `tailrace watch --help` says behind its options. */
export const HELP = `
Examples:
  tailrace watch "SELECT window_start, status, COUNT(*) AS hits
    FROM TABLE(TUMBLE(TABLE log, DESCRIPTOR(ts), INTERVAL '1' MINUTE))
    GROUP BY window_start, window_end, status" access.log
  tailrace watch "SELECT path, COUNT(*) AS hits FROM log GROUP BY path" /var/log/nginx/access.log
  tailrace watch "SELECT ts, status, path FROM log WHERE status >= 500" --from end '/var/log/nginx/*.log'
  kubectl logs -f my-pod | tailrace watch "SELECT level, COUNT(*) AS n FROM log GROUP BY level" -
  tailrace watch "SELECT * FROM log WHERE status = 404" access.log -o ndjson | jq .path

Files are read from their beginning, and then as they grow, are rotated or cut; --from end leaves out what is there,
and --since 10m begins with the lines of that time. Nothing is kept on disk. Ctrl-C ends it.

On a terminal the latest windows are shown, and below them, marked, the one that is open. Into a pipe or a file go
only rows of windows that are closed, each at once. A window closes when a line comes that is --delay past its end, or
by the clock once nothing has come for --idle. An answer without a window (COUNT(*) … GROUP BY) changes: a terminal
shows it as it is now, a pipe gets each row that changed. A SELECT without either prints its rows as they come.
`
