/** Alerts by HTTP: they are seen to fire and to resolve, silenced for a time, and their history is read in parts. */
import { expect, test } from 'vitest'
import { startServer } from '../../src/client/http/http-server.test-tool.ts'
import { alertDetail, alertsView, happened, silenceView } from '../../src/run/alerts/schema.ts'
import type { AlertsView } from '../../src/run/alerts/standing.ts'
import { page } from '../../src/server/routes/route.ts'
import { eventsOf, serving } from './serving.ts'
import { folderWith, send } from './tailrace.ts'

const PIPELINE = `version: 1
name: shop
timezone: Europe/Berlin
sources: { payments: { tcp: 127.0.0.1:0, to: payments } }
topics:
  payments:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), country: STRING, ok: BOOLEAN } } }
    watermark: ts
    idle: never
    max_ahead: never
queries:
  failed: |
    SELECT window_start, window_end, country, COUNT(*) AS n, COUNT(*) FILTER (WHERE NOT ok) AS failed
    FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, country
alerts:
  high:
    from: failed
    when: failed > 1
    clear: failed = 0
    for: 2m
    quiet: never
    severity: critical
    max_age: never
    message: "{{ country }}: {{ failed }} of {{ n }}"
    notify: [{ webhook: { url: "\${HOOK}/very-secret" } }]
  unreachable: { notify: console }
`

/** A day of the next winter. */
const NEXT = `${new Date().getUTCFullYear() + 1}-01-01`

const payment = (minute: number, country: string, ok: boolean) =>
  `${JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString(), country, ok })}\n`
/** A window in which this number of payments of DE fails, and one of FR is made. */
const failing = (minute: number, failed: number) =>
  payment(minute, 'DE', false).repeat(failed) + payment(minute, 'DE', true) + payment(minute, 'FR', true)

test('an alert is pending, fires, is silenced and is resolved, as events tell; its history is paged', async () => {
  const hook = await startServer((_, response) => void response.end())
  using folder = folderWith({ 'p.yaml': PIPELINE }, { HOOK: hook.url })
  const api = await serving(folder)
  const port = await api.running.port(/^shop runs:/)
  const { alerts } = alertsView.parse(await api.get('/api/v1/alerts'))
  expect(
    alerts.map(({ name, from, firing, pending, key, rule }) => ({ name, from, firing, pending, key, rule })),
  ).toEqual([
    {
      name: 'high',
      from: 'failed',
      firing: 0,
      pending: 0,
      key: ['country'],
      rule: {
        when: 'failed > 1',
        clear: 'failed = 0',
        minCount: null,
        forMs: 120_000,
        quietMs: null,
        absentMs: null,
        remindMs: null,
      },
    },
    expect.objectContaining({ name: 'unreachable', from: null, key: ['source'] }),
  ])
  await using stream = await eventsOf<AlertsView>(api, '/api/v1/events/alerts')
  const until = (fits: (view: AlertsView) => boolean) => stream.until('alerts', fits)
  const high = ({ alerts: [first] }: AlertsView) => first
  await send(port, failing(0, 3) + failing(1, 3))
  const pending = await until((view) => high(view)?.pending === 1)
  expect(high(pending)).toMatchObject({
    reached: '2026-01-01T00:01:00.000Z',
    keys: [{ state: 'pending', key: { country: 'DE' }, since: '2026-01-01T00:01:00.000Z', at: null, told: [] }],
  })

  const silenced = silenceView.parse(
    await api.post('/api/v1/alerts/high/silences', {
      key: { country: 'DE' },
      until: `${NEXT} 08:00`,
      reason: 'a test',
    }),
  )
  expect(silenced).toMatchObject({
    alert: 'high',
    key: { country: 'DE' },
    until: `${NEXT}T07:00:00.000Z`,
    reason: 'a test',
  })
  expect(await api.get('/api/v1/silences')).toEqual({ items: [silenced], next: null })
  await send(port, failing(2, 2) + failing(3, 2))
  const firing = await until((view) => high(view)?.keys[0]?.told[0]?.how === 'silenced')
  expect(high(firing)).toMatchObject({
    firing: 1,
    pending: 0,
    keys: [{ state: 'firing', silencedUntil: silenced.until }],
  })
  expect(hook.asked).toEqual([])

  expect(await api.remove(`/api/v1/alerts/high/silences/${silenced.id}`)).toEqual({ ended: 1 })
  // What still fires when the silence ends is told then.
  await until((view) => high(view)?.keys[0]?.told[0]?.how === 'told')
  expect(hook.asked).toHaveLength(1)
  await send(port, failing(4, 0) + failing(5, 0))
  const resolved = await until((view) => high(view)?.keys[0]?.told[0]?.how === 'told' && high(view)?.firing === 0)
  expect(high(resolved)?.keys).toMatchObject([{ state: 'resolved', key: { country: 'DE' }, row: { n: 1, failed: 0 } }])

  const detail = alertDetail.parse(await api.get('/api/v1/alerts/high'))
  expect(detail).toMatchObject({ topic: 'shop.alert.high', sql: expect.stringContaining('FROM TABLE(TUMBLE') })
  const history = page(happened).parse(await api.get('/api/v1/alerts/high/history?limit=1'))
  expect(history.items).toMatchObject([
    { state: 'resolved', message: 'DE: 0 of 1', severity: 'critical', told: [{ notifier: 'webhook', how: 'told' }] },
  ])
  const before = page(happened).parse(await api.get(`/api/v1/alerts/high/history?after=${history.next}`))
  expect(before).toMatchObject({
    items: [{ state: 'firing', id: history.items[0]?.id, message: 'DE: 2 of 3' }],
    next: null,
  })
  expect(JSON.stringify([detail, resolved, history])).not.toContain('very-secret')
  expect(await api.running.stop()).toMatchObject({ code: 0 })
})

