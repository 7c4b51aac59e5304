/** Dead letters by kind, query or sink, and reason: the first thing to look at where records are missing. */
import type { Duration } from '../base/quantity.ts'
import { closedText, isOfWindows, type LateRows, runsOf } from '../topic/late-rows.ts'
import { type DeadLetter, isLate, isOfPlaces, type PlacedLetter, reasonOf, rowsIn } from '../topic/letter.ts'
import type { RecordPlace } from './letters/letter-view.ts'
import { arrivalTimeText } from './records/shown.ts'

export type LetterGroup = {
  /** Names the group: `LetterChoice` takes it. */
  readonly id: string
  readonly kind: string
  readonly query: string | undefined
  readonly sink: string | undefined
  /** The reason; where several differ in numbers and texts in quotes only, with `N` and `'…'` in place of these. */
  reason: string
  count: number
  sentAgain: number
  /** The least and greatest delay of late rows. */
  lateMs: { readonly least: Duration; readonly greatest: Duration } | undefined
  /** The start of the first window that a late row missed, and the end of the last. */
  windows: { readonly from: string; readonly to: string } | undefined
  /** The topic of the records, by its name on the bus. */
  readonly topic: string
  /** Places of records; offset -1 where a row is not of one record. */
  readonly first: RecordPlace
  last: RecordPlace
  /** When the first and the last of its letters were kept, in ISO 8601. */
  firstAt: string
  lastAt: string
  /** The record of the first letter; undefined: the letter has only its place. */
  example: string | undefined
}

/**
 * Times too: `1995-07-01T00:07:55.000`. Numbers in the name of a type or column are left out, as they are part of what reasons
 * have in common: `TIMESTAMP_LTZ(3)`, `DECIMAL(10, 2)`, `utf8`.
 */
