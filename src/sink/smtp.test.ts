import { describe, expect, test } from 'vitest'
import { makeFolder } from '../../test/contract/folder.ts'
import { deliveryOf } from '../../test/contract/made-deliveries.ts'
import { deliveredSinkContract, openSinkAt, type SinkTarget, sinkContract } from '../../test/contract/sink.ts'
import { type MailServer, startMailServer } from '../client/smtp/smtp-server.test-tool.ts'
import { fastClock } from './delivery/delivery.test-tool.ts'
import { mistakesOf } from './message/mistakes.test-tool.ts'
import type { Sink, SinkContext } from './sink.ts'
import { smtp } from './smtp.ts'

const MAIL = { tls: 'none', from: 'logs@example.org', to: 'ann@example.org', timeout: '5s' }

const bodyOf = (mail: { readonly text: string }): string => (mail.text.split('\r\n\r\n')[1] ?? '').trim()
const headerOf = (mail: { readonly text: string } | undefined, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'm').exec(mail?.text ?? '')?.[1]?.trim()

type Opened = { readonly sink: Sink; readonly server: MailServer; readonly clock: ReturnType<typeof fastClock> }

async function opened(options: object, context: Partial<SinkContext> = {}): Promise<Opened> {
  const server = await startMailServer()
  const clock = fastClock()
  const target = { options: { ...MAIL, host: '127.0.0.1', port: server.port, ...options }, folder: await makeFolder() }
  return { sink: await openSinkAt(smtp, target, { clock, ...context }), server, clock }
}

const records = (...texts: string[]) => texts.map((text, i) => ({ text, time: i }))

// Promise mails-same-id: a mail that `smtp` sends again has the same `Message-ID`.
test('each row is a mail, whose Message-ID follows from the row', async () => {
  const options = {
    subject: '{{ text }}: {{ size }}',
    text: '{{ row | json }}',
    to: ['{{ text }}@example.org', 'B <bob@example.org>'],
  }
  const { sink, server } = await opened(options)
  await sink.write(deliveryOf(0, 7, records('a', 'bc')))
  expect(server.mails.map(({ to }) => to)).toEqual([
    ['a@example.org', 'bob@example.org'],
    ['bc@example.org', 'bob@example.org'],
  ])
  expect(headerOf(server.mails[1], 'Subject')).toBe('bc: 2')
  expect(bodyOf(server.mails[0] ?? { text: '' })).toBe('{"ts":"1970-01-01T00:00:00.000Z","size":1,"text":"a"}')
  const ids = server.mails.map((mail) => headerOf(mail, 'Message-ID'))
  expect(new Set(ids).size).toBe(2)
  expect(ids[0]).toMatch(/^<[\da-f-]{36}@example\.org>$/)
  const again = await opened(options)
  await again.sink.write(deliveryOf(0, 8, records('bc')))
  expect(headerOf(again.server.mails[0], 'Message-ID')).toBe(ids[1])
})

test('a digest has the lines of all rows, and its subject their number; the same rows are the same mail', async () => {
  const options = {
    send: 'batch',
    subject: '{{ message.count }} rows',
    text: '- {{ text }}',
    html: '<li>{{ text }}</li>',
  }
  const { sink, server } = await opened(options)
  await sink.write(deliveryOf(1, 0, records('a', '<b>&"')))
  await sink.write(deliveryOf(1, 0, records('a', '<b>&"')))
  await sink.write(deliveryOf(1, 2, records('c')))
  const [first, second, third] = server.mails
  expect(first?.text).toContain('- a\r\n- <b>&"\r\n')
  expect(first?.text).toContain('<li>a</li><li>&lt;b&gt;&amp;&quot;</li>')
  expect(headerOf(first, 'Subject')).toBe('2 rows')
  expect(headerOf(second, 'Message-ID')).toBe(headerOf(first, 'Message-ID'))
  expect(headerOf(third, 'Message-ID')).not.toBe(headerOf(first, 'Message-ID'))
})

test('no more mails than `per_minute` go out within a minute; the others wait', async () => {
  const { sink, server, clock } = await opened({ subject: 's', text: '{{ text }}', per_minute: 2 })
  await sink.write(deliveryOf(0, 0, records('a', 'b', 'c', 'd', 'e')))
  expect(server.mails).toHaveLength(5)
  expect(clock.slept).toEqual([60_000, 60_000])
})

