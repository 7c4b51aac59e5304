/**
 * Sends mails by SMTP, with nodemailer, which is an optional dependency and loaded here alone. A connection is opened for each
 * mail: they are few, and a connection that is kept open is one that breaks.
 *
 * A mail whose answer was lost may have been taken. It is sent again with the same Message-ID, by which people's mailboxes and
 * programs recognise it. Of a mail that only some recipients got, a second try goes to the others.
 */
import type { Transporter } from 'nodemailer'
import { Failure } from '../../base/failure.ts'
import { readPem } from '../tls.ts'
import { type MailAddress, readAddress, type SmtpOptions } from './options.ts'
import { deferredFailure, isRefusedMail, mailFailure, type SmtpError } from './trouble.ts'

/** The most mails whose recipients are remembered: a mail that comes again goes to the others alone. */
const MOST_HALF_SENT = 1000
/** Longest subject: longer ones are cut. */
const LONGEST_SUBJECT = 250

export type Mail = {
  /** The Message-ID without its brackets, `NAME@HOST`: the same mail has the same. */
  readonly id: string
  readonly to: readonly MailAddress[]
  /** Line ends and control characters become blanks. */
  readonly subject: string
  readonly text?: string | undefined
  readonly html?: string | undefined
  /** Its header Date, ms since 1970. */
  readonly date: number
}

/** Recipients that never get the mail; `isWhole`: all of them. */
export type MailRefusal = { readonly reason: string; readonly isWhole: boolean }

export type SmtpClient = {
  /**
   * Resolves once the server has taken the mail, for all recipients that it does not refuse for good (5xx). Rejects with a
   * Failure of the network, of the sign-in, or where the server asks to come again (4xx): then the same mail may be sent again.
   */
  send(mail: Mail, signal?: AbortSignal): Promise<MailRefusal | undefined>
  /** Connects and signs in as `send` does, and sends nothing. Rejects with the same Failures. */
  verify(): Promise<void>
  /** Host and port, for messages. */
  readonly server: string
  close(): void
}

const PORTS = { starttls: 587, implicit: 465, none: 25 }

/** A client with these options; relative paths start at `folder`. Rejects with a Failure where `ca` cannot be read. */
export async function openSmtpClient(options: Omit<SmtpOptions, 'to'>, folder: string): Promise<SmtpClient> {
  const { host, port = PORTS[options.tls], tls, timeout, auth } = options
  const server = `${host}:${port}`
  const { createTransport } = await loadMailer()
  const ca = await readPem(options.ca, folder, `\`ca\` of ${server}`)
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    // Nothing of a mail is a path or an address that is read.
    disableFileAccess: true,
    disableUrlAccess: true,
    ...(auth !== undefined && { auth: { user: auth.user, pass: auth.password } }),
    ...(ca !== undefined && { tls: { ca } }),
  })
  const from = readAddress(options.from) ?? { name: '', address: options.from }
  const halfSent = new Map<string, Set<string>>()
  return {
    server,
    send: (mail, signal) => sendMail({ transport, server, from, halfSent }, mail, signal),
    async verify() {
      try {
        await transport.verify()
      } catch (error) {
        throw mailFailure(server, error)
      }
    },
    close: () => transport.close(),
  }
}

type Sending = {
  readonly transport: Transporter
  readonly server: string
  readonly from: MailAddress
  /** By Message-ID, the recipients that are done with. */
  readonly halfSent: Map<string, Set<string>>
}

type Sent = { readonly rejectedErrors?: readonly SmtpError[] | undefined }

async function sendMail(
  { transport, server, from, halfSent }: Sending,
  mail: Mail,
  signal: AbortSignal | undefined,
): Promise<MailRefusal | undefined> {
  const { id, to, text, html, date } = mail
  const done = halfSent.get(id) ?? new Set()
  const rest = to.filter(({ address }) => !done.has(address))
  let errors: readonly SmtpError[] = []
  try {
    const sent = (await transport.sendMail({
      from,
      to: [...to],
      envelope: { from: from.address, to: rest.map(({ address }) => address) },
      subject: subjectOf(mail.subject),
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
      messageId: `<${id}>`,
      date: new Date(date),
      // So that nobody's "out of office" comes back.
      headers: { 'Auto-Submitted': 'auto-generated' },
      xMailer: false,
      ...(signal !== undefined && { signal }),
    })) as Sent
    errors = sent.rejectedErrors ?? []
  } catch (error) {
    signal?.throwIfAborted()
    const { rejectedErrors } = error as SmtpError
    if (done.size === 0 && isRefusedMail(error)) return { reason: mailFailure(server, error).message, isWhole: true }
    if (rejectedErrors === undefined || !rejectedErrors.every(isRefusedMail)) throw mailFailure(server, error)
    errors = rejectedErrors
  }
  const deferred = errors.filter((error) => !isRefusedMail(error))
  if (deferred.length > 0) {
    const waiting = new Set(deferred.map(({ recipient }) => recipient))
    if (halfSent.size >= MOST_HALF_SENT) halfSent.delete(halfSent.keys().next().value ?? '')
    halfSent.set(id, new Set(to.flatMap(({ address }) => (waiting.has(address) ? [] : [address]))))
    throw deferredFailure(server, deferred)
  }
  halfSent.delete(id)
  const [first] = errors
  return first === undefined ? undefined : { reason: mailFailure(server, first).message, isWhole: false }
}

/** A subject: line ends would begin a header of their own. */
function subjectOf(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return line.length > LONGEST_SUBJECT ? `${line.slice(0, LONGEST_SUBJECT)}…` : line
}

async function loadMailer(): Promise<typeof import('nodemailer')> {
  try {
    return await import('nodemailer')
  } catch (cause) {
    throw new Failure('not-found', 'the package nodemailer is not installed', {
      hint: 'npm install nodemailer, beside tailrace: it is an optional dependency.',
      cause,
    })
  }
}
