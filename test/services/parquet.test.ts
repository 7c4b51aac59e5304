/** Parquet where others read and keep it: the sink `parquet` on a real HDFS, and its files before the eyes of DuckDB. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Hdfs, startHdfs } from '../../scripts/services/hdfs/hdfs.ts'
import { installedJars } from '../../scripts/services/jars.ts'
import { Failure } from '../../src/base/failure.ts'
import type { WebHdfs } from '../../src/client/webhdfs/webhdfs.ts'
import { keptTexts, storedTexts } from '../../src/sink/parquet/kept-rows.test-tool.ts'
import { parquet } from '../../src/sink/parquet/parquet.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { type SinkTarget, sinkContract } from '../contract/sink.ts'
import { clientOf, filesIn } from './hdfs-files.ts'
import { isMissing, isNotBuilt } from './missing.ts'

const LIMIT_MS = 300_000
const LINES = 20_000
const run = promisify(execFile)
const lacking = await isMissing('HDFS', () => installedJars('hdfs'))

/** A folder with a log of which every tenth line is an error, and a pipeline with these sinks, which has run to the end. */
async function ranWith(sinks: string): Promise<string> {
  const folder = await makeFolder()
  const two = (value: number) => String(value).padStart(2, '0')
  const lines = Array.from({ length: LINES }, (_, i) => {
    const time = `${two(Math.floor(i / 3600))}:${two(Math.floor(i / 60) % 60)}:${two(i % 60)}`
    return `10.0.0.${i % 250} - - [01/Jul/1995:${time} +0000] "GET /ä/${i % 97} HTTP/1.0" ${i % 10 === 0 ? 404 : 200} ${i}\n`
  })
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'in.log'), lines.join(''))
  await writeFile(
    join(folder, 'p.yaml'),
    `version: 1
name: lake
sources: { lines: { file: in.log, to: access } }
topics: { access: { partitions: 2, format: common, watermark: ts } }
queries:
  typed: |
    SELECT ts, CAST(ts AS TIMESTAMP(3)) AS wall, CAST(ts AS DATE) AS on_day, path, status, body_bytes,
      CAST(body_bytes AS DECIMAL(20, 2)) AS money, status = 404 AS missing, body_bytes / CAST(7 AS DOUBLE) AS ratio,
      NULLIF(status, 404) AS fine, ARRAY[path, host] AS parts, MAP['path', path] AS by_name, ROW(host, status) AS both_of
    FROM access
${sinks}`,
  )
  await run(process.execPath, [PROGRAM, 'run', 'p.yaml', '--until-end'], { cwd: folder })
  return folder
}

const queried = async (folder: string, sql: string, files: string): Promise<unknown[]> => {
  const { stdout } = await run(process.execPath, [PROGRAM, 'query', sql, files, '-q', '-o', 'json'], { cwd: folder })
  return JSON.parse(stdout)
}

const TOTALS = 'SELECT COUNT(*) AS n, SUM(body_bytes) AS s, COUNT(fine) AS f FROM'
const EXPECTED = [{ n: LINES, s: (LINES * (LINES - 1)) / 2, f: LINES * 0.9 }]

describe.skipIf(lacking)('a real HDFS', { timeout: LIMIT_MS }, () => {
  let server: Hdfs
  let client: WebHdfs
  beforeAll(async () => {
    server = await startHdfs()
    client = clientOf(server.webhdfs)
  }, LIMIT_MS)
  afterAll(async () => {
    client?.close()
    await server?.stop()
  }, LIMIT_MS)

  let folders = 0
  async function target(): Promise<SinkTarget> {
    const folder = await makeFolder()
    const path = `/lake${++folders}`
    const find = () => filesIn(client, path)
    return {
      options: { hdfs: server.webhdfs, path: `${path}/day=%d`, roll_count: 3 },
      folder,
      stored: async () => storedTexts(await find()),
      kept: () => keptTexts(join(folder, '.scratch'), find),
    }
  }
  describe('the sink', () => sinkContract(parquet, 'rows', target, 4))

  test('a pipeline fills a lake, and query reads the parts of it that it needs', async () => {
    const { webhdfs } = server
    const folder = await ranWith(
      `sinks: { lake: { from: typed, parquet: { hdfs: "${webhdfs}", path: "/lake/day=%Y-%m-%d/hour=%H", row_group: 500 } } }\n`,
    )
    const lake = `${webhdfs.replace('http://', 'hdfs://')}/lake/*/*/*.parquet`
    expect(await queried(folder, `${TOTALS} log`, lake)).toEqual(EXPECTED)
    const hours = 'SELECT `hour`, COUNT(*) AS n FROM log WHERE `hour` >= 4 AND body_bytes < 15000 GROUP BY `hour`'
    expect(await queried(folder, hours, lake)).toEqual([{ hour: 4, n: 600 }])
  })
})

const DUCKDB = 'bench/out/venv/bin/duckdb'
const noDuckdb = isNotBuilt('DuckDB', () => {
  if (!existsSync(DUCKDB)) throw new Failure('not-found', `${DUCKDB} is not there`, { hint: 'Run bench/install.sh.' })
})

describe.skipIf(noDuckdb)('DuckDB', { timeout: LIMIT_MS }, () => {
  test.for(['snappy', 'zstd', 'gzip', 'none'])('reads what the sink wrote: %s', async (compression) => {
    const folder = await ranWith(
      `sinks: { lake: { from: typed, parquet: { path: "lake/day=%Y-%m-%d/hour=%H", row_group: 700, compression: ${compression} } } }\n`,
    )
    const duckdb = async (sql: string): Promise<unknown[]> =>
      JSON.parse((await run(DUCKDB, ['-json', '-c', `SET TimeZone = 'UTC'; ${sql}`])).stdout)
    const files = `read_parquet('${folder}/lake/**/*.parquet')`
    expect(await duckdb(TOTALS.replace('SUM(body_bytes)', 'SUM(body_bytes)::BIGINT').concat(` ${files}`))).toEqual(
      EXPECTED,
    )
    const columns = `strftime(ts, '%Y-%m-%dT%H:%M:%SZ') AS ts, strftime(wall, '%Y-%m-%dT%H:%M:%S') AS wall, CAST(on_day AS VARCHAR) AS on_day, path,
      status, body_bytes, CAST(money AS VARCHAR) AS money, missing, ratio, fine, parts, by_name, both_of`
    const rows = await duckdb(`SELECT ${columns} FROM ${files} WHERE body_bytes < 40 ORDER BY body_bytes`)
    const own = (await queried(
      folder,
      'SELECT CAST(ts AS TIMESTAMP_LTZ(3)) AS ts, wall, on_day, path, status, body_bytes, CAST(money AS STRING) AS money, missing, ratio, fine, parts, by_name, both_of FROM log WHERE body_bytes < 40 ORDER BY body_bytes',
      'lake/*/*/*.parquet',
    )) as { ts: string; wall: string }[]
    expect(rows).toEqual(
      own.map((row) => ({ ...row, ts: row.ts.replace('.000', ''), wall: row.wall.replace('.000', '') })),
    )
    expect(rows).toHaveLength(40)
    // Its bounds are those of its values: DuckDB leaves out row groups by them.
    expect(
      await duckdb(`SELECT COUNT(*) AS n FROM ${files} WHERE body_bytes BETWEEN 7000 AND 7009 AND path >= '/ä/'`),
    ).toEqual([{ n: 10 }])
  })
})
