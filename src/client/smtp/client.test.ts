import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import * as z from 'zod'
import { type Mail, openSmtpClient, type SmtpClient } from './client.ts'
import { readAddress, smtpOptions } from './options.ts'
import { makeCertificate, startMailServer } from './smtp-server.test-tool.ts'

const { to: _, ...most } = smtpOptions
const schema = z.strictObject(most)

async function client(port: number, options: object = {}): Promise<SmtpClient> {
  const given = {
    host: '127.0.0.1',
    port,
    tls: 'none',
    from: 'Tail Race <logs@example.org>',
    timeout: '5s',
    ...options,
  }
  const opened = await openSmtpClient(schema.parse(given), '/')
  onTestFinished(() => opened.close())
  return opened
}

const mail = (about: Partial<Mail> = {}): Mail => ({
  id: 'one@example.org',
  to: [{ name: 'Ann', address: 'ann@example.org' }],
  subject: 'Zahlungen: 5 %',
  text: 'Grüße\n.\nEnde',
  date: 0,
  ...about,
})

/** The head of a mail, with folded lines as one. */
const headOf = (text: string): string[] => (text.split('\r\n\r\n')[0] ?? '').replaceAll(/\r\n[ \t]/g, ' ').split('\r\n')

test('a mail has what it was given, and the same Message-ID each time', async () => {
  const server = await startMailServer()
  const { send } = await client(server.port)
  expect(await send(mail())).toBeUndefined()
  await send(mail({ html: '<b>x</b>' }))
  const [first, second] = server.mails
  expect(first).toMatchObject({ from: 'logs@example.org', to: ['ann@example.org'] })
  expect(headOf(first?.text ?? '')).toEqual(
    expect.arrayContaining([
      'From: Tail Race <logs@example.org>',
      'To: Ann <ann@example.org>',
      'Subject: Zahlungen: 5 %',
      'Message-ID: <one@example.org>',
      'Date: Thu, 01 Jan 1970 00:00:00 +0000',
      'Auto-Submitted: auto-generated',
    ]),
  )
  expect(second?.text).toContain('Message-ID: <one@example.org>')
  expect(second?.text).toMatch(/multipart\/alternative[\s\S]*text\/plain[\s\S]*text\/html[\s\S]*<b>x<\/b>/)
})

test('4xx is a Failure that may pass; 5xx of the mail is a refusal, 5xx of the sender a Failure', async () => {
  const server = await startMailServer()
  const { send } = await client(server.port)
  const answers = async (command: string, code: number) => {
    server.trouble = { code: (asked) => (asked === command ? code : undefined) }
    return send(mail()).catch((error: Error) => error)
  }
  const at = `127.0.0.1:${server.port}`
  expect(await answers('RCPT', 451)).toMatchObject({ name: 'Failure', code: 'io', retryable: true })
  expect(await answers('DATA', 452)).toMatchObject({ name: 'Failure', retryable: true })
  expect(await answers('MAIL', 450)).toMatchObject({ name: 'Failure', retryable: true })
  expect(await answers('RCPT', 550)).toEqual({
    isWhole: true,
    reason: `${at} does not take the mail for this recipient: 550 RCPT is refused`,
  })
  expect(await answers('DATA', 554)).toEqual({
    isWhole: true,
    reason: `${at} does not take the mail: 554 DATA is refused`,
  })
  expect(await answers('MAIL', 553)).toMatchObject({
    code: 'denied',
    retryable: false,
    message: `${at} does not take the mail for this sender: 553 MAIL is refused`,
  })
  expect(server.mails).toEqual([])
})

test('recipients that are refused for good are said, those that are put off get it later, and nobody twice', async () => {
  const server = await startMailServer()
  const { send } = await client(server.port)
  const to = ['ann', 'bob', 'cat'].map((name) => ({ name: '', address: `${name}@example.org` }))
  server.trouble = { code: (_, text) => ({ 'bob@example.org': 451, 'cat@example.org': 550 })[text] }
  await expect(send(mail({ to }))).rejects.toMatchObject({
    retryable: true,
    message: expect.stringContaining('takes the mail later for bob@example.org'),
  })
  server.trouble = {}
  expect(await send(mail({ to }))).toBeUndefined()
  expect(server.mails.map((one) => one.to)).toEqual([['ann@example.org'], ['bob@example.org']])
  server.trouble = { code: (_, text) => ({ 'cat@example.org': 550 })[text] }
  expect(await send(mail({ to, id: 'two@example.org' }))).toMatchObject({ isWhole: false })
  expect(server.mails.at(-1)?.to).toEqual(['ann@example.org', 'bob@example.org'])
})

