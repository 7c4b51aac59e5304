/** The sink `influxdb` on a real InfluxDB and a real VictoriaMetrics: each point is there once, whatever breaks. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { debianProgram } from '../../scripts/services/debian.ts'
import { DATABASE, type Influxdb, startInfluxdb } from '../../scripts/services/influxdb/influxdb.ts'
import { installedInfluxdb } from '../../scripts/services/influxdb/install.ts'
import { startVictoriaMetrics, type VictoriaMetrics } from '../../scripts/services/victoriametrics.ts'
import { influxdb as type } from '../../src/sink/influxdb/influxdb.ts'
import { PROGRAM } from '../cli/tailrace.ts'
import { makeFolder } from '../contract/folder.ts'
import { deliveryOf } from '../contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../contract/sink.ts'
import { isMissing } from './missing.ts'
import { numbers, sorted, troubledSinkContract, writeLines } from './sink-trouble.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const LIMIT_MS = 300_000
const RUNS = 12
const lacking = await isMissing('InfluxDB', installedInfluxdb)
const lackingMetrics = await isMissing('VictoriaMetrics', () => debianProgram('victoriametrics'))

/** Each row has a tag of its own; the rows of the contract have their text as a name. */
const POINT = { tags: { id: { row_key: 'uuid' } }, fields: { text: 'text', size: 'size' }, time: 'ts' } as const

