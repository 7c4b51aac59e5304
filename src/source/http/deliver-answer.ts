/** Delivers the records of an answer, in one append where the topic takes that much, and the place after it with the last. */
import { Failure } from '../../base/failure.ts'
import { byteText, counted } from '../../base/units.ts'
import type { HttpClient } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'
import type { Records } from '../../record/column.ts'
import { type Deliver, fitting, longestLine, type SourceContext } from '../source.ts'
import { type AnswerRecords, nextPart, withoutTooLong } from './answer-records.ts'
import type { HttpSourceOptions } from './options.ts'
import type { AskedPage } from './pages.ts'
import { type HttpPlace, plainPlace } from './place.ts'

/** What polls go on from. */
export type Polled = {
  readonly options: HttpSourceOptions
  readonly context: SourceContext
  readonly client: HttpClient
  readonly place: HttpPlace
}

export type PollState = Omit<Polled, 'place'> & {
  place: HttpPlace
  isDelivering: boolean
  hasFailed: boolean
  /** What a person has been told, and is not told again. */
  readonly said: Set<string>
}

/** A page and what was found in its answer. */
type Answered = {
  readonly page: AskedPage
  readonly found: AnswerRecords
  /** What the place has once all of it is delivered, besides its counts. */
  readonly after: Partial<HttpPlace>
}

/** Delivers what has changed. Rejects where the records cannot be appended. */
export async function deliverAnswer(
  state: PollState,
  { page, found, after }: Answered,
  deliver: Deliver,
): Promise<void> {
  const { options, context, place } = state
  const { digest, missing } = found
  if (options.unchanged === 'drop' && place.seen[page.key] === digest) return
  if (missing > 0) {
    const where = `${counted(missing, 'element')} of an answer of ${withoutQuery(page.url)}`
    sayOnce(state, `${where} have nothing at ${shownPath(options)} and are left out`, 'missing')
  }
  const limit = fitting(Number.POSITIVE_INFINITY, context)
  const longest = longestLine(Number.POSITIVE_INFINITY, context)
  const records = withoutTooLong(found.records, longest.bytes, (bytes) => {
    const text = `a record of ${withoutQuery(page.url)} with ${byteText(bytes)} is left out: it is ${longest.tooLong}`
    sayOnce(state, text, 'long')
    context.missed?.(new Failure('limit', text))
  })
  const { seen, part, answers } = place
  const isGoingOn = part?.digest === digest
  for (let from = isGoingOn ? part.records : 0; from < records.count; ) {
    const some = nextPart(records, from, limit)
    from += some.count
    const isWhole = from === records.count
    const counts = { ...state.place, line: state.place.line + some.count }
    const known = latest({ ...seen, [page.key]: digest }, options.pages?.limit ?? 1)
    const next: HttpPlace = isWhole
      ? { ...counts, ...after, answers: answers + 1, seen: known, part: undefined }
      : { ...counts, part: { digest, records: from } }
    await deliverDurably(state, { records: some, place: next, partition: answers % context.places.length }, deliver)
    state.place = next
  }
}

/** Resolves when they are durable: an answer after them is never kept without them. */
async function deliverDurably(
  state: PollState,
  { records, place, partition }: { records: Records; place: HttpPlace; partition: number },
  deliver: Deliver,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const appended = (durable: Promise<void>) => void durable.then(resolve, reject)
  state.isDelivering = true
  try {
    await Promise.all([deliver(records, plainPlace(place), { partition, appended }), promise])
  } catch (error) {
    state.hasFailed = true
    throw error
  } finally {
    state.isDelivering = false
  }
}

const shownPath = ({ records }: HttpSourceOptions): string => (typeof records === 'object' ? records.text : '')

/** The last `count` of them: a place goes with each append. */
const latest = (seen: HttpPlace['seen'], count: number): HttpPlace['seen'] =>
  Object.fromEntries(Object.entries(seen).slice(-count))

/** Warns of something once in a run. */
export function sayOnce({ said, context }: PollState, text: string, about: string = text): void {
  if (said.has(about)) return
  said.add(about)
  context.warn(text)
}