test('what is asked of alerts in vain is said, and a silence that is replaced or ended is listed no more', async () => {
  using folder = folderWith({ 'p.yaml': PIPELINE }, { HOOK: 'http://127.0.0.1:1' })
  const api = await serving(folder)
  await api.running.line(/^shop runs:/)
  const silences = '/api/v1/alerts/high/silences'
  const wrong = [
    [silences, {}, 400, 'say either for how long'],
    [silences, { for: '1h', until: '2099-01-01' }, 400, 'say either for how long'],
    [silences, { key: { country: ['DE'] }, for: '1h' }, 400, 'body: key.country: '],
    [silences, { for: '4 hours' }, 400, "'4 hours' is not a duration"],
    [silences, { until: 'tomorrow' }, 400, 'tomorrow'],
    [silences, { until: '1999-01-01' }, 400, 'has passed already'],
    [silences, { for: '99999d' }, 400, 'ten years at most'],
    [silences, { for: '1h', key: { land: 'DE' } }, 400, 'no key column "land"'],
    [silences, { for: '1h', reason: 'x'.repeat(501) }, 400, 'body: reason'],
    [silences, { for: '1h', keys: {} }, 400, 'keys'],
    ['/api/v1/alerts/hihg/silences', { for: '1h' }, 404, 'no alert "hihg"; there are: high, unreachable'],
  ] as const
  for (const [path, body, status, message] of wrong) {
    const asked = await api.ask(path, { method: 'POST', body: JSON.stringify(body) })
    expect([asked.status, JSON.parse(asked.text).error]).toEqual([status, expect.stringContaining(message)])
  }
  const inVain = [
    ['GET', '/api/v1/alerts/none', 404],
    ['GET', '/api/v1/alerts/none/history', 404],
    ['GET', '/api/v1/alerts/high/history?after=x', 400],
    ['GET', '/api/v1/alerts/high/history?after=1.2.3', 400],
    ['GET', '/api/v1/alerts/high/history?limit=0', 400],
    ['DELETE', `${silences}/none`, 404],
  ] as const
  for (const [method, path, status] of inVain) expect(await api.ask(path, { method })).toMatchObject({ status })
  expect(await api.get('/api/v1/alerts/unreachable/history')).toEqual({ items: [], next: null })

  await Promise.all(['1h', '2h', '3h'].map((time) => api.post(silences, { for: time })))
  await api.post(silences, { for: '1h', key: { country: 'DE' } })
  // A key with a number is taken as alerts show it.
  await api.post(silences, { for: '1h', key: { country: 49 } })
  const { items } = page(silenceView).parse(await api.get('/api/v1/silences?limit=5'))
  expect(items.map(({ key }) => key)).toEqual([{}, { country: 'DE' }, { country: '49' }])
  expect(await api.remove(silences)).toEqual({ ended: 3 })
  expect(await api.get('/api/v1/silences')).toEqual({ items: [], next: null })
  expect(await api.running.stop()).toMatchObject({ code: 0 })
})
