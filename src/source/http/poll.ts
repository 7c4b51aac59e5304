/** One poll: asks for its pages one after the other, and delivers the records of those that have changed. */
import { Failure } from '../../base/failure.ts'
import { counted } from '../../base/units.ts'
import type { HttpAnswer } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import type { Records } from '../../record/column.ts'
import { holeText } from '../../record/nuls.ts'
import { linesOfWholeBody } from '../body-lines.ts'
import { namesFailure } from '../other-names.ts'
import { type Deliver, longestLine } from '../source.ts'
import { type AnswerRecords, recordsOfAnswer } from './answer-records.ts'
import { inUtf8 } from './charset.ts'
import { deliverAnswer, type Polled, type PollState, sayOnce } from './deliver-answer.ts'
import type { HttpSourceOptions } from './options.ts'
import { type AskedPage, firstPage, nextPage } from './pages.ts'
import { type HttpPlace, LONGEST_KEPT } from './place.ts'

/** What servers say to a cursor that they no longer know. */
const LOST_CURSOR = [400, 404, 410, 422]

export type Poller = {
  /** Rejects with a Failure; `AnswerError` in its cause has the answer of a server that said no. What was delivered stays. */
  poll(deliver: Deliver): Promise<void>
  isDelivering(): boolean
  /** Whether records could not be appended: then nothing goes on. */
  hasFailedToDeliver(): boolean
}

/** What the Failure of an answer that is no success has as its cause. */
export class AnswerError extends Error {
  readonly answer: HttpAnswer

  constructor(answer: HttpAnswer) {
    super(`HTTP ${answer.status}`)
    this.answer = answer
  }
}

export const methodOf = ({ method, body }: HttpSourceOptions): string => method ?? (body === undefined ? 'GET' : 'POST')

/** Polls that go on from a place. */
export function openPoller(polled: Polled): Poller {
  const state: PollState = { ...polled, isDelivering: false, hasFailed: false, said: new Set() }
  return {
    poll: (deliver) => poll(state, deliver),
    isDelivering: () => state.isDelivering,
    hasFailedToDeliver: () => state.hasFailed,
  }
}

async function poll(state: PollState, deliver: Deliver): Promise<void> {
  const { options, context } = state
  const asked = new Set<string>()
  const seen: { [key: string]: string } = {}
  const at = context.clock.now()
  let last: string | undefined
  for (let wanted: AskedPage | undefined = firstPage(options, state.place.cursor); wanted !== undefined; ) {
    const { page, answer }: Asking = await (wanted.number === 0 ? askFirst(state, wanted) : ask(state, wanted))
    asked.add(page.url)
    // Nothing has changed; or it is the page after the last.
    if (answer === undefined) break
    const found = recordsOf(state, answer)
    const isLastAgain = options.pages?.kind === 'page' && found.digest === last
    if (isLastAgain) break
    last = found.digest
    const next: AskedPage | undefined = nextPage(options, page, answer, found.records.count)
    seen[page.key] = found.digest
    const after = { ...validators(answer), cursor: cursorAfter(options, page, next), at }
    await deliverAnswer(state, { page, found, after }, deliver)
    state.place = { ...state.place, ...after }
    if (context.signal.aborted) return
    wanted = following(state, { page, next, asked, count: found.records.count })
  }
  // What an earlier poll saw, and this one did not, is gone.
  if (Object.keys(seen).length > 0) state.place = { ...state.place, seen }
}

/** Throws a Failure. */
function recordsOf(state: PollState, { status, body, url }: HttpAnswer): AnswerRecords {
  const { records, expect } = state.options
  // 204 says on purpose that there is nothing. An empty answer with another status is an accident where JSON is wanted.
  const isNothing = status === 204 && expect === undefined
  const lines = (of: Uint8Array) => linesOf(state, of)
  return recordsOfAnswer(body, { records: isNothing ? undefined : records, expect, lines }, withoutQuery(url))
}

/** The lines of an answer, as the format of the topic wants them. */
function linesOf(state: PollState, body: Uint8Array): Records {
  const { options, context } = state
  const name = `an answer of ${withoutQuery(options.url)}`
  const { bytes, tooLong } = longestLine(options.max_body, context)
  return linesOfWholeBody(body, bytes, context.form, {
    tooLong: (position) =>
      sayOnce(state, `the line at byte ${position} of ${name} is left out: it is ${tooLong}`, 'long'),
    hole: (position, nuls) => sayOnce(state, holeText(name, position, nuls), 'hole'),
    names(names) {
      throw namesFailure(name, names)
    },
  })
}

