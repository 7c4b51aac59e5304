/** Reports by HTTP: when they are due, runs of past days that are shown or delivered, their rows, and what is refused. */
import { expect, test } from 'vitest'
import { pipelineStatus } from '../../src/run/status/schema.ts'
import type { ReportRunView, ReportView } from '../../src/server/api/reports.ts'
import { reportRows, reportRunView, reportView } from '../../src/server/reports/view.ts'
import { page } from '../../src/server/routes/route.ts'
import { accessLine } from '../access-line.ts'
import { type Serving, serving } from './serving.ts'
import { folderWith, send } from './tailrace.ts'

const PIPELINE = `version: 1
name: p
timezone: Europe/Berlin
sources: { in: { tcp: 127.0.0.1:0, to: log } }
topics:
  log: { format: common, watermark: ts - INTERVAL '5' SECOND, max_ahead: never, idle: never }
reports:
  day: { top: { count: 2, of: path, by: COUNT(*), from: log }, at: "0 20 1 * *", span: 1d }
  all: SELECT path, body_bytes FROM log
sinks: { out: { from: day, csv: { path: day.csv, header: false } } }
`

/** Midnight in Berlin, in winter. */
const DAY = Date.UTC(2025, 0, 14, 23)
const path = (at: number, name: string) => accessLine(at, { path: name })
const LINES =
  path(DAY - 1, '/before') + ['/a', '/a', '/b', '/c', '/c', '/c'].map((name) => path(DAY + 60_000, name)).join('')

const runs = '/api/v1/reports/day/runs'

/** Asks for a run until it has ended. */
async function ended(api: Serving, report: string, body: object): Promise<ReportRunView> {
  const begun = reportRunView.parse(await api.post(`/api/v1/reports/${report}/runs`, body))
  for (;;) {
    const run = reportRunView.parse(await api.get(`/api/v1/reports/${report}/runs/${begun.id}`))
    if (run.endedAt !== null) return run
  }
}

/** Resolves when the log has this number of records. */
async function logged(api: Serving, records: number): Promise<void> {
  for (;;) {
    const { topics } = pipelineStatus.parse(await api.get('/api/v1/status'))
    if (topics.find(({ name }) => name === 'log')?.records === records) return
  }
}

const parsed = (answer: unknown): readonly ReportView[] => page(reportView).parse(answer).items

test('reports of a past day are shown, and delivered, by a run that serves them', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE })
  const api = await serving(folder)
  const port = await api.running.port(/^p runs:/)
  const [day, all] = parsed(await api.get('/api/v1/reports'))
  expect(day).toMatchObject({
    name: 'day',
    schedule: { cron: '0 20 1 * *', words: 'at 20:00, on day 1 of the month' },
    timezone: 'Europe/Berlin',
    stage: 'due',
    newest: null,
    topic: 'p.day',
    sinks: ['out'],
    reads: ['log'],
  })
  expect(day?.next).toHaveLength(5)
  expect(day?.next[0]).toMatch(/-01T1[89]:00:00\.000Z$/)
  expect(all).toMatchObject({ name: 'all', schedule: null, next: [], stage: null, sinks: [] })

  await send(port, `${LINES}noise\n`)
  await logged(api, 8)
  const shown = await ended(api, 'day', { for: '2025-01-15' })
  expect(shown).toMatchObject({
    state: 'done',
    isDelivered: false,
    since: '2025-01-14T23:00:00.000Z',
    until: '2025-01-15T23:00:00.000Z',
    rows: 2,
    reached: false,
    records: 8,
    ofRecords: 8,
    unusable: 1,
    due: null,
  })
  const rows = reportRows.parse(await api.get(`${runs}/${shown.id}/rows?limit=1`))
  expect(rows).toMatchObject({
    rows: 2,
    next: '1',
    isCut: false,
    items: [{ span_start: '2025-01-15T00:00:00.000', span_end: '2025-01-16T00:00:00.000', path: '/c' }],
  })
  expect(rows.columns.map(({ name }) => name).slice(0, 3)).toEqual(['span_start', 'span_end', 'path'])
  const others = reportRows.parse(await api.get(`${runs}/${shown.id}/rows?after=${rows.next}`))
  expect(others).toMatchObject({ next: null, items: [{ path: '/a' }] })
  const csv = await api.ask(`${runs}/${shown.id}/rows.csv`)
  expect(csv.headers.get('content-disposition')).toContain('day-2025-01-14.csv')
  expect(csv.text).toMatch(/^span_start,span_end,path,.*\n.*,\/c,3.*\n.*,\/a,2.*\n$/)
  expect(JSON.parse((await api.ask(`${runs}/${shown.id}/rows.json`)).text)).toHaveLength(2)
  expect(folder.lines('day.csv')).toEqual([])

  const delivered = await ended(api, 'day', { for: '2025-01-15', deliver: true })
  expect(delivered).toMatchObject({ state: 'done', isDelivered: true, rows: 2, appended: 2, records: 8, unusable: 1 })
  const again = await ended(api, 'day', { since: '2025-01-15', until: '2025-01-16 00:00', deliver: true })
  expect(again).toMatchObject({ state: 'done', rows: 2, appended: 0 })
  const byTopic = reportRows.parse(await api.get(`${runs}/${again.id}/rows`))
  expect(byTopic).toMatchObject({ rows: 2, items: [{ path: '/c' }, { path: '/a' }], columns: rows.columns })
  expect((await api.ask(`${runs}/${again.id}/rows.csv`)).text).toBe(csv.text)
  const known = page(reportRunView).parse(await api.get(`${runs}?limit=2`))
  expect(known.items.map(({ id }) => id)).toEqual([again.id, delivered.id])
  const before = page(reportRunView).parse(await api.get(`${runs}?after=${known.next}`))
  expect(before.items.map(({ id }) => id)).toEqual([shown.id])

  // A run with delivery is known after a restart, and so are those that the command line has asked for.
  expect(await api.running.stop()).toMatchObject({ code: 0 })
  expect(folder.lines('day.csv')).toHaveLength(2)
  await folder.tailrace('report', 'day', '--for', '2025-01-13', '--deliver')
  const next = await serving(folder)
  await next.running.line(/^p runs:/)
  const kept = page(reportRunView).parse(await next.get(runs)).items
  expect(kept.map(({ id, rows: count }) => [id, count])).toEqual([
    [expect.any(String), 0],
    [again.id, 2],
    [delivered.id, 2],
  ])
  expect(parsed(await next.get('/api/v1/reports'))[0]?.newest).toMatchObject({ rows: 0 })
  expect(reportRows.parse(await next.get(`${runs}/${delivered.id}/rows`)).rows).toBe(2)
  expect(await next.running.stop()).toMatchObject({ code: 0 })
})

