/**
 * What an answer means for the rows of its request. A status is about the rows, and refuses them, or about the address, the
 * sign-in or the server: then the rows wait until somebody mends it. Nothing is thrown away because a password has run out.
 */
import { Failure } from '../../base/failure.ts'
import { oneLine } from '../../base/one-line.ts'
import type { HttpAnswer } from '../../client/http/client.ts'
import { withoutQuery } from '../../client/http/trouble.ts'

export type Judgement = 'taken' | 'refused' | 'too large' | 'later' | 'held'

/** Statuses that the next row would get, too: unauthorized, payment, forbidden, not found, method, … */
const HELD = [401, 402, 403, 404, 405, 406, 407, 410, 411, 415, 421, 426]

/** `refuse`: statuses that are about a row here. */
export function judgeStatus(status: number, refuse: readonly number[]): Judgement {
  if (status >= 200 && status < 300) return 'taken'
  if (refuse.includes(status)) return 'refused'
  if (status === 413) return 'too large'
  if (status >= 500 || [408, 425, 429].includes(status)) return 'later'
  if (status < 400 || HELD.includes(status)) return 'held'
  return 'refused'
}

type BulkItem = {
  readonly status?: unknown
  readonly error?: { readonly type?: unknown; readonly reason?: unknown } | string
}

/**
 * The items of an answer of `_bulk` that are refused, by their index, with the reason. A document that is there already was
 * written by an earlier try (409). Throws a Failure where some have to be sent again, or it is no such answer.
 *
 *   {"errors":true,"items":[{"index":{"status":201}},{"index":{"status":400,"error":{"type":"…","reason":"…"}}}]}
 */
export function refusedItems(
  answer: HttpAnswer,
  count: number,
  refuse: readonly number[],
): ReadonlyMap<number, string> {
  const { errors, items } = parsed(answer)
  const refused = new Map<number, string>()
  if (errors === false) return refused
  if (!Array.isArray(items) || items.length !== count) throw foreign(answer)
  for (const [index, item] of items.entries()) {
    const [found] = Object.values(item as { readonly [action: string]: BulkItem })
    const status = Number(found?.status)
    if (found === undefined || Number.isNaN(status)) throw foreign(answer)
    const judgement = status === 409 ? 'taken' : judgeStatus(status, refuse)
    if (judgement === 'taken') continue
    const message = `${withoutQuery(answer.url)} answers ${status} for a row: ${reasonOf(found)}`
    if (judgement === 'later') throw new Failure('io', message, { retryable: true })
    if (judgement === 'held') throw new Failure('denied', message)
    refused.set(index, message)
  }
  return refused
}

function parsed(answer: HttpAnswer): { readonly errors?: unknown; readonly items?: unknown } {
  try {
    const value: unknown = JSON.parse(answer.body.toString())
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Said below.
  }
  throw foreign(answer)
}

const foreign = (answer: HttpAnswer): Failure =>
  new Failure('io', `${withoutQuery(answer.url)} does not answer as _bulk does`, {
    hint: 'is this the address of Elasticsearch or OpenSearch?',
    retryable: true,
  })

function reasonOf({ error }: BulkItem): string {
  const text = typeof error === 'object' ? `${error.type}: ${error.reason}` : String(error ?? 'no reason given')
  return oneLine(text)
}
