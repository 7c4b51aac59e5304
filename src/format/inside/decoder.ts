/**
 * Decodes records of one format, a text column of which is decoded by another: a record is a row if both take it. The outer
 * format's columns come first.
 *
 * Nothing is copied but the outer columns of batches in which the inner format refuses a text.
 */
import type { Batch, Column, StringColumn } from '../../record/column.ts'
import { Gather } from '../../record/gather.ts'
import type { Field } from '../../record/type.ts'
import type { Arrivals, Decoder, OpenFormat, Rejects } from '../format.ts'
import { placeInRecord } from './place.ts'
import { InnerTexts } from './texts.ts'

/** A format in column `at` of another; `column` is what the user calls it. */
export type Nested = {
  readonly outer: OpenFormat
  readonly at: number
  readonly column: string
  readonly inner: OpenFormat
}

/** A decoder of the wanted columns, by their index among all. */
export function insideDecoder({ outer, at, column: name, inner }: Nested, wanted: readonly number[]): Decoder {
  const split = outer.fields.length
  const ofOuter = [...new Set([...wanted.filter((column) => column < split), at])]
  const ofInner = wanted.filter((column) => column >= split).map((column) => column - split)
  const decodeOuter = outer.decoder(ofOuter)
  const decodeInner = inner.decoder(ofInner)
  const gather = new Gather(ofOuter.map((column) => outer.fields[column] as Field))
  const texts = new InnerTexts()
  const atText = ofOuter.indexOf(at)
  let next = 0
  // Where each wanted column lies in its batch.
  const picks = wanted.map((column) => (column < split ? ofOuter.indexOf(column) : ofOuter.length + next++))
  return (records, rejects, arrivals) => {
    const rejected = new Rejected(rejects)
    const around = decodeOuter(records, rejected, arrivals)
    const text = around.columns[atText] as StringColumn
    const within = texts.take(text, around.count)
    if (within.count < around.count) addNulls(around, text, `${name} is NULL`, rejected)
    const { rows } = texts
    const innerRejects: Rejects = {
      add(index, byte, reason) {
        const row = rows[index] as number
        const record = around.origin?.[row] ?? row
        const start = text.start[row] as number
        const read = text.bytes.subarray(start, text.end[row])
        const from = records.start[record] as number
        const whole = records.bytes.subarray(from, records.end[record])
        rejected.add(record, placeInRecord(whole, read, byte, start - from), `${name}: ${reason}`)
      },
    }
    const arrived =
      inner.readsArrival === true ? arrivalsOf(arrivals, around, rows.subarray(0, within.count)) : undefined
    const batch = decodeInner(within, innerRejects, arrived)
    rejected.end()
    const kept = batch.count === around.count ? around : gather.take(around, rowsOf(batch, rows), batch.count)
    const columns = [...kept.columns, ...batch.columns]
    return { ...kept, columns: picks.map((pick) => columns[pick] as Column) }
  }
}

/** When the records of the rows arrived. */
function arrivalsOf(arrivals: Arrivals | undefined, { origin }: Batch, rows: Int32Array): Arrivals | undefined {
  if (arrivals === undefined || arrivals.arrival !== undefined) return arrivals
  const { timestamps } = arrivals
  return { timestamps: Float64Array.from(rows, (row) => timestamps[origin?.[row] ?? row] ?? Number.NaN) }
}

function addNulls({ origin, count }: Batch, { nulls }: StringColumn, reason: string, rejects: Rejects): void {
  for (let row = 0; row < count; row++) if (nulls?.[row] === 1) rejects.add(origin?.[row] ?? row, 0, reason)
}

/** The outer row of each inner row. */
function rowsOf({ count, origin }: Batch, rows: Int32Array): Int32Array {
  if (origin === undefined) return rows
  const outer = new Int32Array(count)
  for (let row = 0; row < count; row++) outer[row] = rows[origin[row] as number] as number
  return outer
}

/** Passes the rejects of both formats on in the order of the records. */
class Rejected implements Rejects {
  readonly #rejects: Rejects
  readonly #found: Parameters<Rejects['add']>[] = []

  constructor(rejects: Rejects) {
    this.#rejects = rejects
  }

  add(...reject: Parameters<Rejects['add']>): void {
    this.#found.push(reject)
  }

  end(): void {
    if (this.#found.length > 1) this.#found.sort(([one], [other]) => one - other)
    for (const reject of this.#found) this.#rejects.add(...reject)
  }
}
