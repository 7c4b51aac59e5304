/**
 * Up to when the windows of a query are closed, by its late rows: where every row came too late, no row of the query says so.
 * A window closes once every partition has passed its end, and a late row says how far its own had come.
 */
import type { EventTime, Offset } from '../base/quantity.ts'
import { refuseStopped } from '../base/turns.ts'
import type { Offsets, TopicReader } from '../bus/bus.ts'
import { runsOf, wallText } from '../topic/late-rows.ts'
import { isLate, isOfPlaces, type PlacedLetter, readLetters } from '../topic/letter.ts'

/** A topic that a query reads. */
export type ReadByQuery = {
  readonly partitions: number
  /** The topic's dead letters. */
  readonly letters: TopicReader
  /** How far the query is in it by its last checkpoint: rows of windows that were closed by then are durable. */
  readonly offsets: Offsets
}

/**
 * The time as a window's end has it, in text; empty where a partition has no late row of the query. Rejects with the Failure
 * of a read, or where `stop` is aborted.
 */
export async function closedUntil(query: string, read: readonly ReadByQuery[], stop?: AbortSignal): Promise<string> {
  let until = Number.POSITIVE_INFINITY
  for (const { partitions, letters, offsets } of read) {
    const met = new Array<EventTime>(partitions).fill(Number.NEGATIVE_INFINITY)
    for await (const { letter } of readLetters(letters)) {
      refuseStopped(stop)
      const { partition } = letter
      if (letter.query !== query || !isLate(letter)) continue
      met[partition] = watermarkBefore(letter, offsets[partition] ?? 0) ?? (met[partition] as number)
    }
    until = Math.min(until, ...met)
  }
  return Number.isFinite(until) ? wallText(until) : ''
}

/** The watermark that the last of a letter's records before `end` met: of a query that began anew, the last one counts. */
function watermarkBefore(letter: PlacedLetter['letter'], end: Offset): EventTime | undefined {
  if (isOfPlaces(letter)) return [...runsOf(letter)].findLast(({ from }) => from < end)?.watermark
  const { offset, watermark } = letter
  return watermark === undefined || offset >= end ? undefined : Date.parse(`${watermark}Z`)
}
