/**
 * Brings the lines of sources into their topic. Line n of a source goes to partition n % partitions, so where a line lies
 * never depends on how it was read (rules of time, 2).
 *
 * Every append carries, as its mark, how far each source of the topic had come: after any end, each partition's last mark
 * says which lines it has, so that a source that can be read again goes on without a line twice or missing (rules of
 * delivery, 2).
 */
import type { Clock } from '../base/clock.ts'
import { Failure } from '../base/failure.ts'
import { openGate } from '../base/gate.ts'
import type { Append, Topic } from '../bus/bus.ts'
import type { Records } from '../record/column.ts'
import type { Deliver, SourcePlace } from '../source/source.ts'

/** Bytes read but not yet durable at which a source is asked to wait. */
const IN_FLIGHT_BYTES = 8 << 20

type Places = { readonly [source: string]: SourcePlace }

export type Ingest = {
  /** Where a source goes on; undefined: from its start. A source that cannot be read again goes on counting only. */
  resume(source: string, replayable: boolean): SourcePlace | undefined
  /** Takes the lines of one source. The place's `line` is the number of lines it has delivered, these included. */
  deliver(source: string): Deliver
  /** Resolves when all that was taken is durable; rejects with the first failure of an append. */
  settled(): Promise<void>
  /** Lines taken in this run. */
  lines(): number
}

export async function openIngest(topic: Topic, clock: Clock): Promise<Ingest> {
  const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
  const marks = await Promise.all(partitions.map(async (partition) => readMark(await topic.lastMark(partition))))
  const firstNew = new Map<string, readonly number[]>()
  const gate = openGate(IN_FLIGHT_BYTES)
  let taken = 0

  return {
    resume(source, replayable) {
      const places = marks.map((mark) => mark[source])
      const lines = places.map(lineOf)
      // A source that repeats itself starts where the partition that is furthest behind stopped; the others skip what
      // they have. One that does not must only go on counting.
      const wanted = replayable ? Math.min(...lines) : Math.max(...lines)
      firstNew.set(source, replayable ? lines : lines.map(() => 0))
      return places[lines.indexOf(wanted)]
    },
    deliver: (source) => async (lines, place) => {
      const end = lineOf(place)
      const skipped = firstNew.get(source) ?? []
      taken += lines.count
      for (const partition of partitions) {
        const values = linesOf(partition, topic.partitions, lines, end - lines.count, skipped[partition] ?? 0)
        if (values.count === 0) continue
        const mark: Places = { ...marks[partition], [source]: place }
        marks[partition] = mark
        const append: Append = {
          values,
          keys: undefined,
          timestamp: clock.now(),
          mark: Buffer.from(JSON.stringify(mark)),
        }
        // The lines of a partition lie between those of the others: each counts for its share of the span.
        gate.add(spanOf(values) / topic.partitions, topic.append(partition, append))
      }
      await gate.room()
    },
    settled: () => gate.settled(),
    lines: () => taken,
  }
}

/** The lines of a chunk that belong to a partition and are not in it yet. */
function linesOf(partition: number, partitions: number, lines: Records, first: number, firstNew: number): Records {
  const from = Math.max(first, firstNew)
  const begin = from - first + ((((partition - from) % partitions) + partitions) % partitions)
  if (partitions === 1 && begin === 0) return lines
  const count = begin >= lines.count ? 0 : Math.ceil((lines.count - begin) / partitions)
  const start = new Int32Array(count)
  const end = new Int32Array(count)
  for (let i = 0, line = begin; i < count; i++, line += partitions) {
    start[i] = lines.start[line] as number
    end[i] = lines.end[line] as number
  }
  return { bytes: lines.bytes, start, end, count }
}

const spanOf = ({ start, end, count }: Records): number => (end[count - 1] as number) - (start[0] as number)

const lineOf = (place: SourcePlace | undefined): number => (typeof place?.line === 'number' ? place.line : 0)

function readMark(mark: Uint8Array | undefined): Places {
  if (mark === undefined) return {}
  try {
    return JSON.parse(Buffer.from(mark).toString()) as Places
  } catch (cause) {
    throw new Failure('corrupt', 'the place of a source, kept with the records, cannot be read', { cause })
  }
}
