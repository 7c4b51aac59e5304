/** Finds the peer that is not in the PATH: DuckDB's command line comes from PyPI (`duckdb-cli`), see bench/install.sh. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../logs.ts'
import { type Contender, OUT } from '../measure.ts'

export function duckdb(): string | undefined {
  const own = 'bench/out/venv/bin/duckdb'
  if (existsSync(own)) return own
  console.warn('DuckDB is not there: run bench/install.sh')
  return undefined
}

/** A contender for each `duckdb-SCRIPT.sql` of this folder, over an access log; none if DuckDB is not there. */
export function duckdbContenders(scripts: readonly string[], log: Log): Contender[] {
  const program = duckdb()
  return program === undefined ? [] : scripts.map((script) => contender(program, script, log))
}

function contender(program: string, script: string, log: Log): Contender {
  const columns = [
    'host',
    'ident',
    'remote_user',
    'time',
    'zone',
    'request',
    'status',
    'size',
    ...(log.format === 'COMBINED' ? ['referer', 'agent'] : []),
  ]
  const sql = readFileSync(`bench/peers/duckdb-${script}.sql`, 'utf8')
    .replace(/^--.*\n/gm, '')
    .replace('LOG', log.path)
    .replace('COLUMNS', `{${columns.map((name) => `'${name}': 'VARCHAR'`).join(', ')}}`)
  const path = join(OUT, `duckdb-${script}.sql`)
  writeFileSync(path, `COPY (${sql}) TO '${join(OUT, 'duckdb.csv')}';\n`)
  return { name: `duckdb (${script.split('-')[0]})`, command: [program, '-f', path] }
}
