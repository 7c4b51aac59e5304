/** JSON lines of about 150 bytes: a grouped count, against JSON.parse on every line and DuckDB. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { inPieces } from './logs.ts'
import { compareOnCores, OUT, save } from './measure.ts'
import { jsonContenders } from './peers/json-contenders.ts'

const LINES = 1_000_000
const path = join(OUT, `requests-${LINES}.ndjson`)

const random = seededRandom(1)
function lineOf(line: number): string {
  const ts = new Date(Date.UTC(2024, 0, 1) + line * 50).toISOString()
  const status = [200, 200, 200, 200, 304, 404, 500][random.below(7)]
  const host = `10.${random.below(4)}.${random.below(256)}.${random.below(256)}`
  return `{"ts":"${ts}","host":"${host}","path":"/products/${random.below(20_000)}/view","status":${status},"bytes":${random.below(100_000)},"user":{"id":${random.below(9_999_999)},"plan":"free"}}\n`
}

if (!existsSync(path)) await writeFile(path, inPieces(LINES, lineOf))
// A column may have a name that SQL reserves: it is written in backquotes.
const sql = 'SELECT status, COUNT(*) AS requests, SUM(`bytes`) AS total FROM log GROUP BY status'
const duckdbSql = `SELECT status, count(*), sum(bytes) FROM read_ndjson('${path}', columns = {'status': 'BIGINT', 'bytes': 'BIGINT'}) GROUP BY status`
const contenders = jsonContenders({ parse: 'parse', name: 'json', path, sql, duckdbSql })
save('json', compareOnCores('JSON lines', contenders, LINES))