const NUMBER = /(?<![A-Za-z_0-9.])(?<!\b[A-Z][A-Z_]*\((?:\d+, )?)\d(?:[\d.:TZ-]*[\dZ])?(?![A-Za-z_0-9])/g

/**
 * A text in quotes, which is a value: `'abc' is not of type INT`, `CAST of 'abc' to INT: …`. In these two it may have quotes in it. An
 * apostrophe of a word, as in `its record's`, begins none.
 */
const QUOTED = /(?<![^\s:(=[])'(?:.*'(?= is not of type | to [A-Z]+[ (:])|.*?'(?![\w']))/gs

/** A reason with `'…'` and `N` in place of its texts in quotes and its numbers: what reasons of one kind have in common. */
export const reasonPattern = (reason: string): string => reason.replace(QUOTED, "'…'").replace(NUMBER, 'N')

/** What the reasons of one rule have in common: it is FALSE, NULL, or cannot be computed. The name may have a colon in it. */
function rulePattern(letter: DeadLetter | LateRows): string | undefined {
  if (isOfPlaces(letter) || letter.rule === undefined) return undefined
  const { reason, rule } = letter
  const colon = reason.indexOf(': ', `rule "${rule}"`.length)
  return colon < 0 ? reason : reason.slice(0, colon)
}

/**
 * The group of a letter, by its kind, query, sink, and what reasons of one kind have in common. Late rows that are kept by place say less
 * than those that are kept whole, and are of one group with them.
 */
export const groupIdOf = (letter: DeadLetter | LateRows): string =>
  JSON.stringify([letter.kind, letter.query, sinkOf(letter), patternOf(letter)])

const sinkOf = (letter: DeadLetter | LateRows): string | undefined => (isOfPlaces(letter) ? undefined : letter.sink)
const patternOf = (letter: DeadLetter | LateRows): string =>
  isLate(letter) ? closedText(letter) : (rulePattern(letter) ?? reasonPattern(reasonOf(letter)))

/** Groups letters as they come. Only the groups are kept in memory. */
export type LetterGroups = {
  /** Gives the group that the letter is in. */
  add(placed: PlacedLetter): LetterGroup
  /** The groups of all letters so far, the most frequent first. */
  groups(): readonly LetterGroup[]
}

/**
 * No letter has come yet. `wasSent`: whether the record of a letter was sent again. `most`: of that many groups, letters of any other are
 * gathered in one more of their kind.
 */
export function gatherLetters(
  wasSent: (placed: PlacedLetter) => boolean,
  most: number = Number.POSITIVE_INFINITY,
): LetterGroups {
  const groups = new Map<string, LetterGroup>()
  return {
    add(placed) {
      const { letter } = placed
      const id = groupIdOf(letter)
      const isMore = groups.size >= most && !groups.has(id)
      return addTo(groups, isMore ? moreOf(letter.kind) : { id, reason: undefined }, placed, wasSent(placed))
    },
    groups: () => [...groups.values()].sort((a, b) => b.count - a.count),
  }
}

const moreOf = (kind: string) => ({ id: JSON.stringify([kind, MORE_REASONS]), reason: MORE_REASONS })
/** The reason of the letters of more groups than are kept. */
const MORE_REASONS = 'other reasons'

/** The groups of these letters, the most frequent first. */
export async function groupLetters(
  letters: AsyncIterable<PlacedLetter>,
  wasSent: (placed: PlacedLetter) => boolean,
): Promise<readonly LetterGroup[]> {
  const all = gatherLetters(wasSent)
  for await (const placed of letters) all.add(placed)
  return all.groups()
}

function addTo(
  groups: Map<string, LetterGroup>,
  { id, reason: common }: { readonly id: string; readonly reason: string | undefined },
  ...[{ letter, arrived }, wasSent]: [PlacedLetter, boolean]
): LetterGroup {
  const { kind, query, partition, offset, windows } = letter
  const reason = common ?? reasonOf(letter)
  const at = arrivalTimeText(arrived)
  const group = groups.get(id) ?? {
    id,
    kind,
    query,
    sink: sinkOf(letter),
    reason,
    count: 0,
    sentAgain: 0,
    lateMs: undefined,
    windows: undefined,
    topic: letter.topic,
    first: { partition, offset },
    last: { partition, offset },
    firstAt: at,
    lastAt: at,
    example: isOfPlaces(letter) ? undefined : textOf(letter),
  }
  groups.set(id, group)
  group.count += rowsIn(letter)
  group.last = lastOf(letter)
  if (at < group.firstAt) group.firstAt = at
  if (at > group.lastAt) group.lastAt = at
  if (group.reason !== reason) group.reason = patternOf(letter)
  if (wasSent) group.sentAgain++
  const late = latenessOf(letter)
  if (late !== undefined) group.lateMs = widened(group.lateMs, late)
  if (windows !== undefined && isOfWindows(letter)) group.windows = spanned(group.windows, windows)
  return group
}

const textOf = ({ record, encoding }: DeadLetter): string =>
  encoding === 'base64' ? Buffer.from(record, 'base64').toString('latin1') : record

function lastOf(letter: DeadLetter | LateRows): RecordPlace {
  const { partition, offset } = letter
  if (!isOfPlaces(letter)) return { partition, offset }
  let end = offset
  for (const { to } of runsOf(letter)) end = to
  return { partition, offset: end - 1 }
}

function latenessOf(letter: DeadLetter | LateRows): LateSpan | undefined {
  if (isOfPlaces(letter)) return letter.late_ms
  const { late_ms: late } = letter
  return late === undefined ? undefined : { least: late, greatest: late }
}

type LateSpan = NonNullable<LetterGroup['lateMs']>
const widened = (before: LateSpan | undefined, late: LateSpan): LateSpan => ({
  least: Math.min(before?.least ?? late.least, late.least),
  greatest: Math.max(before?.greatest ?? late.greatest, late.greatest),
})

type WindowSpan = NonNullable<LetterGroup['windows']>
const spanned = (before: WindowSpan | undefined, { from, to }: WindowSpan): WindowSpan => ({
  from: before === undefined || from < before.from ? from : before.from,
  to: before === undefined || to > before.to ? to : before.to,
})
