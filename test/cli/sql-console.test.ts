/** Statements that are asked of a run by HTTP: over what its topics keep, and over what comes in. */
import { expect, test } from 'vitest'
import { openEventReader } from '../../web/api/event-reader.ts'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { demo } from './demo.ts'
import { type Folder, folderWith, jsonOf, linesOf, type Running, send } from './tailrace.ts'

const TCP = demo('tcp: 127.0.0.1:0').replace('partitions: 2', 'partitions: 1')
const MINUTES = `SELECT window_start, path, COUNT(*) AS hits
  FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, path`

type Event = { readonly event: string; readonly data: unknown }
type Asking = {
  readonly running: Running
  readonly port: number
  ask(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }>
  /** All of an answer, as it is. */
  text(path: string, body: object): Promise<string>
  /** The events of an answer, until `enough` of them have come, or it ends. */
  events(path: string, body: object, enough?: (all: readonly Event[]) => boolean): Promise<readonly Event[]>
}

async function asking(folder: Folder): Promise<Asking> {
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const server = await running.port(/http:\/\/127/)
  const port = await running.port(/^demo runs:/)
  const post = (path: string, body: object, signal?: AbortSignal) =>
    fetch(`http://127.0.0.1:${server}/api/v1/sql/${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
      ...(signal && { signal }),
    })
  return {
    running,
    port,
    async ask(path, body) {
      const response = await post(path, body)
      return { status: response.status, body: await response.json() }
    },
    text: async (path, body) => await (await post(path, body)).text(),
    async events(path, body, enough = () => false) {
      const gone = new AbortController()
      const response = await post(path, body, gone.signal)
      expect(response.status).toBe(200)
      const reader = openEventReader()
      const all: Event[] = []
      for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        all.push(...reader.read(text).map(({ event, data }) => ({ event, data: JSON.parse(data) as unknown })))
        if (enough(all)) break
      }
      gone.abort()
      return all
    },
  }
}

const dataOf = (all: readonly Event[], event: string) => all.flatMap((one) => (one.event === event ? one.data : []))

/** Until the lines are in their topic. */
async function received({ events }: Asking, lines: number): Promise<void> {
  const sql = 'SELECT COUNT(*) AS n FROM access'
  while (JSON.stringify(dataOf(await events('run', { sql }), 'rows')) !== JSON.stringify([{ n: lines }]));
}

test('a statement over history has the rows of a report, however little is wanted', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const asked = await asking(folder)
  const { events, text, running, port } = asked
  await send(port, `${accessLines(130, DAY)}noise\n`)
  await received(asked, 130)
  const all = await events('run', { sql: `${MINUTES} ORDER BY window_start, path` })
  expect(all[0]).toMatchObject({
    event: 'columns',
    data: { columns: [{ name: 'window_start' }, {}, { name: 'hits' }] },
  })
  const report = await folder.tailrace('report', 'paths', '--for', '1995-07-01', '-o', 'ndjson')
  const streamed = jsonOf<{ window_start: string; path: string; hits: number }>(linesOf(report.stdout))
  const expected = streamed.map(({ window_start, path, hits }) => ({ window_start, path, hits }))
  expect(expected.length).toBeGreaterThan(2)
  expect(dataOf(all, 'rows')).toEqual(expected)
  expect(all.at(-1)).toEqual({
    event: 'end',
    data: { records: 131, rows: expected.length, undecodable: 1, failed: 0, isCut: false },
  })

  const long = await text('run', { sql: 'SELECT 9223372036854775807 AS big FROM access', limit: 1 })
  expect(long).toContain('\ndata: [{"big":9223372036854775807}]\n')

  const some = await events('run', { sql: 'SELECT host, ts FROM access', limit: 7 })
  expect(dataOf(some, 'rows')).toHaveLength(7)
  expect(some.at(-1)).toMatchObject({ event: 'end', data: { rows: 7, isCut: true } })

  const span = { since: '1995-07-01T00:01', until: '1995-07-01T00:02' }
  const minute = await events('run', { sql: 'SELECT COUNT(*) AS n FROM access', ...span })
  expect(dataOf(minute, 'rows')).toEqual([{ n: 60 }])
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('a live statement puts out the rows that the same query of the file does, and shows what is still open', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const asked = await asking(folder)
  const { events, running, port } = asked
  const hasOpen = (all: readonly Event[]) => dataOf(all, 'open').length > 0
  const live = events('live', { sql: MINUTES, from: 'earliest' }, hasOpen)
  await send(port, accessLines(200, DAY))
  const all = await live
  await received(asked, 200)
  const rows = dataOf(all, 'rows') as { readonly key: object; readonly row: { readonly hits: number } }[]
  expect(rows.map(({ row }) => row.hits).reduce((sum, hits) => sum + hits, 0)).toBe(180)
  const open = dataOf(all, 'open') as { readonly window_start: string; readonly hits: number }[]
  expect(open.map(({ window_start }) => window_start)).toContain('1995-07-01T00:03:00.000')
  const query = linesOf((await folder.tailrace('tap', 'paths')).stdout).map((line) => JSON.parse(line))
  expect(rows.map(({ row }) => row)).toEqual(
    query.map(({ window_start, path, hits }) => ({ window_start, path, hits })),
  )
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('an answer that changes comes with the key of each row', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const asked = await asking(folder)
  await send(asked.port, accessLine(DAY, { host: 'a' }) + accessLine(DAY + 60_000, { host: 'a' }))
  await received(asked, 2)
  const sql = 'SELECT host, COUNT(*) AS hits FROM access GROUP BY host'
  const hasRow = (all: readonly Event[]) => dataOf(all, 'rows').length > 0
  const all = await asked.events('live', { sql, from: 'earliest' }, hasRow)
  expect(all[0]).toMatchObject({ event: 'columns', data: { rowKey: ['host'], isChanging: true } })
  expect(dataOf(all, 'rows')[0]).toEqual({ key: { host: 'a' }, row: { host: 'a', hits: 1 } })
  expect(await asked.running.stop()).toMatchObject({ code: 0 })
})

test('mistakes are said with their places, and only tables of the pipeline can be read', async () => {
  using folder = folderWith({ 'p.yaml': TCP, 'secret.csv': 'a\nhidden\n' })
  const { ask, running } = await asking(folder)
  const wrong = await ask('check', { sql: 'SELECT hst, COUNT(*) AS n\nFROM access\nGROUP BY hst, hots' })
  expect(wrong.body).toMatchObject({
    result: null,
    problems: [
      { message: 'there is no column hst', hint: expect.stringContaining('host'), line: 1, column: 8, length: 3 },
      { message: 'there is no column hots', line: 3, column: 15 },
    ],
  })
  expect((await ask('check', { sql: 'SELECT COUNT(*) / 2 AS half FROM access' })).body).toMatchObject({
    problems: [],
    warnings: [{ line: 1, column: 8 }],
    result: { columns: [{ name: 'half', type: 'BIGINT' }], reads: ['access'] },
  })
  for (const table of ['`secret.csv`', "'secret.csv'", '`./secret.csv`', '`/etc/passwd`', 'TABLE(`secret.csv`)']) {
    for (const mode of ['history', 'live']) {
      const { body } = await ask('check', { sql: `SELECT * FROM ${table}`, mode })
      expect(body).toMatchObject({ result: null, problems: [{ message: expect.any(String) }] })
    }
    const { status, body } = await ask('run', { sql: `SELECT * FROM ${table}` })
    expect(status).toBe(400)
    expect(JSON.stringify(body)).not.toContain('hidden')
  }
  expect((await ask('check', { sql: '' })).status).toBe(400)
  expect((await ask('run', { sql: 'SELECT 1', limit: 1e9 })).status).toBe(400)
  expect((await ask('run', { sql: 'SELECT host FROM access', since: 'yesterday' })).body).toMatchObject({
    error: expect.stringContaining('"yesterday" is not a time'),
  })
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('a statement is explained, completed, and kept as lines of the pipeline file that check takes', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const { ask, running } = await asking(folder)
  expect((await ask('explain', { sql: MINUTES, mode: 'live' })).body).toMatchObject({
    text: expect.stringContaining('window   TUMBLE'),
  })
  expect((await ask('complete', { sql: 'SELECT ho FROM access', offset: 9 })).body).toMatchObject({
    start: 7,
    end: 9,
    items: expect.arrayContaining([expect.objectContaining({ label: 'host', kind: 'column' })]),
  })
  const kept = await ask('keep', { sql: `${MINUTES};  `, name: 'minutes' })
  const { yaml } = kept.body as { readonly yaml: string }
  folder.write('p.yaml', TCP.replace(/^queries:\n/m, yaml))
  expect(await folder.tailrace('check', 'p.yaml')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 queries'),
  })
  expect((await ask('keep', { sql: MINUTES, name: 'paths' })).status).toBe(409)
  expect((await ask('keep', { sql: MINUTES, name: 'a: b' })).status).toBe(400)
  expect(await running.stop()).toMatchObject({ code: 0 })
})

test('a run has seats for eight live statements; a client that goes away leaves its seat', async () => {
  using folder = folderWith({ 'p.yaml': TCP })
  const { ask, events, running } = await asking(folder)
  const seated = Promise.withResolvers<void>()
  let seats = 0
  const sit = async (): Promise<void> => {
    let isFirst = true
    await events('live', { sql: MINUTES }, () => {
      if (isFirst && ++seats === 8) seated.resolve()
      isFirst = false
      return hasLeft
    })
  }
  let hasLeft = false
  const all = Array.from({ length: 8 }, sit)
  await Promise.race([seated.promise, ...all])
  expect(await ask('live', { sql: MINUTES })).toMatchObject({
    status: 429,
    body: { error: expect.stringContaining('8 live statements run already') },
  })
  hasLeft = true
  await Promise.all(all)
  await sit()
  expect(await running.stop()).toMatchObject({ code: 0 })
})
