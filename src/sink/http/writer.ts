/** Sends the rows of deliveries as requests, one by one or in batches, and says what became of them. */
import type { HttpClient } from '../../client/http/client.ts'
import { valuesIn } from '../../template/template.ts'
import { openCuts } from '../message/cuts.ts'
import { sendInParts } from '../message/in-parts.ts'
import { type NamedRows, openNames } from '../message/names.ts'
import { openOneByOne } from '../message/one-by-one.ts'
import type { Refusal, Sink, SinkContext } from '../sink.ts'
import { refusedItems } from './answer.ts'
import type { HttpSinkOptions } from './options.ts'
import { headOf, type RequestTemplates, requestBody, requestTemplates, rowText } from './request.ts'
import { openRequester, type Requester } from './requester.ts'

const TOO_LONG = 'the request would be too long'

type Sending = {
  readonly options: HttpSinkOptions
  readonly templates: RequestTemplates
  readonly requester: Requester
  readonly refuse: readonly number[]
}

/** Writes to one address. */
export function openHttpWriter(
  client: HttpClient,
  options: HttpSinkOptions,
  context: SinkContext,
): Pick<Sink, 'write' | 'flush'> {
  const { clock, disk, scratch, fields } = context
  const templates = requestTemplates(options)
  const ofRow = new Set(fields.map(({ name }) => name))
  // A path that is made of the row may not be there for one row alone.
  const isRowPath = valuesIn(templates.url).some(({ name }) => ofRow.has(name) || name.startsWith('row'))
  const refuse = isRowPath ? [...options.refuse, 404, 410] : options.refuse
  const sending = { options, templates, requester: openRequester(client, refuse, clock), refuse }
  const isSingle = options.send === 'single'
  // Documents have names of their own.
  const cuts = isSingle || options.answer === 'bulk' ? undefined : openCuts(disk, scratch)
  const oneByOne = openOneByOne(clock)
  return {
    async write(delivery, giveUp) {
      const { count } = delivery.rows
      if (count === 0) return undefined
      // What the names give is valid until they are asked again, and several deliveries are under way.
      const named = openNames(templates.all, context, isSingle ? 'row' : 'message')(delivery)
      if (isSingle) return oneByOne(delivery, (row) => sendRow(sending, named, row, giveUp), giveUp)
      if (cuts === undefined) return sendRows(sending, named, upTo(count), giveUp)
      return sendInParts(cuts, delivery, (rows, { from, to }) =>
        sendRows(sending, named.part(from, to, rows.length), rows, giveUp),
      )
    },
    // A request is the server's once it is answered.
    async flush() {
      cuts?.checkpoint()
      return {}
    },
  }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, row) => row)

/** Sends a row alone; the reason, where it is refused. */
async function sendRow(
  { options: { method, gzip }, templates, requester }: Sending,
  { values, id }: NamedRows,
  row: number,
  giveUp?: AbortSignal,
): Promise<string | undefined> {
  const head = headOf(templates, values(row), id(row))
  if ('reason' in head) return head.reason
  const text = rowText(templates, values(row))
  if (text === undefined) return TOO_LONG
  const body = method === 'GET' ? undefined : text
  return (await requester.send({ method, ...head, body, gzip }, giveUp)).reason
}

/** Sends rows as one batch. */
async function sendRows(
  { options, templates, requester, refuse }: Sending,
  { values, id }: NamedRows,
  rows: readonly number[],
  giveUp?: AbortSignal,
): Promise<Refusal | undefined> {
  const { method, gzip, send } = options
  const texts = rows.map((row) => rowText(templates, values(row)))
  const refused = rows.filter((_, i) => texts[i] === undefined).map((row) => ({ row, reason: TOO_LONG }))
  const sent = rows.filter((_, i) => texts[i] !== undefined)
  if (sent.length > 0) {
    const head = headOf(templates, values(rows[0] ?? 0), id(0))
    if ('reason' in head) return { kind: 'batch', reason: head.reason }
    const written = texts.filter((text) => text !== undefined)
    const body = requestBody(templates, written, send)
    if (body === undefined) return { kind: 'batch', reason: TOO_LONG }
    const { answer, reason } = await requester.send({ method, ...head, body, gzip }, giveUp)
    if (reason !== undefined) return { kind: 'batch', reason }
    if (options.answer === 'bulk') {
      const items = refusedItems(answer, sent.length, refuse)
      refused.push(...[...items].map(([index, reason]) => ({ row: sent[index] ?? 0, reason })))
    }
  }
  return refused.length === 0 ? undefined : { kind: 'rows', rows: refused }
}