describe.skipIf(lacking)('a real InfluxDB', { timeout: LIMIT_MS }, () => {
  let server: Influxdb
  let proxy: TcpProxy
  beforeAll(async () => {
    server = await startInfluxdb()
    proxy = await startTcpProxy('127.0.0.1', server.port)
  }, LIMIT_MS)
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  const textsIn = async (measurement: string): Promise<readonly string[]> =>
    (await server.ask(`SELECT "text" FROM "${measurement}"`)).map(({ text }) => String(text))

  let places = 0
  /** A measurement of its own, through the proxy. */
  async function target(options: object = {}): Promise<SinkTarget & { readonly measurement: string }> {
    const measurement = `m ${++places}`
    const url = `http://127.0.0.1:${proxy.port}`
    return {
      measurement,
      options: { url, org: 'o', bucket: DATABASE, measurement, ...POINT, ...options },
      folder: await makeFolder(),
      stored: () => textsIn(measurement),
    }
  }

  describe('plain and packed', () => {
    sinkContract(type, 'rows', target, RUNS)
    deliveredSinkContract(type, () => target({ gzip: true, precision: 'ns' }), RUNS)
  })

  troubledSinkContract(type, () => target(), { proxy: () => proxy, runs: RUNS })

  for (const how of ['kill', 'pause'] as const) {
    const what = how === 'kill' ? 'is killed, and comes back' : 'is slow: it says nothing for seconds'
    // Promise influxdb-once: `influxdb` has each row as one point, whatever ends tailrace or the server.
    test(`the server ${what}`, async () => {
      const place = await target({ timeout: '1s' })
      await using sink = await openSinkAt(type, place)
      await writeLines(sink, 0, 2000)
      if (how === 'kill') await server.kill()
      else server.pause()
      const writing = writeLines(sink, 2000, 4000)
      await sleep(3000)
      if (how === 'kill') await server.restart()
      else server.resume()
      expect(await writing).toBeGreaterThan(0)
      expect(sorted(await textsIn(place.measurement))).toEqual(numbers(4000))
    })
  }

  test('every kind of text comes back as it was, as a tag and as a field', async () => {
    const texts = ['a b', 'a,b', 'a=b', '"q"', '\\n', 'C:\\x\\y', 'é\u{1f600}', '\t', "it's", 'a\\\\b', '#', '{}']
    const place = await target({ tags: { tag: 'text', 't,a=g k': 'text', id: { row_key: 'uuid' } } })
    await using sink = await openSinkAt(type, place)
    const refusal = await sink.write(
      deliveryOf(
        0,
        0,
        texts.map((text, i) => ({ text, time: i })),
      ),
    )
    expect(refusal).toBeUndefined()
    const rows = await server.ask(`SELECT "text", "tag", "t,a=g k" FROM "${place.measurement}"`)
    expect(rows.map(({ text, tag, 't,a=g k': other }) => [text, tag, other])).toEqual(
      texts.map((text) => [text, text, text]),
    )
    const odd = ['line\nbreak', 'end\\', 'c, "\n\\"']
    const fields = await target()
    await using plain = await openSinkAt(type, fields)
    await plain.write(
      deliveryOf(
        0,
        0,
        odd.map((text, i) => ({ text, time: i })),
      ),
    )
    expect(await textsIn(fields.measurement)).toEqual(odd)
  })

  test('points of another type, or beyond what the bucket keeps, are refused; the others are taken', async () => {
    const place = await target({ fields: { text: 'text', size: "IF(text = 'x', size, CAST(NULL AS BIGINT))" } })
    const body = `${place.measurement.replace(' ', '\\ ')} size="text" 0`
    expect((await fetch(`${server.url}/write?db=${DATABASE}`, { method: 'POST', body })).status).toBe(204)
    await using sink = await openSinkAt(type, place)
    const records = ['a', 'x', 'b'].map((text) => ({ text, time: 0 }))
    expect(await sink.write(deliveryOf(0, 0, records))).toEqual({
      kind: 'batch',
      reason: expect.stringMatching(
        /^field type conflict: input field "size" on measurement .* already exists as type string$/,
      ),
    })
    expect(await sink.write(deliveryOf(0, 1, records.slice(1, 2)))).toMatchObject({ kind: 'rows', rows: [{ row: 0 }] })
    expect([...(await textsIn(place.measurement))].sort()).toEqual(['a', 'b'])
    await server.ask('CREATE DATABASE "short" WITH DURATION 1h NAME "autogen"')
    const short = await target({ bucket: 'short/autogen' })
    await using old = await openSinkAt(type, short)
    const now = Date.now()
    const aged = [now, now - 7_200_000].map((time, i) => ({ text: `${i}`, time }))
    expect(await old.write(deliveryOf(0, 0, aged))).toEqual({
      kind: 'batch',
      reason: 'points beyond retention policy',
    })
    expect(await old.write(deliveryOf(0, 1, aged.slice(1)))).toEqual({
      kind: 'rows',
      rows: [{ row: 0, reason: 'points beyond retention policy' }],
    })
    expect((await server.ask('SELECT "text" FROM /m/', 'short')).map(({ text }) => text)).toEqual(['0'])
  })

  test('a bucket that is not there is said at the start, and by check --connect', async () => {
    const place = await target({ bucket: 'nope' })
    await expect(openSinkAt(type, place)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('there is no bucket nope in InfluxDB at'),
      hint: expect.stringContaining('CREATE DATABASE "nope"'),
    })
    const folder = await pipeline(
      'look',
      1,
      `{ url: "${server.url}", bucket: nope, measurement: m, overwrites: accept }`,
    )
    const { code, output } = await cli(folder, 'check', '--connect', 'p.yaml')
    expect(code).not.toBe(0)
    expect(output).toContain('there is no bucket nope')
  })

  /** A folder with lines that have a number, and a pipeline that writes them as points. */
  async function pipeline(name: string, lines: number, options: string): Promise<string> {
    const folder = await makeFolder()
    const text = numbers(lines).map((line) => JSON.stringify({ ts: '2026-03-01T12:00:00Z', n: line }))
    await writeFile(join(folder, 'in.log'), `${text.join('\n')}\n`)
    await writeFile(
      join(folder, 'p.yaml'),
      `version: 1
name: ${name}
checkpoint: { interval: 200ms }
sources: { lines: { file: in.log, to: all } }
topics: { all: { partitions: 2, watermark: ts, format: { json: { columns: { ts: TIMESTAMP_LTZ(3), n: STRING } } } } }
sinks: { points: { from: all, influxdb: ${options} } }
`,
    )
    return folder
  }

  async function cli(folder: string, ...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk
      })
    }
    const [code] = await once(child, 'close')
    return { code: code as number, output }
  }

  test('a pipeline that is killed again and again leaves each line as one point', async () => {
    const lines = 40_000
    const options = `{ url: "${server.url}", bucket: ${DATABASE}, measurement: killed, tags: { id: { row_key: uuid } }, fields: { text: n } }`
    const folder = await pipeline('killed', lines, options)
    const written = async () =>
      Number(((await server.ask('SELECT COUNT("text") FROM killed')) as { count: number }[])[0]?.count ?? 0)
    for (let round = 0; round < 6; round++) {
      const child = spawn(process.execPath, [PROGRAM, 'run', 'p.yaml'], { cwd: folder, stdio: 'ignore' })
      const exited = once(child, 'exit')
      // By what is there, so that each is killed in the middle of its work, however fast it is.
      const until = performance.now() + 30_000
      while ((await written()) <= (round * lines) / 6 && performance.now() < until) await sleep(5)
      child.kill('SIGKILL')
      await exited
    }
    expect(await written()).toBeGreaterThan(0)
    expect((await cli(folder, 'run', 'p.yaml', '--until-end')).code).toBe(0)
    expect(sorted(await textsIn('killed'))).toEqual(numbers(lines))
  })
})

