/** Sends the rows of deliveries as requests, and says what became of them. */
import type { HttpAnswer, HttpClient, HttpRequest } from '../../client/http/client.ts'
import { retryAfter } from '../../client/http/retry-after.ts'
import { valuesIn } from '../../template/template.ts'
import { type NamedRows, openNames } from '../message/names.ts'
import { openOneByOne } from '../message/one-by-one.ts'
import type { Delivery, Refusal, Sink, SinkContext } from '../sink.ts'
import { judgeStatus, refusedItems } from './answer.ts'
import type { HttpSinkOptions } from './options.ts'
import { headOf, type RequestTemplates, requestBody, requestTemplates, rowText } from './request.ts'

/** Longest pause that a server can ask for. */
const LONGEST_PAUSE_MS = 3_600_000

const TOO_LONG = 'the request would be too long'

type RefusedRow = { readonly row: number; readonly reason: string }

/** The texts of all rows but those which are too long, and the indexes of these rows. */
function textsOfRows(templates: RequestTemplates, count: number, values: NamedRows['values']) {
  const sent: number[] = []
  const texts: string[] = []
  const refused: RefusedRow[] = []
  for (let row = 0; row < count; row++) {
    const text = rowText(templates, values(row))
    if (text === undefined) refused.push({ row, reason: TOO_LONG })
    else {
      sent.push(row)
      texts.push(text)
    }
  }
  return { sent, texts, refused }
}

/** Writes to one address. */
export function openHttpWriter(
  client: HttpClient,
  options: HttpSinkOptions,
  context: SinkContext,
): Pick<Sink, 'write'> {
  const { send, method, gzip } = options
  const templates = requestTemplates(options)
  const rowNames = new Set(context.fields.map(({ name }) => name))
  // A path that is made of the row may not be there for one row alone.
  const isRowPath = valuesIn(templates.url).some(({ name }) => rowNames.has(name) || name.startsWith('row'))
  const refuse = isRowPath ? [...options.refuse, 404, 410] : options.refuse
  // What it gives is valid until its next call, and several deliveries are under way.
  const openRows = () => openNames(templates.all, context, send === 'single' ? 'row' : 'message')
  const oneByOne = openOneByOne(context.clock)
  let notBefore = 0

  /** Sends what was made; the answer, where it is about the rows. Rejects with a Failure. */
  const request = async (made: HttpRequest, giveUp?: AbortSignal): Promise<HttpAnswer> => {
    const pause = notBefore - context.clock.elapsed()
    if (pause > 0) await context.clock.sleep(pause, giveUp)
    const answer = await client.send({ ...made, gzip, ...(giveUp !== undefined && { signal: giveUp }) })
    const judgement = judgeStatus(answer.status, refuse)
    if (judgement !== 'later' && judgement !== 'held') return answer
    const asked = retryAfter(answer.headers, context.clock.now())
    if (asked !== undefined) notBefore = context.clock.elapsed() + Math.min(asked, LONGEST_PAUSE_MS)
    throw client.refusal(answer)
  }
  const reasonOf = (answer: HttpAnswer): string | undefined =>
    judgeStatus(answer.status, refuse) === 'taken' ? undefined : client.refusal(answer).message

  const sendRow = async ({ values, id }: NamedRows, row: number, giveUp?: AbortSignal): Promise<string | undefined> => {
    const head = headOf(templates, values(row), id(row))
    if ('reason' in head) return head.reason
    const text = rowText(templates, values(row))
    if (text === undefined) return TOO_LONG
    const body = method === 'GET' ? undefined : text
    return reasonOf(await request({ method, ...head, body }, giveUp))
  }
  const sendRows = async ({ count, values, id }: NamedRows, giveUp?: AbortSignal): Promise<Refusal | undefined> => {
    const { sent, texts, refused } = textsOfRows(templates, count, values)
    if (sent.length > 0) {
      const head = headOf(templates, values(0), id(0))
      if ('reason' in head) return { kind: 'batch', reason: head.reason }
      const body = requestBody(templates, texts, send)
      if (body === undefined) return { kind: 'batch', reason: TOO_LONG }
      const answer = await request({ method, ...head, body }, giveUp)
      const reason = reasonOf(answer)
      if (reason !== undefined) return { kind: 'batch', reason }
      if (options.answer === 'bulk') {
        for (const [index, reason] of refusedItems(answer, sent.length, refuse)) {
          refused.push({ row: sent[index] ?? 0, reason })
        }
      }
    }
    return refused.length === 0 ? undefined : { kind: 'rows', rows: refused }
  }
  return {
    write: async (delivery: Delivery, giveUp?: AbortSignal): Promise<Refusal | undefined> => {
      if (delivery.rows.count === 0) return undefined
      const rows = openRows()(delivery)
      if (send !== 'single') return sendRows(rows, giveUp)
      return oneByOne(delivery, (row) => sendRow(rows, row, giveUp), giveUp)
    },
  }
}
