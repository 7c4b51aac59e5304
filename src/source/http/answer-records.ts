/** The records of an answer: those that a path finds in it, or the answer itself. */
import { Failure } from '../../base/failure.ts'
import { oneLine } from '../../base/one-line.ts'
import { withoutMark } from '../../bytes/mark.ts'
import type { Records } from '../../record/column.ts'
import { sliceRecords, textBetween } from '../../record/records.ts'
import { findInJson, type JsonPath } from './json-path.ts'
import { shortDigest } from './place.ts'

const QUOTED_LENGTH = 120
/** Bytes that a record needs besides its own in an append. */
export const RECORD_BYTES = 16

export type AnswerRecords = {
  readonly records: Records
  /** Of the records, not of what is around them, such as the time of the answer. */
  readonly digest: string
  /** Elements in which the path led nowhere, though in others it did. */
  readonly missing: number
}

/**
 * The records of a body that `url` answered. Throws a Failure `not-text` where a path is asked for and the body is no JSON, or
 * has nothing there.
 */
export function recordsOfAnswer(body: Uint8Array, { records, expect, lines }: WantedOf, url: string): AnswerRecords {
  if ((records !== undefined && records !== 'lines') || expect !== undefined) assertJson(body, url)
  if (expect !== undefined && findInJson(body, expect).ranges.length === 0) throw without(expect, body, url)
  if (records === undefined) {
    const end = endOfText(body)
    return { records: recordsIn(body, end === 0 ? [] : [0, end]), digest: shortDigest(body), missing: 0 }
  }
  if (records === 'lines') {
    const found = lines(body)
    return { records: found, digest: digestOf(found), missing: 0 }
  }
  const { ranges, missing } = findInJson(body, records)
  if (missing > 0 && ranges.length === 0) throw without(records, body, url)
  const found = recordsIn(body, ranges)
  return { records: found, digest: digestOf(found), missing }
}

type WantedOf = {
  /** Where the records are; absent: the answer is one. */
  readonly records?: JsonPath | 'lines' | undefined
  /** What every answer has unless the server is at fault. */
  readonly expect?: JsonPath | undefined
  /** The lines of a body. Throws a Failure. */
  lines(body: Uint8Array): Records
}

const without = ({ text }: JsonPath, body: Uint8Array, url: string): Failure =>
  new Failure('not-text', `${url} answers without ${text}: ${shown(body)}`, {
    hint: 'has the API changed?',
    retryable: true,
  })

/** Throws a Failure where a body is no JSON, as a page of a proxy or an answer that is cut off. */
export function assertJson(body: Uint8Array, url: string): void {
  try {
    JSON.parse(withoutMark(textBetween(body, 0, body.length)))
  } catch (cause) {
    const what = body.length === 0 ? 'nothing' : `what is no JSON: ${shown(body)}`
    throw new Failure('not-text', `${url} answers ${what}`, { retryable: true, cause })
  }
}

const shown = (body: Uint8Array): string => oneLine(body, QUOTED_LENGTH)

/** A record has no line end; those within it are kept. */
function endOfText(body: Uint8Array): number {
  let end = body.length
  while (body[end - 1] === 10 || body[end - 1] === 13) end--
  return end
}

function recordsIn(bytes: Uint8Array, ranges: readonly number[]): Records {
  const count = ranges.length / 2
  const start = Int32Array.from({ length: count }, (_, i) => ranges[2 * i] as number)
  const end = Int32Array.from({ length: count }, (_, i) => ranges[2 * i + 1] as number)
  return { bytes, start, end, count }
}

function digestOf({ bytes, start, end, count }: Records): string {
  const pieces: Uint8Array[] = []
  const lengths: number[] = []
  for (let i = 0; i < count; i++) {
    const piece = bytes.subarray(start[i], end[i])
    pieces.push(piece)
    lengths.push(piece.length)
  }
  // Two records that touch must not look like one.
  return shortDigest(Buffer.concat([Buffer.from(lengths.join(',')), ...pieces]))
}

/** Records from `from` on that fit into one append of `limit` bytes: at least one. */
export function nextPart(records: Records, from: number, limit: number): Records {
  let until = from
  for (let bytes = 0; until < records.count; until++) {
    bytes += (records.end[until] as number) - (records.start[until] as number) + RECORD_BYTES
    if (until > from && bytes > limit) break
  }
  return sliceRecords(records, from, until)
}

/** The records of at most `limit` bytes; `tooLong` is called with the length of each other one. */
export function withoutTooLong(records: Records, limit: number, tooLong: (bytes: number) => void): Records {
  const keep: number[] = []
  for (let i = 0; i < records.count; i++) {
    const bytes = (records.end[i] as number) - (records.start[i] as number)
    if (bytes + RECORD_BYTES <= limit) keep.push(i)
    else tooLong(bytes)
  }
  if (keep.length === records.count) return records
  const start = Int32Array.from(keep, (i) => records.start[i] as number)
  const end = Int32Array.from(keep, (i) => records.end[i] as number)
  return { bytes: records.bytes, start, end, count: keep.length }
}