describe.skipIf(lacking)('an InfluxDB with limits', { timeout: LIMIT_MS }, () => {
  const login = { username: 'admin', password: 'secret' }

  test('a body that is too large is written in halves, and a wrong token is named', async () => {
    await using server = await startInfluxdb({ login, http: ['max-body-size = 2000'] })
    const options = { url: server.url, bucket: DATABASE, measurement: 'm', ...POINT, token: 'admin:secret' }
    const place = { options, folder: await makeFolder() }
    const records = Array.from({ length: 100 }, (_, i) => ({ text: `${i}`, time: 0 }))
    {
      await using sink = await openSinkAt(type, place)
      expect(await sink.write(deliveryOf(0, 0, records))).toEqual({
        kind: 'batch',
        reason: expect.stringMatching(/^InfluxDB takes no body of .* \(413\)$/),
      })
      for (let from = 0; from < 100; from += 10) {
        expect(await sink.write(deliveryOf(0, from, records.slice(from, from + 10)))).toBeUndefined()
      }
      expect(await server.ask('SELECT COUNT("text") FROM m')).toMatchObject([{ count: 100 }])
    }
    for (const token of ['admin:other', undefined]) {
      await expect(openSinkAt(type, { ...place, options: { ...options, token } })).rejects.toMatchObject({
        code: 'denied',
        message: expect.stringContaining(`InfluxDB at ${server.url} does not know the \`token\``),
      })
    }
    await server.ask(`CREATE USER "reader" WITH PASSWORD 'r'`)
    await expect(openSinkAt(type, { ...place, options: { ...options, token: 'reader:r' } })).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining(`does not let this \`token\` write to bucket ${DATABASE}`),
    })
  })
})

describe.skipIf(lackingMetrics)('a real VictoriaMetrics', { timeout: LIMIT_MS }, () => {
  let server: VictoriaMetrics
  let proxy: TcpProxy
  beforeAll(async () => {
    server = await startVictoriaMetrics()
    proxy = await startTcpProxy('127.0.0.1', server.port)
  }, LIMIT_MS)
  afterAll(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await server?.stop()
  }, LIMIT_MS)

  let places = 0
  /** Series of its own. Texts are labels here: VictoriaMetrics keeps numbers alone, and takes the time 0 for now. */
  async function target(): Promise<SinkTarget> {
    const measurement = `m${++places}`
    const options = {
      url: `http://127.0.0.1:${proxy.port}`,
      bucket: 'b',
      measurement,
      time: 'TIMESTAMPADD(DAY, 10000, ts)',
      fields: { size: 'size' },
    }
    return {
      options: { ...options, tags: { id: { row_key: 'uuid' }, text: 'text' } },
      folder: await makeFolder(),
      stored: async () => (await server.points(`${measurement}_size`)).map(({ labels: { text = '' } }) => text),
    }
  }

  sinkContract(type, 'rows', target, RUNS)
  troubledSinkContract(type, () => target(), { proxy: () => proxy, runs: RUNS })

  test('labels have the texts of tags, and numbers are exact', async () => {
    const texts = ['a b', 'a,b', 'a=b', '"q"', 'C:\\x\\y', 'é\u{1f600}']
    const place = {
      ...(await target()),
      options: {
        url: server.url,
        bucket: 'b',
        measurement: 'v',
        tags: { t: 'text' },
        fields: { n: 'size' },
        time: 'ts',
        overwrites: 'accept',
      },
    }
    await using sink = await openSinkAt(type, place)
    await sink.write(
      deliveryOf(
        0,
        0,
        texts.map((text, i) => ({ text, time: 1_772_366_400_000 + i })),
      ),
    )
    const points = (await server.points('v_n')).toSorted((a, b) => a.time - b.time)
    expect(points.map(({ labels, time, value }) => [labels.t, time, value])).toEqual(
      texts.map((text, i) => [text, 1_772_366_400_000 + i, text.length]),
    )
  })
})
