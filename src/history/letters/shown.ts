/** Dead letters and their groups as plain data, for people: with the bytes around the place where a record stopped being one. */
import type { LateRows } from '../../topic/late-rows.ts'
import { type DeadLetter, isOfNoRow, isOfPlaces, type PlacedLetter, reasonOf, rowsIn } from '../../topic/letter.ts'
import { repairText, type WhichText } from '../command-text.ts'
import type { LetterGroup } from '../dead-groups.ts'
import { arrivalTimeText } from '../records/shown.ts'
import { shownBytes } from '../records/shown-bytes.ts'
import type { Excerpt, LateTimes, ShownGroup, ShownLetter, Windows } from './letter-view.ts'

/** Bytes of a record before the place that is marked, and of all that is shown of it. */
const BEFORE = 200
const SHOWN = 600

/** The bytes of the letter's record around its place. */
export function excerptOf(letter: DeadLetter | LateRows): Excerpt {
  if (isOfPlaces(letter)) return { record: null, byte: null }
  const { record, encoding, byte } = letter
  if (record === '' && letter.offset < 0) return { record: null, byte: null }
  const bytes = Buffer.from(record, encoding ?? 'utf8')
  return { record: shownBytes(bytes, SHOWN, Math.max(0, (byte ?? 0) - BEFORE)), byte: byte ?? null }
}

/** A letter. `wasSent`: its record was sent again. */
export function shownLetter(
  { letter, partition, offset, arrived }: PlacedLetter,
  wasSent: boolean,
  which: WhichText,
): ShownLetter {
  const { kind, query, windows } = letter
  const whole = isOfPlaces(letter) ? undefined : letter
  const lateMs = isOfPlaces(letter) ? letter.late_ms : spanOf(letter.late_ms)
  return {
    partition,
    offset,
    at: arrivalTimeText(arrived),
    kind,
    reason: reasonOf(letter),
    query: query ?? null,
    sink: whole?.sink ?? null,
    rule: whole?.rule ?? null,
    of: letter.offset < 0 ? null : { partition: letter.partition, offset: letter.offset },
    rows: rowsIn(letter),
    lateMs: lateMs ?? null,
    watermark: whole?.watermark ?? null,
    windows: windowsOf(windows),
    wasSent,
    repair: repairOf(query, windows, which),
    ...excerptOf(letter),
  }
}

/** A group, and the part of the record of its first letter. */
export function shownGroup(group: LetterGroup, excerpt: Excerpt, which: WhichText): ShownGroup {
  const { id, kind, reason, query, sink, count, sentAgain, firstAt, lastAt, first, last, lateMs, windows } = group
  return {
    id,
    kind,
    reason,
    query: query ?? null,
    sink: sink ?? null,
    count,
    sentAgain,
    canSend: isOfNoRow(group),
    firstAt,
    lastAt,
    first,
    last,
    lateMs: lateMs ?? null,
    windows: windowsOf(windows),
    repair: repairOf(query, windows, which),
    ...excerpt,
  }
}

const spanOf = (late: number | undefined): LateTimes | undefined =>
  late === undefined ? undefined : { least: late, greatest: late }
const windowsOf = (windows: Windows | undefined): Windows | null =>
  windows === undefined ? null : { from: windows.from, to: windows.to }
const repairOf = (query: string | undefined, windows: Windows | undefined, which: WhichText): string | null =>
  query === undefined || windows === undefined ? null : repairText(query, windows, which)
