/** Contenders for a question over a file of JSON lines: tailrace, JSON.parse in Node, and DuckDB where it is there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Contender, FIRST_RUNS, OUT } from '../measure.ts'
import { duckdb } from './duckdb.ts'

export type JsonQuestion = {
  /** Of the script of JSON.parse in this folder, `node-json-NAME.mjs`. */
  readonly parse: string
  /** Of the file that DuckDB gets, `duckdb-NAME.sql`. */
  readonly name: string
  readonly path: string
  /** The question to tailrace, whose table is `log`, and to DuckDB. */
  readonly sql: string
  readonly duckdbSql: string
}

export function jsonContenders({ parse, name, path, sql, duckdbSql }: JsonQuestion): Contender[] {
  const contenders: Contender[] = [
    {
      name: 'tailrace',
      command: [process.execPath, 'dist/cli/main.cjs', 'query', sql, path, '--format', 'json', '-o', 'csv'],
      uncounted: FIRST_RUNS,
    },
    { name: 'JSON.parse per line', command: [process.execPath, `bench/peers/node-json-${parse}.mjs`, path] },
  ]
  const program = duckdb()
  if (program === undefined) return contenders
  const script = join(OUT, `duckdb-${name}.sql`)
  writeFileSync(script, `${duckdbSql};\n`)
  return [...contenders, { name: 'duckdb (ndjson)', command: [program, '-f', script] }]
}
