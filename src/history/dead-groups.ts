/** Dead letters by kind, query or sink, and reason: the first thing to look at where records are missing. */
import type { Duration, Offset } from '../base/quantity.ts'
import type { PlacedLetter } from '../topic/dead-letter.ts'

export type LetterGroup = {
  readonly kind: string
  readonly query: string | undefined
  readonly sink: string | undefined
  /** The reason; where several differ in numbers only, with `N` in place of these. */
  reason: string
  count: number
  sentAgain: number
  /** The least and greatest delay of late rows. */
  lateMs: { readonly least: Duration; readonly greatest: Duration } | undefined
  /** Places of records; offset -1 where a row is not of one record. */
  readonly first: RecordPlace
  last: RecordPlace
  /** The record of the first letter. */
  readonly example: string
}

export type RecordPlace = { readonly partition: number; readonly offset: Offset }

/** Times too: `1995-07-01T00:07:55.000`. */
const NUMBER = /\d(?:[\d.:T-]*\d)?/g

/** The groups of these letters, the most frequent first. Only the groups are kept in memory. */
export async function groupLetters(
  letters: AsyncIterable<PlacedLetter>,
  wasSent: (placed: PlacedLetter) => boolean,
): Promise<readonly LetterGroup[]> {
  const groups = new Map<string, LetterGroup>()
  for await (const placed of letters) {
    const { kind, query, sink, reason, record, partition, offset, encoding, late_ms: late } = placed.letter
    const pattern = reason.replace(NUMBER, 'N')
    const key = JSON.stringify([kind, query, sink, pattern])
    const place = { partition, offset }
    const group = groups.get(key) ?? {
      kind,
      query,
      sink,
      reason,
      count: 0,
      sentAgain: 0,
      lateMs: undefined,
      first: place,
      last: place,
      example: encoding === 'base64' ? Buffer.from(record, 'base64').toString('latin1') : record,
    }
    groups.set(key, group)
    group.count++
    group.last = place
    if (group.reason !== reason) group.reason = pattern
    if (wasSent(placed)) group.sentAgain++
    if (late !== undefined) group.lateMs = widened(group.lateMs, late)
  }
  return [...groups.values()].sort((a, b) => b.count - a.count)
}

const widened = (before: LetterGroup['lateMs'], late: Duration): LetterGroup['lateMs'] => ({
  least: Math.min(before?.least ?? late, late),
  greatest: Math.max(before?.greatest ?? late, late),
})
