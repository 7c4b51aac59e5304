/**
 * Groups by texts of many values, from file to result: hosts of an access log with a sum, two distinct counts, hosts per minute;
 * services per minute and distinct users of JSON lines. Against DuckDB, which reads the log as CSV. Then the memory of ten million
 * keys in one window.
 *
 * `node bench/groups.ts host distinct` runs two of them.
 */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { seededRandom } from '../src/base/random.ts'
import { inPieces, nasaLog } from './logs.ts'
import { type Contender, compareOnCores, FIRST_RUNS, type Figure, figure, OUT, race, save } from './measure.ts'
import { duckdb } from './peers/duckdb.ts'

const log = await nasaLog()
const JSON_LINES = 1_000_000
const KEYS = 10_000_000
const services = join(OUT, `services-${JSON_LINES}.ndjson`)
const keys = join(OUT, `keys-${KEYS}.csv`)

const random = seededRandom(1)
/** About 170 bytes: 600 services, 430,000 of them with a minute, 330,000 users. */
function serviceLine(line: number): string {
  const ts = new Date(Date.UTC(2024, 0, 1) + line * 50).toISOString()
  const user = Math.floor((random.below(1_000_000) / 1_000_000) ** 2 * 400_000)
  return `{"ts":"${ts}","service":"svc-${random.below(600).toString(36)}-api","user":"user-${user}","level":"info","status":200,"latency_ms":${random.below(2000)},"message":"request handled in shard ${random.below(64)}"}\n`
}

const CSV = `read_csv('${log.path}', delim = ' ', quote = '"', escape = '\\', header = false, ignore_errors = true, null_padding = true,
  auto_detect = false, columns = {${['host', 'ident', 'remote_user', 'time', 'zone', 'request', 'status', 'size'].map((name) => `'${name}': 'VARCHAR'`).join(', ')}})`
const JSON_ROWS = `read_ndjson('${services}', columns = {'ts': 'TIMESTAMP', 'service': 'VARCHAR', 'user': 'VARCHAR'})`
const MINUTE = `time_bucket(INTERVAL '1 minute', strptime(time, '[%d/%b/%Y:%H:%M:%S'))`

type Asked = { readonly path: string; readonly sql: string; readonly duckdb: string }

const QUESTIONS: Readonly<Record<string, Asked>> = {
  host: {
    path: log.path,
    sql: 'SELECT host, COUNT(*) AS hits, SUM(body_bytes) AS total FROM log GROUP BY host',
    duckdb: `SELECT host, count(*), sum(TRY_CAST(size AS BIGINT)) FROM ${CSV} GROUP BY ALL`,
  },
  distinct: {
    path: log.path,
    sql: 'SELECT COUNT(DISTINCT host) AS hosts, COUNT(DISTINCT path) AS paths FROM log',
    duckdb: `SELECT count(distinct host), count(distinct split_part(request, ' ', 2)) FROM ${CSV}`,
  },
  minute: {
    path: log.path,
    sql: 'SELECT FLOOR(ts TO MINUTE) AS m, host, COUNT(*) AS hits FROM log GROUP BY FLOOR(ts TO MINUTE), host',
    duckdb: `SELECT ${MINUTE} AS m, host, count(*) FROM ${CSV} GROUP BY ALL`,
  },
  service: {
    path: services,
    sql: 'SELECT FLOOR(ts TO MINUTE) AS m, service, COUNT(*) AS requests FROM log GROUP BY FLOOR(ts TO MINUTE), service',
    duckdb: `SELECT time_bucket(INTERVAL '1 minute', ts) AS m, service, count(*) FROM ${JSON_ROWS} GROUP BY ALL`,
  },
  users: {
    path: services,
    sql: 'SELECT COUNT(DISTINCT `user`) AS users FROM log',
    duckdb: `SELECT count(distinct "user") FROM ${JSON_ROWS}`,
  },
}

const tailrace = (sql: string, path: string, format: string): Contender => ({
  name: 'tailrace',
  uncounted: FIRST_RUNS,
  command: [process.execPath, 'dist/cli/main.cjs', 'query', sql, path, '--format', format, '-o', 'csv'],
})

async function contendersOf(name: string, { path, sql, duckdb: text }: Asked): Promise<Contender[]> {
  const own = tailrace(sql, path, path === services ? 'json' : 'common')
  const program = duckdb()
  if (program === undefined) return [own]
  const script = join(OUT, `duckdb-groups-${name}.sql`)
  await writeFile(script, `COPY (${text}) TO '${join(OUT, 'duckdb.csv')}';\n`)
  return [own, { name: 'duckdb', command: [program, '-f', script] }]
}

if (!existsSync(services)) await writeFile(services, inPieces(JSON_LINES, serviceLine))
const chosen = process.argv.slice(2)
const figures: Figure[] = []
for (const [name, asked] of Object.entries(QUESTIONS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const lines = asked.path === services ? JSON_LINES : log.lines
  figures.push(...compareOnCores(`groups: ${name}`, await contendersOf(name, asked), lines))
}
if (chosen.length === 0 || chosen.includes('keys')) {
  // Keys of twenty bytes: a session, say.
  const keyLine = (line: number) => `session-${(line * 7919) % KEYS}-${String(line % 97).padStart(4, '0')}\n`
  if (!existsSync(keys)) await writeFile(keys, inPieces(KEYS, keyLine))
  const sql = 'SELECT COUNT(*) AS sessions FROM (SELECT line, COUNT(*) AS c FROM log GROUP BY line)'
  const [one] = race([{ ...tailrace(sql, keys, 'lines'), uncounted: 0 }], 1, 1)
  const bytes = ((one?.peakMiB ?? 0) * 2 ** 20) / KEYS
  console.log(`\n${KEYS} keys in one window: ${one?.peakMiB.toFixed(0)} MiB in all, ${bytes.toFixed(0)} bytes a key`)
  figures.push(figure('memory of a process with 10 million keys', bytes, 'bytes/key'))
}
save('groups', figures)
