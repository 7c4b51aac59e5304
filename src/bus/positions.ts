/**
 * The positions of all writers of a partition, as one mark that goes with an append: header `tailrace.mark` of its last
 * record.
 *
 *   [{"WRITER":POSITION, …}]     the position of every writer of the partition, the one that appends included
 *
 * So the last mark of a partition has all positions, and no earlier one has to be found. Data folders of version 1 have one
 * writer for each topic, and as their mark its position alone, an object: it is given to any writer.
 */
import { assert } from '../base/assert.ts'
import { Failure } from '../base/failure.ts'
import { MAX_MARK_BYTES } from './batch/record-batch.ts'
import { type Append, MAX_POSITION_BYTES, type Position } from './bus.ts'

assert(MAX_MARK_BYTES >= 4 * MAX_POSITION_BYTES, 'a mark has room for the positions of several writers')

/** Positions as JSON, by writer; in a version 1 folder, one under the empty name. */
export type Positions = ReadonlyMap<string, string>

/** The position of an append as JSON. Throws a Failure ('limit') where it is too long to be kept. */
export function positionText(position: Append['position']): string | undefined {
  if (position === undefined) return undefined
  const text = JSON.stringify(position.at)
  const bytes = Buffer.byteLength(text)
  if (bytes <= MAX_POSITION_BYTES) return text
  throw new Failure('limit', `a position of ${bytes} bytes is longer than the ${MAX_POSITION_BYTES} that the log keeps`)
}

/** The mark that has the positions. */
export function encodePositions(positions: Positions): Uint8Array {
  const members = [...positions].map(([writer, text]) => `${JSON.stringify(writer)}:${text}`)
  const mark = Buffer.from(`[{${members.join(',')}}]`)
  assert(mark.length <= MAX_MARK_BYTES, 'a partition has few writers')
  return mark
}

/** The positions in a mark. Throws a Failure ('corrupt') where it is not JSON. */
export function decodePositions(mark: Uint8Array | undefined): Positions {
  if (mark === undefined) return new Map()
  const parsed = parse(mark)
  if (!Array.isArray(parsed)) return new Map([['', JSON.stringify(parsed)]])
  return new Map(Object.entries(parsed[0] as object).map(([writer, at]) => [writer, JSON.stringify(at)]))
}

/** The position of a writer, parsed. */
export function positionIn(positions: Positions, writer: string): Position | undefined {
  const text = positions.get(writer) ?? positions.get('')
  return text === undefined ? undefined : (JSON.parse(text) as Position)
}

function parse(mark: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(mark).toString())
  } catch (cause) {
    throw new Failure('corrupt', 'the positions of writers, kept with the records, cannot be read', { cause })
  }
}