/** Asks for the first page: without the cursor of an earlier poll if the server no longer knows it. */
async function askFirst(state: PollState, page: AskedPage): Promise<Asking> {
  const { pages, url } = state.options
  try {
    return await ask(state, page)
  } catch (error) {
    const { cause } = error as { readonly cause?: unknown }
    const isLost = cause instanceof AnswerError && LOST_CURSOR.includes(cause.answer.status)
    if (!isLost || pages?.kind !== 'cursor' || pages.stays || page.cursor === undefined) throw error
    sayOnce(state, `${withoutQuery(url)} no longer takes the cursor of an earlier poll: it is read from its beginning`)
    state.place = { ...state.place, cursor: undefined }
    return ask(state, firstPage(state.options, undefined))
  }
}

/** The page to go on with, if any. */
function following(
  state: PollState,
  {
    page,
    next,
    asked,
    count,
  }: { page: AskedPage; next: AskedPage | undefined; asked: ReadonlySet<string>; count: number },
): AskedPage | undefined {
  const { pages, url } = state.options
  if (next === undefined || pages === undefined) return undefined
  // A cursor stays as it is where nothing is new, and some move on without anything being new.
  if (pages.kind === 'cursor' && (next.cursor === page.cursor || count === 0)) return undefined
  const name = withoutQuery(url)
  if (asked.has(next.url)) {
    sayOnce(
      state,
      `page ${next.number + 1} of ${name} names a page before it as the next one: it is taken for the last`,
    )
    return undefined
  }
  if (next.number >= pages.limit) {
    const rest = pages.kind === 'cursor' ? 'the next poll goes on there' : 'the others are not read'
    sayOnce(state, `${name} has more than ${counted(pages.limit, 'page')}, the limit of \`pages\`: ${rest}`)
    return undefined
  }
  return next
}

function cursorAfter({ pages }: HttpSourceOptions, page: AskedPage, next: AskedPage | undefined): string | undefined {
  if (pages?.kind !== 'cursor') return undefined
  return next?.cursor ?? (pages.stays ? page.cursor : undefined)
}

/** What a later poll asks with, so that a server need not send again what has not changed. */
function validators({
  headers: { etag, 'last-modified': modified },
}: HttpAnswer): Pick<HttpPlace, 'etag' | 'modified'> {
  const isKept = (text: string | undefined) => text !== undefined && text.length <= LONGEST_KEPT
  return { etag: isKept(etag) ? etag : undefined, modified: isKept(modified) ? modified : undefined }
}

/** A page with its answer; without: nothing has changed, or there is no such page. */
type Asking = { readonly page: AskedPage; readonly answer?: HttpAnswer }

/** Rejects with a Failure. */
async function ask({ options, context, client, place }: PollState, page: AskedPage): Promise<Asking> {
  const isConditional = options.pages === undefined && options.unchanged === 'drop'
  const { etag, modified } = isConditional ? place : {}
  const hasType = Object.keys(options.headers ?? {}).some((name) => name.toLowerCase() === 'content-type')
  const answer = await client.send({
    method: methodOf(options),
    url: page.url,
    headers: {
      ...(options.isJsonBody && !hasType && { 'content-type': 'application/json' }),
      ...(etag !== undefined && { 'if-none-match': etag }),
      ...(modified !== undefined && { 'if-modified-since': modified }),
    },
    body: options.body,
    signal: context.signal,
  })
  const { status } = answer
  if (status >= 200 && status < 300) {
    const body = inUtf8(answer.body, answer.headers['content-type'], withoutQuery(answer.url))
    return { page, answer: { ...answer, body } }
  }
  if (status === 304 && (etag !== undefined || modified !== undefined)) return { page }
  if (status === 404 && options.pages?.kind === 'page' && page.number > 0) return { page }
  const { code, message, hint, retryable } = client.refusal(answer)
  throw new Failure(code, message, { hint, retryable, cause: new AnswerError(answer) })
}
