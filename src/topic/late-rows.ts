/**
 * Late rows as dead letters keep them: by place, many in one letter, so that a flood of them costs fewer bytes than it brought.
 *
 *   { kind, topic, partition, offset, query, scan?, by_tick?, rows, late_ms: { least, greatest }, windows: { from, to }, places }
 *
 * `places` are numbers, five for each run of rows: consecutive records that met the same watermark and missed the same windows.
 *
 *   offset   rows   watermark   by how much they were late, ms   windows missed
 *
 * The offset is that behind the run before; it, the watermark and the lateness are differences from the run before.
 */
import type { Duration, EventTime, Offset } from '../base/quantity.ts'
import { durationText, roundSpan } from '../base/units.ts'
import type { Lateness, LateRow } from '../engine/graph.ts'

export type LateKind = LateRow['kind']

/** Many late rows of one query and partition, in order of offset. */
export type LateRows = {
  readonly kind: LateKind
  readonly topic: string
  readonly partition: number
  /** Of the first of them. */
  readonly offset: Offset
  readonly query: string
  /** Which of its readings of the topic, where the query reads it several times. */
  readonly scan?: number
  /** A tick had closed their windows, as the partition was quiet. */
  readonly by_tick?: true
  readonly rows: number
  readonly late_ms: { readonly least: Duration; readonly greatest: Duration }
  /** The start of the first window that one of them missed, and the end of the last. */
  readonly windows: { readonly from: string; readonly to: string }
  readonly places: readonly number[]
}

/** Consecutive late rows: records `from` to `to` (not included), which met one watermark and missed the same windows. */
export type LateRun = {
  readonly from: Offset
  readonly to: Offset
  readonly watermark: EventTime
  readonly lateMs: Duration
  readonly windows: number
}

/** The runs of a letter, in order of offset. */
export function* runsOf({ places }: Pick<LateRows, 'places'>): Generator<LateRun> {
  let end = 0
  let watermark = 0
  let lateMs = 0
  for (let at = 0; at + NUMBERS <= places.length; at += NUMBERS) {
    const from = end + (places[at] as number)
    end = from + (places[at + 1] as number)
    watermark += places[at + 2] as number
    lateMs += places[at + 3] as number
    yield { from, to: end, watermark, lateMs, windows: places[at + 4] as number }
  }
}

const NUMBERS = 5
/** Runs in one letter: at most some 100 KiB of text. */
const MOST_RUNS = 4096

type Head = Pick<LateRows, 'kind' | 'topic' | 'partition' | 'query' | 'scan' | 'by_tick'>

/** Gathers late rows that come in order of offset. */
export type LateGathering = {
  /** Adds the record at an offset; returns false where the letter is full: then `take` it. */
  add(offset: Offset, late: Lateness): boolean
  /** The letter of the rows since the last one; undefined where there are none. */
  take(): LateRows | undefined
}

/** Gathers nothing yet. No object is made for a row. */
export function gatherLate(head: Head): LateGathering {
  let places: number[] = []
  let offset = 0
  let end = 0
  let rows = 0
  // Of the last run, as absolute values.
  let watermark = 0
  let lateMs = 0
  let windows = 0
  let least = Number.POSITIVE_INFINITY
  let greatest = 0
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  return {
    add(at, late) {
      if (rows === 0) offset = at
      rows++
      if (late.lateMs < least) least = late.lateMs
      if (late.lateMs > greatest) greatest = late.lateMs
      if (late.from < from) from = late.from
      if (late.to > to) to = late.to
      const isSame = late.watermark === watermark && late.lateMs === lateMs && late.windows === windows
      if (places.length > 0 && at === end && isSame) {
        const last = places.length - NUMBERS + 1
        places[last] = (places[last] as number) + 1
      } else {
        places.push(at - end, 1, late.watermark - watermark, late.lateMs - lateMs, late.windows)
        watermark = late.watermark
        lateMs = late.lateMs
        windows = late.windows
      }
      end = at + 1
      return places.length < MOST_RUNS * NUMBERS
    },
    take() {
      if (rows === 0) return undefined
      const span = { late_ms: { least, greatest }, windows: { from: wallText(from), to: wallText(to) } }
      const letter: LateRows = { ...head, offset, rows, ...span, places }
      places = []
      rows = end = watermark = lateMs = windows = 0
      least = from = Number.POSITIVE_INFINITY
      greatest = 0
      to = Number.NEGATIVE_INFINITY
      return letter
    },
  }
}

/** A time without its zone: that of the clock which the windows follow. */
export const wallText = (time: number): string => new Date(time).toISOString().slice(0, -1)

/** By how much a row is late, for people: exact below a minute. */
export const latenessText = (late: Duration): string => (late < 60_000 ? `${late / 1000} s` : roundSpan(late))

/** `1 s to 2 h`, or one time where both are the same in words. */
export function latenessSpan({ least, greatest }: LateRows['late_ms']): string {
  const [from, to] = [latenessText(least), latenessText(greatest)]
  return from === to ? from : `${from} to ${to}`
}

/** Of rows of no window: first rows of keys, rows with OVER, and those that are joined within an interval. */
const NO_WINDOW: Readonly<Record<LateKind, string>> = {
  late: 'what is put out of its time was decided',
  partly_late: 'rows that it could have been joined with were over',
}
const BY_TICK = ' by a tick, as the partition was quiet'

/** Why a row was late, in words. */
export function lateReason({ lateMs, watermark, windows, counted }: Lateness, byTick: boolean): string {
  const closed = counted === 0 ? 'its last window' : `${windows} of its ${windows + counted} windows`
  const ofNone = NO_WINDOW[counted === 0 ? 'late' : 'partly_late']
  const what = windows === 0 ? ofNone : `${closed} had closed`
  return `${latenessText(lateMs)} late: the watermark of its partition was ${wallText(watermark)}, and ${what}${byTick ? BY_TICK : ''}`
}

/** Whether a tick had closed the windows of late rows. Letters of version 0.1 say it in the reason of a whole one only. */
export const isByTick = ({ by_tick, reason = '' }: { readonly by_tick?: true; readonly reason?: string }): boolean =>
  by_tick === true || reason.endsWith(BY_TICK)

/** Why all of these rows were late, in words. */
export const lateRowsReason = (letter: LateRows): string =>
  `${latenessSpan(letter.late_ms)} late: ${closedText(letter)}`

type WithWindows = {
  readonly windows?: { readonly from: string; readonly count?: number }
  readonly places?: readonly number[]
}

/** Whether late rows are of windows, and not those that are put out one by one: in a run of places it is the last number. */
export const isOfWindows = ({ windows, places }: WithWindows): boolean =>
  (windows?.count ?? places?.[NUMBERS - 1]) !== 0

/** What had closed the windows of late rows, in words without a number. */
export function closedText(letter: Parameters<typeof isByTick>[0] & WithWindows & { readonly kind: LateKind }): string {
  const tick = isByTick(letter) ? BY_TICK : ''
  if (!isOfWindows(letter)) return `the watermark of its partition had passed, and ${NO_WINDOW[letter.kind]}${tick}`
  const closed = letter.kind === 'late' ? 'its last window' : 'some of its windows'
  return `the watermark of its partition had closed ${closed}${tick}`
}

/** The next longer time that a person would write: whole seconds, minutes, hours or days. */
export function enoughDelay(time: Duration): string {
  const units = [1000, 60_000, 3_600_000, 86_400_000].filter((unit) => unit * 2 <= time || unit === 1000)
  const unit = units.at(-1) as number
  return durationText(Math.ceil(time / unit) * unit)
}
