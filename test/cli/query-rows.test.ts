/** The queries of a run by HTTP, by the real command line: rows in pages, as events and as files, and the records behind a row. */
import { expect, test } from 'vitest'
import type { RecordsBehind } from '../../src/server/api/queries.ts'
import type { OpenRowsEvent, ResultRows, RowsEvent } from '../../src/server/api/rows.ts'
import { accessLine, accessLines, DAY } from '../access-line.ts'
import { type Folder, folderWith, send } from './tailrace.ts'

const PIPELINE = `version: 1
name: demo
sources:
  log: { tcp: 127.0.0.1:0, to: access }
topics:
  access: { format: common, watermark: ts - INTERVAL '5' SECOND }
queries:
  paths: { count: { by: path, every: 60s, from: access } }
  exact: |
    SELECT window_start, window_end, 9223372036854775807 AS big, '=1+1' AS formula, COUNT(*) AS n
    FROM TABLE(TUMBLE(TABLE access, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end
  total:
    sql: SELECT path, COUNT(*) AS n FROM access GROUP BY path
    state: { ttl: forever }
    changes: { records: 1 }
`
const API = '/api/v1/queries'

type Asked = { readonly status: number; readonly text: string; readonly headers: Headers }

async function started(folder: Folder) {
  const running = folder.start('run', 'p.yaml', '--listen', '127.0.0.1:0')
  const port = await running.port(/^dashboard: https?:/)
  const url = `http://127.0.0.1:${port}`
  const ask = async (path: string, init?: RequestInit): Promise<Asked> => {
    const response = await fetch(url + path, init)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
  const get = async <T>(path: string): Promise<T> => JSON.parse((await ask(path)).text) as T
  const into = await running.port(/^demo runs:/)
  return { running, url, ask, get, sends: (lines: string | Uint8Array) => send(into, lines) }
}

/** Asks until the answer fits; what is asked for comes by itself. */
async function once<T>(ask: () => Promise<T>, fits: (got: T) => boolean): Promise<T> {
  for (;;) {
    const got = await ask()
    if (fits(got)) return got
  }
}

type Event = { readonly event: string; readonly id: string | undefined; readonly data: unknown }

/** Events of an address until one fits. */
async function eventsUntil(url: string, fits: (event: Event) => boolean, headers: Record<string, string> = {}) {
  const abort = new AbortController()
  const { body } = await fetch(url, { headers, signal: abort.signal })
  const events: Event[] = []
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const whole = (text + chunk).split('\n\n')
    text = whole.pop() ?? ''
    for (const block of whole) {
      const part = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1]
      const data = part('data')
      if (data === undefined) continue
      const event = { event: part('event') ?? '', id: part('id'), data: JSON.parse(data) as unknown }
      events.push(event)
      if (!fits(event)) continue
      abort.abort()
      return events
    }
  }
  throw new Error('the events have ended')
}

const rowsIn = (events: readonly Event[]) =>
  events.flatMap(({ event, data }) => (event === 'rows' ? (data as RowsEvent).rows : []))

test('rows in pages, as events that go on where they were cut off, and as files', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const { running, url, ask, get, sends } = await started(folder)
  const { items } = await get<{ readonly items: readonly { readonly name: string }[] }>(API)
  expect(items.map(({ name }) => name)).toEqual(['paths', 'exact', 'total'])
  expect(await get(`${API}/paths`)).toMatchObject({
    topic: 'demo.paths',
    shortForm: 'count: { by: path, every: 1m, from: access }',
    sql: expect.stringMatching(/^SELECT window_start, window_end, path, COUNT\(\*\) AS hits\n/),
    rowKey: ['window_start', 'window_end', 'path'],
    window: { kind: 'tumble', sizeMs: 60_000 },
    isChanging: false,
    withoutRecords: null,
  })
  expect(await get(`${API}/total`)).toMatchObject({
    isChanging: true,
    withoutRecords: expect.stringContaining('changes'),
  })

  await sends(accessLines(60 * 10 + 7))
  const all = await once(
    () => get<ResultRows>(`${API}/paths/rows`),
    ({ rows }) => rows.length === 10,
  )
  expect(all).toMatchObject({ older: null, newer: '0:10', hasNewer: false })
  const first = await get<ResultRows>(`${API}/paths/rows?limit=4`)
  expect(first.older).toBe('0:6')
  const second = await get<ResultRows>(`${API}/paths/rows?limit=100&before=${first.older}`)
  expect([...first.rows, ...second.rows]).toEqual(all.rows)
  expect((await get<ResultRows>(`${API}/paths/rows?after=0:8`)).rows).toEqual(all.rows.slice(0, 2))
  const span = 'since=1995-07-01T00:02&until=1995-07-01T00:04'
  expect((await get<ResultRows>(`${API}/paths/rows?${span}`)).rows).toEqual(all.rows.slice(6, 8))

  const came = await eventsUntil(`${url}${API}/paths/rows/events?after=0:7`, ({ id }) => id === '0:10')
  expect(rowsIn(came)).toEqual(all.rows.slice(0, 3).toReversed())
  // A client that was cut off goes on behind what it has seen; open windows are told from the start.
  const seen = { 'last-event-id': '0:9' }
  const more = eventsUntil(`${url}${API}/paths/rows/events`, ({ id }) => id === '0:11', seen)
  await sends(accessLines(53 + 9, DAY + 607_000))
  const gone = await more
  expect(rowsIn(gone).map(({ offset }) => offset)).toEqual([9, 10])
  const open = gone.flatMap(({ event, data }) => (event === 'open' ? (data as OpenRowsEvent) : []))
  expect(open[0]).toMatchObject({
    rows: [{ window_start: '1995-07-01T00:10:00.000', path: '/a' }],
    more: 0,
    hidden: null,
  })

  // One that has seen more rows than there are knew a topic that has been made anew since.
  const anew = { 'last-event-id': '0:5000' }
  const fresh = await eventsUntil(`${url}${API}/paths/rows/events`, ({ event }) => event === 'rows', anew)
  expect(rowsIn(fresh).map(({ offset }) => offset)).toEqual([...Array(11).keys()])

  expect((await ask(`${API}/paths/rows.csv?${span}`)).text).toBe(
    `window_start,window_end,path,hits\n${['2', '3'].map((minute) => `1995-07-01T00:0${minute}:00.000,1995-07-01T00:0${Number(minute) + 1}:00.000,/a,60\n`).join('')}`,
  )
  const csv = await ask(`${API}/exact/rows.csv?${span}`)
  expect(csv.headers.get('content-disposition')).toContain('exact.csv')
  // What is in a cell is what the row has: DuckDB reads it back as it was.
  expect(csv.text.split('\n')[1]).toBe('1995-07-01T00:02:00.000,1995-07-01T00:03:00.000,9223372036854775807,=1+1,60')
  const json = await ask(`${API}/exact/rows?limit=1`)
  expect(json.text).toContain('"big":9223372036854775807,')
  await running.stop()
})