test('a run that fails says why; what is asked in vain is said', async () => {
  using folder = folderWith({ 'p.yaml': `${PIPELINE}limits: { state: 1MiB }\n` })
  const api = await serving(folder)
  const port = await api.running.port(/^p runs:/)
  const many = Array.from({ length: 5000 }, (_, i) => path(DAY + i, `/${i}/${'x'.repeat(300)}`))
  await send(port, many.join(''))
  await logged(api, 5000)
  const failed = await ended(api, 'day', { for: '2025-01', deliver: true })
  expect(failed).toMatchObject({ state: 'failed', rows: null, failure: expect.stringContaining('limit') })
  expect(await api.ask(`${runs}/${failed.id}/rows`)).toMatchObject({ status: 409 })
  const all = await ended(api, 'all', { since: '2025-01-14', until: '2025-01-17' })
  expect(all).toMatchObject({ state: 'done', rows: 5000 })
  expect(await api.remove(`/api/v1/reports/all/runs/${all.id}`)).toMatchObject({ id: all.id })
  expect(await api.ask(`/api/v1/reports/all/runs/${all.id}`)).toMatchObject({ status: 404 })

  const wrong = [
    [{}, 'say which span of time'],
    [{ for: '2025-02-30' }, '2025-02-30'],
    [{ for: '2025', since: '2025-01-01' }, 'for says the whole span'],
    [{ since: '2025-01-02', until: '2025-01-01' }, 'ends before it begins'],
    [{ due: true, for: '2025' }, 'due says the whole span'],
    [{ day: '2025-01-01' }, 'day'],
    [{ for: 'x'.repeat(65) }, 'body: for'],
  ] as const
  for (const [body, message] of wrong) {
    const asked = await api.ask(runs, { method: 'POST', body: JSON.stringify(body) })
    expect([asked.status, JSON.parse(asked.text).error]).toEqual([400, expect.stringContaining(message)])
  }
  const never = await api.ask('/api/v1/reports/all/runs', { method: 'POST', body: '{"due":true}' })
  expect([never.status, never.text]).toEqual([400, expect.stringContaining('it has no such schedule')])
  const inVain = [
    ['GET', '/api/v1/reports/none', 404],
    ['GET', '/api/v1/reports/none/runs', 404],
    ['GET', `${runs}/none`, 404],
    ['GET', `${runs}/none/rows`, 404],
    ['GET', `${runs}/${failed.id}/rows.xml`, 404],
    ['GET', `${runs}/${failed.id}/rows?after=x`, 409],
    ['DELETE', `${runs}/${failed.id}`, 409],
  ] as const
  for (const [method, address, status] of inVain) expect(await api.ask(address, { method })).toMatchObject({ status })
  expect(await api.running.stop()).toMatchObject({ code: 0 })
})
