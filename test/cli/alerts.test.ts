import { expect, test } from 'vitest'
import { type Asked, startServer } from '../../src/client/http/http-server.test-tool.ts'
import { folderWith } from './tailrace.ts'

const PIPELINE = (url: string) => `version: 1
name: shop
sources: { payments: { file: payments.ndjson, to: payments } }
topics:
  payments:
    format: { json: { columns: { ts: TIMESTAMP_LTZ(3), country: STRING, ok: BOOLEAN } } }
    watermark: ts - INTERVAL '5' SECOND
queries:
  failed: |
    SELECT window_start, window_end, country, COUNT(*) AS n, COUNT(*) FILTER (WHERE NOT ok) AS failed
    FROM TABLE(TUMBLE(TABLE payments, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY window_start, window_end, country
alerts:
  high:
    from: failed
    when: failed > 0
    quiet: never
    severity: critical
    max_age: never
    message: "{{ country }}: {{ failed }} of {{ n }}"
    notify: [console, { webhook: { url: "${url}" } }]
`

const payment = (minute: number, country: string, ok: boolean) =>
  `${JSON.stringify({ ts: new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString(), country, ok })}\n`

const LINES = [
  payment(0, 'DE', false),
  payment(0, 'FR', false),
  payment(1, 'DE', true),
  payment(1, 'FR', false),
  payment(2, 'FR', false),
].join('')

type Heard = { readonly state: string; readonly text: string }
const heard = (asked: readonly Asked[]) => asked.map(({ body }) => JSON.parse(body.toString()) as Heard)

test('people are told, and the command alerts shows what fires, and silences it', async () => {
  const server = await startServer((_, response) => void response.end())
  using folder = folderWith({ 'p.yaml': PIPELINE(`${server.url}/hook`), 'payments.ndjson': LINES })
  const run = await folder.tailrace('run', 'p.yaml', '--until-end')
  expect(run).toMatchObject({ code: 0 })
  expect(run.stdout).toBe(
    'critical: high fires for 2 keys\n  DE: 1 of 1\n  FR: 1 of 1\ncritical: high is resolved\n  DE: 0 of 1\n',
  )
  expect(heard(server.asked).map(({ state, text }) => [state, text])).toEqual([
    ['firing', 'DE: 1 of 1\nFR: 1 of 1'],
    ['resolved', 'DE: 0 of 1'],
  ])
  const silenced = await folder.tailrace('alerts', 'silence', 'high', '--key', 'country=FR', '--for', '2h')
  expect(silenced.stderr).toMatch(/^high, country FR is silenced until 2/)
  const { stdout } = await folder.tailrace('alerts', 'p.yaml')
  expect(stdout).toContain('1 firing (the pipeline is stopped: this is what it has left)')
  expect(stdout).toMatch(/^high +critical +country FR +firing .* n 1, failed 1 +console, webhook$/m)
  expect(stdout).toMatch(/^high +critical +country DE +resolved /m)
  expect(stdout).toMatch(/^high +country FR +1 h 59 min$/m)
  const json = JSON.parse((await folder.tailrace('alerts', '--json')).stdout)
  expect(json.alerts[0].keys[0]).toMatchObject({
    state: 'firing',
    key: { country: 'FR' },
    since: '2026-01-01T00:01:00.000Z',
    row: { n: 1, failed: 1 },
    told: [
      { notifier: 'console', how: 'told' },
      { notifier: 'webhook', how: 'told' },
    ],
  })
  const mistakes = [
    [['silence', 'hihg', '--for', '2h'], 'the pipeline has no alert "hihg"\n  Did you mean high?'],
    [['silence', 'high', '--for', '2h', '--key', 'land=DE'], 'alert "high" has no key column "land"'],
    [['silence', 'high'], 'for how long is high silenced?'],
    [['silence', 'high', '--for', '2 hours'], "'2 hours' is not a duration"],
    [['silence'], 'silence which alert?'],
    [['p.yaml', '--for', '2h'], '--for, --key and --reason are about a silence'],
    [['unsilence', 'high', '--key', 'country=DE'], 'high, country DE is not silenced'],
  ] as const
  for (const [args, message] of mistakes) {
    const wrong = await folder.tailrace('alerts', ...args)
    expect(wrong.stderr).toContain(message)
    expect(wrong.code).toBeGreaterThan(0)
  }
  expect((await folder.tailrace('alerts', 'unsilence', 'high')).stderr).toBe('high is no longer silenced\n')
})

test('a notifier that is added hears of what happens from then on; a key may have a name that alerts have', async () => {
  const server = await startServer((_, response) => void response.end())
  const text = PIPELINE(server.url)
    .replaceAll('country', 'severity')
    .replace(/message: .*/, 'message: "{{ severity0 }}"')
  const lines = LINES.replaceAll('country', 'severity')
  using folder = folderWith({ 'p.yaml': text, 'payments.ndjson': lines })
  expect(await folder.tailrace('run', 'p.yaml', '--until-end')).toMatchObject({ code: 0 })
  const added = await startServer((_, response) => void response.end())
  folder.write('p.yaml', text.replace(' }]', ` }, { webhook: "${added.url}/very-secret" }]`))
  expect((await folder.tailrace('explain', 'p.yaml')).stdout).not.toContain('very-secret')
  const more = [payment(3, 'FR', true), payment(3, 'IT', false), payment(4, 'IT', false)].join('')
  folder.write('payments.ndjson', lines + more.replaceAll('country', 'severity'))
  expect(await folder.tailrace('run', 'p.yaml', '--until-end')).toMatchObject({ code: 0 })
  expect(heard(added.asked).map((one) => [one.state, one.text])).toEqual([['firing', 'IT']])
  expect(heard(server.asked).map((one) => [one.state, one.text])).toEqual([
    ['firing', 'DE\nFR'],
    ['resolved', 'DE'],
    ['firing', 'IT'],
    ['resolved', 'FR'],
  ])
  const { stdout } = await folder.tailrace('alerts', 'p.yaml')
  expect(stdout).toMatch(/^high +critical +severity IT +firing .* n 1, failed 1 +console, webhook, webhook2$/m)
  expect(stdout).toMatch(/^high +critical +severity FR +resolved .* console, webhook, webhook2 not: it is new$/m)
})

test('a source that cannot be reached is an alert of a pipeline that runs; it says so itself', async () => {
  const asked = Promise.withResolvers<Heard>()
  const server = await startServer(({ body }, response) => {
    asked.resolve(JSON.parse(body.toString()) as Heard)
    response.writeHead(500).end()
  })
  const text = `version: 1
name: p
sources: { api: { http: { url: "http://127.0.0.1:1/", every: 1s }, to: answers } }
topics: { answers: { format: lines } }
alerts: { unreachable: { for: 100ms, notify: { webhook: { url: "${server.url}" } } } }
`
  using folder = folderWith({ 'p.yaml': text })
  const running = folder.start('run', 'p.yaml')
  expect((await asked.promise).text).toContain('source api cannot be reached: cannot reach http://127.0.0.1:1')
  await folder.tailrace('alerts', 'silence', 'unreachable', '--for', '1h')
  const { stdout } = await folder.tailrace('alerts', 'p.yaml')
  expect(stdout).toContain('1 firing\n\nunreachable, webhook fails: ')
  expect(stdout).toMatch(/^unreachable +warning +source api +firing, silenced .* webhook waits$/m)
  expect((await folder.tailrace('status', 'p.yaml')).stdout).toMatch(/^unreachable +warning +sources +1 /m)
  expect(await running.stop()).toMatchObject({ code: 0 })
})
