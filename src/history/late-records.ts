/** The late rows of a query as its dead letters have them: which records were late, and at which watermark. */
import type { EventTime, Offset } from '../base/quantity.ts'
import { firstIndex } from '../base/ranges.ts'
import type { TopicReader } from '../bus/bus.ts'
import { runsOf } from '../topic/late-rows.ts'
import { isLate, isOfPlaces, readLetters, reasonOf, rowsIn } from '../topic/letter.ts'
import type { LateRecords } from './pick.ts'
import { NOT_KEPT, recordTextAt } from './record-at.ts'

/** A late record, for a person. */
export type ShownLate = {
  readonly topic: string
  readonly partition: number
  readonly offset: Offset
  readonly reason: string
  readonly record: string
}

export type FoundLate = {
  readonly records: number
  /** Those of them that were late for some of their windows only. */
  readonly partly: number
  /** The first of them. */
  readonly some: readonly ShownLate[]
  readonly metAt: LateRecords
  /** The same of those alone that were late for all of their windows. */
  readonly missedAt: LateRecords
}

/** Runs of late records of one partition; those of one letter are in order of offset. */
type Runs = { readonly from: Offset[]; readonly to: Offset[]; readonly watermark: EventTime[] }

/** The late rows of `query` among the dead letters of a topic; `most` of them are shown. Rejects with the Failure of a read. */
export async function findLate(
  { letters, topic }: { readonly letters: TopicReader; readonly topic: TopicReader },
  query: string,
  most: number,
): Promise<FoundLate> {
  const partitions = new Map<number, Runs>()
  const missed = new Map<number, Runs>()
  const some: ShownLate[] = []
  let records = 0
  let partly = 0
  for await (const { letter } of readLetters(letters)) {
    if (letter.query !== query || !isLate(letter)) continue
    const { partition, offset } = letter
    const runs = runsIn(partitions, partition)
    const all = letter.kind === 'late' ? [runs, runsIn(missed, partition)] : [runs]
    const count = rowsIn(letter)
    records += count
    if (letter.kind === 'partly_late') partly += count
    if (isOfPlaces(letter)) {
      for (const { from, to, watermark } of runsOf(letter)) for (const one of all) addRun(one, from, to, watermark)
      if (some.length < most) {
        const record = (await recordTextAt(topic, partition, offset)) ?? NOT_KEPT
        some.push({ topic: letter.topic, partition, offset, reason: reasonOf(letter), record })
      }
    } else {
      // Letters of older versions have no watermark: their records were late for all windows.
      const met = letter.watermark === undefined ? Infinity : Date.parse(`${letter.watermark}Z`)
      for (const one of all) addRun(one, offset, offset + 1, met)
      if (some.length < most) some.push(letter)
    }
  }
  for (const runs of [...partitions.values(), ...missed.values()]) sortRuns(runs)
  const lookUp =
    (found: ReadonlyMap<number, Runs>): LateRecords =>
    (partition, offset) =>
      watermarkAt(found.get(partition), offset)
  return { records, partly, some, metAt: lookUp(partitions), missedAt: lookUp(missed) }
}

function runsIn(partitions: Map<number, Runs>, partition: number): Runs {
  const runs = partitions.get(partition) ?? { from: [], to: [], watermark: [] }
  partitions.set(partition, runs)
  return runs
}

function addRun({ from, to, watermark }: Runs, first: Offset, end: Offset, met: EventTime): void {
  from.push(first)
  to.push(end)
  watermark.push(met)
}

/** Letters of several series interleave. */
function sortRuns({ from, to, watermark }: Runs): void {
  if (from.every((offset, i) => i === 0 || (from[i - 1] as number) <= offset)) return
  const order = from.map((_, i) => i).sort((a, b) => (from[a] as number) - (from[b] as number))
  for (const list of [from, to, watermark] as number[][]) {
    const sorted = order.map((i) => list[i] as number)
    for (const [i, value] of sorted.entries()) list[i] = value
  }
}

function watermarkAt(runs: Runs | undefined, offset: Offset): EventTime {
  if (runs === undefined) return -Infinity
  const { from, to, watermark } = runs
  const last = firstIndex(from.length, (i) => (from[i] as number) > offset) - 1
  return last >= 0 && offset < (to[last] as number) ? (watermark[last] as number) : -Infinity
}
