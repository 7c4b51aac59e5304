/** A column comes into a format, a view and a table of a real Cassandra, while logs come in and windows are open. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Cassandra, installedCassandra, startCassandra } from '../../scripts/services/cassandra/cassandra.ts'
import type { CqlSession } from '../../scripts/services/cassandra/session.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { isMissing } from './missing.ts'

const LIMIT_MS = 300_000
const lacking = await isMissing('Cassandra', installedCassandra)

const pipeline = (port: number, { format = '', view = '', table = '' } = {}) => `version: 1
name: ip
checkpoint: { interval: 200ms }
sources: { in: { file: in.log, to: ip_logs } }
topics:
  ip_logs:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), source_ip: STRING, port: INT${format} } } }
    watermark: ts
    require: { port in range: port BETWEEN 0 AND 65535 }
views:
  enriched: SELECT ts, source_ip, port, CASE WHEN port < 1024 THEN 'system' ELSE 'user' END AS range_of_port${view} FROM ip_logs
queries:
  logs: SELECT * FROM enriched
  seconds: |
    SELECT window_start, window_end, range_of_port, COUNT(*) AS logs
    FROM TABLE(TUMBLE(TABLE enriched, DESCRIPTOR(ts), INTERVAL '1' SECOND))
    GROUP BY window_start, window_end, range_of_port
sinks:
  seconds: { from: seconds, ndjson: seconds.ndjson }
  access:
    from: logs
    cassandra:
      contact_points: "127.0.0.1:${port}"
      keyspace: ip
      table: access_logs
      key: { partition: [source_ip], clustering: { ts: desc } }
      overwrites: accept
      columns: { source_ip: source_ip, ts: ts, port: port${table} }
`

/** Ten logs a second; every tenth has a port that no rule allows. */
const logs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => from + i)
    .map((n) => {
      const ts = new Date(Date.UTC(2026, 2, 1) + n * 100).toISOString()
      return `${JSON.stringify({ ts, source_ip: '10.0.0.1', port: n % 10 === 9 ? 70_000 : n, country: `c${n}` })}\n`
    })
    .join('')

const rowsUpTo = (count: number) => Array.from({ length: count }, (_, n) => n).filter((n) => n % 10 !== 9)

describe.skipIf(lacking)('a real Cassandra', { timeout: LIMIT_MS }, () => {
  let server: Cassandra
  let session: CqlSession
  beforeAll(async () => {
    server = await startCassandra()
    session = await server.session()
  }, LIMIT_MS)
  afterAll(async () => {
    await session?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  const stored = (columns: string) =>
    session.cql(`SELECT ${columns} FROM ip.access_logs`).then(
      (rows) => rows.toSorted((a, b) => Number(a.port) - Number(b.port)),
      () => [],
    )

  // Holds column-added.
  test('a column comes into the format, the view and the table, and nothing is lost or doubled', async () => {
    const folder = await makeFolder()
    await writeFile(join(folder, 'in.log'), logs(0, 205))
    await writeFile(join(folder, 'p.yaml'), pipeline(server.port))
    const child: ChildProcess = spawn(process.execPath, [PROGRAM, 'run', 'p.yaml'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    try {
      await expect.poll(() => stored('port'), { timeout: 60_000 }).toHaveLength(rowsUpTo(205).length)
      const more = { format: ', country: STRING', view: ', country', table: ', country: country' }
      await writeFile(join(folder, 'p.yaml'), pipeline(server.port, more))
      child.kill('SIGHUP')
      await expect.poll(() => said, { timeout: 60_000 }).toContain('reloaded p.yaml')
      expect(said).toContain('query seconds is changed and goes on with what it has counted')
      await appendFile(join(folder, 'in.log'), logs(205, 411))
      await expect.poll(() => stored('port, country'), { timeout: 60_000 }).toHaveLength(rowsUpTo(411).length)
    } finally {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    expect(await stored('port, country')).toEqual(
      rowsUpTo(411).map((port) => ({ port, country: port < 205 ? null : `c${port}` })),
    )
    const windows = (await readFile(join(folder, 'seconds.ndjson'), 'utf8')).trimEnd().split('\n')
    expect(windows.map((line) => JSON.parse(line).logs)).toEqual(new Array(41).fill(9))
  })
})
