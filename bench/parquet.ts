/**
 * `query` over Parquet: requests by status, with the sum of their bytes, and the same for a tenth of the time, which is in a few row
 * groups. DuckDB wrote the file and is the peer. Figures are rows a second of the whole file.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, compareOnCores, FIRST_RUNS, OUT, save } from './measure.ts'
import { duckdb } from './peers/duckdb.ts'

const ROWS = 5_000_000
const path = join(OUT, `requests-${ROWS}.parquet`)

/** Rows in order of time, a second each hundred. */
const MAKE = `COPY (
  SELECT TIMESTAMP '2026-03-01' + to_seconds(i // 100) AS ts, '10.0.' || (hash(i) % 256) || '.' || (hash(i + 1) % 64) AS host,
    '/item/' || (hash(i + 2) % 5000) AS path, (CASE WHEN hash(i + 3) % 20 = 0 THEN 404 ELSE 200 END)::INT AS status,
    (hash(i + 4) % 100000)::BIGINT AS body_bytes
  FROM range(${ROWS}) AS t(i)
) TO '${path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)`

const QUESTIONS = {
  all: 'SELECT status, COUNT(*) AS n, SUM(body_bytes) AS total FROM log GROUP BY status',
  texts: 'SELECT path, COUNT(*) AS n, MAX(host) AS h FROM log GROUP BY path',
  tenth: `SELECT status, COUNT(*) AS n, SUM(body_bytes) AS total FROM log
WHERE ts >= TIMESTAMP '2026-03-01 04:00:00' AND ts < TIMESTAMP '2026-03-01 05:24:00' GROUP BY status`,
} as const

const program = duckdb()
if (program !== undefined) {
  if (!existsSync(path)) execFileSync(program, ['-c', MAKE])
  for (const [name, sql] of Object.entries(QUESTIONS)) {
    const script = join(OUT, `duckdb-parquet-${name}.sql`)
    writeFileSync(script, `COPY (${sql.replace('FROM log', `FROM '${path}'`)}) TO '${join(OUT, 'duckdb.csv')}';\n`)
    const contenders: Contender[] = [
      {
        name: 'tailrace',
        uncounted: FIRST_RUNS,
        command: [process.execPath, 'dist/cli/main.cjs', 'query', sql, path, '-o', 'csv'],
      },
      { name: 'duckdb', command: [program, '-f', script] },
    ]
    save(`parquet-${name}`, compareOnCores(`Parquet, ${name}`, contenders, ROWS))
  }
}