test('of an answer that changes the file has each key once, as it is now', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const { running, ask, get, sends } = await started(folder)
  await sends(
    [1, 2, 3, 4].map((second) => accessLine(DAY + 1000 * second, { path: second === 2 ? '/b' : '/a' })).join(''),
  )
  const { rows } = await once(
    () => get<ResultRows>(`${API}/total/rows`),
    (page) => page.rows.some(({ row }) => row?.n === 3),
  )
  expect(rows.length).toBeGreaterThan(2)
  const lines = (await ask(`${API}/total/rows.ndjson`)).text.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line)).sort((a, b) => a.n - b.n)).toEqual([
    { path: '/b', n: 1 },
    { path: '/a', n: 3 },
  ])
  await running.stop()
})

test('the records behind a row are those that were counted: not the late ones, and those too after a backfill', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const { running, get, ask, sends } = await started(folder)
  const odd = accessLine(DAY + 30_000, { path: '/odd' }).replace('host', 'h\xFFst')
  const late = accessLine(DAY + 31_000, { path: '/odd', bytes: 99 })
  await sends(accessLines(30))
  await sends(Buffer.from(odd, 'latin1'))
  await sends(accessLines(90, DAY + 31_000) + late + accessLines(60, DAY + 121_000))
  const { rows } = await once(
    () => get<ResultRows>(`${API}/paths/rows`),
    (page) => page.rows.length >= 3,
  )
  const place = (path: string, page = rows) => {
    const found = page.find(({ row }) => row?.path === path && row.window_start === '1995-07-01T00:00:00.000')
    return `partition=${found?.partition}&offset=${found?.offset}`
  }
  const records = (at: string) => get<RecordsBehind>(`${API}/paths/records?${at}`)
  const found = await records(place('/odd'))
  expect(found).toMatchObject({ topic: 'access', count: 1, late: 1, missing: null })
  expect(found.records).toMatchObject([
    { partition: 0, offset: 30, isLatin1: true, cut: 0, text: expect.stringContaining('hÿst') },
  ])
  const many = await records(`${place('/a')}&limit=5`)
  expect(many).toMatchObject({ count: 59, late: 0 })
  expect(many.records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])

  await folder.tailrace('backfill', 'paths', '--for', '1995-07-01')
  const repaired = await once(
    () => get<ResultRows>(`${API}/paths/rows`),
    (page) => page.rows.some(({ row }) => row?.path === '/odd' && row.hits === 2),
  )
  expect(await records(place('/odd', repaired.rows))).toMatchObject({ count: 2, late: 0 })
  // The row from before stays in the topic, with what was counted then.
  expect(await records(place('/odd', rows))).toMatchObject({ count: 1, late: 1 })

  for (const [path, status, text] of [
    ['/nothing/rows', 404, 'there are: paths, exact, total'],
    ['/paths/rows?limit=0', 400, 'limit'],
    ['/paths/rows?before=here', 400, 'no place here: write PARTITION:OFFSET,… for partition 0'],
    ['/paths/rows?before=0:1&after=0:1', 400, 'either before or after'],
    ['/paths/rows?since=yesterday', 400, '2026-05-15T20:00:00Z'],
    ['/paths/rows/events?after=7:1', 400, 'no place here'],
    ['/paths/records?offset=999', 404, 'no row at partition 0, offset 999'],
    ['/paths/records?partition=3&offset=0', 404, 'no partition 3'],
    ['/total/records?offset=0', 409, 'the answer changes'],
  ] as const) {
    const answer = await ask(API + path)
    expect(answer, path).toMatchObject({ status, text: expect.stringContaining(text) })
  }
  await running.stop()
})
