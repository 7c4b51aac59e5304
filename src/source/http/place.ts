/**
 * The place of the source `http`: how many records and answers it has delivered, and what it knows of the answers. All records
 * of an answer go into one append with the place after it, so after any end an answer was delivered whole or not at all.
 *
 * `seen` has the digests of answers: of a page by its number, or by its cursor; an answer that is there again is dropped.
 * `part` is there only where a topic takes less at once than one answer has: how many records of the answer it has so far.
 */
import * as z from 'zod'
import { sha256 } from '../../base/digest.ts'
import type { SourceContext, SourcePlace } from '../source.ts'
import type { HttpSourceOptions } from './options.ts'

const DIGEST_LENGTH = 16
/** Longer values of headers and cursors are not kept: a place goes with each append. */
export const LONGEST_KEPT = 4096

export type HttpPlace = {
  readonly line: number
  /** Answer n goes to partition n modulo the number of partitions. */
  readonly answers: number
  /** When the last answer was asked for, ms since 1970. */
  readonly at: number
  /** The request, as a digest: what is known of the answers to another request means nothing. */
  readonly of: string
  readonly seen: { readonly [key: string]: string }
  readonly etag?: string | undefined
  readonly modified?: string | undefined
  readonly cursor?: string | undefined
  readonly part?: { readonly digest: string; readonly records: number } | undefined
}

const kept = z.object({
  line: z.int().min(0),
  answers: z.int().min(0).default(0),
  at: z.number().default(0),
  of: z.string().default(''),
  seen: z.record(z.string(), z.string()).default({}),
  etag: z.string().optional(),
  modified: z.string().optional(),
  cursor: z.string().optional(),
  part: z.object({ digest: z.string(), records: z.int() }).optional(),
})

/** A digest, short enough to be kept by the hundred. */
export const shortDigest = (bytes: Uint8Array | string): string => sha256(bytes, 'base64url').slice(0, DIGEST_LENGTH)

/** Where a source of these options goes on. */
export function placeOf({ place }: Pick<SourceContext, 'place'>, options: HttpSourceOptions): HttpPlace {
  const of = requestDigest(options)
  const found = kept.safeParse(place)
  const before: HttpPlace = found.success
    ? found.data
    : { line: typeof place?.line === 'number' ? place.line : 0, answers: 0, at: 0, of, seen: {} }
  const { line, answers, at } = before
  return before.of === of ? before : { line, answers, at, of, seen: {} }
}

/** The place as plain data: without what is not there. */
export const plainPlace = (place: HttpPlace): SourcePlace => JSON.parse(JSON.stringify(place)) as SourcePlace

/** What decides about answers. Keys and passwords do not: those are changed without the answers becoming others. */
function requestDigest({ url, method, query, body, records, pages }: HttpSourceOptions): string {
  return shortDigest(JSON.stringify([url, method, query, body, records, pages]))
}
