/**
 * Sends rows as mails: one for each row, or one for many (a digest). A mail may come twice, after an answer that was lost or a
 * crash, and then has the same Message-ID: it is made of the row key.
 *
 * Values never reach the head of a mail but as the text of its subject or as one address: see `client/smtp/`.
 */
import * as z from 'zod'
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { openSmtpClient, type SmtpClient } from '../client/smtp/client.ts'
import { type MailAddress, readAddress, type SmtpOptions, smtpOptions } from '../client/smtp/options.ts'
import { fillTemplate, type JsonOf } from '../template/fill.ts'
import { escapedHtml } from '../template/html-text.ts'
import { parseTemplate, type Template } from '../template/template.ts'
import { templateMistakes } from './message/check.ts'
import { openNames } from './message/names.ts'
import { type OneByOne, openOneByOne } from './message/one-by-one.ts'
import { type Delivery, defineSink, type Refusal, type SinkContext, type SinkMistake, type SinkType } from './sink.ts'

type MailOptions = SmtpOptions & {
  readonly subject: string
  readonly text?: string | undefined
  readonly html?: string | undefined
  readonly send: 'single' | 'batch'
  /** Most mails within a minute; the others wait. */
  readonly per_minute: number
}

/** Most characters of the text of a mail. */
const LONGEST_TEXT = 4 << 20
const MINUTE_MS = 60_000

const NO_TEXT = 'a mail needs a text, or html, or both'

export const smtp: SinkType = defineSink<MailOptions>({
  name: 'smtp',
  summary: 'Sends mails: one for each row, or one for many.',
  writes: 'append',
  batch: { rows: 500, bytes: 1 << 20 },
  options: z
    .strictObject({
      ...smtpOptions,
      subject: z.string().min(1),
      text: z.string().optional(),
      html: z.string().optional(),
      send: z.enum(['single', 'batch']).prefault('single'),
      per_minute: z.int().min(1).max(10_000).prefault(60),
    })
    .refine(({ text, html }) => text !== undefined || html !== undefined, NO_TEXT),
  check(options, rows) {
    const ofMail = options.send === 'single' ? 'row' : 'message'
    return [
      ...options.to.flatMap((to, index) => templateMistakes(['to', index], to, rows, ofMail)),
      ...templateMistakes(['subject'], options.subject, rows, ofMail),
      ...templateMistakes(['text'], options.text, rows, 'row'),
      ...templateMistakes(['html'], options.html, rows, 'row'),
      ...clearTextWarning(options),
    ]
  },
  async connect(options, { folder }) {
    const client = await openSmtpClient(options, folder)
    try {
      await client.verify()
      const as = options.auth === undefined ? '' : `, as ${options.auth.user}`
      return { found: `a mail server at ${client.server}${as}`, failures: [], warnings: [] }
    } catch (error) {
      if (!(error instanceof Failure) || error.retryable) throw error
      return { found: undefined, failures: [error], warnings: [] }
    } finally {
      client.close()
    }
  },
  async open(options, context) {
    const client = await openSmtpClient(options, context.folder)
    await context.remember({ kind: 'elsewhere', path: `smtp://${client.server}` })
    const mails = openMails(options)
    const writer: Writer = {
      client,
      context,
      host: readAddress(options.from)?.address.split('@')[1] ?? 'localhost',
      names: () => openNames(mails.templates, context, options.send === 'single' ? 'row' : 'message'),
      mails,
      mayGo: openMinutes(options.per_minute, context.clock),
      oneByOne: openOneByOne(context.clock),
    }
    return {
      write: (delivery, giveUp) => (options.send === 'single' ? sendEach : sendAll)(writer, delivery, giveUp),
      // A mail is the server's once it is taken.
      flush: async () => ({}),
      async [Symbol.asyncDispose]() {
        client.close()
      },
    }
  },
})

function clearTextWarning({ tls, auth, host }: MailOptions): readonly SinkMistake[] {
  if (tls !== 'none' || auth === undefined || /^(localhost|127\.[\d.]+|::1)$/.test(host)) return []
  const message = `the password goes to ${host} in clear text`
  const hint = 'Leave tls out: it is starttls then.'
  return [{ path: ['tls'], failure: new Failure('pipeline', message, { hint }), isWarning: true }]
}