test('a server that is not there, or that breaks the connection before its answer, is a Failure that may pass', async () => {
  const server = await startMailServer()
  const { send } = await client(server.port)
  server.trouble = { loses: () => true }
  await expect(send(mail())).rejects.toMatchObject({ name: 'Failure', code: 'io', retryable: true })
  expect(server.mails).toHaveLength(1)
  const gone = await client(1)
  await expect(gone.send(mail())).rejects.toMatchObject({
    message: 'cannot reach 127.0.0.1:1: the connection was refused',
    retryable: true,
  })
})

test('TLS: nothing is sent in clear text where it is wanted, and only to a server whose certificate is trusted', async () => {
  const { key, cert, file } = await makeCertificate()
  const plain = await startMailServer({ disabledCommands: ['STARTTLS'] })
  await expect((await client(plain.port, { tls: 'starttls' })).send(mail())).rejects.toMatchObject({
    code: 'denied',
    hint: expect.stringContaining('tls: none sends in clear text'),
  })
  for (const tls of ['starttls', 'implicit'] as const) {
    const server = await startMailServer({ key, cert, hideSTARTTLS: false, secure: tls === 'implicit' })
    await expect((await client(server.port, { tls })).send(mail())).rejects.toMatchObject({
      code: 'denied',
      hint: expect.stringContaining('ca: FILE'),
    })
    await (await client(server.port, { tls, ca: file })).send(mail())
    expect(server.mails).toMatchObject([{ isEncrypted: true }])
  }
  await expect(client(plain.port, { ca: '/nowhere.pem' })).rejects.toMatchObject({ code: 'not-found' })
})

test('a sign-in that is refused is a Failure, which does not show the password', async () => {
  const server = await startMailServer({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'ann' && password === 's3cret' ? done(null, { user: 1 }) : done(new Error('no')),
  })
  await (await client(server.port, { auth: { user: 'ann', password: 's3cret' } })).send(mail())
  expect(server.mails).toHaveLength(1)
  const wrong = await client(server.port, { auth: { user: 'ann', password: 'hunter2' } })
  const failure = await wrong.send(mail()).catch((error: Error) => error)
  expect(failure).toMatchObject({ code: 'denied', retryable: false, hint: 'is `auth` right?' })
  expect(String(failure)).not.toContain('hunter2')
})

test('no text of the data adds a header, a recipient or a command', async () => {
  const server = await startMailServer()
  const { send } = await client(server.port)
  const nasty = fc.array(
    fc.constantFrom('\r', '\n', '\r\n', '\u2028', ': ', 'Bcc', 'x@y.org', ',', '<', '>', '.', ' ', '\0', 'ü'),
  )
  await fc.assert(
    fc.asyncProperty(nasty, nasty, async (subject, text) => {
      server.mails.length = 0
      await send(mail({ subject: `s${subject.join('')}`, text: `a${text.join('')}` }))
      const [taken] = server.mails
      expect(taken?.to).toEqual(['ann@example.org'])
      const names = headOf(taken?.text ?? '').map((line) => line.split(':')[0])
      expect(names.toSorted()).toEqual(
        expect.arrayContaining(['Auto-Submitted', 'Date', 'From', 'MIME-Version', 'Message-ID', 'Subject', 'To']),
      )
      expect(names.filter((name) => !/^(Content-.*)$/.test(name ?? '')).length).toBe(7)
    }),
    { numRuns: 25 },
  )
})

test.each([
  ['ann@example.org', { name: '', address: 'ann@example.org' }],
  ['Ann B. <ann@example.org>', { name: 'Ann B.', address: 'ann@example.org' }],
  ['"Ann" <ann@example.org> ', { name: 'Ann', address: 'ann@example.org' }],
  ['a@b.org, c@d.org', undefined],
  ['a@b.org\r\nBcc: c@d.org', undefined],
  ['Ann\r\nBcc: x@y.org <a@b.org>', undefined],
  ['a@b.org> RCPT TO:<c@d.org', undefined],
  ['<a@b.org> <c@d.org>', undefined],
  ['', undefined],
  ['nobody', undefined],
  [`${'a'.repeat(250)}@b.org`, undefined],
])('%j is the address %j', (text, address) => {
  expect(readAddress(text)).toEqual(address)
})
