/** Finds the peers that are not in the PATH: DuckDB's command line comes from PyPI (`duckdb-cli`), see bench/install.sh. */
import { existsSync } from 'node:fs'

export function duckdb(): string | undefined {
  const own = 'bench/out/venv/bin/duckdb'
  if (existsSync(own)) return own
  console.warn('DuckDB is not there: run bench/install.sh')
  return undefined
}