/** What is written into the mails of a sink. */
type Mails = {
  readonly templates: readonly Template[]
  /** The texts of a mail of these rows; a reason where there is no such mail. */
  make(values: (row: number) => JsonOf, rows: readonly number[]): MailTexts | string
}

type MailTexts = {
  readonly to: readonly MailAddress[]
  readonly subject: string
  readonly text: string | undefined
  readonly html: string | undefined
}

function openMails({ to, subject, text, html }: MailOptions): Mails {
  const recipients = to.map(parseTemplate)
  const subjectLine = parseTemplate(subject)
  const [plain, rich] = [text, html].map((one) => (one === undefined ? undefined : parseTemplate(one)))
  const templates = [...recipients, subjectLine, ...[plain, rich].filter((one) => one !== undefined)]
  return {
    templates,
    make(values, rows) {
      const head = values(rows[0] ?? 0)
      const addresses = recipients.map((one) => fillTemplate(one, head) ?? '')
      const wrong = addresses.find((one) => readAddress(one) === undefined)
      if (wrong !== undefined) return `${JSON.stringify(wrong.slice(0, 100))} is no address of a mail`
      const bodies = [plain, rich].map((template, index) => {
        if (template === undefined) return undefined
        const rules = { most: LONGEST_TEXT, ...(index === 1 && { escape: escapedHtml }) }
        // In a digest each row has its own lines.
        return rows
          .map((row) => fillTemplate(template, values(row), rules) ?? '')
          .join(index === 1 || rows.length === 1 ? '' : '\n')
      })
      if (bodies.some((body) => body !== undefined && body.length > LONGEST_TEXT)) {
        return `the mail has more than ${LONGEST_TEXT >> 20} MiB`
      }
      return {
        to: addresses.flatMap((one) => readAddress(one) ?? []),
        subject: fillTemplate(subjectLine, head, { most: LONGEST_TEXT }) ?? '',
        text: bodies[0],
        html: bodies[1],
      }
    },
  }
}

type Writer = {
  readonly client: SmtpClient
  readonly context: SinkContext
  /** Behind the @ of each Message-ID. */
  readonly host: string
  /** Names of a delivery: what they give is valid until their next one, and several deliveries are under way. */
  names(): ReturnType<typeof openNames>
  readonly mails: Mails
  mayGo(giveUp: AbortSignal | undefined): Promise<void>
  readonly oneByOne: OneByOne
}

async function sendEach(writer: Writer, delivery: Delivery, giveUp?: AbortSignal): Promise<Refusal | undefined> {
  const { values, id } = writer.names()(delivery)
  const send = (row: number) => {
    const made = writer.mails.make(values, [row])
    return typeof made === 'string' ? Promise.resolve(made) : sendMail(writer, made, id(row), giveUp)
  }
  return writer.oneByOne(delivery, send, giveUp)
}

async function sendAll(writer: Writer, delivery: Delivery, giveUp?: AbortSignal): Promise<Refusal | undefined> {
  const { id, count, values } = writer.names()(delivery)
  if (count === 0) return undefined
  const made = writer.mails.make(
    values,
    Array.from({ length: count }, (_, row) => row),
  )
  const reason = typeof made === 'string' ? made : await sendMail(writer, made, id(0), giveUp)
  return reason === undefined ? undefined : { kind: 'batch', reason }
}

/** Sends a mail; the reason, where it is refused for good. */
async function sendMail(
  { client, context, mayGo, host }: Writer,
  texts: MailTexts,
  id: string,
  giveUp?: AbortSignal,
): Promise<string | undefined> {
  await mayGo(giveUp)
  const refusal = await client.send({ ...texts, id: `${id}@${host}`, date: context.clock.now() }, giveUp)
  if (refusal === undefined || refusal.isWhole) return refusal?.reason
  context.warn?.(`a recipient does not get a mail that others got: ${refusal.reason}`)
  return undefined
}

/** Resolves when there is room for one more within the minute. */
function openMinutes(most: number, clock: Clock): (giveUp: AbortSignal | undefined) => Promise<void> {
  const sent: number[] = []
  return async (giveUp) => {
    for (;;) {
      const now = clock.elapsed()
      while (sent[0] !== undefined && sent[0] <= now - MINUTE_MS) sent.shift()
      const [first] = sent
      if (first === undefined || sent.length < most) break
      await clock.sleep(first + MINUTE_MS - now, giveUp)
    }
    sent.push(clock.elapsed())
  }
}
