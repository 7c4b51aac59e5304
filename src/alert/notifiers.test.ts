import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { Failure } from '../base/failure.ts'
import { startServer } from '../client/http/http-server.test-tool.ts'
import { startMailServer } from '../client/smtp/smtp-server.test-tool.ts'
import { SharedOutput } from '../terminal/output.ts'
import { notifiers } from './all.ts'
import { notificationOf } from './notification.ts'
import type { Notification, Notifier } from './notifier.ts'

const AT = '2026-01-01T00:05:00.000Z'

const keyOf = (country: string, state: 'firing' | 'resolved' = 'firing') => ({
  id: `id of ${country}`,
  since: '2026-01-01T00:00:00.000Z',
  at: AT,
  message: `${country}: 7 % fail <now> & then`,
  key: { country },
  row: { country, rate: 0.07 },
  state,
  severity: 'critical' as const,
})

const FIRING = notificationOf('shop', 'high', [keyOf('DE'), keyOf('FR')])
const RESOLVED = notificationOf('shop', 'high', [keyOf('DE', 'resolved')])

async function open(name: string, options: unknown): Promise<Notifier> {
  await notifiers.loadAll()
  const type = notifiers.get(name)
  if (type === undefined) throw new Error(`there is no ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-notifiers-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const context = { of: 'alert high', folder, output: new SharedOutput(process.stdout), clock: systemClock }
  const notifier = await type.open(type.options.parse(options), context)
  onTestFinished(() => notifier.close())
  return notifier
}

/** What a webhook gets. */
async function posted(shape: string, notification: Notification) {
  const server = await startServer((_, response) => void response.end())
  const notifier = await open('webhook', { url: `${server.url}/hook`, shape })
  await notifier.tell(notification, undefined)
  const [asked] = server.asked
  expect(asked).toMatchObject({ method: 'POST', url: '/hook' })
  expect(asked?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': notification.id })
  return JSON.parse(asked?.body.toString() ?? '')
}

test('a webhook gets our own shape, that of Slack, or that of Alertmanager', async () => {
  expect(await posted('tailrace', FIRING)).toEqual({
    id: FIRING.id,
    pipeline: 'shop',
    alert: 'high',
    state: 'firing',
    severity: 'critical',
    title: 'critical: high fires for 2 keys',
    text: 'DE: 7 % fail <now> & then\nFR: 7 % fail <now> & then',
    count: 2,
    keys: ['DE', 'FR'].map((country) => {
      const { state: _, severity: __, ...key } = keyOf(country)
      return key
    }),
  })
  expect(await posted('slack', FIRING)).toEqual({
    text: 'critical: high fires for 2 keys',
    attachments: [
      {
        color: '#d1242f',
        fallback: 'critical: high fires for 2 keys',
        text: 'DE: 7 % fail &lt;now&gt; &amp; then\nFR: 7 % fail &lt;now&gt; &amp; then',
      },
    ],
  })
  const labels = { alertname: 'high', pipeline: 'shop', severity: 'critical', country: 'DE' }
  const annotations = { summary: 'DE: 7 % fail <now> & then', id: 'id of DE' }
  const startsAt = '2026-01-01T00:00:00.000Z'
  const [firing] = await posted('alertmanager', FIRING)
  // It goes on for a year unless it is resolved: by the same labels.
  expect(firing).toEqual({ labels, annotations, startsAt, endsAt: '2027-01-01T00:05:00.000Z' })
  expect(await posted('alertmanager', RESOLVED)).toEqual([{ labels, annotations, startsAt, endsAt: AT }])
})

test('labels of Alertmanager are our own, whatever the columns of the key are called', async () => {
  const key = { severity: 'ERROR', alertname: 'x', 'a b': null, 'a-b': { deep: 1 }, severity0: 'y' }
  const odd = notificationOf('shop', 'high', [{ ...keyOf('DE'), key }])
  const [{ labels }] = await posted('alertmanager', odd)
  const own = { alertname: 'high', pipeline: 'shop', severity: 'critical' }
  expect(labels).toEqual({ ...own, severity0: 'ERROR', alertname0: 'x', a_b: '', a_b0: '{"deep":1}', severity00: 'y' })
})

test('long messages make the text no longer than chats take: the first is there, and the others are counted', () => {
  const long = (length: number) => ({ ...keyOf('DE'), message: 'x'.repeat(length) })
  const linesOf = (...lengths: readonly number[]) => notificationOf('shop', 'high', lengths.map(long)).text.split('\n')
  expect(linesOf(1000, 1000, 1000, 1000).map(({ length }) => length)).toEqual([
    1000,
    1000,
    1000,
    '… and 1 other'.length,
  ])
  expect(linesOf(5000, 1).at(-1)).toBe('… and 1 other')
  expect(linesOf(5000)).toHaveLength(1)
})

test('a webhook that says no is a failure, which does not show its address', async () => {
  const server = await startServer((_, response) => void response.writeHead(503).end('busy'))
  const notifier = await open('webhook', { url: `${server.url}/services/T0/B0/secret` })
  const failure = await notifier.tell(FIRING, undefined).catch((error: unknown) => error)
  expect(failure).toMatchObject({ name: 'Failure', retryable: true })
  expect(String(failure)).not.toContain('secret')
  // Messages leave out the query of an address: what is left of it is hidden, too.
  const saying = await startServer(({ url }, response) => {
    response.writeHead(url?.startsWith('/moved') ? 302 : 404, { 'content-type': 'text/plain', location: `/to${url}` })
    response.end(`no way ${url}`)
  })
  for (const path of [
    '/services/T0/B0/very-secret?key=k',
    '/very-secret',
    '/hook?key=very-secret',
    '/moved/very-secret',
  ]) {
    const notifier = await open('webhook', { url: `${saying.url}${path}` })
    const failure = await notifier.tell(FIRING, undefined).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'Failure', message: expect.stringContaining(`${saying.url}/… answers`) })
    expect(`${failure} ${(failure as Failure).hint}`).not.toContain('very-secret')
  }
  const gone = await open('webhook', { url: 'http://127.0.0.1:1/services/secret' })
  const refused = await gone.tell(FIRING, undefined).catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'Failure', retryable: true })
  expect(String(refused)).not.toContain('secret')
})

test('a mail has the id of its notification', async () => {
  const server = await startMailServer()
  const options = {
    host: '127.0.0.1',
    port: server.port,
    tls: 'none',
    from: 'tailrace@example.org',
    to: 'ops@example.org',
  }
  const notifier = await open('email', { ...options, subject: '[{{ severity }}] {{ alert }} {{ country }}' })
  await notifier.tell(FIRING, undefined)
  const [mail] = server.mails
  expect(mail?.to).toEqual(['ops@example.org'])
  expect(mail?.text).toContain(`Message-ID: <${FIRING.id}@example.org>`)
  expect(mail?.text).toContain('Subject: [critical] high DE')
  expect(mail?.text).toContain('DE: 7 % fail <now> & then')
})

test('a command gets its words as they are, and the notification on its standard input', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tailrace-command-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'got')
  const script = `
    const input = require('fs').readFileSync(0, 'utf8')
    require('fs').writeFileSync(process.argv[1], JSON.stringify([process.argv.slice(2), JSON.parse(input).id, process.env.TAILRACE_SECRET]))`
  process.env.TAILRACE_SECRET = 'secret'
  onTestFinished(() => void delete process.env.TAILRACE_SECRET)
  const notifier = await open('command', [
    process.execPath,
    '-e',
    script,
    file,
    '{{ country }}; rm -rf {{ text }}',
    '$(id)',
  ])
  const [key] = FIRING.keys
  const odd = { ...FIRING, keys: [{ ...key, row: { country: '"; exit 1 `x`' } }] } as Notification
  await notifier.tell(odd, undefined)
  const words = [`"; exit 1 \`x\`; rm -rf ${FIRING.text}`, '$(id)']
  // Nothing of our environment that it does not need.
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([words, FIRING.id, null])
})

test('a command that fails, is not there, or takes too long is a failure; what it started ends with it', async () => {
  const failing = await open('command', ['sh', '-c', 'yes x | head -c 100000; echo no such user >&2; exit 3'])
  await expect(failing.tell(FIRING, undefined)).rejects.toMatchObject({
    message: 'the command sh of alert high: it ended with 3',
    hint: expect.stringMatching(/^It said: [\s\S]*no such user$/),
    retryable: true,
  })
  await expect((await open('command', ['/nowhere/at/all'])).tell(FIRING, undefined)).rejects.toMatchObject({
    message: expect.stringContaining('it cannot be started'),
  })
  // It hands its output to a child that would go on.
  const slow = await open('command', { run: ['sh', '-c', 'sleep 1000 & wait'], timeout: '50ms' })
  await expect(slow.tell(FIRING, undefined)).rejects.toMatchObject({
    message: 'the command sh of alert high: it took longer than 50ms',
  })
  const stop = new AbortController()
  const told = (await open('command', ['sleep', '1000'])).tell(FIRING, stop.signal)
  stop.abort()
  await expect(told).rejects.toMatchObject({ message: 'the command sleep of alert high: the pipeline stops' })
})
