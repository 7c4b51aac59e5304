/**
 * A dead letter as topic `NAME.dead` keeps it, in the partition of the record it came from: a JSON object.
 *
 *   { kind, reason, topic, partition, offset, byte?, rule?, query?, scan?, sink?, by_tick?, late_ms?, watermark?, windows?, record, encoding? }
 *
 * `record` is the record's text, or base64 with `encoding: "base64"` where it is not UTF-8. Late rows are kept like this only
 * for the first few of each minute, and by place otherwise, many in one object: see `late-rows.ts`.
 */
import { isUtf8 } from 'node:buffer'
import type { Offset } from '../base/quantity.ts'
import type { Fetched, Offsets, TopicReader } from '../bus/bus.ts'
import { type LateKind, type LateRows, lateRowsReason } from './late-rows.ts'
import { readTexts } from './read-texts.ts'

/** More of a record than this is not copied into its dead letter; the record itself stays in its topic. */
const RECORD_BYTES = 64 << 10

/** Every kind of dead letter. */
export const DEAD_LETTER_KINDS = ['format', 'future', 'rule', 'late', 'partly_late', 'expression', 'sink'] as const
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number]

/** Kinds of letters of records that became no row. */
const NO_ROWS: readonly string[] = ['format', 'future', 'rule']

/** Whether the record of a letter became no row. */
export const isOfNoRow = ({ kind }: { readonly kind: string }): boolean => NO_ROWS.includes(kind)

export type DeadLetter = {
  readonly kind: DeadLetterKind
  readonly reason: string
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly byte?: number
  /** The name of the rule that the record does not meet. */
  readonly rule?: string
  readonly query?: string
  /** Which of its readings of the topic, where the query reads it several times. */
  readonly scan?: number
  readonly sink?: string
  /** Of a late row: a tick had closed its windows, as the partition was quiet. */
  readonly by_tick?: true
  /** Of a late row: by how much the watermark's delay is too short, the watermark, and the windows that it missed. */
  readonly late_ms?: number
  readonly watermark?: string
  readonly windows?: { readonly count: number; readonly from: string; readonly to: string }
  readonly record: string
  readonly encoding?: 'base64'
}

/** A letter, or the letter of many late rows, with its own place in the topic of dead letters. */
export type PlacedLetter = {
  readonly letter: DeadLetter | LateRows
  readonly partition: number
  readonly offset: Offset
  /** When the letter was kept, ms since 1970. */
  readonly arrived: number
}

/** The letter that a record of a topic of dead letters is; undefined where another program has written something else into it. */
export function letterIn(text: string): DeadLetter | LateRows | undefined {
  try {
    const letter = JSON.parse(text) as Partial<DeadLetter> | null
    return typeof letter?.kind === 'string' && typeof letter.offset === 'number' ? (letter as DeadLetter) : undefined
  } catch {
    return undefined
  }
}

/** The letters of a topic, each partition's from an offset on, one after the other: there may be more than memory holds. */
export async function* readLetters(topic: TopicReader, from?: Offsets): AsyncGenerator<PlacedLetter> {
  for await (const { partition, offset, text, arrived } of readTexts(topic, from)) {
    yield { letter: JSON.parse(text) as DeadLetter | LateRows, partition, offset, arrived }
  }
}

/** Whether a letter is of many late rows. */
export const isOfPlaces = (letter: DeadLetter | LateRows): letter is LateRows => 'places' in letter

/** Whether a letter is of late rows, one or many. */
export const isLate = <Letter extends { readonly kind: string }>(
  letter: Letter,
): letter is Letter & { readonly kind: LateKind } => letter.kind === 'late' || letter.kind === 'partly_late'

/** Why a record or row could not be used, or all rows of the letter were late. */
export const reasonOf = (letter: DeadLetter | LateRows): string =>
  isOfPlaces(letter) ? lateRowsReason(letter) : letter.reason

/** How many records or rows a letter is of. */
export const rowsIn = (letter: DeadLetter | LateRows): number => (isOfPlaces(letter) ? letter.rows : 1)

/** The record as a letter has it: its first bytes. */
export function recordPart(
  { values }: Pick<Fetched, 'values'>,
  record: number,
): { record: string; encoding?: 'base64' } {
  const start = values.start[record] as number
  const bytes = Buffer.from(values.bytes.subarray(start, Math.min(values.end[record] as number, start + RECORD_BYTES)))
  return isUtf8(bytes) ? { record: bytes.toString() } : { record: bytes.toString('base64'), encoding: 'base64' }
}

/** The part of a letter that says which of its readings of the topic a query has rejected a row of. */
export const scanPart = (scan: number): { readonly scan?: number } => (scan === 0 ? {} : { scan })