test('a row that is refused, or has no address, is refused by its reason; one that may pass comes again, the others do not', async () => {
  const { sink, server } = await opened({ subject: 's', text: '{{ text }}', to: '{{ text }}' })
  server.trouble = { code: (_, text) => ({ 'no@example.org': 550, 'later@example.org': 451 })[text] }
  const delivery = deliveryOf(
    0,
    0,
    records('a@example.org', 'no@example.org', 'x, y@example.org', 'later@example.org', 'z@example.org'),
  )
  await expect(sink.write(delivery)).rejects.toMatchObject({ name: 'Failure', retryable: true })
  server.trouble = {}
  expect(await sink.write(delivery)).toEqual({
    kind: 'rows',
    rows: [
      { row: 1, reason: expect.stringContaining('550 RCPT is refused') },
      { row: 2, reason: '"x, y@example.org" is no address of a mail' },
    ],
  })
  expect(server.mails.flatMap(({ to }) => to)).toEqual(['a@example.org', 'later@example.org', 'z@example.org'])
})

test('a digest that the server refuses is refused as a whole, so that its rows can be found', async () => {
  const { sink, server } = await opened({ send: 'batch', subject: 's', text: '{{ text }}' })
  server.trouble = { code: (command, text) => (command === 'DATA' && text.includes('bad') ? 554 : undefined) }
  expect(await sink.write(deliveryOf(0, 0, records('good', 'bad')))).toMatchObject({ kind: 'batch' })
  expect(await sink.write(deliveryOf(0, 0, records('good')))).toBeUndefined()
})

const mistakes = (options: object) => mistakesOf(smtp, { ...MAIL, host: 'mail.example.org', ...options })

test('mistakes in templates are said with their places', () => {
  expect(mistakes({ subject: '{{ txt }}', text: 'a\n{{ text | up }}', to: ['{{ nobody }}'] })).toEqual([
    'to.0: line 1:1: there is no column nobody',
    'subject: line 1:1: there is no column txt',
    'text: line 2:11: there is no filter up',
  ])
  expect(mistakes({ send: 'batch', subject: '{{ text }}', text: '{{ text }}' })).toEqual([
    'subject: line 1:1: there is no column text',
  ])
  expect(mistakes({ subject: 's', text: 't', auth: { user: 'a', password: 'b' } })).toEqual([
    'tls: warning: the password goes to mail.example.org in clear text',
  ])
})

test.each([
  [{ subject: 's' }, 'a mail needs a text, or html, or both'],
  [{ subject: 's', text: 't', from: 'nobody' }, 'expected an address'],
  [{ subject: 's', text: 't', to: [] }, 'to'],
  [{ subject: 's', text: 't', to: 'a@b.org\r\nBcc: c@d.org' }, 'one line without control characters'],
])('options %j are refused', (options, message) => {
  const result = smtp.options.safeParse({ ...MAIL, host: 'localhost', ...options })
  expect(JSON.stringify(result.error?.issues)).toContain(message)
})

// The server keeps each connection waiting for 100 ms, to see who talks too early.
describe('the promises of every sink', { timeout: 120_000 }, () => {
  const start = (send: string) => async (): Promise<SinkTarget> => {
    const server = await startMailServer()
    return {
      options: {
        ...MAIL,
        host: '127.0.0.1',
        port: server.port,
        send,
        subject: 's',
        text: '{{ text }}',
        per_minute: 10_000,
      },
      folder: await makeFolder(),
      stored: async () => server.mails.flatMap((mail) => bodyOf(mail).split('\r\n')),
    }
  }
  sinkContract(smtp, 'rows', start('single'), 8)
  deliveredSinkContract(smtp, start('batch'), 4)
})

test('check --connect signs in and sends nothing', async () => {
  const server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _, done) => (password === 's3cret' ? done(null, { user: 'ann' }) : done(new Error('no'))),
  })
  const look = async (password: string, port = server.port) => {
    const auth = { user: 'ann', password }
    const options = { ...MAIL, host: '127.0.0.1', port, auth, subject: 's', text: 't' }
    return await smtp.connect?.(smtp.options.parse(options), { folder: await makeFolder() } as never)
  }
  const found = `a mail server at 127.0.0.1:${server.port}, as ann`
  expect(await look('s3cret')).toEqual({ found, failures: [], warnings: [] })
  expect(await look('wrong')).toMatchObject({
    found: undefined,
    failures: [{ code: 'denied', hint: 'is `auth` right?' }],
  })
  await expect(look('s3cret', 1)).rejects.toMatchObject({ code: 'io', retryable: true })
  expect(server.mails).toEqual([])
})
